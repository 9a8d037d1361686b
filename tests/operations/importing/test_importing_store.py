"""fournisseurs.csv, casiers.csv, references.csv, equivalences.csv: a store brought in with what surrounds its parts."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from garage.db.models.parts import PartEquivalent, PartSupplier
from garage.db.models.stock import Bin, Part, Store
from garage.db.models.suppliers import Supplier
from garage.db.queries import stock as queries
from garage.operations import stores, suppliers
from garage.operations.importing.report import FaultCode
from garage.operations.stores import By
from garage.operations.suppliers import Sheet
from tests.factories import garage as make

STORE = ("fournisseurs", "casiers", "pieces", "references", "equivalences")


def test_the_whole_store_comes_in_once(both):
    both.garage(*STORE)
    assert both.run().clean
    with both.database.reading() as session:
        sold = session.scalars(select(Supplier).order_by(Supplier.name)).all()
        assert [(one.name, one.email, one.delivery_days, one.active, one.search_text) for one in sold] == [
            ("Ancien", None, None, False, "ancien"),
            ("Dubois", "commandes@dubois.test", 3, True, "dubois c-118 commandes@dubois.test"),
            ("Œuvré", None, None, True, "oeuvre"),
        ]
        homes = session.execute(select(Store.code, Store.name, Bin.code).join(Bin).order_by(Store.id, Bin.code)).all()
        assert ("VAN", "Fourgon de dépannage", "Bac 1") in [tuple(row) for row in homes]
        offers = session.execute(
            select(Part.reference, Supplier.name, PartSupplier.reference, PartSupplier.price, PartSupplier.pack)
            .join(Part, Part.id == PartSupplier.part_id)
            .join(Supplier, Supplier.id == PartSupplier.supplier_id)
            .order_by(Part.reference, Supplier.name)
        ).all()
        assert [tuple(row) for row in offers] == [
            ("F-1", "Dubois", "D-118", Decimal("4.35"), 6),
            ("F-1", "Œuvré", "OE-9", None, None),
            ("H-1", "Dubois", None, Decimal("7.9"), None),
        ]
        [twins] = session.scalars(select(PartEquivalent)).all()
        assert twins.part_id < twins.other_id
        assert [row.reference for row in queries.search(session, "oe-9", 9)] == ["F-1"]
    before = both.dump()
    assert all(one.created == one.updated == 0 for one in both.run().counts)
    assert both.dump() == before


def test_what_is_known_is_changed_by_its_own_row_alone(both):
    both.garage(*STORE)
    both.run()
    for name, column, value in (
        ("fournisseurs", "delai_jours", "5"),
        ("fournisseurs", "numero_client", "C-119"),
        ("references", "prix", "4,5"),
        ("references", "reference_fournisseur", "D-119"),
        ("references", "conditionnement", ""),
    ):
        both.cell(name, 2, column, value)
        counts = {one.file: one for one in both.run().counts}
        assert {name: one.updated for name, one in counts.items() if one.updated} == {f"{name}.csv": 1}
    for line in (3, 4):
        both.cell("casiers", line, "nom", "Fourgon neuf")
    assert {one.file: one.updated for one in both.run().counts if one.updated} == {"casiers.csv": 2}
    assert not any(one.updated for one in both.run().counts)
    with both.database.reading() as session:
        dubois = session.scalars(select(Supplier).where(Supplier.name == "Dubois")).one()
        assert (dubois.delivery_days, dubois.search_text, dubois.version) == (
            5, "dubois c-119 commandes@dubois.test", 3,
        )  # fmt: skip
        sold = session.get_one(PartSupplier, (_id(session, "F-1"), dubois.id))
        assert (sold.reference, sold.price, sold.pack) == ("D-119", Decimal("4.5"), None)
        assert [row.reference for row in queries.search(session, "d-119", 9)] == ["F-1"]
        assert session.scalars(select(Store.name).where(Store.code == "VAN")).one() == "Fourgon neuf"


def test_what_the_screens_wrote_is_found_again(both):
    """Another spelling is the same supplier and the same bin; a closed bin stays closed; nothing is lost."""
    with both.database.transaction() as session:
        suppliers.create(session, Sheet("DUBOIS", "a@dubois.test", "01"), make.HEAD, make.NOW)
        by = By(make.HEAD, make.NOW)
        van = stores.add_store(session, "VAN", "Fourgon", by)
        stores.close_bin(session, stores.add_bin(session, van.id, "BAC 1", by).id, by)
    both.garage(*STORE)
    both.write("fournisseurs", "nom;courriel\nDubois;b@dubois.test\n")
    assert both.run().clean
    with both.database.reading() as session:
        known = session.scalars(select(Supplier).where(Supplier.email.is_not(None))).one()
        assert (known.name, known.email, known.phone) == ("DUBOIS", "b@dubois.test", "01")
        assert session.execute(select(Bin.code, Bin.active).where(Bin.store_id == 2)).all() == [("BAC 1", False)]


def test_the_reference_of_the_usual_supplier_is_told_once(both):
    both.garage(*STORE)
    both.cell("pieces", 2, "reference_fournisseur", "D-118")
    both.cell("references", 2, "reference_fournisseur", "")
    assert both.run().clean
    before = both.dump()
    assert not any(one.updated for one in both.run().counts)
    assert both.dump() == before
    both.cell("references", 2, "reference_fournisseur", "D-200")
    assert both.faults() == [("references.csv", 2, "reference_fournisseur", FaultCode.SOLD_DIFFERS)]


@pytest.mark.parametrize(
    ("name", "line", "column", "value", "code"),
    [
        ("fournisseurs", 2, "nom", "", FaultCode.REQUIRED),
        ("fournisseurs", 3, "nom", "DUBOIS", FaultCode.DUPLICATE_KEY),
        ("fournisseurs", 2, "courriel", "dubois", FaultCode.BAD_EMAIL),
        ("fournisseurs", 2, "delai_jours", "366", FaultCode.TOO_BIG),
        ("fournisseurs", 2, "delai_jours", "2,5", FaultCode.NOT_WHOLE),
        ("fournisseurs", 2, "actif", "peut-être", FaultCode.UNKNOWN_WORD),
        ("casiers", 3, "magasin", "", FaultCode.REQUIRED),
        ("casiers", 3, "magasin", "à côté", FaultCode.BAD_CODE),
        ("casiers", 4, "nom", "Autre fourgon", FaultCode.STORE_NAME_DIFFERS),
        ("casiers", 3, "casier", "bac 1", FaultCode.DUPLICATE_KEY),
        ("references", 2, "reference", "RIEN", FaultCode.UNKNOWN_PART),
        ("references", 2, "fournisseur", "", FaultCode.REQUIRED),
        ("references", 3, "fournisseur", "dubois", FaultCode.DUPLICATE_KEY),
        ("references", 2, "prix", "-1", FaultCode.NEGATIVE),
        ("references", 2, "prix", "1,23456", FaultCode.TOO_MANY_DECIMALS),
        ("references", 2, "conditionnement", "0", FaultCode.ZERO),
        ("equivalences", 2, "equivalente", "F-1", FaultCode.OWN_EQUIVALENT),
        ("equivalences", 2, "equivalente", "RIEN", FaultCode.UNKNOWN_PART),
        ("equivalences", 2, "reference", "", FaultCode.REQUIRED),
    ],
)
def test_faults(kit, name, line, column, value, code):
    kit.garage(*STORE)
    kit.cell(name, line, column, value)
    found = [(file, column, told) for file, _, column, told in kit.faults()]
    assert found[0][0] == f"{name}.csv"
    assert code in [told for _, _, told in found]
    assert kit.empty()


def test_parts_that_replace_each_other_told_both_ways_round(kit):
    kit.garage(*STORE)
    kit.add("equivalences", "B-1;F-1")
    assert kit.run().clean
    assert len(kit.rows("part_equivalents")) == 1


def _id(session, reference):
    return session.scalars(select(Part.id).where(Part.reference == reference)).one()
