"""Days that did not hold what is taken out, forms sent twice from a stale page, words of no sense (S2, S4, S6)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from garage import clock
from garage.db.models.parts import WasteSlip
from garage.db.models.purchases import GoodsReceipt, PurchaseOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.models.supplier_invoices import SupplierInvoice
from garage.domain.stock import MovementKind
from garage.operations import stock, stores, suppliers
from garage.operations.stock import Movement, NewPart

from .forms import fields_of
from .harness import Site
from .test_counts import decisions
from .workshop import HEAD, Workshop, build, said, yesterday

BEFORE = -5


def day(offset: int = 0) -> str:
    return (clock.today() + timedelta(days=offset)).strftime("%d/%m/%Y")


@pytest.fixture
def work(site: Site) -> Workshop:
    """Six of NEUF came yesterday, in bin A1."""
    made = build(site)
    with site.database.transaction() as session:
        part = stock.create_part(session, NewPart("NEUF", "Neuf", bin="A1"), HEAD, clock.now())
        part.family = "Essai"
        stock.receive(session, part.id, Decimal(6), Decimal(5), Movement(yesterday(), HEAD, clock.now(), "Reprise"))
        stores.bin_of(session, "A2")
        suppliers.named(session, "Martin", clock.now())
    return made


def moved(work: Workshop) -> list[StockMovement]:
    with work.site.database.reading() as session:
        mine = select(StockMovement).join(Part, Part.id == StockMovement.part_id).where(Part.reference == "NEUF")
        return list(session.scalars(mine.order_by(StockMovement.id)))


def post(work: Workshop, path: str, **typed: str) -> Any:
    return work.head.post(path, data=fields_of(work.head.get(path).text) | typed)


def test_a_loss_and_a_transfer_of_a_day_before_the_goods_are_refused_at_the_day(work: Workshop) -> None:
    told = {"quantity": "2", "done_on": day(BEFORE)}
    loss = post(work, "/mouvements/perte/NEUF", why="lost", reason="Vol", **told)
    said(loss, 422, f"Le {day(BEFORE)}, il n’y avait rien de NEUF", f"à partir du {day(-1)}")
    assert 'id="done_on-erreur"' in loss.text
    to_bin = work.act(stores.bin_of, "A2")
    transfer = post(work, "/mouvements/transfert/NEUF", to_bin=str(to_bin), **told)
    said(transfer, 422, "il n’y avait rien de NEUF (casier A1)")
    assert 'id="done_on-erreur"' in transfer.text
    assert len(moved(work)) == 1
    assert (
        post(work, "/mouvements/perte/NEUF", why="lost", reason="Vol", quantity="2", done_on=day(-1)).status_code == 303
    )


def test_a_count_dated_back_says_what_it_dates_later(work: Workshop) -> None:
    page = work.head.get("/inventaires/nouveau").text
    if (clock.today() + timedelta(days=BEFORE)).year < clock.today().year:
        pytest.skip("the year begins")
    sent = fields_of(page) | {"kind": "family", "family": "Essai", "done_on": day(BEFORE)}
    assert work.head.post("/inventaires/nouveau", data=sent).location == "/inventaires/1"
    part = moved(work)[0]
    entry = f"/inventaires/1/compter/{part.part_id}/{part.bin_id}"
    assert (
        work.mechanic.post(entry, data=fields_of(work.mechanic.get(entry).text) | {"counted": "5"}).status_code == 303
    )
    work.mechanic.post(entry, data=fields_of(work.mechanic.get(entry).text) | {"counted": "5"})
    work.mechanic.post("/inventaires/1/terminer")
    page = work.head.get("/inventaires/1/approuver")
    said(
        page,
        200,
        "1 écart sera daté plus tard",
        f"daté du {day(-1)} : le {day(BEFORE)}, il n’y en avait pas",
    )
    assert work.head.post("/inventaires/1/approuver", data=decisions(page.text) | {"other": "lost"}).status_code == 303
    last = moved(work)[-1]
    assert (last.kind, last.quantity, last.moved_on) == (MovementKind.COUNT, -1, yesterday())
    assert f"aisi au {day(BEFORE)}" in (last.reason or "")


def test_two_acts_typed_on_one_page_are_two_and_one_sent_twice_is_one(work: Workshop) -> None:
    bins = [str(work.act(stores.bin_of, code)) for code in ("A2", "A3")]
    page = fields_of(work.head.get("/mouvements/transfert/NEUF").text) | {"quantity": "1"}
    for to_bin in (*bins, bins[0]):
        assert work.head.post("/mouvements/transfert/NEUF", data=page | {"to_bin": to_bin}).status_code == 303
    assert sum(row.kind is MovementKind.TRANSFER for row in moved(work)) == 4
    page = fields_of(work.head.get("/mouvements/perte/NEUF").text) | {
        "quantity": "1", "reason": "x", "from_bin": str(moved(work)[0].bin_id),
    }  # fmt: skip
    acts = [{"why": "broken"}, {"why": "stolen"}, {"why": "stolen", "done_on": day(-1)}, {"why": "broken"}]
    for act in acts:
        assert work.head.post("/mouvements/perte/NEUF", data=page | act).status_code == 303, act
    assert sum(row.kind is MovementKind.LOSS for row in moved(work)) == 3
    page = fields_of(work.head.get("/stock/NEUF/entree").text) | {"quantity": "2", "cost": "10"}
    for typed in ({"reason": "BL 774"}, {"reason": "BL 775"}, {"reason": "BL 775", "cost": "11"}, {"reason": "BL 774"}):
        assert work.head.post("/stock/NEUF/entree", data=page | typed).status_code == 303
    assert sum(row.kind is MovementKind.RECEIPT for row in moved(work)) == 4


def test_a_bin_closed_since_the_page_was_made_is_told_beside_it(work: Workshop) -> None:
    to_bin = work.act(stores.bin_of, "A2")
    page = fields_of(work.head.get("/mouvements/transfert/NEUF").text) | {"quantity": "1", "to_bin": str(to_bin)}
    work.act(stores.close_bin, to_bin, stores.By(HEAD, clock.now()))
    answer = work.head.post("/mouvements/transfert/NEUF", data=page)
    said(answer, 422, "Le casier A2 est fermé")
    assert 'id="to_bin-erreur"' in answer.text
    assert len(moved(work)) == 1


def test_keys_of_an_address_that_no_id_has(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.add(StockYear(year=2020, value=Decimal(0), parts=0, issuer="", sha256="0" * 64, frozen_at=clock.now()))
    for key in ("999999999999999", "2147483648", "9" * 30, "²", "-1", "2026-01-01_9999999999", "9999999999_x"):
        for path in (
            "/stock/NEUF", "/stock/", "/mouvements", "/inventaires", "/receptions", "/achats", "/demandes-pieces",
            "/consignes", "/retours-fournisseurs", "/factures-fournisseurs", "/stock-dormant", "/stock/NEUF/poses",
            "/valeur-stock/casiers",
        ):  # fmt: skip
            for side in ("apres", "avant"):
                assert work.head.get(f"{path}?{side}={key}").status_code == 200, (path, key)


def test_an_empty_token_is_none(work: Workshop) -> None:
    blank = {"form_token": ""}
    for note in ("BL 1", "BL 2"):
        part = moved(work)[0].part_id
        typed = {"delivery_note": note, f"quantite_p{part}": "1", f"cout_p{part}": "3"}
        assert post(work, f"/receptions/de/1?p{part}=1", **typed, **blank).status_code == 303
    invoice = {"supplier": "Martin", "dated_on": day(-1), "net": "12,00", "vat": "2,40"}
    for number in ("F 1", "F 2"):
        answer = post(work, "/factures-fournisseurs/nouvelle", number=number, **invoice, **blank)
        assert answer.status_code == 303, answer.text
    for kind in ({"kind": "family", "family": "Essai"}, {"kind": "full"}):
        assert post(work, "/inventaires/nouveau", **kind, **blank).status_code == 303
    for _ in range(2):
        assert post(work, "/achats/nouvelle", supplier="1", **blank).status_code == 303
    with work.site.database.reading() as session:
        for model in (GoodsReceipt, SupplierInvoice, PurchaseOrder):
            assert session.scalar(select(func.count()).select_from(model)) == 2


def test_a_hidden_field_that_is_not_sent_is_no_failure(work: Workshop) -> None:
    typed = {"supplier": "Martin", "number": "F 1", "dated_on": day(-1), "net": "12,00", "vat": "2,40"}
    assert post(work, "/factures-fournisseurs/nouvelle", **typed).status_code == 303
    for path in ("modifier", "litige", "litige/lever"):
        assert work.head.post(f"/factures-fournisseurs/1/{path}", data={}).status_code in (303, 409, 422), path


def test_a_year_whose_figures_are_mistyped_is_no_date(work: Workshop) -> None:
    for typed in ("20/11/0026", "0026-11-20", "01/01/1899"):
        said(post(work, "/mouvements/perte/NEUF", why="lost", reason="x", quantity="1", done_on=typed), 422,
             "Saisissez une date")  # fmt: skip
    assert len(moved(work)) == 1


def test_waste_slips_of_another_century_and_of_a_known_number(work: Workshop) -> None:
    slip = {"waste": "oil", "number": "Dupé 1", "quantity": "600", "unit": "L", "carrier": "Ouest Collecte"}
    said(work.head.post("/dechets/nouveau", data=slip | {"on": "31/12/1999"}), 422, "31/12/1999", "01/01/2000")
    said(work.head.post("/dechets/nouveau", data=slip | {"on": "01/01/0001"}), 422, "Saisissez")
    assert work.head.post("/dechets/nouveau", data=slip | {"on": day(-1)}).status_code == 303
    again = work.head.post("/dechets/nouveau", data=slip | {"on": day(-1), "number": "DUPE 1"})
    assert again.status_code == 422
    assert work.count(WasteSlip) == 1


def test_numbers_copied_from_a_paper_are_one_whatever_their_case_and_accents(work: Workshop) -> None:
    part = moved(work)[0].part_id
    typed = {f"quantite_p{part}": "1", f"cout_p{part}": "3"}
    assert post(work, f"/receptions/de/1?p{part}=1", delivery_note="BL-é1", **typed).status_code == 303
    said(post(work, f"/receptions/de/1?p{part}=1", delivery_note="bl-É1", **typed), 422, "BL-é1")
    invoice = {"supplier": "Martin", "dated_on": day(-1), "net": "12,00", "vat": "2,40"}
    assert post(work, "/factures-fournisseurs/nouvelle", number="FÉ 1", **invoice).status_code == 303
    said(post(work, "/factures-fournisseurs/nouvelle", number="fe1", **invoice), 422, "FÉ 1")
