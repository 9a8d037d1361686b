"""Suppliers through their screens: looked for, created, changed, with the parts they sell (rule S1)."""

import csv
import io

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.suppliers import Supplier
from garage.operations import parts, suppliers
from garage.operations.parts import Content, Sold
from garage.operations.suppliers import Sheet

from .forms import fields_of
from .harness import Site
from .workshop import HEAD, Workshop, build, said

NEW = {
    "name": "Pièces de l’Ouest", "email": "Commandes@ouest.test", "phone": "02 98 00 00 00",
    "address": "1 quai\r\n29200 Brest", "customer_number": "C-778", "delivery_days": "3", "active": "y",
}  # fmt: skip


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _add(work: Workshop, **fields: str) -> str:
    answer = work.head.post("/fournisseurs/nouveau", data=NEW | fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_created_shown_and_found(work: Workshop) -> None:
    said(work.mechanic.get("/fournisseurs"), 200, "Aucun fournisseur.")
    path = _add(work)
    said(
        work.mechanic.get(path), 200, "Pièces de l’Ouest", "commandes@<wbr>ouest.test", "02 98 00 00 00", "C-778",
        "3 jours", "1 quai", "Aucune pièce.",
    )  # fmt: skip
    for text in ("ouest", "PIECES", "c-778", "commandes@"):
        said(work.mechanic.get("/fournisseurs", query_string={"q": text}), 200, "Pièces de l’Ouest")
    said(work.mechanic.get("/fournisseurs?q=zzz"), 200, "Aucun fournisseur ne correspond")
    [_, row] = csv.reader(io.StringIO(work.mechanic.get("/fournisseurs/export.csv").text), delimiter=";")
    assert row[:3] == ["Pièces de l’Ouest", "commandes@ouest.test", "02 98 00 00 00"]
    assert row[3].startswith("1 quai")
    assert row[4:] == ["C-778", "3", "oui", "0"]
    assert work.mechanic.get("/fournisseurs/77").status_code == 404
    assert work.mechanic.get("/fournisseurs?apres=%00").status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Saisissez le nom"),
        ({"name": "PIECES de l'ouest"}, "Le fournisseur « Pièces de l’Ouest » existe déjà"),
        ({"email": "pas une adresse"}, "L’adresse « pas une adresse » n’est pas valable"),
        ({"delivery_days": "-1"}, "de 0 à 365 jours"),
        ({"delivery_days": "vite"}, "Saisissez le délai en jours"),
        ({"phone": "0" * 41}, "Écrivez au plus 40 caractères"),
    ],
)
def test_what_is_refused_is_told_at_its_field(work: Workshop, fields: dict[str, str], words: str) -> None:
    _add(work)
    said(work.head.post("/fournisseurs/nouveau", data=NEW | {"name": "Autre"} | fields), 422, words, "message-erreur")
    assert work.count(Supplier) == 1


def test_changed_its_parts_are_found_under_its_new_name(work: Workshop) -> None:
    path = _add(work)
    number = int(path.rsplit("/", 1)[1])
    content = Content("FH-1", "Filtre", supplier_id=number, sold=(Sold(number, "W712", None, None),))
    work.act(parts.create, content, HEAD, clock.now())
    said(work.mechanic.get(path), 200, "Filtre", "W712", "Préféré")
    mine = fields_of(work.head.get(f"{path}/modifier").text)
    assert work.head.post(f"{path}/modifier", data=mine).status_code == 303
    assert (
        work.head.post(f"{path}/modifier", data=mine | {"name": "Atlantique", "delivery_days": ""}).status_code == 303
    )
    said(work.mechanic.get("/stock/?q=atlantique"), 200, "Filtre")
    said(work.mechanic.get("/stock/?q=ouest"), 200, "Aucune pièce ne correspond")
    said(work.head.post(f"{path}/modifier", data=mine | {"name": "Autre"}), 409, "Quelqu’un d’autre")
    with work.site.database.reading() as session:
        row = session.scalars(select(JournalEntry).where(JournalEntry.action == "supplier.change")).one()
    assert row.data["changes"] == {"name": ["Pièces de l’Ouest", "Atlantique"], "delivery_days": [3, None]}


def test_one_that_serves_no_more_is_offered_no_more(work: Workshop) -> None:
    path = _add(work)
    mine = fields_of(work.head.get(f"{path}/modifier").text)
    mine.pop("active", None)
    assert work.head.post(f"{path}/modifier", data=mine).status_code == 303
    said(work.head.get(path), 200, "modifié", "Ne sert plus")
    assert "Ouest" not in work.mechanic.get("/fournisseurs").text
    said(work.mechanic.get("/fournisseurs?q=ouest"), 200, "Ne sert plus")
    assert "Ouest" not in work.head.get("/pieces/nouvelle").text


def test_pages_by_name(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        for n in range(30):
            suppliers.create(session, Sheet(f"Fournisseur {n:02d}"), HEAD, clock.now())
    said(work.mechanic.get("/fournisseurs"), 200, "24 fournisseurs affichés, d’autres suivent", "Fournisseur 00")
    said(work.mechanic.get("/fournisseurs?apres=Fournisseur+23"), 200, "6 fournisseurs affichés", "Fournisseur 29")
