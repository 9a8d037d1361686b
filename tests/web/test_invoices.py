"""Issued bills on screen: list, page, PDF, ZIP, CSV, a collectivity's own, and the alarm of a changed file."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select

from garage.db.models.invoices import InvoiceFile
from garage.db.models.journal import JournalEntry
from garage.db.queries import invoices
from garage.documents.facturx.container import xml_inside
from garage.documents.facturx.xml import xml_of
from garage.domain.permissions import Role
from garage.french import bill as bill_words

from .accounting import NOW, QUARTER, Shop, shop
from .harness import Site

Make = Callable[..., Site]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def billed(make_site: Make, tmp_path: Path) -> Shop:
    """A garage whose third quarter is issued: F2026-0001 and 0002 are the partner's."""
    made = shop(make_site, tmp_path / "pdf")
    made.issue()
    return made


def _plain(text: str) -> str:
    for tag in ("<sup>e</sup>", '<span class="montant">', '<span class="quantite">'):
        text = text.replace(tag, "e" if "sup" in tag else "")
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def _bare(page: str, path: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page.replace(path, ""))


def _path(billed: Shop, number: str) -> Path:
    with billed.site.database.reading() as session:
        return billed.folder / (invoices.issued(session, number).path or "")


def _acts(billed: Shop) -> list[tuple[str, str]]:
    with billed.site.database.reading() as session:
        rows = session.execute(select(JournalEntry.action, JournalEntry.subject_key).order_by(JournalEntry.id))
        return [(row.action, row.subject_key) for row in rows]


def test_nothing_is_issued_yet(make_site: Make) -> None:
    client = make_site().client(Role.ACCOUNTING)
    assert "Aucune facture n’est encore émise" in client.get("/factures").text
    assert "Aucune facture ne correspond" in client.get("/factures?trimestre=2020-T1").text


def test_the_list_and_its_filters_in_the_address(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    page = client.get("/factures").text
    assert all(number in page for number in ("F2026-0001", "F2026-0004", "R2026-0001"))
    assert "Télécharger les PDF (ZIP)" not in page
    own = client.get(f"/factures?trimestre={QUARTER}&collectivite={billed.garage.partner.id}").text
    assert "F2026-0002" in own
    assert "F2026-0003" not in own
    assert f'href="/factures/{QUARTER}.zip"' in own
    assert "Retirer le filtre" in own
    assert client.get("/factures?trimestre=rien").status_code == 404
    assert client.get("/factures?avant=n’importe&collectivite=x").status_code == 200


def test_the_list_goes_on_by_key(billed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.invoices._PAGE", 2)
    client = billed.site.client(Role.ACCOUNTING)
    seen: list[str] = []
    path = f"/factures?trimestre={QUARTER}"
    while path:
        page = client.get(path).text
        seen += [piece.split('"')[0] for piece in page.split('class="reference" href="/factures/')[1:]]
        path = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert sorted(seen) == ["F2026-0001", "F2026-0002", "F2026-0003", "F2026-0004", "R2026-0001"]
    assert len(seen) == len(set(seen))


def test_the_xml_is_the_one_inside_the_pdf_and_an_internal_statement_has_none(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    answer = client.get("/factures/F2026-0001.xml")
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="F2026-0001-bourg.xml"'
    with billed.site.database.reading() as session:
        bill = invoices.bill(session, invoices.issued(session, "F2026-0001").id)
    assert answer.data == xml_of(bill) == xml_inside(client.get("/factures/F2026-0001.pdf").data)
    assert "/factures/F2026-0001.xml" in client.get("/factures/F2026-0001").text
    assert client.get("/factures/R2026-0001.xml").status_code == 404
    assert "/factures/R2026-0001.xml" not in client.get("/factures/R2026-0001").text


def test_the_page_says_what_the_pdf_says(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    for number in ("F2026-0001", "F2026-0003", "R2026-0001"):
        with billed.site.database.reading() as session:
            bill = invoices.bill(session, invoices.issued(session, number).id)
        answer = client.get(f"/factures/{number}.pdf")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Content-Disposition"].startswith('inline; filename="')
        paper = _plain("".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages))
        page = _plain(client.get(f"/factures/{number}").text)
        line = bill.orders[0].lines[0]
        for words in (
            number, bill.addressee.name, bill_words.total_label(bill), "3 h 10", "3,17", line.label,
            bill_words.net_label(bill), bill_words.grid(bill.grids[0]).split(",")[0],
        ):  # fmt: skip
            assert _plain(words) in page, words
            assert _plain(words) in paper, words
        for share in bill.vat_shares if bill.regime == "taxed" else ():
            assert _plain(bill_words.vat_share(share)) in page
        said = (bill_words.mention(bill) or "", *(note.text for note in bill.notes))
        for sentence in (*bill_words.payment(bill), *said):
            assert _plain(sentence) in page
    assert "grille « 2026 », partenaire" in _plain(client.get("/factures/F2026-0001").text)
    assert "coût 10,00 € + 12,5 %" in _plain(client.get("/factures/F2026-0001").text)


def test_a_bill_is_found_in_any_case_and_no_other_is(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    assert client.get("/factures/f2026-0001").status_code == 200
    for name in ("F2026-0099", "F2026-0099.pdf", "x.zip", "x.csv", "F2026-0001%00"):
        assert client.get(f"/factures/{name}").status_code == 404, name


def test_a_missing_file_is_printed_again(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    before = client.get("/factures/F2026-0001.pdf").data
    _path(billed, "F2026-0001").unlink()
    assert client.get("/factures/F2026-0001.pdf").data == before
    assert ("invoice.reprint", "F2026-0001") in _acts(billed)


def test_a_bill_never_printed_is_printed(billed: Shop) -> None:
    path = _path(billed, "F2026-0002")
    with billed.site.database.transaction() as session:
        session.delete(session.scalars(select(InvoiceFile).where(InvoiceFile.path.contains("F2026-0002"))).one())
    path.unlink()
    assert billed.site.client(Role.ACCOUNTING).get("/factures/F2026-0002.pdf").data.startswith(b"%PDF")


def test_a_changed_file_is_an_alarm_never_an_answer(billed: Shop) -> None:
    _path(billed, "F2026-0001").write_bytes(b"%PDF faux")
    client = billed.site.client(Role.ACCOUNTING)
    for path in ("/factures/F2026-0001.pdf", f"/factures/{QUARTER}.zip"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "Le fichier de la facture F2026-0001 a changé" in answer.text
        assert "%PDF" not in answer.text
    assert _acts(billed).count(("invoice.file_differs", "F2026-0001")) == 2


def test_a_folder_that_refuses_is_said_in_french(billed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError("secret")

    monkeypatch.setattr("garage.archive.Archive.read", refuse)
    answer = billed.site.client(Role.ACCOUNTING).get("/factures/F2026-0001.pdf")
    assert answer.status_code == 500
    assert "n’a pas pu être lu ni imprimé" in answer.text
    assert "secret" not in answer.text


def test_the_files_of_a_quarter_in_one(billed: Shop) -> None:
    answer = billed.site.client(Role.ACCOUNTING).get(f"/factures/{QUARTER}.zip")
    assert answer.mimetype == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == [
            "F2026-0001-bourg.pdf", "F2026-0002-bourg.pdf", "F2026-0003-eau.pdf", "F2026-0004-ville.pdf",
            "R2026-0001-agglo.pdf",
        ]  # fmt: skip
        for name in packed.namelist():
            assert packed.read(name) == _path(billed, name[:10]).read_bytes()
            assert PdfReader(io.BytesIO(packed.read(name))).pages
    answer.close()


def test_a_quarter_without_bills_gives_a_sentence_and_no_empty_file(billed: Shop) -> None:
    answer = billed.site.client(Role.ACCOUNTING).get("/factures/2020-T1.zip")
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "n’a aucune facture émise" in answer.text


def test_the_list_goes_back_to_newer_bills(billed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.invoices._PAGE", 2)
    client = billed.site.client(Role.ACCOUNTING)
    seen, path = [], "/factures"
    for rel in ("next", "next", "prev", "prev"):
        page = client.get(path).text
        seen.append(_numbers(page))
        path = page.split(f'rel="{rel}" href="')[1].split('"')[0].replace("&amp;", "&")
    last = client.get(path).text
    assert seen[3] == seen[1]
    assert _numbers(last) == seen[0]
    assert 'rel="prev"' not in last
    assert len({number for numbers in seen for number in numbers}) == 5


def _numbers(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a class="reference" href="[^"]*">([^<]+)</a>', page)


def test_every_billed_line_for_a_spreadsheet(billed: Shop) -> None:
    text = billed.site.client(Role.ACCOUNTING).get(f"/factures/{QUARTER}.csv").text
    assert text.startswith("\ufeffNuméro;Date;Code;")
    rows = [line.split(";") for line in text.removeprefix("\ufeff").splitlines()]
    labour = next(row for row in rows if row[0] == "F2026-0001" and row[9] == "Main-d’œuvre")
    assert labour[1] == "12/10/2026"
    assert labour[12:18] == ["3,167", "h", "60,0000", "190,00", "0,00", "2026"]
    fee = next(row for row in rows if row[0] == "F2026-0001" and row[9] == "Frais de structure")
    assert (fee[5], fee[8], fee[20]) == ("", "", "")


def test_a_collectivity_reads_its_own_bills_alone(billed: Shop) -> None:
    client = billed.site.client(Role.COLLECTIVITY)
    page = _plain(client.get("/mes-factures").text)
    assert "F2026-0001" in page
    assert "F2026-0002" in page
    assert "F2026-0003" not in page
    assert "Aucune facture pour le 4e trimestre 2026." in page
    assert client.get("/factures/F2026-0001").status_code == 200
    assert client.get("/factures/F2026-0001.pdf").data.startswith(b"%PDF")
    lines = client.get(f"/factures/{QUARTER}.csv").text.splitlines()[1:]
    assert {line.split(";")[2] for line in lines} == {"BOURG"}
    for path in ("/factures/F2026-0003", "/factures/F2026-0003.pdf", "/factures/R2026-0001"):
        hidden, missing = client.get(path), client.get(path.replace("000", "090"))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert _bare(hidden.text, path) == _bare(missing.text, path.replace("000", "090"))
    assert [act for act in _acts(billed) if act[0] == "not_visible"] == [
        ("not_visible", "F2026-0003"), ("not_visible", "F2026-0003"), ("not_visible", "R2026-0001"),
    ]  # fmt: skip


def test_a_collectivity_without_a_bill_knows_when_it_comes(make_site: Make) -> None:
    page = _plain(make_site().client(Role.COLLECTIVITY).get("/mes-factures").text)
    assert "Aucune facture pour le 4e trimestre 2026." in page
    assert "se termine le 31/12/2026" in page
