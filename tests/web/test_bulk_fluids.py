"""Fluids onto an order in one send (rules S2 to S4)."""

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import Part, StockMovement
from garage.domain.permissions import Role
from garage.operations import order_lines
from tests.factories import garage as make

from .harness import Site
from .workshop import Workshop, build, said


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)

    def shelf(session: Any) -> None:
        made.garage.parts |= {
            name: make.part(session, name, quantity, "4.0000", unit=unit, bin="Cuve")
            for name, quantity, unit in (("HUILE", "20", "L"), ("LAVE", "50", "L"), ("CABLE", "8", "m"))
        }
        before = make.order(session, made.garage.partner, vehicle_id=made.garage.vehicles["BOURG"].id)
        order_lines.add_part(session, make.entry(before), made.garage.parts["HUILE"].id, Decimal("5.5"))

    made.act(shelf)
    return made


def field(work: Workshop, name: str, kind: str = "q") -> str:
    return f"{kind}{work.garage.parts[name].id}"


def on_order(work: Workshop) -> list[tuple[int | None, Decimal | None]]:
    with work.site.database.reading() as session:
        mine = select(OrderLine.part_id, OrderLine.quantity).where(OrderLine.order_id == work.order().id)
        return [(row.part_id, row.quantity) for row in session.execute(mine.order_by(OrderLine.rank))]


def test_an_order_is_chosen_then_all_goes_out_at_once(work: Workshop) -> None:
    said(work.mechanic.get(f"{work.url}/pieces"), 200, f"/fluides/{work.number}")
    said(work.mechanic.get("/fluides"), 200, work.number, f"/fluides/{work.number}")
    said(work.mechanic.get("/fluides?q=BOURG-1"), 200, work.number)
    said(work.mechanic.get("/fluides?q=rien"), 200, "Aucun ordre ne correspond.")
    page = work.mechanic.get(f"/fluides/{work.number}")
    said(page, 200, "Pièce HUILE", "Pièce LAVE", "Pièce CABLE", "Comme la dernière fois : 5,5 L", "14,5 L en stock")
    assert "Pièce P1" not in page.text
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', page.text)
    assert token
    form = {
        field(work, "HUILE", "meme"): "y",
        field(work, "HUILE", "dernier"): "5,5",
        field(work, "CABLE"): "2,25",
        "form_token": token[1],
    }
    for _ in range(2):
        assert work.mechanic.post(f"/fluides/{work.number}", data=form).location == work.url
    parts = work.garage.parts
    assert on_order(work) == [(parts["HUILE"].id, Decimal("5.5")), (parts["CABLE"].id, Decimal("2.25"))]
    said(work.mechanic.get(work.url), 200, "2 fluides posés sur l’ordre")


def test_what_is_typed_wins_over_the_box(work: Workshop) -> None:
    form = {
        field(work, "HUILE"): "3",
        field(work, "HUILE", "meme"): "y",
        field(work, "HUILE", "dernier"): "5,5",
    }
    work.mechanic.post(f"/fluides/{work.number}", data=form)
    assert on_order(work) == [(work.garage.parts["HUILE"].id, Decimal(3))]


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("0", "La quantité 0 n’est pas possible"),
        ("-1", "La quantité −1 n’est pas possible"),
        ("1,2345", "Saisissez un nombre"),
        ("9", "Il reste 8 en stock de CABLE"),
        ("", "Saisissez au moins une quantité"),
    ],
)
def test_one_refusal_and_nothing_is_issued(work: Workshop, quantity: str, words: str) -> None:
    before = work.count(StockMovement)
    form = {field(work, "CABLE"): quantity} | ({field(work, "HUILE"): "2"} if quantity else {})
    answer = work.mechanic.post(f"/fluides/{work.number}", data=form)
    said(answer, 422, words)
    if quantity:
        assert re.search(rf'id="{field(work, "CABLE")}-erreur"', answer.text)
    assert (on_order(work), work.count(StockMovement)) == ([], before)


def test_the_head_may_go_beyond_with_a_reason(work: Workshop) -> None:
    form = {field(work, "CABLE"): "9"}
    refused = work.head.post(f"/fluides/{work.number}", data=form)
    said(refused, 422, "Motif pour sortir plus que le stock")
    assert "Motif pour sortir" not in work.mechanic.post(f"/fluides/{work.number}", data=form).text
    assert work.head.post(f"/fluides/{work.number}", data=form | {"forced_reason": "Rouleau neuf"}).status_code == 303
    assert work.mechanic.post(f"/fluides/{work.number}", data=form | {"forced_reason": "x"}).status_code == 422


def test_no_fluid_no_order_and_who_may(work: Workshop) -> None:
    assert work.mechanic.get("/fluides/OR-2001-00001").status_code == 404
    for role in (Role.COLLECTIVITY, Role.ADMIN, Role.ACCOUNTING):
        assert work.site.client(role).get(f"/fluides/{work.number}").status_code == 403

    def empty(session: Any) -> None:
        for part in session.scalars(select(Part)):
            part.active = False

    work.act(empty)
    said(work.mechanic.get(f"/fluides/{work.number}"), 200, "Aucun fluide au catalogue.")
