"""The same folder again, changed rows, and rows that something billed rests on."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, update

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.invoices import Invoice, InvoiceLine, LiveBilling
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.tariffs import TariffGrid
from garage.domain.collectivities import Category, VatRegime
from garage.domain.invoices.bill import BilledNature, BillKind
from garage.domain.repair_orders import OrderState
from garage.domain.stock import MovementKind
from garage.operations import stock
from garage.operations.stock import Movement
from tests.factories import garage as make

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
C, V, T, F, P, R, L = (
    f"{name}.csv"
    for name in ("collectivites", "conventions", "tarifs", "vehicules", "pieces", "ordres", "lignes")
)  # fmt: skip


@pytest.fixture
def kit(kit):
    """The small garage, imported once."""
    kit.garage()
    assert kit.run().clean
    return kit


def bill(kit, rank: int = 1, code: str = "MO-VL", nature: BilledNature = BilledNature.LABOUR) -> None:
    """Put a line of order 7 on a live bill."""
    with kit.database.transaction() as session:
        order = session.execute(select(RepairOrder).where(RepairOrder.number == "OR-2026-00007")).scalar_one()
        line = session.execute(
            select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.rank == rank)
        ).scalar_one()
        invoice = {
            "kind": BillKind.INVOICE, "series": "F", "year": 2026, "sequence": rank, "number": f"F2026-{rank:04}",
            "issued_on": date(2026, 7, 5), "quarter": "2026-T2", "collectivity_id": order.collectivity_id,
            "regime": VatRegime.OUT_OF_SCOPE, "issuer": {}, "addressee": {}, "conventions": [], "grids": [],
            "net": Decimal("90.00"), "vat": Decimal("0.00"), "gross": Decimal("90.00"), "issued_at": NOW,
        }  # fmt: skip
        invoice_id = session.scalar(insert(Invoice).values(invoice).returning(Invoice.id))
        billed = {
            "invoice_id": invoice_id, "position": 1, "order_line_id": line.id, "rank": rank, "done_on": line.done_on,
            "nature": nature, "code": code, "label": "x", "quantity": Decimal("1.500"), "unit": "h",
            "unit_price": Decimal("60.0000"), "net": Decimal("90.00"), "vat_rate": Decimal("0.00"),
            "grid_id": session.scalar(select(TariffGrid.id)), "grid": "2026", "grid_starts_on": date(2026, 1, 1),
            "convention_id": session.scalar(select(Convention.id).order_by(Convention.id)),
            "convention_starts_on": date(2024, 1, 1), "category": Category.PARTNER,
        }  # fmt: skip
        session.execute(insert(InvoiceLine).values(billed))
        session.execute(insert(LiveBilling).values(order_line_id=line.id, invoice_id=invoice_id))


def test_the_same_folder_twice_changes_nothing(both):
    both.garage()
    both.run()
    before = both.dump()
    report = both.run(today=date(2026, 11, 30))
    assert both.dump() == before
    assert all(one.unchanged == one.read for one in report.counts)
    assert report.new_mechanics == ()


def test_a_dry_run_after_an_import_changes_nothing(kit):
    before = kit.dump()
    kit.run(keep=False)
    assert kit.dump() == before


@pytest.mark.parametrize(
    ("name", "line", "column", "value", "table"),
    [
        ("collectivites", 3, "nom", "Commune de Pencran", "collectivities"),
        ("conventions", 2, "categorie", "fondateur", "conventions"),
        ("tarifs", 2, "fondateur", "51", "tariff_lines"),
        ("vehicules", 2, "type", "engin", "vehicles"),
        ("vehicules", 2, "collectivite", "LAN", "vehicles"),
        ("pieces", 2, "fournisseur", "Kerboul", "parts"),
        ("pieces", 3, "cout_unitaire", "9", "stock_movements"),
        ("pieces", 3, "code_barres", "123", "part_barcodes"),
        ("ordres", 3, "objet", "Barrière", "repair_orders"),
        ("ordres", 3, "termine_le", "05/07/2026", "repair_orders"),
        ("lignes", 2, "quantite", "2", "order_lines"),
        ("lignes", 5, "cout_unitaire", "251", "order_lines"),
    ],
)
def test_a_known_row_that_differs_updates(kit, name, line, column, value, table):
    before = kit.rows(table)
    kit.cell(name, line, column, value)
    report = kit.run()
    assert {one.file: one.updated for one in report.counts if one.updated} == {f"{name}.csv": 1}
    after = kit.rows(table)
    assert after != before
    assert kit.run().counts == tuple(
        type(one)(one.file, one.read, created=0, updated=0, unchanged=one.read) for one in report.counts
    )
    assert kit.rows(table) == after


def test_a_date_of_a_grid_changes_on_every_row(kit):
    kit.write("tarifs", kit.text("tarifs").replace("01/01/2027", "01/06/2027"))
    assert kit.run().counts[2].updated == 5
    assert kit.rows("tariff_grids")[0]["ends_on"] == date(2027, 6, 1)


def test_another_issuer_before_any_bill(kit):
    kit.write("collectivites", "code;nom;emetteur\nLAN;Landerneau;oui\n")
    assert kit.faults() == [(C, 2, "emetteur", "second_issuer")]
    kit.write("collectivites", "code;nom;emetteur\nLAN;Landerneau;oui\nGAR;Garage;non\n")
    assert kit.faults() == [(V, 4, "regime_tva", "issuer_regime")]
    (kit.folder / V).unlink()
    assert kit.faults() == [(C, 2, "emetteur", "issuer_has_regime")]
    kit.garage("conventions")
    kit.cell("conventions", 4, "regime_tva", "hors_champ")
    assert kit.run(keep=False).clean
    kit.write("collectivites", "code;nom;emetteur\nBRE;Brest;oui\nGAR;Garage;non\n")
    assert kit.faults() == []
    assert [row["code"] for row in kit.rows("collectivities") if row["is_issuer"]] == ["BRE"]


def test_overlaps_with_what_the_database_has(kit):
    kit.write("conventions", "collectivite;debut;categorie\nLAN;01/01/2025;partenaire\n")
    kit.write("tarifs", "grille;debut;code;libelle;nature;fondateur;partenaire\nbis;01/06/2026;A;A;forfait;1;1\n")
    assert kit.faults() == [(V, 2, "debut", "convention_overlap"), (T, 2, "debut", "grid_overlap")]


def test_a_second_line_of_a_nature_the_database_has(kit):
    kit.write(
        "tarifs",
        "grille;debut;fin;code;libelle;nature;fondateur;partenaire\n2026;01/01/2026;01/01/2027;X;X;pieces;1;1\n",
    )
    assert kit.faults() == [(T, 2, "nature", "two_of_nature")]


def test_another_parts_barcode(kit):
    kit.cell("pieces", 2, "code_barres", "")
    kit.cell("pieces", 3, "code_barres", "3700000000017")
    assert kit.faults() == [(P, 3, "code_barres", "barcode_taken")]


def on_hand(kit) -> dict[str, Decimal]:
    references = {row["id"]: row["reference"] for row in kit.rows("parts")}
    found = dict.fromkeys(references.values(), Decimal(0))
    for row in kit.rows("stock_movements"):
        found[references[row["part_id"]]] += row["quantity"]
    return found


def kinds(kit, since: int) -> list[tuple[MovementKind, Decimal]]:
    return [(row["kind"], row["quantity"]) for row in kit.rows("stock_movements")[since:]]


def test_a_part_line_that_changes_keeps_the_stock_true(kit):
    assert on_hand(kit) == {"F-1": 5, "H-1": 20, "B-1": 0}
    since = len(kit.rows("stock_movements"))
    kit.cell("lignes", 3, "quantite", "7")
    assert kit.run().clean
    assert on_hand(kit) == {"F-1": 0, "H-1": 20, "B-1": 0}
    assert kinds(kit, since) == [(MovementKind.RETURN, 2), (MovementKind.ISSUE, -7)]
    kit.cell("lignes", 3, "quantite", "8")
    assert kit.faults() == [(L, 3, "quantite", "beyond_stock")]
    kit.cell("lignes", 3, "quantite", "1")
    kit.cell("lignes", 3, "code", "H-1")
    assert kit.run().clean
    assert on_hand(kit) == {"F-1": 7, "H-1": 19, "B-1": 0}
    assert kit.rows("order_lines")[1]["cost"] == Decimal("8.25")


def test_a_part_line_that_becomes_bought_and_back(kit):
    kit.cell("lignes", 3, "cout_unitaire", "6")
    assert kit.run().clean
    assert on_hand(kit)["F-1"] == 7
    assert (kit.rows("order_lines")[1]["cost"], kit.rows("order_lines")[1]["bought_for_order"]) == (6, True)
    kit.cell("lignes", 3, "date", "04/06/2026")
    since = len(kit.rows("stock_movements"))
    assert kit.run().clean
    assert kinds(kit, since) == []
    kit.cell("lignes", 3, "cout_unitaire", "")
    assert kit.run().clean
    assert on_hand(kit)["F-1"] == 5
    assert (kit.rows("order_lines")[1]["cost"], kit.rows("order_lines")[1]["bought_for_order"]) == (
        Decimal("4.5"),
        False,
    )


def test_a_part_line_that_becomes_another_nature(kit):
    kit.cell("lignes", 3, "nature", "forfait")
    kit.cell("lignes", 3, "code", "LAV")
    assert kit.run().clean
    assert on_hand(kit)["F-1"] == 7
    line = kit.rows("order_lines")[1]
    assert (line["part_id"], line["code"], line["cost"]) == (None, "LAV", None)


def test_an_opening_that_changed_after_its_stock_moved(kit):
    kit.cell("pieces", 2, "quantite", "11")
    kit.cell("pieces", 3, "quantite", "21")
    assert kit.faults() == [(P, 2, "quantite", "opening_used")]
    kit.cell("pieces", 2, "quantite", "10")
    assert kit.faults() == []
    assert on_hand(kit)["H-1"] == 21
    assert len([row for row in kit.rows("stock_movements") if row["quantity"] == 21]) == 1


def billed_case(change: Callable[[object], None], *expected: tuple[object, ...]) -> object:
    return pytest.param(change, list(expected), id=str(expected[0][-1]) if expected else "allowed")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        billed_case(lambda kit: kit.cell("lignes", 2, "quantite", "2"), (L, 2, None, "line_billed")),
        billed_case(lambda kit: kit.cell("lignes", 2, "non_facturable", "Geste"), (L, 2, None, "line_billed")),
        billed_case(lambda kit: kit.cell("ordres", 2, "engagement", "E-2"), (R, 2, "engagement", "order_billed")),
        billed_case(
            lambda kit: kit.cell("ordres", 2, "termine_le", "16/06/2026"), (R, 2, "termine_le", "order_billed")
        ),
        billed_case(
            lambda kit: kit.cell("conventions", 2, "categorie", "fondateur"), (V, 2, None, "convention_billed")
        ),
        billed_case(lambda kit: kit.cell("tarifs", 2, "partenaire", "61"), (T, 2, "code", "tariff_billed")),
        billed_case(
            lambda kit: kit.write("tarifs", kit.text("tarifs").replace("01/01/2027", "01/06/2027")),
            (T, 2, "fin", "grid_billed"),
        ),
        billed_case(
            lambda kit: kit.write("tarifs", kit.text("tarifs") + "2025;01/01/2025;01/01/2026;X;X;forfait;u;1;1;20\n"),
            (T, 7, "debut", "grid_touches_billed"),
        ),
        billed_case(
            lambda kit: kit.write("collectivites", "code;nom;emetteur\nGAR;Garage;non\n"),
            (C, 2, "emetteur", "issuer_billed"),
        ),
    ],
)
def test_what_bills_rest_on_does_not_change(kit, change, expected):
    bill(kit)
    change(kit)
    assert kit.faults() == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda kit: kit.cell("collectivites", 3, "nom", "Commune de Pencran"),
        lambda kit: kit.cell("vehicules", 2, "collectivite", "LAN"),
        lambda kit: kit.cell("pieces", 2, "libelle", "Filtre"),
        lambda kit: kit.cell("conventions", 3, "categorie", "partenaire"),
        lambda kit: kit.cell("tarifs", 3, "partenaire", "12"),
        lambda kit: kit.cell("ordres", 3, "engagement", "E-2"),
        lambda kit: kit.cell("lignes", 5, "cout_unitaire", "251"),
        lambda kit: kit.add("tarifs", "2026;01/01/2026;01/01/2027;DEP;Déplacement;forfait;km;1;1;20"),
        lambda kit: kit.add("tarifs", "2027;01/01/2027;;DEP;Déplacement;forfait;km;1;1;20"),
    ],
)
def test_what_no_bill_rests_on_still_changes(kit, change):
    bill(kit)
    change(kit)
    report = kit.run()
    assert report.faults == ()
    assert sum(one.created + one.updated for one in report.counts) == 1


def test_a_percent_line_is_used_by_its_nature(kit):
    bill(kit, 2, "F-1", BilledNature.PART)
    kit.cell("tarifs", 4, "partenaire", "13")
    kit.cell("tarifs", 2, "partenaire", "61")
    assert kit.faults() == [(T, 4, "code", "tariff_billed")]


def test_states_of_the_application_stay(kit):
    with kit.database.transaction() as session:
        session.execute(
            update(RepairOrder).where(RepairOrder.number == "OR-2026-00007").values(state=OrderState.INVOICED)
        )
        closed = {"state": OrderState.TO_CHECK, "closed_on": date(2026, 9, 1)}
        session.execute(update(RepairOrder).where(RepairOrder.number == "OR-2026-00008").values(**closed))
    before = kit.dump()
    assert kit.faults() == []
    assert kit.dump() == before


def test_an_order_reopened_in_the_application_stays_open(kit):
    with kit.database.transaction() as session:
        reopened = {"state": OrderState.IN_PROGRESS, "closed_on": None}
        session.execute(update(RepairOrder).where(RepairOrder.number == "OR-2026-00007").values(**reopened))
    before = kit.dump()
    assert kit.faults() == []
    assert kit.dump() == before
    kit.cell("ordres", 2, "termine_le", "20/06/2026")
    kit.run()
    assert kit.rows("repair_orders")[0]["state"] is OrderState.DONE


def test_an_order_that_gets_its_closing_day_is_done(kit):
    kit.cell("ordres", 3, "termine_le", "05/07/2026")
    kit.run()
    order = kit.rows("repair_orders")[1]
    assert (order["state"], order["version"]) == (OrderState.DONE, 2)
    assert kit.rows("order_state_changes")[-1]["at"] == datetime(2026, 7, 5, 12, tzinfo=UTC)


def test_a_new_line_of_an_order_billed_whole_makes_it_done_again(kit):
    with kit.database.transaction() as session:
        session.execute(
            update(RepairOrder).where(RepairOrder.number == "OR-2026-00007").values(state=OrderState.INVOICED)
        )
    kit.add("lignes", "OR-2026-00007;9;forfait;05/06/2026;LAV;;1;;;;")
    assert kit.run().clean
    assert kit.rows("repair_orders")[0]["state"] is OrderState.DONE
    with kit.database.reading() as session:
        last = session.scalars(select(OrderStateChange).order_by(OrderStateChange.id.desc())).first()
    assert (last.state, last.at) == (OrderState.DONE, NOW)


def test_a_cancelled_order_takes_no_line(kit):
    with kit.database.transaction() as session:
        session.execute(
            update(RepairOrder).where(RepairOrder.number == "OR-2026-00008").values(state=OrderState.CANCELLED)
        )
    assert kit.faults() == []
    kit.cell("lignes", 6, "quantite", "2")
    kit.add("lignes", "OR-2026-00008;9;forfait;05/07/2026;LAV;;1;;;;")
    assert kit.faults() == [(L, 6, "ordre", "order_cancelled"), (L, 8, "ordre", "order_cancelled")]


def test_a_grid_in_draft_is_published(kit):
    with kit.database.transaction() as session:
        session.execute(update(TariffGrid).values(status="draft", published_at=None))
        assert session.scalar(select(Collectivity.id)) is not None
    assert kit.run().counts[2].updated == 5
    grid = kit.rows("tariff_grids")[0]
    assert (grid["status"], grid["published_at"]) == ("published", NOW)


def test_files_one_after_the_other(both):
    for name in ("collectivites", "conventions", "tarifs", "vehicules", "pieces", "ordres", "lignes"):
        both.write(name, "")
        (both.folder / f"{name}.csv").unlink()
        both.garage(name)
        assert both.run().clean
        (both.folder / f"{name}.csv").unlink()
    assert len(both.rows("order_lines")) == 6
    assert on_hand(both)["F-1"] == 5


def test_an_issue_of_a_day_before_the_goods_is_dated_when_they_came(kit):
    with kit.database.transaction() as session:
        part = session.scalars(select(Part.id).where(Part.reference == "B-1")).one()
        told = Movement(date(2026, 9, 1), make.HEAD, make.NOW, "BL 7")
        stock.receive(session, part, Decimal(5), Decimal(3), told)
    kit.add("lignes", "OR-2026-00008;9;piece;05/07/2026;B-1;;2;;;;")
    assert kit.run().clean
    last = kit.rows("stock_movements")[-1]
    assert (last["moved_on"], last["quantity"]) == (date(2026, 9, 1), -2)
    assert last["reason"] == "Saisi au 05/07/2026, reporté au premier jour possible"
    kit.cell("lignes", 8, "quantite", "1")
    assert kit.run().clean
    back = kit.rows("stock_movements")[-2:]
    assert [(row["moved_on"], row["quantity"]) for row in back] == [(date(2026, 9, 1), 2), (date(2026, 9, 1), -1)]
