"""Parts in two taps, quantities one tap at a time, lines taken away and put back, parts that are not in stock."""

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import Part, PartBarcode
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, packages, repair_orders
from garage.operations.order_lines import Entry
from garage.operations.packages import Content
from tests.factories import garage as make

from .harness import Site
from .test_order_works import undo
from .workshop import HEAD, Workshop, build, said

OUTBOX = {"X-Saisie": "1"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def send(work: Workshop, slug: str, **fields: Any) -> TestResponse:
    return work.mechanic.post(f"/saisies/{slug}", data={"ordre": work.number} | fields)


def pose(work: Workshop, reference: str = "P1", **fields: Any) -> TestResponse:
    return send(work, "piece", **{"reference": reference, "quantity": "1"} | fields)


def used(work: Workshop, part: Part, quantity: str, vehicle: str = "BOURG") -> None:
    def write(session: Any) -> None:
        owner = work.garage.partner if vehicle == "BOURG" else work.garage.founder
        made = make.order(session, owner, vehicle_id=work.garage.vehicles[vehicle].id)
        order_lines.add_part(session, make.entry(made), part.id, Decimal(quantity))

    work.act(write)


def test_one_tap_poses_and_the_page_shows_it_with_a_stepper(work: Workshop) -> None:
    page = f"{work.url}/pieces"
    used(work, work.garage.parts["P1"], "3")
    said(
        work.mechanic.get(page), 200, "Pièces habituelles de ce véhicule", "97 u en stock", 'name="quantity" value="1"'
    )
    assert pose(work, retour=page).location == page
    said(work.mechanic.get(page), 200, "1 × Pièce P1 ajouté", "Posées sur cet ordre", 'action="/saisies/retirer-ligne"')
    (line,) = [one for one in work.lines() if one.order_id == work.order().id]
    send(work, "quantite-piece", ligne=line.rank, id_ligne=line.id, ecart="1")
    said(work.mechanic.get(page), 200, "2 × Pièce P1", "Un de moins", "Un de plus")
    assert work.on_hand(work.garage.parts["P1"].id) == 95
    send(work, "quantite-piece", ligne=line.rank, id_ligne=line.id, ecart="-1")
    assert work.on_hand(work.garage.parts["P1"].id) == 96
    undo(work, page)
    assert work.on_hand(work.garage.parts["P1"].id) == 95
    undo(work, page)
    assert work.on_hand(work.garage.parts["P1"].id) == 96


def test_only_the_last_ones_are_shown_with_steppers(work: Workshop) -> None:
    for _ in range(5):
        pose(work, "P2")
    said(work.mechanic.get(f"{work.url}/pieces"), 200, "Posées sur cet ordre", "Voir les 5 pièces de l’ordre")


def test_what_is_poured_proposes_what_was_taken_last(work: Workshop) -> None:
    def shelf(session: Any) -> tuple[Part, Part]:
        return make.part(session, "HUILE", unit="L"), make.part(session, "CABLE", unit="m")

    oil, cable = work.act(shelf)
    used(work, oil, "5.5")
    used(work, oil, "8", "VILLE")
    used(work, cable, "2.25", "VILLE")
    page = work.mechanic.get(f"{work.url}/pieces")
    said(page, 200, "5,5 L", "Dernières pièces posées sur les véhicules de ce type", "2,25 m")
    assert page.text.index("HUILE") < page.text.index("CABLE")
    said(pose(work, "HUILE", quantity="5,5"), 303)


def test_a_scanned_code_shows_its_part_first(work: Workshop) -> None:
    def shelf(session: Any) -> str:
        made = make.part(session, "W 610/3")
        session.add(PartBarcode(code="3165141000017", part_id=made.id))
        return made.tag

    tag = work.act(shelf)
    for code in ("3165141000017", tag, f"https://garage.test/q/{tag}", "w 610/3"):
        page = work.mechanic.get(f"{work.url}/pieces", query_string={"q": code})
        said(page, 200, "1 pièce trouvée", "W 610/3", " autofocus>")
    page = work.mechanic.get(f"{work.url}/pieces?q=P")
    assert " autofocus>" not in page.text
    said(work.mechanic.get(f"{work.url}/pieces?q=AB-123-CD"), 200, "Aucune pièce ne correspond")


@pytest.mark.parametrize("slug", ["piece", "quantite-piece", "retirer-ligne", "remettre-ligne", "pieces-forfait"])
def test_each_entry_counts_once(work: Workshop, slug: str) -> None:
    pose(work, cle="avant")
    (line,) = work.lines()
    if slug == "remettre-ligne":
        send(work, "retirer-ligne", ligne="1")
    work.act(packages.create, Content("VID", "Vidange", parts=(("P2", Decimal(2)),)), HEAD, clock.now())
    send(work, "travail", forfait="VID")
    fields = {"ligne": "1", "lignes": str(line.id), "ecart": "1", "travail": "1", "reference": "P1", "quantity": "3"}
    data = {"ordre": work.number, "cle": "k1"} | fields
    codes = [work.mechanic.post(f"/saisies/{slug}", data=data, headers=OUTBOX).status_code for _ in range(2)]
    assert codes == [201, 409]
    hands = {"piece": 96, "quantite-piece": 97, "retirer-ligne": 100, "remettre-ligne": 99, "pieces-forfait": 99}
    assert work.on_hand(work.garage.parts["P1"].id) == hands[slug]


def test_a_quantity_is_typed_and_a_second_one_is_asked_about(work: Workshop) -> None:
    pose(work)
    page = work.mechanic.get(f"{work.url}/lignes/1")
    said(page, 200, "Pièce P1", "Changer la quantité", "Retirer de l’ordre", 'name="vu" value="1')
    (line,) = work.lines()
    seen = {"ligne": "1", "id_ligne": str(line.id), "vu": "1.000"}
    assert send(work, "quantite-piece", **seen, quantity="2,5").status_code == 303
    assert work.lines()[0].quantity == Decimal("2.5")
    told = work.head.post("/saisies/quantite-piece", data={"ordre": work.number, "quantity": "4"} | seen)
    said(told, 409, "Personne 1 a saisi la quantité", "Garder 2,5", "Remplacer par 4")
    assert 'name="vu" value="2.500"' in told.text or 'name="vu" value="2.5"' in told.text
    said(send(work, "quantite-piece", ligne="1", quantity="101"), 422, "Il reste 97,5 en stock", 'value="101"')
    said(send(work, "quantite-piece", ligne="1", quantity="0"), 422, "La quantité 0 n’est pas possible")
    said(send(work, "quantite-piece", ligne="9", ecart="1"), 422, "Introuvable")
    said(send(work, "quantite-piece", ligne="1", ecart="1", id_ligne="999"), 422, "Introuvable")
    assert work.lines()[0].quantity == Decimal("2.5")


def test_the_head_goes_beyond_the_stock_with_a_reason(work: Workshop) -> None:
    pose(work)
    sent = {"ordre": work.number, "ligne": "1", "quantity": "101", "forced_reason": "Livrée ce matin"}
    said(work.mechanic.post("/saisies/quantite-piece", data=sent), 422, "Le chef d’atelier peut passer outre")
    assert work.head.post("/saisies/quantite-piece", data=sent).status_code == 303
    assert work.on_hand(work.garage.parts["P1"].id) == -1


def test_a_removed_line_is_put_back_as_it_was(work: Workshop) -> None:
    pose(work, quantity="2")
    work.mechanic.get(work.url)
    (before,) = work.lines()
    assert send(work, "retirer-ligne", ligne="1", id_ligne=str(before.id)).status_code == 303
    assert work.lines() == []
    undo(work)
    (after,) = work.lines()
    assert (after.rank, after.quantity, after.cost, after.done_on, after.created_by_id) == (
        before.rank, before.quantity, before.cost, before.done_on, before.created_by_id,
    )  # fmt: skip
    assert work.on_hand(work.garage.parts["P1"].id) == 98
    said(work.mechanic.get(work.url), 200, "Ligne remise sur l’ordre")
    said(send(work, "remettre-ligne", lignes=str(before.id)), 422, "est déjà revenue")
    said(send(work, "retirer-ligne", ligne="1", id_ligne=str(before.id)), 422, "Introuvable")


def test_what_was_removed_may_be_put_back_from_the_history(work: Workshop) -> None:
    pose(work, quantity="2")
    work.mechanic.post(f"{work.url}/temps", data={"code": "MO-VL", "time": "1 h 30"})
    work.mechanic.post(f"{work.url}/forfait", data={"code": "DEP", "quantity": "3"})
    for rank in ("3", "2", "1"):
        send(work, "retirer-ligne", ligne=rank)
    page = work.mechanic.get(work.url)
    said(page, 200, "2 lignes retirées", "2 × Pièce P1", "3 × DEP", "Retirée par Personne 1")
    gone = re.search(r'name="lignes" value="(\d+)"', page.text)
    assert gone
    assert send(work, "remettre-ligne", lignes=gone[1]).status_code == 303
    said(work.mechanic.get(work.url), 200, "1 ligne retirée")
    assert len(work.lines()) == 1


def test_hours_taken_away_come_back_too(work: Workshop) -> None:
    work.mechanic.post(f"{work.url}/temps", data={"code": "MO-VL", "time": "1 h 30"})
    work.mechanic.get(work.url)
    send(work, "retirer-ligne", ligne="1")
    undo(work)
    assert [(line.minutes, line.mechanic_id) for line in work.lines()] == [(90, 1)]


def test_the_parts_of_a_package_come_first_and_are_posed_together(work: Workshop) -> None:
    def prepare(session: Any) -> None:
        make.part(session, "RARE", "1")
        parts = (("P1", Decimal(2)), ("P2", Decimal(1)), ("RARE", Decimal(2)))
        packages.create(session, Content("VID", "Vidange", parts=parts), HEAD, clock.now())

    work.act(prepare)
    send(work, "travail", forfait="VID")
    page = f"{work.url}/pieces"
    said(work.mechanic.get(page), 200, "Pièces du forfait « Vidange »", "Poser toutes", "Manque : Pièce RARE")
    pose(work, "P2")
    assert send(work, "pieces-forfait", travail="1", retour=page).location == page
    text = "1 pièce posée. Manque : Pièce RARE (1 libre, 2 à poser)"
    shown = work.mechanic.get(page)
    said(shown, 200, text, "Pièces du forfait « Vidange »")
    assert "Poser toutes" not in shown.text
    assert work.on_hand(work.garage.parts["P1"].id) == 98
    send(work, "pieces-forfait", travail="1")
    said(work.mechanic.get(work.url), 200, "0 pièce posée. Manque")
    said(send(work, "pieces-forfait", travail="999"), 422, "Introuvable")


def test_posing_all_is_undone_at_once(work: Workshop) -> None:
    parts = (("P1", Decimal(2)), ("P2", Decimal(1)))
    work.act(packages.create, Content("VID", "Vidange", parts=parts), HEAD, clock.now())
    send(work, "travail", forfait="VID")
    work.mechanic.get(work.url)
    send(work, "pieces-forfait", travail="1")
    assert len(work.lines()) == 2
    undo(work)
    assert work.lines() == []
    said(work.mechanic.get(work.url), 200, "2 lignes retirées")


def test_a_part_that_is_not_in_stock(work: Workshop) -> None:
    form = work.mechanic.get(f"{work.url}/piece-achetee?q=durite")
    said(form, 200, 'value="durite"', "le chef d’atelier le saisira")
    sent = {"label": "Durite sur mesure", "quantity": "2", "form_token": "h" * 32}
    said(work.head.post(f"{work.url}/piece-achetee", data=sent), 422, "Saisissez le coût d’achat")
    for _ in range(2):
        assert work.mechanic.post(f"{work.url}/piece-achetee", data=sent).status_code == 303
    (line,) = work.lines()
    assert (line.label, line.cost, line.quantity) == ("Durite sur mesure", None, 2)
    said(work.mechanic.get(work.url), 200, "Durite sur mesure", "Coût à venir", "achetée pour cet ordre")
    assert "HORS-STOCK" not in work.mechanic.get("/ordres/nouveau").text
    said(work.head.get(f"{work.url}/lignes/1"), 200, "Compléter le coût…")
    with work.site.database.reading() as session:
        assert session.scalars(select(Part.reference).order_by(Part.id)).all() == ["P1", "P2", "HORS-STOCK"]
    other = work.act(
        lambda session: make.order(session, work.garage.partner, vehicle_id=work.garage.vehicles["BOURG"].id).number
    )
    assert "Durite" not in work.mechanic.get(f"/ordres/{other}/pieces").text


def test_a_line_is_read_by_whoever_reads_orders(work: Workshop) -> None:
    pose(work)
    page = work.site.client(Role.ACCOUNTING).get(f"{work.url}/lignes/1")
    said(page, 200, "10,00 € HT", "il ne reçoit plus de saisie")
    assert "/saisies/" not in page.text
    assert work.mechanic.get(f"{work.url}/lignes/9").status_code == 404
    work.act(order_lines.remove, work.number, 1, HEAD, clock.now())
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    said(send(work, "remettre-ligne", lignes="1"), 422, "est « Annulé »")


def test_many_lines_are_shown_on_demand(work: Workshop) -> None:
    def fill(session: Any) -> None:
        entry = Entry(work.number, clock.today(), HEAD, clock.now(), clock.today())
        for _ in range(35):
            order_lines.add_flat(session, entry, "LAV", Decimal(1))

    work.act(fill)
    page = work.mechanic.get(work.url)
    said(page, 200, "Voir aussi 5 lignes plus anciennes")
    assert page.text.count(f'href="{work.url}/lignes/') == 30
    assert work.mechanic.get(f"{work.url}?lignes=toutes").text.count(f'href="{work.url}/lignes/') == 35
    assert work.count(OrderLine) == 35
