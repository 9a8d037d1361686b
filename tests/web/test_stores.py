"""Stores and their bins through their screens: made, renamed, closed once empty (rule S1)."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.stock import Bin, Part, Store
from garage.operations import stock, stores
from garage.operations.stock import Movement
from tests.factories import garage as make

from .forms import fields_of
from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)
    with site.database.transaction() as session:
        make.part(session, "HUILE", "5", bin="A1")
    return made


def _bin(work: Workshop, code: str) -> int:
    with work.site.database.reading() as session:
        return session.scalars(select(Bin.id).where(Bin.code == code)).one()


def _van(work: Workshop) -> str:
    answer = work.head.post("/magasins/nouveau", data={"code": "fourgon-2", "name": "Fourgon de dépannage"})
    assert answer.status_code == 303
    return str(answer.location)


def test_the_list_and_a_store(work: Workshop) -> None:
    said(work.mechanic.get("/magasins"), 200, "Magasin", "1 casier", "3 pièces en stock")
    page = work.mechanic.get("/magasins/1")
    said(page, 200, "Sans casier", "A1", "1 pièce en stock, 1 pièce s’y range")
    assert "Créer" not in page.text
    assert work.mechanic.get("/magasins/77").status_code == 404


def test_a_new_store_and_its_bins(work: Workshop) -> None:
    van = _van(work)
    said(work.head.get(van), 200, "Fourgon de dépannage créé", "FOURGON-2", "Aucun casier dans ce magasin")
    assert work.head.post(f"{van}/casiers/nouveau", data={"code": "Bac gauche"}).location == van
    said(work.head.get(van), 200, "Casier Bac gauche créé", "Bac gauche")
    said(work.head.post("/magasins/nouveau", data={"code": "FOURGON-2", "name": "Autre"}), 422, "existe déjà")
    said(work.head.post("/magasins/nouveau", data={"code": "é", "name": "Autre"}), 422, "n’est pas valable")
    said(work.head.post("/magasins/nouveau", data={}), 422, "Saisissez un code", "Saisissez le nom")
    for code in ("bac GAUCHE", "Bac gauche"):
        said(work.head.post(f"{van}/casiers/nouveau", data={"code": code}), 422, "existe déjà")
    said(work.head.post(f"{van}/casiers/nouveau", data={"code": ""}), 422, "Saisissez le nom du casier")


def test_renamed_unless_somebody_did_meanwhile(work: Workshop) -> None:
    path = f"/magasins/casiers/{_bin(work, 'A1')}/modifier"
    mine = fields_of(work.head.get(path).text)
    assert work.head.post(path, data=mine | {"code": "A-01"}).location == "/magasins/1"
    said(work.mechanic.get("/stock/HUILE"), 200, "A-01")
    said(work.head.post(path, data=mine | {"code": "A-02"}), 409, "Quelqu’un d’autre")
    path = "/magasins/1/modifier"
    mine = fields_of(work.head.get(path).text)
    assert work.head.post(path, data=mine | {"name": "Grand magasin"}).status_code == 303
    said(work.head.get("/magasins"), 200, "Grand magasin")
    said(work.head.post(path, data=mine | {"name": "Petit magasin"}), 409, "Quelqu’un d’autre")
    work.act(stores.bin_of, "B2")
    path = f"/magasins/casiers/{_bin(work, 'B2')}/modifier"
    said(work.head.post(path, data={"code": "a-01", "seen": "B2"}), 422, "existe déjà")
    with work.site.database.reading() as session:
        told = session.scalars(
            select(JournalEntry.action).where(JournalEntry.subject == "stores").order_by(JournalEntry.id)
        ).all()
    assert told == ["bin.rename", "store.change"]


def test_a_bin_is_closed_once_empty(work: Workshop) -> None:
    a1 = _bin(work, "A1")
    said(work.head.post(f"/magasins/casiers/{a1}/fermer"), 422, "Le casier A1 sert encore (1 pièce)")
    b2 = work.act(stores.bin_of, "B2")
    with work.site.database.transaction() as session:
        part = session.scalars(select(Part).where(Part.reference == "HUILE")).one()
        moved = Movement(yesterday(), HEAD, clock.now())
        stock.transfer(session, part.id, Decimal(5), b2, moved)
    said(work.head.post(f"/magasins/casiers/{a1}/fermer"), 422, "sert encore")
    with work.site.database.transaction() as session:
        session.get_one(Part, part.id).bin_id = b2
    for _ in range(2):
        assert work.head.post(f"/magasins/casiers/{a1}/fermer").location == "/magasins/1"
    said(work.head.get("/magasins/1"), 200, "Casier A1 fermé", "Rouvrir")
    assert work.head.post(f"/magasins/casiers/{a1}/rouvrir").status_code == 303
    work.head.post(f"/magasins/casiers/{a1}/fermer")
    assert work.act(stores.bin_of, "A1") == a1
    with work.site.database.reading() as session:
        assert session.get_one(Bin, a1).active
        acts = session.scalars(
            select(JournalEntry.action).where(JournalEntry.subject == "stores").order_by(JournalEntry.id)
        ).all()
    assert acts == ["bin.close", "bin.reopen", "bin.close"]


def test_a_store_is_closed_once_its_bins_are(work: Workshop) -> None:
    van = _van(work)
    work.head.post(f"{van}/casiers/nouveau", data={"code": "Bac"})
    said(work.head.post(f"{van}/fermer"), 422, "a encore 1 casier")
    bac = _bin(work, "Bac")
    work.head.post(f"/magasins/casiers/{bac}/fermer")
    assert work.head.post(f"{van}/fermer").status_code == 303
    said(work.head.get("/magasins"), 200, "Fermé")
    said(work.head.post(f"/magasins/casiers/{bac}/rouvrir"), 422, "est fermé")
    said(work.head.post(f"{van}/casiers/nouveau", data={"code": "Autre"}), 422, "est fermé")
    with work.site.database.reading() as session:
        closed = session.scalars(select(Store.id).where(~Store.active)).one()
    new = {"reference": "X", "label": "X", "unit": "u", "store": str(closed), "bin": "Bac", "new_bin": "y"}
    said(work.head.post("/pieces/nouvelle", data=new), 422, "est fermé")
    assert work.head.post(f"{van}/rouvrir").status_code == 303
    said(work.head.post("/magasins/1/fermer"), 422, "magasin principal")
    said(work.head.post("/magasins/casiers/1/fermer"), 422, "reste ouvert")
    assert work.head.get("/magasins/casiers/1/modifier").status_code == 404


def test_pages_of_bins(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        for n in range(70):
            stores.bin_of(session, f"C{n:02d}")
    first = work.mechanic.get("/magasins/1").text
    assert "C57" in first
    assert "C69" not in first
    assert "C69" in work.mechanic.get("/magasins/1?apres=C57").text
    assert work.mechanic.get("/magasins/1?apres=%00&avant=~").status_code == 200
