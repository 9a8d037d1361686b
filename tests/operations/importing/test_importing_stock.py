"""pieces.csv and the stock: bins, stores and suppliers made once, values right, frozen years kept (rules S1 to S6)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from garage.db.models.parts import PartSupplier
from garage.db.models.stock import Bin, Part, PartBarcode, Store
from garage.db.models.stock_years import StockDay, StockYear
from garage.db.models.suppliers import Supplier
from garage.domain.parts import WasteClass
from garage.operations import stock, stock_totals, stores
from garage.operations.stock import Movement
from tests.factories import garage as make
from tests.factories.stock import prove

HEADER = (
    "reference;libelle;unite;quantite;cout_unitaire;emplacement;fournisseur;code_barres;date;"
    "famille;dechet;consigne;magasin;reference_fournisseur;actif"
)
PARTS = f"""{HEADER}
BAT-70;Batterie 70 Ah;u;4;89,9;A1;Dubois;111, 222;01/02/2026;Électricité;batterie;12,5;VAN;D-70;oui
BAT-90;Batterie 90 Ah;u;2;120;A1;Dubois;;01/02/2026;Électricité;Batterie;;van;D-90;
H-5;Huile 5W30;l;60;3,15;A1;Œuvré;;01/02/2026;;huile;;;;
VIEUX;Courroie;u;;;;;;;;;;;;non
"""
P = "pieces.csv"


def test_stores_bins_and_suppliers_are_made_once(both):
    both.write("pieces", PARTS)
    report = both.run()
    assert [(one.created, one.updated) for one in report.counts] == [(4, 0)]
    with both.database.reading() as session:
        prove(session)
        homes = session.execute(
            select(Part.reference, Store.code, Bin.code).join(Bin, Bin.id == Part.bin_id).join(Store)
            .order_by(Part.reference)
        ).all()  # fmt: skip
        assert [tuple(row) for row in homes] == [
            ("BAT-70", "VAN", "A1"), ("BAT-90", "VAN", "A1"), ("H-5", "MAGASIN", "A1"),
        ]  # fmt: skip
        assert session.execute(select(Store.code, Store.name).order_by(Store.id)).all()[1:] == [("VAN", "VAN")]
        assert session.scalars(select(Supplier.search_text).order_by(Supplier.name)).all() == ["dubois", "oeuvre"]
        part = session.scalars(select(Part).where(Part.reference == "BAT-70")).one()
        assert (part.family, part.waste, part.deposit, part.active) == (
            "Électricité", WasteClass.BATTERY, Decimal("12.5"), True,
        )  # fmt: skip
        assert (part.on_hand, part.value) == (4, Decimal("359.60"))
        assert stock.in_bin(session, part.id, part.bin_id) == 4
        assert session.scalars(select(PartBarcode.code).order_by(PartBarcode.code)).all() == ["111", "222"]
        assert session.scalars(select(PartSupplier.reference).order_by(PartSupplier.part_id)).all() == ["D-70", "D-90"]
        assert session.scalars(select(Part.reference).where(Part.active.is_(False))).all() == ["VIEUX"]
    before = both.dump()
    report = both.run()
    assert report.counts[0].unchanged == 4
    assert both.dump() == before


def test_what_changes_in_the_catalogue_alone(both):
    both.write("pieces", PARTS)
    both.run()
    with both.database.transaction() as session:
        stock_totals.bring_up_to_date(session)
    moves = both.rows("stock_movements")
    for column, value in (
        ("famille", "Batteries"), ("dechet", ""), ("consigne", "15"), ("magasin", ""),
        ("reference_fournisseur", "D-71"), ("code_barres", "111,333"), ("fournisseur", "Le Goff"),
    ):  # fmt: skip
        both.cell("pieces", 2, column, value)
        assert both.run().counts[0].updated == 1
        assert both.run().counts[0].updated == 0
    assert both.rows("stock_movements") == moves
    with both.database.reading() as session:
        prove(session)
        part = session.scalars(select(Part).where(Part.reference == "BAT-70")).one()
        assert (part.family, part.waste, part.deposit, part.supplier) == ("Batteries", None, 15, "Le Goff")
        assert (session.get_one(Bin, part.bin_id).store_id, part.bin) == (stores.MAIN, "A1")
        sold = select(PartSupplier.reference).where(PartSupplier.part_id == part.id)
        assert set(session.scalars(sold)) == {"D-71"}
        assert len(session.scalars(select(PartBarcode.code)).all()) == 3
        days = {row.family: row.value_change for row in session.scalars(select(StockDay))}
        assert (days["Batteries"], days["Électricité"]) == (Decimal("359.60"), Decimal("240.00"))


def test_a_file_without_the_new_columns_leaves_them(both):
    both.write("pieces", PARTS)
    both.run()
    before = both.dump()
    both.write("pieces", "reference;libelle\nBAT-70;Batterie 70 Ah\nVIEUX;Courroie\n")
    assert both.run().counts[0].unchanged == 2
    both.write("pieces", "reference;libelle;emplacement\nBAT-70;Batterie 70 Ah;A1\n")
    assert both.run().counts[0].unchanged == 1
    assert both.dump() == before


@pytest.mark.parametrize(
    ("line", "column", "value", "at", "code"),
    [
        (2, "reference", "BAT/fiche", "reference", "bad_reference"),
        (2, "dechet", "plutonium", "dechet", "unknown_word"),
        (2, "consigne", "-1", "consigne", "negative"),
        (2, "consigne", "1,234", "consigne", "too_many_decimals"),
        (2, "magasin", "Dépôt Nord", "magasin", "bad_code"),
        (2, "actif", "peut-être", "actif", "unknown_word"),
        (2, "actif", "non", "actif", "still_on_hand"),
        (2, "fournisseur", "", "fournisseur", "supplier_expected"),
        (2, "famille", "x" * 61, "famille", "too_long"),
        (2, "reference_fournisseur", "x" * 101, "reference_fournisseur", "too_long"),
        (3, "code_barres", "333, 222", "code_barres", "barcode_taken"),
        (2, "quantite", "1,2345", "quantite", "too_many_decimals"),
        (2, "quantite", "1000000", "quantite", "too_big"),
        (2, "quantite", "0", "quantite", "zero"),
    ],
)
def test_bad_cells(kit, line, column, value, at, code):
    kit.write("pieces", PARTS)
    kit.cell("pieces", line, column, value)
    assert kit.faults() == [(P, line, at, code)]
    assert kit.empty()


def test_a_part_with_stock_is_not_retired(kit):
    kit.write("pieces", PARTS)
    kit.run()
    kit.write("pieces", "reference;libelle;actif\nBAT-70;Batterie 70 Ah;non\n")
    assert kit.faults() == [(P, 2, "actif", "still_on_hand")]


def freeze(kit, year: int) -> None:
    with kit.database.transaction() as session:
        told = {"value": Decimal(0), "parts": 0, "issuer": "", "sha256": "", "frozen_at": make.NOW}
        session.add(StockYear(year=year, **told))


def test_nothing_comes_into_a_frozen_year(both):
    freeze(both, 2025)
    both.garage()
    both.cell("pieces", 2, "date", "01/01/2026")
    both.cell("pieces", 3, "date", "31/12/2025")
    both.cell("lignes", 3, "date", "31/12/2025")
    assert both.faults() == [(P, 3, "date", "frozen_year"), ("lignes.csv", 3, "date", "frozen_year")]


def test_a_receipt_does_not_leave_a_frozen_year(kit):
    kit.garage("pieces")
    kit.cell("pieces", 3, "date", "31/12/2025")
    assert kit.run().clean
    freeze(kit, 2025)
    assert kit.run().clean
    kit.cell("pieces", 3, "date", "01/01/2026")
    assert kit.faults() == [(P, 3, "date", "frozen_year")]
    kit.cell("pieces", 3, "date", "31/12/2025")
    kit.cell("pieces", 3, "cout_unitaire", "9")
    assert kit.faults() == [(P, 3, "cout_unitaire", "frozen_year")]


def test_a_line_of_a_frozen_year_does_not_change_its_stock(kit):
    kit.garage()
    assert kit.run().clean
    freeze(kit, 2026)
    assert kit.run().clean
    kit.cell("lignes", 3, "quantite", "3")
    assert kit.faults() == [("lignes.csv", 3, "date", "frozen_year")]


def test_lines_take_where_there_is_some(both):
    """The stock was moved to another bin since: a line that changes gives back there and takes there."""
    both.garage()
    assert both.run().clean
    with both.database.transaction() as session:
        part = session.scalars(select(Part.id).where(Part.reference == "F-1")).one()
        shelf = stores.bin_of(session, "B2")
        stock.transfer(session, part, Decimal(5), shelf, Movement(date(2026, 9, 1), make.HEAD, make.NOW))
    both.cell("lignes", 3, "quantite", "4")
    assert both.run().clean
    with both.database.reading() as session:
        prove(session)
        assert (stock.in_bin(session, part, shelf), stock.in_bin(session, part, stores.LOOSE)) == (3, 0)


def test_everything_proves_after_every_kind_of_change(both):
    both.garage()
    assert both.run().clean
    for line, column, value in (
        (3, "quantite", "7"), (3, "cout_unitaire", "6"), (3, "cout_unitaire", ""), (3, "code", "H-1"),
        (4, "quantite", "3"),
    ):  # fmt: skip
        both.cell("lignes", line, column, value)
        assert both.run().clean
        with both.database.reading() as session:
            prove(session)
