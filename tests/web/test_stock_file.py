"""The file of the parts comes back as it went out, into the same garage and into another (rules S1, E19)."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from garage.db.models.parts import PartEquivalent, PartSupplier
from garage.db.models.stock import Part, PartBarcode
from garage.db.session import Database
from garage.domain.parts import WasteClass
from garage.domain.permissions import Role
from garage.operations import parts, stores, suppliers
from garage.operations.importing.report import Report
from garage.operations.importing.run import import_folder
from tests.factories import garage as make

from .harness import Site


def bring_in(database: Database, folder: Path, content: str) -> Report:
    folder.mkdir(exist_ok=True)
    (folder / "pieces.csv").write_text(content, encoding="utf-8")
    with database.transaction() as session:
        return import_folder(session, folder, now=make.NOW, today=make.TODAY, progress=lambda *_: None)


def test_it_comes_back_unchanged(make_site: Callable[[], Site], tmp_path: Path) -> None:
    site = make_site()
    with site.database.transaction() as session:
        seller = suppliers.named(session, "Dubois ; fils", make.NOW)
        van = stores.add_store(session, "VAN", "Fourgon", stores.By(make.HEAD, make.NOW)).id
        whole = make.part(session, "P-1", "7.5", "3.3333", unit="L", minimum=Decimal("1.5"), maximum=Decimal(9))
        whole.bin_id, whole.supplier_id = stores.bin_of(session, "A1", van), seller
        whole.family, whole.waste, whole.deposit = "Huiles", WasteClass.OIL, Decimal("2.50")
        session.add_all(PartBarcode(code=code, part_id=whole.id) for code in ("111", "222"))
        session.add(PartSupplier(part_id=whole.id, supplier_id=seller, reference="=D-1"))
        session.flush()
        whole.search_text = found_as = parts.search_text(session, whole)
        make.part(session, "P-2", "0")
        make.part(session, "+P-3", "2", "1", bin="B;1", supplier="Le Goff")
    sent = site.client(Role.HEAD).get("/stock/export.csv").get_data(as_text=True)
    report = bring_in(site.database, tmp_path / "same", sent)
    assert report.faults == ()
    assert [(one.read, one.unchanged) for one in report.counts] == [(3, 3)]
    with site.database.reading() as session:
        assert session.scalars(select(Part.search_text).where(Part.reference == "P-1")).one() == found_as
    assert [column for _, column in report.ignored_columns] == ["En stock", "Coût moyen", "Valeur"]
    other = make_site()
    assert [(one.created, one.updated) for one in bring_in(other.database, tmp_path / "other", sent).counts] == [(3, 0)]
    again = other.client(Role.HEAD).get("/stock/export.csv").get_data(as_text=True)
    # The last cells: on hand, deposit, average cost, value; the deposit alone comes in.
    there, here = (
        [[*c[:-4], c[-3]] for c in (line.split(";") for line in text.splitlines())] for text in (again, sent)
    )
    assert there == here


def test_what_surrounds_the_parts_comes_back_unchanged(make_site: Callable[[], Site], tmp_path: Path) -> None:
    """Suppliers, bins (an empty one too), references and equivalents, into the same garage and into another."""
    site = make_site()
    with site.database.transaction() as session:
        by = stores.By(make.HEAD, make.NOW)
        van = stores.add_store(session, "VAN", "Fourgon", by)
        stores.add_bin(session, van.id, "Bac vide", by)
        stores.add_store(session, "VIDE", "Magasin vide", by)
        sheet = suppliers.Sheet("=Dubois ; fils", "a@dubois.test", "02", "1 quai\n29800 Ville", "C 1", 4)
        seller = suppliers.create(session, sheet, make.HEAD, make.NOW).id
        one, other = (make.part(session, reference, "0") for reference in ("-P-1", "P-2"))
        offer = PartSupplier(
            part_id=one.id, supplier_id=seller, reference="=D-1", price=Decimal("1.5"), pack=Decimal(6)
        )
        session.add_all([offer, PartEquivalent(part_id=one.id, other_id=other.id)])
    client = site.client(Role.HEAD)
    sent = {
        "pieces": client.get("/stock/export.csv").text,
        "fournisseurs": client.get("/fournisseurs/export.csv").text,
        "casiers": client.get("/magasins/export.csv").text,
        "references": client.get("/fournisseurs/references.csv").text,
        "equivalences": client.get("/pieces/equivalences.csv").text,
    }
    for name, content in sent.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    with site.database.transaction() as session:
        report = import_folder(session, tmp_path, now=make.NOW, today=make.TODAY, progress=lambda *_: None)
    assert report.faults == ()
    assert {one.file: (one.created, one.updated) for one in report.counts} == {f"{name}.csv": (0, 0) for name in sent}
    elsewhere = make_site()
    with elsewhere.database.transaction() as session:
        report = import_folder(session, tmp_path, now=make.NOW, today=make.TODAY, progress=lambda *_: None)
    assert report.faults == ()
    there = elsewhere.client(Role.HEAD)
    for address in ("/fournisseurs/references.csv", "/pieces/equivalences.csv", "/fournisseurs/export.csv"):
        assert there.get(address).text == client.get(address).text
    assert set(there.get("/magasins/export.csv").text.splitlines()) == set(sent["casiers"].splitlines())
