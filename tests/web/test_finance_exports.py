"""Bundles for the finance application on screen: choice, what is missing, download, transmitted, refusals (B11)."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import InvoiceFile
from garage.db.models.journal import JournalEntry
from garage.db.models.recovery import FinanceExport, Titre
from garage.db.queries import finance_exports as queries
from garage.db.queries import invoices
from garage.db.queries.settings import current
from garage.documents.exports.pes import check
from garage.domain.permissions import Role
from garage.operations import settings
from tests.exports import SCHEMA, booked
from tests.factories import garage as make

from .accounting import NOW, QUARTER, Shop, shop
from .harness import Site

Make = Callable[..., Site]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def billed(make_site: Make, tmp_path: Path) -> Shop:
    """A garage whose third quarter is issued."""
    made = shop(make_site, tmp_path / "pdf")
    made.issue()
    return made


@pytest.fixture
def ready(billed: Shop) -> Shop:
    """The same with every setting that the files need."""
    with billed.site.database.transaction() as session:
        booked(session)
    return billed


def _fields(page: str) -> dict[str, str]:
    found = {name: re.search(f'name="{name}" type="hidden" value="([^"]*)"', page) for name in ("seen", "form_token")}
    return {name: one[1] if one else "" for name, one in found.items()}


def _bytes(shop: Shop, where: str) -> bytes:
    with shop.site.client(Role.ACCOUNTING).get(f"{where}.zip") as answer:
        assert answer.status_code == 200, answer.text
        return answer.data


def _make(shop: Shop, query: str = f"?trimestre={QUARTER}") -> str:
    client = shop.site.client(Role.ACCOUNTING)
    answer = client.post(f"/exports/nouveau{query}", data=_fields(client.get(f"/exports/nouveau{query}").text))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def _zip(shop: Shop, where: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(_bytes(shop, where)))


def _acts(shop: Shop) -> list[str]:
    with shop.site.database.reading() as session:
        return list(session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)))


def test_nothing_to_hand_over(make_site: Make) -> None:
    client = make_site().client(Role.ACCOUNTING)
    assert "Aucune facture n’est encore émise" in client.get("/exports").text
    assert "Aucune pièce à transmettre" in client.get("/exports/nouveau").text
    assert client.post("/exports/nouveau", data={"seen": "", "form_token": "x"}).status_code == 422
    assert client.get("/exports/nouveau?trimestre=rien").status_code == 404
    assert client.get("/exports/nouveau?passage=x&sans=%00&avec=99999999999999999999").status_code == 200
    assert client.get("/exports/1").status_code == 404
    assert client.get("/exports/1.zip").status_code == 404


def test_without_settings_each_file_says_what_it_lacks(billed: Shop) -> None:
    page = billed.site.client(Role.ACCOUNTING).get(f"/exports/nouveau?trimestre={QUARTER}").text
    assert "Journal neutre (CSV)\u00a0: absent de l’export" in page
    assert "Aucun article n’est choisi pour «\u00a0Main-d’œuvre\u00a0»" in page
    assert "Le code de la collectivité dans Magnus manque" in page
    assert "Bourg n’a pas de code tiers" in page
    assert "Le numéro codique du poste comptable manque" in page
    where = _make(billed)
    with _zip(billed, where) as packed:
        names = packed.namelist()
        assert not [name for name in names if "journal" in name or "MAGNUS" in name or "BROUILLON" in name]
        text = packed.read("LISEZMOI.txt").decode("utf-8-sig")
    assert "ce fichier n’est pas dans l’export" in text
    assert "Le numéro codique du poste comptable manque" in text
    assert sum(name.startswith("factures/") for name in names) == 5


def test_a_whole_bundle(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    page = client.get(f"/exports/nouveau?trimestre={QUARTER}").text
    assert "absent de l’export" not in page
    where = _make(ready)
    with _zip(ready, where) as packed, ready.site.database.reading() as session:
        names = packed.namelist()
        bills = invoices.of_quarter(session, invoices.billed_quarters(session)[0].quarter)
        assert names[:4] == [
            "LISEZMOI.txt", "journal-0001.csv", "MAGNUS-WTAMC001.zip", "BROUILLON-PES-RECETTE-0001.xml",
        ]  # fmt: skip
        for bill in bills:
            name = f"factures/{(bill.path or '').rpartition('/')[2]}"
            assert packed.read(name) == (ready.folder / (bill.path or "")).read_bytes()
        rows = list(csv.DictReader(io.StringIO(packed.read("journal-0001.csv").decode("utf-8-sig")), delimiter=";"))
        nets = sum(Decimal(row["Net"].replace(",", ".")) for row in rows)
        assert nets == sum(bill.net for bill in bills)
        assert {row["PDF"] for row in rows} == {(bill.path or "").rpartition("/")[2] for bill in bills}
        assert {row["SHA-256 du PDF"] for row in rows} == {bill.sha256 for bill in bills}
        xml = [name for name in names if name.startswith("xml/")]
        assert all(packed.read(name).startswith(b"<?xml") for name in xml)
    shown = client.get(where).text
    assert "Télécharger l’export (ZIP)" in shown
    assert "brouillon de PES Recette, non vérifié par le schéma" in shown.replace("\u00a0", " ")


def test_the_draft_is_checked_by_the_schema_of_the_settings(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    with ready.site.database.transaction() as session:
        booked(session, SCHEMA)
    where = _make(ready)
    with _zip(ready, where) as packed:
        check(packed.read("BROUILLON-PES-RECETTE-0001.xml"), SCHEMA)
        with zipfile.ZipFile(io.BytesIO(packed.read("MAGNUS-WTAMC001.zip"))) as inside:
            assert inside.namelist()[:3] == ["WTAMC001.txt", "WTAMC001AS.txt", "WTAMC001PJ.txt"]
            assert sum(name.endswith(".pdf") for name in inside.namelist()) == 4
    assert "conforme au schéma" in client.get(where).text
    with ready.site.database.transaction() as session:
        booked(session, SCHEMA.with_name("rien.xsd"))
    assert "Le schéma du PES ne se lit pas" in client.get(f"/exports/nouveau?trimestre={QUARTER}").text
    with ready.site.database.transaction() as session:
        booked(session, SCHEMA)
        session.execute(update(Collectivity).values(tiers_category="99"))
    assert "Le schéma du PES refuse le fichier" in client.get(f"/exports/nouveau?trimestre={QUARTER}").text


def test_downloaded_twice_is_the_same_and_its_settings_are_kept(ready: Shop) -> None:
    where = _make(ready)
    first = _bytes(ready, where)
    with ready.site.database.transaction() as session:
        settings.save(session, replace(current(session), imputations={}), make.CLERK, NOW)
        booked(session, third_party="AUTRE")
    with time_machine.travel(NOW.replace(year=2027), tick=True):
        assert _bytes(ready, where) == first


def test_two_clicks_make_one_export(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    address = f"/exports/nouveau?trimestre={QUARTER}"
    data = _fields(client.get(address).text)
    assert client.post(address, data=data).location == client.post(address, data=data).location
    with ready.site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FinanceExport)) == 1
    less = f"{address}&sans=1"
    other = data | {"seen": _fields(client.get(less).text)["seen"]}
    assert client.post(less, data=other).status_code == 409


def test_what_changed_since_is_shown_again(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    data = _fields(client.get("/exports/nouveau").text)
    with ready.site.database.transaction() as session:
        booked(session, article="7088")
    answer = client.post("/exports/nouveau", data=data)
    assert answer.status_code == 422
    assert "ont changé depuis l’affichage" in answer.text


def test_bills_left_aside_and_added_again(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    with ready.site.database.reading() as session:
        ids = {one.number: one.id for one in queries.candidates(session, 99)}
    where = _make(ready, f"?trimestre={QUARTER}&sans={ids['F2026-0001']}")
    assert "F2026-0001" not in client.get(where).text
    assert client.post(f"{where}/transmis").status_code == 303
    assert "Export marqué comme transmis" in client.get(where).text
    with ready.site.database.reading() as session:
        assert queries.transmitted(session, ids.values()) == set(ids.values()) - {ids["F2026-0001"]}
        assert [one.number for one in queries.candidates(session, 99)] == ["F2026-0001"]
    again = client.get(f"/exports/nouveau?trimestre={QUARTER}&avec={ids['F2026-0002']}").text
    assert "Ces pièces ont déjà été transmises" in again
    assert "titrées deux fois\u00a0: F2026-0002." in again
    assert client.post(f"{where}/non-transmis").status_code == 303
    with ready.site.database.reading() as session:
        assert queries.transmitted(session, ids.values()) == set()
    assert [act for act in _acts(ready) if act.startswith("finance")] == [
        "finance_export.make", "finance_export.transmit", "finance_export.take_back",
    ]  # fmt: skip


def test_the_bills_of_a_run(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    page = client.get("/exports/nouveau?passage=1").text
    assert "Factures du passage n° 1" in page.replace("\u00a0", " ")
    assert "F2026-0001" in page
    assert "Aucune pièce" in client.get("/exports/nouveau?passage=99").text
    assert (
        "Aucune pièce n’est choisie"
        in client.get("/exports/nouveau?" + "&".join(f"sans={one}" for one in range(1, 20))).text
    )


def test_a_missing_pdf_is_printed_again_and_a_changed_one_is_an_alarm(ready: Shop) -> None:
    where = _make(ready)
    client = ready.site.client(Role.ACCOUNTING)
    first = _bytes(ready, where)
    with ready.site.database.reading() as session:
        path = ready.folder / (invoices.issued(session, "F2026-0001").path or "")
    path.unlink()
    assert _bytes(ready, where) == first
    path.write_bytes(b"autre")
    answer = client.get(f"{where}.zip")
    assert answer.status_code == 500
    assert "n’est pas remis" in answer.text
    assert "invoice.file_differs" in _acts(ready)
    assert client.get(where).status_code == 200


def test_an_unprinted_bill_is_printed(ready: Shop) -> None:
    with ready.site.database.transaction() as session:
        bill = invoices.issued(session, "F2026-0001")
        session.execute(InvoiceFile.__table__.delete().where(InvoiceFile.invoice_id == bill.id))
    (ready.folder / (bill.path or "")).unlink()
    with _zip(ready, _make(ready)) as packed:
        assert f"factures/{(bill.path or '').rpartition('/')[2]}" in packed.namelist()


def test_a_bundle_that_differs_is_an_alarm(ready: Shop) -> None:
    where = _make(ready)
    with ready.site.database.transaction() as session:
        session.execute(update(FinanceExport).values(sha256="0" * 64))
    answer = ready.site.client(Role.ACCOUNTING).get(f"{where}.zip")
    assert answer.status_code == 500
    assert "ne se refait plus à l’identique" in answer.text
    assert "finance_export.failed" in _acts(ready)


def test_an_interrupted_one_is_finished(ready: Shop) -> None:
    where = _make(ready)
    client = ready.site.client(Role.ACCOUNTING)
    first = _bytes(ready, where)
    with ready.site.database.transaction() as session:
        session.execute(update(FinanceExport).values(sha256=None))
    assert client.get(f"{where}.zip").status_code == 303
    assert "L’export n’est pas terminé" in client.get(where).text
    assert client.post(f"{where}/transmis").status_code == 422
    assert client.post(f"{where}/preparer").status_code == 303
    assert _bytes(ready, where) == first


def test_the_disk_fails_while_it_is_made(ready: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise OSError(28, "plein")

    with monkeypatch.context() as broken:
        broken.setattr("garage.archive.Archive.read", refuse)
        where = _make(ready)
    page = ready.site.client(Role.ACCOUNTING).get(where).text
    assert "L’export n’est pas terminé" in page
    assert re.search(r"Terminer l’export", page)


def _give_titre(shop: Shop, number: str, titre: str) -> int:
    with shop.site.database.transaction() as session:
        bill = invoices.issued(session, number)
        session.add(
            Titre(
                invoice_id=bill.id, year=2026, number=titre, titled_on=date(2026, 10, 12), amount=bill.gross,
                entered_at=NOW,
            )
        )  # fmt: skip
        return bill.id


def test_a_bill_with_a_titre_is_left_out_then_added_knowingly_to_the_journal_alone(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    known = _give_titre(ready, "F2026-0001", "412")
    where = _make(ready)
    assert "F2026-0001" not in client.get(where).text
    assert "F2026-0001" not in client.get("/exports/nouveau").text
    query = f"?trimestre={QUARTER}&avec={known}"
    page = client.get(f"/exports/nouveau{query}").text.replace("\u00a0", " ")
    assert "Déjà titrée n° 412 / 2026" in page
    assert "F2026-0001, déjà titrée n° 412 / 2026" in page
    second = _make(ready, query)
    with ready.site.database.transaction() as session:
        session.execute(update(Titre).values(number="999"))
    with _zip(ready, second) as packed:
        assert "F2026-0001" in packed.read("journal-0002.csv").decode("utf-8-sig")
        assert b"F2026-0001" not in packed.read("BROUILLON-PES-RECETTE-0002.xml")
        with zipfile.ZipFile(io.BytesIO(packed.read("MAGNUS-WTAMC001.zip"))) as inside:
            assert b"F2026-0001" not in inside.read("WTAMC001.txt")
        told = packed.read("LISEZMOI.txt").decode("utf-8-sig").replace("\u00a0", " ")
    assert "F2026-0001, déjà titrée n° 412 / 2026" in told


def test_an_address_that_an_issued_bill_lacks_comes_from_the_record_and_is_kept(
    make_site: Make, tmp_path: Path
) -> None:
    ready = shop(make_site, tmp_path / "pdf")
    bare = update(Collectivity).where(Collectivity.name == "Bourg")
    with ready.site.database.transaction() as session:
        session.execute(bare.values(address=None, postal_code=None, city=None))
    ready.issue()
    with ready.site.database.transaction() as session:
        booked(session)
    client = ready.site.client(Role.ACCOUNTING)
    page = client.get("/exports/nouveau").text
    assert "Absentes du PES Recette, car l’adresse est incomplète" in page
    assert "Brouillon de PES Recette\u00a0: absent" not in page
    with ready.site.database.transaction() as session:
        session.execute(bare.values(address="9 rue Complétée", postal_code="29100", city="Bourg"))
    assert "l’adresse est incomplète" not in client.get("/exports/nouveau").text
    where = _make(ready)
    first = _bytes(ready, where)
    with ready.site.database.transaction() as session:
        session.execute(update(Collectivity).values(address="Ailleurs"))
    assert _bytes(ready, where) == first
    with _zip(ready, where) as packed:
        assert "9 rue Complétée".encode("latin-1") in packed.read("BROUILLON-PES-RECETTE-0001.xml")


def test_the_same_bills_are_transmitted_twice_only_knowingly(ready: Shop) -> None:
    client = ready.site.client(Role.ACCOUNTING)
    first, second = _make(ready), _make(ready)
    page = client.get("/exports/nouveau").text
    assert "Les mêmes pièces dans un autre export" in page
    assert ", pas encore transmis" in page
    assert "Transmettre quand même" not in client.get(second).text
    assert client.post(f"{first}/transmis").status_code == 303
    page = client.get(second).text
    assert re.search(r'déjà dans l’<a href="/exports/1">export n°.1</a> transmis', page)
    assert "Transmettre quand même" in page
    refused = client.post(f"{second}/transmis")
    assert refused.status_code == 422
    assert 'id="anyway-erreur"' in refused.text
    assert re.search(r"sont déjà transmises, dans l’export n°.1", refused.text)
    assert _acts(ready)[-1] == "finance_export.transmit"
    assert client.post(f"{second}/transmis", data={"anyway": "y"}).status_code == 303
    assert _acts(ready).count("finance_export.transmit") == 2


def test_internal_statements_are_told_apart(ready: Shop) -> None:
    page = ready.site.client(Role.ACCOUNTING).get("/exports/nouveau").text
    where = _make(ready)
    with ready.site.database.reading() as session:
        (own,) = [one for one in queries.candidates(session, 99) if one.number.startswith("R")]
    for text in (page, ready.site.client(Role.ACCOUNTING).get(where).text):
        assert "ont relevés internes (jamais titrés)" in text
        assert "Factures − avoirs, à titrer" in text
        assert f"{own.gross:.2f}".replace(".", ",") in text
