"""The register of waste through its screens: slips, treatment, what was issued beside what left (rule S1)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.parts import WasteSlip
from garage.db.models.stock import Part
from garage.domain.parts import WasteClass
from garage.domain.permissions import Role
from garage.operations import stock, stock_returns
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

SLIP = {
    "waste": "oil", "number": "BSD-1", "on": "", "quantity": "600", "unit": "L", "carrier": "Ouest Collecte",
    "destination": "Raffinerie de Donges", "note": "Cuve vidée",
}  # fmt: skip


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _add(work: Workshop, **fields: str) -> Any:
    return work.head.post("/dechets/nouveau", data=SLIP | {"on": yesterday().strftime("%d/%m/%Y")} | fields)


def test_a_slip_and_its_treatment(work: Workshop) -> None:
    said(work.mechanic.get("/dechets"), 200, "Aucun bordereau sur cette période.")
    assert _add(work).location == "/dechets"
    said(work.head.get("/dechets"), 200, "Bordereau BSD-1 enregistré", "Huile usagée", "600 L", "Ouest Collecte")
    page = work.mechanic.get("/dechets")
    said(page, 200, "En attente")
    assert "traitement…" not in page.text
    answer = work.head.post("/dechets/1/traitement", data={"on": clock.today().strftime("%d/%m/%Y")})
    assert answer.status_code == 303
    said(work.head.get("/dechets/1/traitement"), 409, "Quelqu’un d’autre")
    lines = work.mechanic.get("/dechets/export.csv").text.split("\r\n")
    today, before = (day.strftime("%d/%m/%Y") for day in (clock.today(), yesterday()))
    assert lines[1] == (
        f"Huile usagée;BSD-1;{before};600,000;L;Ouest Collecte;Raffinerie de Donges;{today};Cuve vidée;Personne 2"
    )
    with work.site.database.reading() as session:
        acts = session.scalars(
            select(JournalEntry.action).where(JournalEntry.subject == "waste_slips").order_by(JournalEntry.id)
        ).all()
    assert acts == ["waste.add", "waste.treat"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"waste": ""}, "Choisissez le déchet"),
        ({"waste": "uranium"}, "Choisissez le déchet"),
        ({"number": ""}, "Saisissez le numéro"),
        ({"number": "BSD-0"}, "est déjà dans le registre"),
        ({"on": "demain"}, "n’est pas possible ici"),
        ({"on": "hier"}, "Saisissez la date"),
        ({"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ({"quantity": "-2"}, "La quantité −2 n’est pas possible"),
        ({"quantity": "1,2345"}, "Saisissez un nombre"),
        ({"quantity": "9999999"}, "n’est pas possible"),
        ({"unit": "seau"}, "Choisissez l’unité dans la liste"),
        ({"carrier": ""}, "Saisissez le collecteur"),
        ({"treated_on": "01/01/2000"}, "est trop tôt"),
    ],
)
def test_what_is_refused_is_told_at_its_field(work: Workshop, fields: dict[str, str], words: str) -> None:
    assert _add(work, number="BSD-0").status_code == 303
    if fields.get("on") == "demain":
        fields = {"on": (clock.today() + timedelta(days=1)).strftime("%d/%m/%Y")}
    said(_add(work, **fields), 422, words, "message-erreur", "Donges")
    assert work.count(WasteSlip) == 1


def test_treated_on_a_possible_day(work: Workshop) -> None:
    _add(work)
    for day, words in (("01/01/2000", "est trop tôt"), ("01/01/2100", "n’est pas possible ici"), ("", "Saisissez")):
        said(work.head.post("/dechets/1/traitement", data={"on": day}), 422, words, "message-erreur")
    assert work.head.get("/dechets/77/traitement").status_code == 404


def test_what_was_issued_stands_beside_what_left(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        oil = make.part(session, "HUILE", "50", "4.0000", unit="L")
        session.get_one(Part, oil.id).waste = WasteClass.OIL
    for quantity in ("7,5", "4"):
        answer = work.head.post(f"{work.url}/pieces/HUILE", data={"quantity": quantity, "form_token": quantity * 9})
        assert answer.status_code == 303
    line = next(one for one in work.lines() if one.quantity == Decimal(4))
    back = stock.Movement(clock.today(), HEAD, clock.now(), "Inutile", order_line_id=line.id)
    work.act(stock_returns.take_back, oil.id, Decimal(1), Decimal(4), back)
    _add(work, quantity="10")
    _add(work, number="BSD-2", quantity="800", unit="kg")
    page = work.mechanic.get("/dechets").text.replace("\u00a0", " ").replace("&nbsp;", " ")
    compared = page.split("Sorti du stock et enlevé")[2].split("</table>")[0]
    assert [cell in compared for cell in ("10,5 L", "10 L", "0 kg", "800 kg")] == [True] * 4
    assert "10,5" not in work.mechanic.get("/dechets?dechet=tyre").text
    said(work.mechanic.get("/dechets?du=2020-01-01&au=2020-12-31"), 200, "Aucun bordereau", "Du 01/01/2020")


@pytest.mark.parametrize("query", ["du=x&au=%00", "du=2026-12-31&au=2020-01-01", "dechet=uranium", "au=2020-06-01"])
def test_strange_filters_never_break(work: Workshop, query: str) -> None:
    assert work.mechanic.get(f"/dechets?{query}").status_code == 200
    assert work.mechanic.get(f"/dechets/export.csv?{query}").status_code == 200


def test_none_yet(site: Site) -> None:
    said(site.client(Role.HEAD).get("/dechets"), 200, "Aucun bordereau", date.today().strftime("01/01/%Y"))  # noqa: DTZ011
