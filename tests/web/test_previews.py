"""A quarter before its numbers: every bill in a page and in a PDF, last year's beside it, sums carried forward."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from pikepdf import Pdf
from pypdf import PdfReader
from sqlalchemy import func, select, update

from garage.db.models.invoices import Invoice
from garage.db.models.job_runs import JobRun
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.domain.permissions import Role
from garage.domain.settings import BillingSettings
from garage.operations import settings as keeping
from garage.web.drafts import DraftRow
from garage.web.previews import pages
from tests.factories import garage as make

from .accounting import NOW, QUARTER, Shop, shop
from .harness import Site

Make = Callable[..., Site]
OVERVIEW = f"/facturation/{QUARTER}/apercu"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def busy(make_site: Make, tmp_path: Path) -> Shop:
    return shop(make_site, tmp_path / "pdf", launches=False)


@pytest.fixture
def quick(make_site: Make, tmp_path: Path) -> Shop:
    return shop(make_site, tmp_path / "pdf")


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("<sup>e</sup>", "e")


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def _rows(where: Shop) -> tuple[int, ...]:
    with where.site.database.reading() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Invoice, JobRun, JournalEntry)
        )


def test_every_bill_stands_in_one_page_with_the_button_to_issue(busy: Shop) -> None:
    before = _rows(busy)
    page = _plain(busy.site.client(Role.ACCOUNTING).get(OVERVIEW).text)
    for words in ("1. Bourg", "2. Bourg, engagement EJ-2026-7", "Eau du pays", "Communauté d’agglomération", "3 h 10"):
        assert words in page, words
    assert "Émettre les 5 documents…" in page
    assert "Documents 1 à 5 sur 5" in page
    assert _rows(busy) == before


def test_the_overview_is_paged_by_whole_bills(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.previews._LINES", 25)
    client, seen, path = busy.site.client(Role.ACCOUNTING), [], OVERVIEW
    while path:
        page = client.get(path).text
        seen += [piece.split("</h2>")[0].partition(">")[2] for piece in page.split('<h2 id="f')[1:]]
        path = page.split('rel="next" href="')[1].split('"')[0] if 'rel="next"' in page else ""
    assert [name.split(".")[0] for name in seen] == ["1", "2", "3", "4", "5"]
    assert "sur 5" in client.get(f"{OVERVIEW}?page=99").text


def test_a_page_holds_a_bill_at_least() -> None:
    def row(lines: int) -> DraftRow:
        return DraftRow("X", "X", None, None, None, 1, lines, *[Decimal(0)] * 3, "OR")  # type: ignore[arg-type]

    assert pages([]) == []
    assert pages([row(2000), row(1), row(200), row(200), row(40)]) == [(0, 1), (1, 3), (3, 5)]


def test_an_empty_quarter_has_nothing_to_see(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    assert "Aucune facture à voir" in client.get("/facturation/2020-T1/apercu").text
    answer = client.get("/facturation/2020-T1/apercu.pdf")
    assert answer.status_code == 422
    assert "n’a aucune facture à émettre" in answer.text


def test_every_preview_in_one_pdf_marked_projet(busy: Shop) -> None:
    before = _rows(busy)
    answer = busy.site.client(Role.ACCOUNTING).get(f"{OVERVIEW}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    with Pdf.open(BytesIO(answer.data)) as made:
        assert len(made.pages) >= 5
        with made.open_outline() as outline:
            assert len(outline.root) == 5
    text = _plain(text_of(answer.data))
    assert text.count("PROJET") >= 5
    assert "Eau du pays" in text
    assert _rows(busy) == before


def test_one_preview_as_a_pdf(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    answer = client.get(f"{OVERVIEW}/bourg.pdf?engagement=EJ-2026-7")
    assert answer.mimetype == "application/pdf"
    assert "PROJET" in text_of(answer.data)
    assert "EJ-2026-7" in text_of(answer.data)
    assert client.get(f"{OVERVIEW}/RIEN.pdf").status_code == 404
    assert client.get(f"{OVERVIEW}/EAU.pdf?regime=rien").status_code == 404


def test_the_preview_is_the_issue(quick: Shop) -> None:
    """Rule B6: the figures of the CSV are those of the bills then issued."""
    client = quick.site.client(Role.ACCOUNTING)
    lines = client.get(f"/facturation/{QUARTER}/apercu.csv").text.splitlines()[1:]
    previewed = sorted(tuple(line.split(";")[7:10]) for line in lines if line.endswith("À émettre"))
    quick.issue()
    with quick.site.database.reading() as session:
        rows = session.execute(select(Invoice.net, Invoice.vat, Invoice.gross))
        issued = sorted(tuple(f"{value:f}".replace(".", ",") for value in row) for row in rows)
    assert previewed == issued


def test_the_quarter_beside_the_same_of_last_year(quick: Shop) -> None:
    quick.issue()
    with quick.site.database.transaction() as session:
        order = make.order(session, session.merge(quick.garage.partner), date(2026, 9, 1))
        make.labour(session, order)
        make.check(session, order)
    client = quick.site.client(Role.ACCOUNTING)
    page = _plain(client.get(f"/facturation/{QUARTER}").text)
    assert "Comparaison avec le 3e trimestre 2025" in page
    rows = client.get(f"/facturation/{QUARTER}/comparaison.csv").text.splitlines()
    bourg = next(row for row in rows if row.startswith("BOURG;"))
    with quick.site.database.reading() as session:
        issued = session.scalar(
            select(func.sum(Invoice.gross, type_=Invoice.gross.type)).where(
                Invoice.collectivity_id == quick.garage.partner.id
            )
        )
    assert bourg.split(";")[2:4] == [f"{issued + Decimal('66.00'):f}".replace(".", ","), "0,00"]
    later = client.get("/facturation/2027-T3/comparaison.csv").text.splitlines()
    assert next(row for row in later if row.startswith("BOURG;")).split(";")[3] == f"{issued:f}".replace(".", ",")


def test_an_anomaly_names_whose_it_is_and_where_to_mend_it(busy: Shop) -> None:
    page = busy.site.client(Role.ACCOUNTING).get(f"/facturation/{QUARTER}").text
    table = page[page.index('id="anomalies"') :]
    assert "Sans-Convention" in table
    assert 'href="/communes/SEULE"' in table
    assert re.search(r"Compléter la fiche</span><span class=\"hors-ecran\"> pour l’ordre OR-", table)


def test_the_card_says_what_waits_and_when_the_job_takes_it(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    page = _plain(client.get("/facturation").text)
    for words in ("Ce qui attend : le 3e trimestre 2026", "ordres prêts", "ordre écarté", "à son prochain passage"):
        assert words in page, words
    with busy.site.database.transaction() as session:
        keeping.save(session, BillingSettings(invoicing_day=20, question_days=15), make.CLERK, NOW)
    assert "émettra ces factures le 20/10/2026" in _plain(client.get("/facturation").text)
    check = _plain(client.get(f"/facturation/{QUARTER}/emettre").text)
    assert "leur aperçu jusqu’au 15/10/2026" in check
    with busy.site.database.transaction() as session:
        keeping.save(session, BillingSettings(issues_alone=False), make.CLERK, NOW)
    assert "Rien ne part seul" in client.get("/facturation").text


def _small(where: Shop) -> str:
    with where.site.database.reading() as session:
        return str(
            session.scalar(
                select(RepairOrder.number)
                .join(OrderLine, OrderLine.order_id == RepairOrder.id)
                .where(OrderLine.code == "LAV")
            )
        )


def test_sums_carried_forward_are_listed_released_and_held_again(busy: Shop) -> None:
    client, number = busy.site.client(Role.ACCOUNTING), _small(busy)
    page = _plain(client.get("/sommes-reportees").text)
    for words in ("Petite-Commune", number, "01/07/2026", "Sous le plancher de 15,00 €", "0,00 € : rien n’y est",
                  "relevés internes : leur propre série"):  # fmt: skip
        assert words in page, words
    answer = client.post("/sommes-reportees/liberer", data={"ordre": number})
    assert (answer.status_code, answer.location) == (303, "/sommes-reportees")
    page = _plain(client.get(answer.location).text)
    assert "Sommes libérées, pas encore facturées" in page
    assert "Annuler" in page
    answer = client.post(f"/sommes-reportees/retenir?ordres={number}")
    assert "Sommes libérées" not in client.get(answer.location).text
    with busy.site.database.reading() as session:
        assert session.scalars(select(RepairOrder.floor_waived_at).where(RepairOrder.number == number)).one() is None
        acts = set(session.scalars(select(JournalEntry.action)))
    assert {"order.waive_floor", "order.hold_floor"} <= acts


def test_a_release_of_what_does_not_wait_is_refused(quick: Shop) -> None:
    client, number = quick.site.client(Role.ACCOUNTING), _small(quick)
    assert client.post("/sommes-reportees/retenir", data={"ordres": number}).status_code == 422
    client.post("/sommes-reportees/liberer", data={"ordre": number})
    quick.issue()
    for path, data in (("retenir", {"ordres": number}), ("liberer", {"ordre": number})):
        answer = client.post(f"/sommes-reportees/{path}", data=data)
        assert answer.status_code == 422
        assert "n’attend pas de facture" in answer.text
    assert client.post("/sommes-reportees/liberer", data={"ordre": "OR-2026-99999"}).status_code == 404


def test_nothing_carried_and_a_garage_of_a_budget_annexe(make_site: Make) -> None:
    site = make_site()
    with site.database.transaction() as session:
        keeping.save(session, BillingSettings(issuer_invoices=True, floor_release_q4=True), make.CLERK, NOW)
    page = _plain(site.client(Role.ACCOUNTING).get("/sommes-reportees").text)
    for words in ("Aucune somme n’est reportée", "budget annexe", "votre réglage libère tout en fin d’année"):
        assert words in page, words


def test_a_lost_run_offers_to_go_on(busy: Shop) -> None:
    with busy.site.database.transaction() as session:
        session.add(
            JobRun(
                job="issue_quarter", parameters={"quarter": QUARTER, "on": "2026-10-12"}, outcome="running",
                asked_at=NOW, started_at=NOW, alive_at=NOW.replace(hour=7), total=8,
            )
        )  # fmt: skip
    client = busy.site.client(Role.ACCOUNTING)
    page = client.get("/facturation/passages/1").text
    assert "ne donne plus signe de vie" in page
    assert f'href="/facturation/{QUARTER}/emettre"' in page
    assert client.get(f"/facturation/{QUARTER}/emettre").status_code == 200
    with busy.site.database.transaction() as session:
        session.execute(update(JobRun).values(outcome="done", ended_at=NOW))
    assert "Ce passage n’a émis aucune facture" in client.get("/facturation/passages/1").text
