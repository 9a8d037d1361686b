"""The state of what is left to bill, on screen, as CSV and as PDF, and the page of the year's end."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import func, insert, select, update

from garage.db.models.invoices import Invoice, InvoiceLine
from garage.db.models.journal import JournalEntry
from garage.db.models.recovery import Titre
from garage.documents.left_to_bill import State, StateRow, render
from garage.domain.permissions import Role
from garage.operations.left_to_bill import summary
from tests.factories import garage as make

from .accounting import NOW, Shop, shop
from .harness import Site

Make = Callable[..., Site]
BASE = "/restes-a-facturer"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def busy(make_site: Make, tmp_path: Path) -> Shop:
    return shop(make_site, tmp_path / "pdf")


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("<sup>e</sup>", "e")


def test_the_address_without_a_day_is_today(busy: Shop) -> None:
    answer = busy.site.client(Role.ACCOUNTING).get(BASE)
    assert (answer.status_code, answer.location) == (302, f"{BASE}?au=12/10/2026")


def test_the_state_of_today(busy: Shop) -> None:
    page = _plain(busy.site.client(Role.ACCOUNTING).get(f"{BASE}?au=12/10/2026").text)
    for words in (
        "Au soir du lundi 12 octobre 2026", "Ville-centre", "Petite-Commune", "À préciser", "2026",
        "Aucune convention ne couvre le 01/07/2026", 'href="/communes/SEULE"', "Montants hors TVA", "30/09/2026",
    ):  # fmt: skip
        assert words in page, words
    with busy.site.database.reading() as session:
        assert _plain(f"{summary(session, date(2026, 10, 12)).total:.2f}".replace(".", ",")) in page.replace(" ", "")
        assert session.scalar(select(func.count()).select_from(JournalEntry).where(JournalEntry.action == "x")) == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Saisissez un jour, par exemple 31/12/2026"),
        ("31/02/2026", "Saisissez un jour, par exemple 31/12/2026"),
        ("13/10/2026", "Le 13/10/2026 n’est pas encore venu."),
        ("01/01/1500", "Saisissez un jour, par exemple 31/12/2026"),
    ],
)
def test_a_day_that_cannot_be_told_is_refused_at_its_field(busy: Shop, typed: str, words: str) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    answer = client.get(f"{BASE}?au={typed}")
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{typed}"' in answer.text
    for path in ("export.csv", "etat.pdf"):
        assert client.get(f"{BASE}/{path}?au={typed}").status_code == 404


def test_a_day_with_nothing(busy: Shop) -> None:
    page = _plain(busy.site.client(Role.ACCOUNTING).get(f"{BASE}?au=31/12/2024").text)
    assert "Rien n’était fait sans être facturé au soir du 31/12/2024." in page


def test_the_files_say_what_the_page_says(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    answer = client.get(f"{BASE}/export.csv?au=12/10/2026")
    rows = [line.split(";") for line in answer.text.removeprefix("\ufeff").splitlines()]
    assert rows[0][:6] == ["Situation", "Code", "Collectivité", "Exercice", "Article", "Ordre"]
    total = sum(Decimal(row[-1].replace(",", ".")) for row in rows[1:] if row[-1])
    with busy.site.database.reading() as session:
        made = summary(session, date(2026, 10, 12))
    assert total == made.total
    assert len(rows) == 1 + made.lines + len(made.anomalies)
    assert any(row[0] == "Anomalie" and row[1] == "SEULE" for row in rows)
    paper = client.get(f"{BASE}/etat.pdf?au=12/10/2026")
    assert paper.mimetype == "application/pdf"
    text = _plain("\n".join(page.extract_text() for page in PdfReader(BytesIO(paper.data)).pages))
    assert "État des restes à facturer au 12/10/2026" in text
    assert f"{made.total:.2f}".replace(".", ",") in text.replace(" ", "")
    assert "Petite-Commune" in text
    assert "Aucune convention ne couvre" in text


def test_a_long_state_is_paged_and_keeps_its_total(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.left_to_bill._ROWS", 2)
    client, path, names, totals = busy.site.client(Role.ACCOUNTING), f"{BASE}?au=12/10/2026", [], set()
    while path:
        page = client.get(path).text
        table = page[page.rindex("<caption") :].split("</table>")[0] if "anomalies" not in page else ""
        table = table or page[page.index("Par collectivité, article et exercice</caption>") :].split("</table>")[0]
        names += re.findall(r'<th scope="row">([^<]+)</th>', table.replace("Total", ""))
        totals.add(table[table.index('class="total"') :])
        path = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert len(names) == len(set(names)) == 5
    assert len(totals) == 1


def test_the_pdf_of_two_hundred_rows_and_long_names_goes_on_with_its_heads() -> None:
    name = "Syndicat intercommunal des Hautes-Bruyères-sur-Œuvre et de Saint-Germain"
    rows = [StateRow(f"{name} {place}", "70876", "2026", ["1 234 567,89"] * 5) for place in range(200)]
    heads = ("Collectivité", "Article", "Exercice", "Terminé", "Reporté", "Écarté", "En cours", "Total")
    state = State("État", name, "31/12/2026", ["Hors TVA."], heads, [("Tout", rows)], "Notes", ["Rien."], "05/01/2027")
    made = render(state)
    assert made == render(state)
    pages = [page.extract_text() for page in PdfReader(BytesIO(made)).pages]
    assert len(pages) > 5
    assert all("Collectivité" in page for page in pages[:-1])


def test_the_calendar_of_the_fourth_quarter(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    page = _plain(client.get("/cloture-exercice").text)
    for words in ("Clôture de l’exercice 2026", "111 jours jusqu’au 31/01/2027", "D.2342-3", "05/01/2027",
                  "0 ordre à contrôler", "restes à facturer au 12/10/2026",
                  "2 sommes reportées à libérer", "Aucun avoir de 2026"):  # fmt: skip
        assert words in page, words
    past = _plain(client.get("/cloture-exercice?exercice=2024").text)
    assert "Le 31 janvier 2025 est passé" in past
    assert client.get("/cloture-exercice?exercice=9999").status_code == 200
    with time_machine.travel(datetime(2027, 1, 10, 9, tzinfo=UTC), tick=False):
        page = _plain(busy.site.client(Role.ACCOUNTING).get("/cloture-exercice").text)
    assert "Clôture de l’exercice 2026" in page
    assert "21 jours jusqu’au 31/01/2027" in page


def test_bills_without_titre_and_credit_notes_of_an_earlier_year(busy: Shop) -> None:
    busy.issue()
    client = busy.site.client(Role.ACCOUNTING)
    assert "4 factures sans titre" in _plain(client.get("/cloture-exercice").text)
    with busy.site.database.transaction() as session:
        bill = session.scalars(select(Invoice).where(Invoice.number == "F2026-0001")).one()
        session.add(
            Titre(invoice_id=bill.id, year=2026, number="12", titled_on=make.TODAY, amount=bill.gross, entered_at=NOW)
        )
        values = {column.key: getattr(bill, column.key) for column in Invoice.__table__.columns if column.key != "id"}
        values |= {"kind": "credit_note", "series": "A", "year": 2027, "sequence": 1, "number": "A2027-0001"}
        values |= {"issued_on": date(2027, 2, 3), "credited_invoice_id": bill.id, "reason": "Quantité en trop"}
        credit = session.execute(insert(Invoice).values(values).returning(Invoice.id)).scalar_one()
        line = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == bill.id)).first()
        assert line is not None
        copied = {column.key: getattr(line, column.key) for column in InvoiceLine.__table__.columns}
        del copied["id"]
        session.execute(insert(InvoiceLine).values(copied | {"invoice_id": credit, "credited_line_id": line.id}))
    assert "3 factures sans titre" in _plain(client.get("/cloture-exercice").text)
    with time_machine.travel(datetime(2027, 6, 1, 9, tzinfo=UTC), tick=False):
        page = _plain(busy.site.client(Role.ACCOUNTING).get("/cloture-exercice?exercice=2027").text)
    for words in ("A2027-0001", "F2026-0001", "Quantité en trop", "compte 673"):
        assert words in page, words
    with busy.site.database.transaction() as session:
        session.execute(update(Titre).values(year=2027))
    with time_machine.travel(datetime(2027, 6, 1, 9, tzinfo=UTC), tick=False):
        page = _plain(busy.site.client(Role.ACCOUNTING).get("/cloture-exercice?exercice=2027").text)
    assert "Aucun avoir de 2027 ne corrige une facture d’une année antérieure" in page, "its titre is of the same year"


def test_what_is_done_has_no_button(busy: Shop) -> None:
    page = busy.site.client(Role.ACCOUNTING).get("/cloture-exercice").text
    done = [row for row in page.split("<tr>") if "Fait" in row]
    assert done
    assert not any("bouton" in row for row in done)
    assert "Préparer le trimestre" in page
