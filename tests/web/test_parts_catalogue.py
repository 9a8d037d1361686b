"""The catalogue of parts through its screens: created, changed, retired, shown, proposed on orders (rule S1)."""

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.counts import CountLine, StockCount
from garage.db.models.journal import JournalEntry
from garage.db.models.parts import PartEquivalent, PartModel, PartSupplier
from garage.db.models.stock import Part, PartBarcode
from garage.db.models.stock_years import StockDay
from garage.domain.counts import CountState
from garage.domain.errors.base import Conflict
from garage.domain.errors.parts import PartRetired
from garage.domain.parts import FILES, PAGES
from garage.operations import (
    bought_parts,
    order_lines,
    parts,
    purchases,
    reservations,
    stock,
    stock_totals,
    stores,
    suppliers,
)
from garage.operations.purchases import Wanted
from tests.factories import garage as make

from .forms import fields_of
from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

NEW = {
    "reference": "FH-900", "label": "Filtre à huile", "unit": "u", "family": "Filtration", "store": "1",
    "bin": "B12", "new_bin": "y", "minimum": "2", "maximum": "10", "barcodes": "3165143500125\nMANN-W712",
    "deposit": "12,50", "waste": "filter", "equivalents": "P1\nP2",
}  # fmt: skip


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _sellers(work: Workshop, *names: str) -> list[int]:
    return [work.act(suppliers.named, name, clock.now()) for name in names]


def _create(work: Workshop, **fields: Any) -> TestResponse:
    return work.head.post("/pieces/nouvelle", data=NEW | {name.replace("__", "-"): v for name, v in fields.items()})


def _change(work: Workshop, key: str = "FH-900", **fields: Any) -> TestResponse:
    path = f"/pieces/{key}/modifier"
    told = {name.replace("__", "-"): value for name, value in fields.items()}
    return work.head.post(path, data=fields_of(work.head.get(path).text) | told)


def _part(work: Workshop, reference: str = "FH-900") -> Part:
    with work.site.database.reading() as session:
        return session.scalars(select(Part).where(Part.reference == reference)).one()


def test_a_part_with_all_that_is_known_of_it(work: Workshop) -> None:
    first, second = _sellers(work, "Pièces de l’Ouest", "Auto Distribution")
    answer = _create(
        work, supplier=str(first), sold__0__supplier=str(first), sold__0__reference="W712/95", sold__0__price="7,1234",
        sold__0__pack="6", sold__1__supplier=str(second), models__0__make="RENAULT", models__0__model="master",
        models__0__quantity="1,5", models__1__make="Iveco",
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, "/stock/FH-900")
    page = work.head.get("/stock/FH-900")
    said(
        page, 200, "Pièce FH-900 créée", "Filtration", "B12", "Pièces de l’Ouest", "W712/95", "7,1234 € HT",
        "3165143500125, MANN-W712", "12,50 €", "Filtre", "Pièce P1", "100 u en stock", "Renault Master", "1,5",
        "(toute la marque)", "Préféré",
    )  # fmt: skip
    mechanic = work.mechanic.get("/stock/FH-900").text
    assert "7,1234" not in mechanic
    assert "12,50" not in mechanic
    assert "Modifier" not in mechanic
    said(work.mechanic.get("/stock/P2"), 200, "Pièces équivalentes", "Filtre à huile")
    for text in ("W712/95", "MANN-W712", "3165143500125", "filtre huile"):
        said(work.mechanic.get("/stock/", query_string={"q": text}), 200, "FH-900")
    said(work.mechanic.get("/stock/?famille=Filtration"), 200, "FH-900", "1 pièce affichée")


def test_unchanged_the_form_changes_nothing(work: Workshop) -> None:
    (first,) = _sellers(work, "Pièces de l’Ouest")
    _create(work, sold__0__supplier=str(first), sold__0__price="7,10", models__0__make="Renault")
    assert _change(work).status_code == 303
    with work.site.database.reading() as session:
        told = session.scalars(select(JournalEntry.action).where(JournalEntry.action == "part.change")).all()
    assert told == []
    assert [work.count(table) for table in (PartSupplier, PartModel, PartEquivalent)] == [1, 1, 2]


def test_a_change_is_told_before_and_after(work: Workshop) -> None:
    _create(work)
    answer = _change(work, reference="FH-901", minimum="3", barcodes="MANN-W712", equivalents="P2", waste="")
    assert answer.location == "/stock/FH-901"
    assert work.head.get("/stock/FH-900").status_code == 404
    with work.site.database.reading() as session:
        row = session.scalars(select(JournalEntry).where(JournalEntry.action == "part.change")).one()
    assert row.subject_key == "FH-901"
    assert row.data["changes"] == {
        "reference": ["FH-900", "FH-901"],
        "minimum": ["2", "3"],
        "waste": ["filter", None],
        "barcodes": [["3165143500125", "MANN-W712"], ["MANN-W712"]],
        "equivalents": [["P1", "P2"], ["P2"]],
    }
    said(work.head.get("/stock/?q=fh-900"), 200, "Aucune pièce ne correspond")
    said(work.head.get("/stock/?q=fh-901"), 200, "1 pièce affichée")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reference": ""}, "Saisissez la référence"),
        ({"label": ""}, "Saisissez la désignation"),
        ({"reference": "P1", "equivalents": ""}, "Une pièce porte déjà la référence « P1 »"),
        ({"reference": "p1", "equivalents": ""}, "Une pièce porte déjà la référence « p1 »"),
        ({"reference": "P1/fiche"}, "La référence « P1/fiche » n’est pas possible"),
        ({"reference": "export.csv"}, "La référence « export.csv » n’est pas possible"),
        ({"reference": "/A"}, "La référence « /A » n’est pas possible"),
        ({"unit": "arpent"}, "Choisissez l’unité dans la liste"),
        ({"bin": "Z99", "new_bin": ""}, "« Magasin » n’a pas de casier « Z99 » : corrigez son nom"),
        ({"store": "77"}, "Introuvable : magasin"),
        ({"minimum": "-1"}, "−1 n’est pas possible ici"),
        ({"maximum": "1"}, "Le maximum (1) doit être au moins égal au minimum (2)"),
        ({"minimum": "1,2345"}, "Saisissez un nombre"),
        ({"deposit": "0"}, "Une consigne de 0,00 € n’est pas possible"),
        ({"deposit": "1,234"}, "Saisissez un nombre"),
        ({"barcodes": "x" * 101}, "de 100 caractères"),
        ({"equivalents": "RIEN"}, "Aucune pièce n’a la référence « RIEN »"),
        ({"equivalents": "FH-900"}, "est la pièce elle-même"),
        ({"supplier": "999"}, "Introuvable : fournisseur"),
        ({"sold-0-price": "5"}, "Choisissez le fournisseur de cette ligne"),
        ({"sold-0-supplier": "1", "sold-0-price": "-5"}, "Le coût −5,00 n’est pas possible"),
        ({"sold-0-supplier": "1", "sold-0-pack": "0"}, "0 n’est pas possible ici"),
        ({"sold-0-supplier": "1", "sold-1-supplier": "1"}, "est donné deux fois"),
        ({"models-0-model": "Master"}, "Saisissez la marque"),
        ({"models-0-make": "Renault", "models-0-quantity": "-2"}, "−2 n’est pas possible ici"),
    ],
)
def test_what_is_refused_is_told_at_its_field(work: Workshop, fields: dict[str, str], words: str) -> None:
    assert _sellers(work, "Pièces de l’Ouest") == [1]
    before = work.count(Part)
    answer = work.head.post("/pieces/nouvelle", data=NEW | fields)
    said(answer, 422, words, "Filtration")
    assert "message-erreur" in answer.text or "supplier" in fields or "store" in fields
    assert work.count(Part) == before
    assert work.count(PartBarcode) == 0


def test_every_page_of_a_part_is_kept_from_being_the_end_of_a_reference(site: Site) -> None:
    rules = [rule.rule for rule in site.app.url_map.iter_rules()]
    assert {rule.partition("<path:reference>/")[2] for rule in rules if "<path:reference>/" in rule} == PAGES
    beside = {rule.removeprefix("/stock/") for rule in rules if re.fullmatch(r"/stock/[^<]+", rule)}
    assert beside == FILES


def test_a_barcode_leads_to_one_thing(work: Workshop) -> None:
    _create(work)
    said(_create(work, reference="FH-901"), 422, "mène déjà ailleurs, à « Filtre à huile »")
    said(_create(work, reference="FH-901", barcodes="BOURG-1"), 422, "mène déjà ailleurs")
    assert _create(work, reference="FH-901", barcodes="03165143500132\n3165143500132").status_code == 303
    with work.site.database.reading() as session:
        codes = session.scalars(select(PartBarcode.code).where(PartBarcode.part_id == _part(work, "FH-901").id)).all()
    assert codes == ["3165143500132"]


def test_somebody_else_changed_it_meanwhile(work: Workshop) -> None:
    _create(work)
    path = "/pieces/FH-900/modifier"
    mine = fields_of(work.head.get(path).text)
    assert _change(work, label="Filtre").status_code == 303
    said(work.head.post(path, data=mine | {"minimum": "5"}), 409, "Quelqu’un d’autre a modifié cette fiche")
    assert _part(work).minimum == Decimal(2)
    with pytest.raises(Conflict):
        work.act(parts.change, "FH-900", parts.Content("FH-900", "x"), "autre", (HEAD, clock.now()))


def test_the_unit_stays_once_the_part_moved(work: Workshop) -> None:
    _create(work)
    assert _change(work, unit="L").status_code == 303
    work.act(
        stock.receive, _part(work).id, Decimal(3), Decimal(7), stock.Movement(yesterday(), HEAD, clock.now(), "BL 1")
    )
    said(_change(work, unit="m"), 422, "a déjà des mouvements en « L »")
    assert _change(work, label="Autre").status_code == 303


def test_the_part_of_what_has_no_reference_stays(work: Workshop) -> None:
    work.act(stock.create_part, stock.NewPart(bought_parts.OFF_STOCK, "Pièce hors stock"), HEAD, clock.now())
    said(_change(work, bought_parts.OFF_STOCK, reference="AUTRE"), 422, "reste telle quelle")
    said(work.head.post(f"/pieces/{bought_parts.OFF_STOCK}/retirer"), 422, "reste telle quelle")


def test_retired_it_leaves_lists_and_searches_and_comes_back(work: Workshop) -> None:
    said(work.head.post("/pieces/P1/retirer"), 422, "Le stock de P1 est de 100")
    _create(work)
    for _ in range(2):
        assert work.head.post("/pieces/FH-900/retirer").location == "/stock/FH-900"
    said(work.head.get("/stock/FH-900"), 200, "Retirée du catalogue", "Remettre au catalogue")
    for path in ("/stock/", "/stock/?q=filtre", f"{work.url}/pieces?q=filtre", "/stock/?pieces=stock-bas"):
        assert "FH-900" not in work.head.get(path).text, path
    said(work.head.get("/stock/?pieces=retirees"), 200, "FH-900", "Retirées", "1 pièce affichée")
    assert "FH-900" in work.head.get("/stock/export.csv?pieces=retirees").text
    assert work.head.post("/pieces/FH-900/remettre").status_code == 303
    said(work.head.get("/stock/?q=filtre"), 200, "FH-900")
    with work.site.database.reading() as session:
        acts = session.scalars(
            select(JournalEntry.action).where(JournalEntry.subject_key == "FH-900").order_by(JournalEntry.id)
        ).all()
    assert acts == ["part.create", "part.retire", "part.restore"]


def test_what_holds_a_part_keeps_it_in_the_catalogue(work: Workshop) -> None:
    assert _create(work).status_code == 303
    part = _part(work)
    by = purchases.By(HEAD, clock.now(), clock.today())
    with work.site.database.transaction() as session:
        seller = suppliers.named(session, "Martin", clock.now())
        number = purchases.draft(session, seller, [Wanted(part.id, Decimal(2))], by).number
        reservations.reserve(session, work.number, part.id, Decimal(1), reservations.By(HEAD, clock.now()))
        count = StockCount(
            number="INV-2026-00001", title="Tout", state=CountState.COUNTING, counted_on=clock.today(),
            opened_at=clock.now(),
        )  # fmt: skip
        session.add(count)
        session.flush()
        session.add(CountLine(count_id=count.id, part_id=part.id, bin_id=1))
    holders = f"FH-900 est encore sur INV-2026-00001, {number}, {work.number}"
    said(work.head.post("/pieces/FH-900/retirer"), 422, holders)
    assert _part(work).active


def test_a_retired_part_takes_nothing_in_but_what_an_order_gives_back(work: Workshop) -> None:
    assert _create(work).status_code == 303
    part, today = _part(work), clock.today()
    moved = stock.Movement(today, HEAD, clock.now(), "essai")
    with work.site.database.transaction() as session:
        stock.receive(session, part.id, Decimal(1), Decimal(5), moved)
        entry = order_lines.Entry(work.number, today, HEAD, clock.now(), today)
        rank = order_lines.add_part(session, entry, part.id, Decimal(1)).rank
        parts.retire(session, "FH-900", HEAD, clock.now())
    receipt = {"quantity": "1", "cost": "5", "reason": "BL"}
    said(work.head.post("/stock/FH-900/entree", data=receipt), 422, "FH-900 est retirée du catalogue")
    with pytest.raises(PartRetired), work.site.database.transaction() as session:
        stock.adjust(session, part.id, Decimal(2), moved)
    with pytest.raises(PartRetired), work.site.database.transaction() as session:
        stock.transfer(session, part.id, Decimal(1), stores.bin_of(session, "Z"), moved)
    with work.site.database.transaction() as session:
        order_lines.remove(session, work.number, rank, HEAD, clock.now())
    assert (_part(work).active, _part(work).on_hand) == (True, Decimal(1))


def _picture(colour: str = "red") -> io.BytesIO:
    body = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(body, "PNG")
    body.seek(0)
    return body


def test_the_photo_of_a_part(work: Workshop) -> None:
    page = "/pieces/P1/photo"
    said(work.head.get(page), 200, "Ajouter une photo")
    said(work.head.post(page, data={}), 422, "photo")
    said(work.head.post(page, data={"photo": (io.BytesIO(b"rien"), "a.png")}), 422, "photo")
    assert work.mechanic.get("/pieces/P1/photo.jpg").status_code == 404
    assert work.head.post(page, data={"photo": (_picture(), "a.png")}).status_code == 303
    said(work.mechanic.get("/stock/P1"), 200, "Photo de Pièce P1", 'width="640" height="480"')
    for path in ("/pieces/P1/photo.jpg", "/pieces/P1/vignette.jpg"):
        answer = work.mechanic.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        answer.close()
    assert work.head.post("/pieces/P1/sans-photo").status_code == 303
    assert "Photo de Pièce P1" not in work.mechanic.get("/stock/P1").text
    assert work.mechanic.get("/pieces/P1/photo.jpg").status_code == 404


def test_where_it_lies_and_what_is_available(work: Workshop) -> None:
    shelf = work.act(stores.bin_of, "A1")
    work.act(
        stock.transfer, work.garage.parts["P1"].id, Decimal(30), shelf, stock.Movement(yesterday(), HEAD, clock.now())
    )
    said(work.mechanic.get("/stock/P1"), 200, "Où elle est", "Sans casier", "70 u", "A1", "30 u")


def test_a_family_takes_its_value_along(work: Workshop) -> None:
    def sums() -> dict[str, Decimal]:
        with work.site.database.reading() as session:
            rows = session.execute(
                select(StockDay.family, func.sum(StockDay.value_change).label("value")).group_by(StockDay.family)
            )
            return {row.family: row.value for row in rows if row.value}

    work.act(stock_totals.bring_up_to_date)
    assert sums() == {"": Decimal(2000)}
    work.act(
        stock.lose, work.garage.parts["P1"].id, Decimal(1), stock.Movement(yesterday(), HEAD, clock.now(), "Cassée")
    )
    assert _change(work, "P1", family="Freinage").status_code == 303
    assert sums() == {"": Decimal(1000), "Freinage": Decimal(1000)}
    work.act(stock_totals.bring_up_to_date)
    assert sums() == {"": Decimal(1000), "Freinage": Decimal(990)}
    assert _change(work, "P1", family="").status_code == 303
    assert sums() == {"": Decimal(1990)}


def test_parts_of_the_model_come_first_on_an_order(work: Workshop) -> None:
    def used(session: Any) -> None:
        made = make.order(session, work.garage.partner, vehicle_id=work.garage.vehicles["BOURG"].id)
        from_stock = work.garage.parts["P2"].id
        stock.lose(session, from_stock, Decimal(1), stock.Movement(yesterday(), HEAD, clock.now(), "Cassée"))
        make.labour(session, made)

    work.act(used)
    _create(work, models__0__make="renault", models__0__model="MASTER", models__0__quantity="2,5", unit="L")
    _create(work, reference="TOUTE", label="Toute la marque", barcodes="", models__0__make="Renault")
    _create(
        work, reference="AUTRE", label="Autre modèle", barcodes="", models__0__make="Renault", models__0__model="Clio"
    )
    page = work.mechanic.get(f"{work.url}/pieces")
    said(page, 200, "Pièces de ce modèle", "Filtre à huile", "2,5 L", "Toute la marque")
    assert page.text.index("Filtre à huile") < page.text.index("Toute la marque")
    assert "Autre modèle" not in page.text
    work.head.post("/pieces/TOUTE/retirer")
    assert "Toute la marque" not in work.mechanic.get(f"{work.url}/pieces").text


def test_strange_values_never_break(work: Workshop) -> None:
    for path in ("/pieces/RIEN/modifier", "/pieces/%00/modifier", "/pieces/RIEN/photo", "/pieces/RIEN/photo.jpg"):
        assert work.head.get(path).status_code == 404
    for path in ("/pieces/RIEN/retirer", "/pieces/RIEN/remettre", "/pieces/RIEN/sans-photo"):
        assert work.head.post(path).status_code == 404
    said(work.head.post("/pieces/nouvelle", data={"sold-99-price": "x", "models-0-make": "\x07"}), 422)
