"""The stock through its screens: parts, movements, receipts (rules S1 to S3)."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.stock import Part, PartBarcode, StockMovement
from garage.db.queries.counts import Scope
from garage.domain.counts import CountKind
from garage.domain.permissions import Role
from garage.operations import counting, stock
from garage.operations.counting import Opening
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said

RECEIPT = {"quantity": "50", "cost": "13,00", "reason": "BL 774"}


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)
    with site.database.transaction() as session:
        oil = make.part(session, "HUILE", "2", "4.2000", unit="L", bin="Cuve", minimum=Decimal(4), supplier="Pétroles")
        session.add(PartBarcode(code="3165141", part_id=oil.id))
        make.part(session, "VIDE", "0", minimum=Decimal(0))
    return made


@pytest.mark.parametrize("path", ["/stock/", "/stock/export.csv", "/stock/P1", "/stock/P1/entree"])
def test_who_may_open_what(work: Workshop, path: str) -> None:
    assert work.site.client().get(path).status_code == 303
    for role in (Role.COLLECTIVITY, Role.ADMIN):
        assert work.site.client(role).get(path).status_code == 403
    assert work.site.client(Role.ACCOUNTING).get(path).status_code == (403 if path.endswith("entree") else 200)
    assert work.head.get(path).status_code == 200
    assert work.mechanic.get(path).status_code == (403 if path.endswith("entree") else 200)
    if path.endswith("entree"):
        assert work.mechanic.post(path, data=RECEIPT).status_code == 403


def test_what_is_on_hand_in_words_and_costs_for_the_head(work: Workshop) -> None:
    page = work.mechanic.get("/stock/")
    said(page, 200, "Pièce P1", "100 u en stock", "Stock bas : 2", "Rupture", "Cuve")
    assert "€" not in page.text
    said(work.head.get("/stock/"), 200, "4,20 €", "8,40 €", "1 000,00 €")


@pytest.mark.parametrize("text", ["huile", "PIÈCE huile", "petroles", "3165141"])
def test_searching(work: Workshop, text: str) -> None:
    page = work.mechanic.get("/stock/", query_string={"q": text})
    said(page, 200, "Pièce HUILE", "1 pièce affichée")
    assert "Pièce P1" not in page.text


def test_filters(work: Workshop) -> None:
    page = work.mechanic.get("/stock/?pieces=stock-bas")
    said(page, 200, "Pièce HUILE", "1 pièce affichée", "Stock bas")
    said(work.mechanic.get("/stock/?q=zzz"), 200, "Aucune pièce ne correspond", "Retirer les filtres")
    said(work.mechanic.get("/stock/?pieces=autre&apres=%00"), 200, "Pièce P1")


def test_an_empty_catalogue_says_so(make_site: Any) -> None:
    said(make_site().client(Role.HEAD).get("/stock/"), 200, "Aucune pièce au catalogue.")


def test_pages_by_key_there_and_back(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        for n in range(50):
            stock.create_part(session, stock.NewPart(f"Z-{n:03d}", "Vis"), HEAD, clock.now())
    first = work.mechanic.get("/stock/?q=vis").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = work.mechanic.get(following[1].replace("&amp;", "&")).text
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back
    shown = [re.findall(r"Z-\d{3}(?=</a>|</span>)", text) for text in (first, second)]
    assert (shown[0][0], shown[0][-1], shown[1][0], len(shown[1])) == ("Z-000", "Z-023", "Z-024", 24)
    assert re.findall(r"Z-\d{3}(?=</span>)", work.mechanic.get(back[1].replace("&amp;", "&")).text) == shown[0]


def test_csv(work: Workshop) -> None:
    answer = work.head.get("/stock/export.csv?pieces=stock-bas")
    lines = answer.text.split("\r\n")
    assert lines[0].startswith("\ufeffRéférence;Libellé;")
    assert lines[1] == "HUILE;Pièce HUILE;L;Cuve;MAGASIN;4,000;;3165141;Pétroles;;;;oui;2,000;;4,2000;8,40"
    assert lines[2:] == [""]
    assert "Coût" not in work.mechanic.get("/stock/export.csv").text


def test_no_file_tells_the_workshop_what_anything_costs(work: Workshop) -> None:
    """Whoever may not read values finds no euros in any CSV of the program."""
    with work.site.database.transaction() as session:
        part = session.scalars(select(Part).where(Part.reference == "HUILE")).one()
        part.deposit, part.average_cost = Decimal("45.67"), Decimal("12.3456")
        everything = Scope(CountKind.FULL)
        counting.open_count(
            session, Opening(everything, "Tout", clock.today()), make.HEAD, clock.now(), clock.today()
        )  # fmt: skip
    samples = {"reference": "HUILE", "count_id": 1, "year": 2025, "quarter": "2026-T3", "number": work.number}
    samples |= {"receipt_id": 1, "fleet_number": "1", "code": "VILLE"}
    read = 0
    rules = [rule for rule in work.site.app.url_map.iter_rules() if rule.rule.endswith(".csv")]
    for rule in rules:
        path = rule.rule
        for name in rule.arguments:
            path = re.sub(rf"<[^>]*\b{name}>", str(samples[name]), path)
        answer = work.mechanic.get(path)
        if answer.status_code != 200:
            continue
        read += 1
        header = answer.text.partition("\r\n")[0]
        assert not re.search(r"€|Coût|Valeur|Consigne|Prix|Montant|Total|Avoir|Euros|Écarts", header), (path, header)
        assert "45,67" not in answer.text, path
        assert "12,3456" not in answer.text, path
    assert read >= 10
    head = work.head.get("/stock/export.csv").text
    assert "45,67;12,3456" in head


def test_movements_run_back_from_what_is_on_hand(work: Workshop) -> None:
    for n in range(1, 31):
        work.head.post(f"{work.url}/pieces/P1", data={"quantity": str(n % 3 + 1), "form_token": f"{n:032d}"})
    page = work.mechanic.get("/stock/P1").text
    said(work.mechanic.get("/stock/P1"), 200, "40 u en stock", "Sortie", work.number, "Personne 2")
    running = re.findall(r'<td class="nombre">(\d+)</td>', page)
    assert running[0] == "40"
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    last = work.mechanic.get(following[1]).text
    assert re.findall(r'<td class="nombre">(\d+)</td>', last)[-1] == "100"
    assert "Reprise" in last
    assert "€" not in page
    said(work.head.get("/stock/P1"), 200, "10,00 €", "Enregistrer une entrée")
    for key in ("abc", "9" * 30, "-1"):
        assert work.mechanic.get(f"/stock/P1?apres={key}").status_code == 200


def test_a_part_that_is_not_there(work: Workshop) -> None:
    for path in ("/stock/RIEN", "/stock/RIEN/entree", "/stock/%00"):
        assert work.head.get(path).status_code == 404
    assert work.head.post("/stock/RIEN/entree", data=RECEIPT).status_code == 404


def test_a_part_without_movement(work: Workshop) -> None:
    said(work.head.get("/stock/VIDE"), 200, "Aucun mouvement.", "Rupture")


def test_a_receipt_moves_the_average(work: Workshop) -> None:
    said(work.head.get("/stock/P1/entree"), 200, "Coût moyen actuel : 10,00 €", "€ HT")
    answer = work.head.post("/stock/P1/entree", data=RECEIPT)
    assert (answer.status_code, answer.location) == (303, "/stock/P1")
    page = work.head.get("/stock/P1")
    said(page, 200, "Entrée de Pièce P1 enregistrée", "150 u en stock", "11,00 € HT", "BL 774", "+50")


def test_sent_twice_it_is_one_receipt(work: Workshop) -> None:
    def blank() -> dict[str, str]:
        seen = re.search(r'name="seen"[^>]*value="(\d+)"', work.head.get("/stock/P1/entree").text)
        assert seen
        return RECEIPT | {"seen": seen[1]}

    form, before = blank(), work.count(StockMovement)
    for _ in range(2):
        assert work.head.post("/stock/P1/entree", data=form).status_code == 303
    assert work.count(StockMovement) == before + 1
    work.head.post("/stock/P1/entree", data=blank())
    assert work.count(StockMovement) == before + 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quantity": ""}, "Saisissez la quantité"),
        ({"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ({"quantity": "-4"}, "La quantité −4 n’est pas possible"),
        ({"cost": ""}, "Saisissez le coût d’achat"),
        ({"cost": "-1"}, "Le coût −1,00 n’est pas possible"),
        ({"cost": "1,23456"}, "Saisissez un nombre"),
        ({"done_on": (clock.today() + timedelta(days=1)).isoformat()}, "n’est pas possible ici"),
        ({"reason": "x" * 501}, "au plus 500 caractères"),
        ({"reason": ""}, "Indiquez le numéro du bon de livraison"),
        ({"quantity": "1000000"}, "plus petit qu’un million"),
    ],
)
def test_every_refusal_keeps_what_was_typed(work: Workshop, values: dict[str, str], words: str) -> None:
    before = work.count(StockMovement)
    answer = work.head.post("/stock/P1/entree", data=RECEIPT | values)
    said(answer, 422, words, "Il y a 1 erreur", *(f'value="{value}"' for value in (RECEIPT | values).values() if value))
    assert work.count(StockMovement) == before
