"""Accounting's pages: the quarters, the preview, the last check, the issue, its progress and its failures."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceFile
from garage.db.models.job_runs import JobRun
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.tariffs import TariffGridLine
from garage.domain.permissions import Role
from garage.domain.settings import BillingSettings
from garage.operations import job_runs, settings
from tests.factories import garage as make

from .accounting import NOW, QUARTER, Shop, seen_of, shop
from .harness import Site

Make = Callable[..., Site]
CONFIRM = f"/facturation/{QUARTER}/emettre"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def busy(make_site: Make, tmp_path: Path) -> Shop:
    """A garage with work to bill, whose asked runs wait."""
    return shop(make_site, tmp_path / "pdf", launches=False)


@pytest.fixture
def quick(make_site: Make, tmp_path: Path) -> Shop:
    """The same, whose asked runs are done before the answer."""
    return shop(make_site, tmp_path / "pdf")


def _count(where: Shop, table: type) -> int:
    with where.site.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("<sup>e</sup>", "e")


def test_an_empty_garage_has_its_running_quarter(make_site: Make) -> None:
    page = _plain(make_site().client(Role.ACCOUNTING).get("/facturation").text)
    assert "4e trimestre 2026" in page
    assert "En cours" in page
    assert "Aucun ordre terminé pour l’instant" in page
    assert "Préparer le" not in page


def test_a_card_per_quarter_with_what_waits(busy: Shop) -> None:
    page = _plain(busy.site.client(Role.ACCOUNTING).get("/facturation").text)
    assert "Préparer le 3e trimestre" in page
    assert "8 ordres terminés à facturer, 6 collectivités." in page


def test_the_preview_shows_every_bill_and_writes_nothing(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    page = _plain(client.get(f"/facturation/{QUARTER}").text)
    for words in ("Ville-centre", "Communauté d’agglomération", "EJ-2026-7", "Relevé interne", "soumise à la TVA"):
        assert words in page, words
    assert "Émettre les 5 documents…" in page
    assert "Petite-Commune" in page
    assert "Libérer" in page
    assert "Le chef d’atelier peut solder ces ordres sans facture" in page
    assert "Aucune convention ne couvre le 01/07/2026" in page
    assert _count(busy, Invoice) == 0
    assert _count(busy, JobRun) == 0


def test_a_long_preview_goes_on_and_keeps_its_total(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.invoicing._ROWS", 2)
    client = busy.site.client(Role.ACCOUNTING)
    seen, path, totals = 0, f"/facturation/{QUARTER}", set()
    while path:
        page = client.get(path).text
        table = page[page.index("Factures calculées") : page.index("Sommes reportées")]
        seen += table.count(">Aperçu<")
        totals.add(table[table.index('class="total"') :].split("</tr>")[0])
        path = page.split('rel="next" href="')[1].split('"')[0] if 'rel="next"' in page else ""
    assert seen == 5
    assert len(totals) == 1
    assert 'rel="prev"' in page


def test_the_preview_as_a_spreadsheet(busy: Shop) -> None:
    answer = busy.site.client(Role.ACCOUNTING).get(f"/facturation/{QUARTER}/apercu.csv")
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0].startswith("Code;Collectivité;Document;")
    assert len(lines) == 1 + 5 + 2
    assert any(line.startswith("PETITE;Petite-Commune;Facture;") and line.endswith(";Reporté") for line in lines)


def test_a_quarter_that_does_not_exist(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    for path in ("/facturation/2026-T5", "/facturation/x/emettre", "/facturation/passages/12"):
        assert client.get(path).status_code == 404


def test_a_computed_bill_as_a_page_has_the_amounts_of_the_issued_one(quick: Shop) -> None:
    client = quick.site.client(Role.ACCOUNTING)
    path = f"/facturation/{QUARTER}/apercu/BOURG"
    draft = _plain(client.get(path).text)
    assert "Facture – PROJET" in draft
    assert "3 h 10" in draft
    assert "3,17" in draft
    quick.issue()
    issued = _plain(client.get("/factures/F2026-0001").text)
    part = slice(issued.index("BOURG-1"), None)
    assert _amounts(draft[draft.index("BOURG-1") :]) == _amounts(issued[part])
    assert client.get(path).status_code == 404


def _amounts(page: str) -> list[str]:
    return [piece.split("</span>")[0] for piece in page.split('class="montant">')[1:]]


def test_a_computed_bill_of_an_engagement_of_a_regime_or_of_nobody(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    base = f"/facturation/{QUARTER}/apercu"
    assert "EJ-2026-7" in client.get(f"{base}/bourg?engagement=EJ-2026-7").text
    assert "TVA" in client.get(f"{base}/EAU?regime=taxed").text
    for path in (f"{base}/EAU?regime=exempt", f"{base}/EAU?regime=rien", f"{base}/RIEN", f"{base}/BOURG?engagement=X"):
        assert client.get(path).status_code == 404, path


def test_a_small_sum_is_released(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    with busy.site.database.reading() as session:
        number = session.scalar(
            select(RepairOrder.number)
            .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
            .where(Collectivity.code == "PETITE")
        )
    answer = client.post(f"/facturation/{QUARTER}/liberer", data={"ordre": number})
    assert (answer.status_code, answer.location) == (303, f"/facturation/{QUARTER}")
    page = _plain(client.get(answer.location).text)
    assert "Somme libérée : elle sera facturée avec le 3e trimestre 2026" in page
    assert "Émettre les 6 documents…" in page
    assert client.post(f"/facturation/{QUARTER}/liberer", data={"ordre": "OR-2026-99999"}).status_code == 404


def test_the_check_page_says_all_before_numbers_are_given(busy: Shop) -> None:
    page = _plain(busy.site.client(Role.ACCOUNTING).get(CONFIRM).text)
    for words in (
        "F2026-0001", "F2026-0004", "R2026-0001", "Délibération 2026", "La numérotation ne s’annule pas",
        "se corrige par un avoir", 'value="12/10/2026"', "1 ordre écarté", "2 sommes reportées",
        "Émettre les 5 documents",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Saisissez la date des factures"),
        ("31/02/2026", "Saisissez la date des factures"),
        ("13/10/2026", "ce jour n’est pas encore venu"),
        ("30/09/2026", "elle doit suivre son dernier jour"),
    ],
)
def test_a_date_is_refused_at_its_field(busy: Shop, typed: str, words: str) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    answer = client.post(CONFIRM, data={"on": typed, "seen": seen_of(client.get(CONFIRM).text)})
    page = _plain(answer.text)
    assert answer.status_code == 422
    assert words in page
    assert 'href="#on"' in page
    assert f'value="{typed}"' in page
    assert "<title>Erreur : " in page
    assert (_count(busy, JobRun), _count(busy, Invoice)) == (0, 0)


def test_a_bill_is_not_dated_before_the_last_of_its_series(quick: Shop) -> None:
    quick.issue()
    with quick.site.database.transaction() as session:
        order = make.order(session, session.merge(quick.garage.founder), date(2026, 9, 1))
        make.labour(session, order)
        make.check(session, order)
    client = quick.site.client(Role.ACCOUNTING)
    answer = client.post(CONFIRM, data={"on": "05/10/2026", "seen": seen_of(client.get(CONFIRM).text)})
    assert answer.status_code == 422
    assert "la dernière de la série F est du 12/10/2026" in _plain(answer.text)


def test_a_running_quarter_is_not_issued(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    assert "n’est pas terminé" in client.get("/facturation/2026-T4/emettre").text
    answer = client.post("/facturation/2026-T4/emettre", data={"on": "12/10/2026", "seen": ""})
    assert answer.status_code == 422
    assert "il se prépare, mais ne s’émet pas encore" in answer.text
    assert _count(busy, JobRun) == 0


def test_without_issuer_nothing_is_issued(busy: Shop) -> None:
    with busy.site.database.transaction() as session:
        session.execute(update(Collectivity).values(is_issuer=False))
    client = busy.site.client(Role.ACCOUNTING)
    answer = client.post(CONFIRM, data={"on": "12/10/2026", "seen": seen_of(client.get(CONFIRM).text)})
    assert answer.status_code == 422
    assert "Aucune collectivité n’est désignée comme émetteur" in answer.text


def test_figures_that_changed_since_they_were_shown_are_shown_again(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    seen = seen_of(client.get(CONFIRM).text)
    with busy.site.database.transaction() as session:
        order = make.order(session, session.merge(busy.garage.founder), date(2026, 9, 1))
        make.labour(session, order)
        make.check(session, order)
    answer = client.post(CONFIRM, data={"on": "12/10/2026", "seen": seen})
    assert answer.status_code == 422
    assert "Les factures à émettre ont changé" in answer.text
    assert seen_of(answer.text) != seen
    assert _count(busy, JobRun) == 0


def test_two_presses_and_two_tabs_make_one_run(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    data = {"on": "12/10/2026", "seen": seen_of(client.get(CONFIRM).text)}
    places = {client.post(CONFIRM, data=data).location for _ in range(2)}
    places.add(busy.site.client(Role.ACCOUNTING).post(CONFIRM, data=data | {"on": "11/10/2026"}).location)
    assert places == {"/facturation/passages/1"}
    assert _count(busy, JobRun) == 1
    assert "déjà en cours" in client.get(CONFIRM).text
    assert "Suivre son avancement" in client.get("/facturation").text


def test_issue_from_the_page_to_the_last_pdf(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    answer = client.post(CONFIRM, data={"on": "05/10/2026", "seen": seen_of(client.get(CONFIRM).text)})
    page = client.get(answer.location)
    assert "L’émission va démarrer" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert 'data-hx-trigger="every 2s"' in page.text
    other = threading.Thread(target=busy.run, args=(1,))
    other.start()
    other.join()
    page = _plain(client.get(answer.location).text)
    assert "Émission terminée" in page
    assert "4 factures émises et 1 relevé interne émis" in page
    assert "1 ordre écarté." in page
    assert "every 2s" not in page
    assert f'href="/factures/{QUARTER}.zip"' in page
    with busy.site.database.reading() as session:
        rows = session.execute(select(Invoice.number, Invoice.issued_on, Invoice.run_id).order_by(Invoice.number)).all()
    assert [row.number for row in rows] == ["F2026-0001", "F2026-0002", "F2026-0003", "F2026-0004", "R2026-0001"]
    assert {(row.issued_on, row.run_id) for row in rows} == {(date(2026, 10, 5), 1)}
    assert _count(busy, InvoiceFile) == 5
    assert "Facturé" in client.get("/facturation").text or "Reste à facturer" in client.get("/facturation").text
    fragment = client.get(answer.location, headers={"HX-Request": "true"}).text
    assert fragment.lstrip().startswith("<section")


def _run(where: Shop, **values: object) -> str:
    with where.site.database.transaction() as session:
        actor = make.Actor(None, "Tâche planifiée", Role.ACCOUNTING)
        run_id = job_runs.ask(session, "issue_quarter", {"quarter": QUARTER, "on": "2026-10-12"}, actor, NOW)
        session.execute(update(JobRun).where(JobRun.id == run_id).values(**values))
    return f"/facturation/passages/{run_id}"


def test_progress_counts_the_bills(busy: Shop) -> None:
    client = busy.site.client(Role.ACCOUNTING)
    path = _run(busy, outcome="running", started_at=NOW, alive_at=NOW, progress=3, total=8)
    page = _plain(client.get(path).text)
    assert "0 facture émise sur 5" in page
    assert '<progress max="5" value="0"' in page
    with busy.site.database.transaction() as session:
        session.execute(update(JobRun).values(progress=8))
    assert "0 PDF imprimé" in _plain(client.get(path).text)


def test_a_run_that_gives_no_sign_of_life_says_so(busy: Shop) -> None:
    long_ago = NOW - timedelta(minutes=10)
    path = _run(busy, outcome="running", started_at=long_ago, alive_at=long_ago, total=8)
    client = busy.site.client(Role.ACCOUNTING)
    assert "ne donne plus signe de vie" in client.get(path).text
    assert "Suivre son avancement" not in client.get("/facturation").text


def test_a_failed_run_says_what_stands_and_how_to_go_on(busy: Shop) -> None:
    path = _run(busy, outcome="failed", ended_at=NOW, summary={}, error="Aucune collectivité n’est désignée.")
    client = busy.site.client(Role.ACCOUNTING)
    page = _plain(client.get(path).text)
    for words in ("L’émission s’est arrêtée", "Aucune facture n’a été émise par ce passage", "Relancer l’émission…"):
        assert words in page
    assert "a échoué" in client.get("/facturation").text


def test_bills_without_pdf_are_printed_again_on_demand(quick: Shop) -> None:
    quick.issue()
    with quick.site.database.transaction() as session:
        session.execute(update(JobRun).values(outcome="failed", error="F2026-0001: OSError"))
        file = session.scalars(select(InvoiceFile).order_by(InvoiceFile.path)).first()
        session.delete(file)
    client = quick.site.client(Role.ACCOUNTING)
    page = _plain(client.get("/facturation/passages/1").text)
    assert "Les factures sont émises, tout n’est pas imprimé" in page
    assert "ces documents restent valables, avec leurs numéros" in page
    answer = client.post("/facturation/passages/1/imprimer")
    assert (answer.status_code, answer.location) == (303, "/facturation/passages/1")
    assert _count(quick, InvoiceFile) == 5
    assert "Impression relancée" in client.get(answer.location).text


def test_a_run_that_cannot_start_waits_for_the_worker(make_site: Make, tmp_path: Path) -> None:
    where = shop(make_site, tmp_path / "pdf", launches=False)

    def broken(run_id: int) -> None:
        raise OSError(run_id)

    object.__setattr__(where.site.app.extensions["garage.options"], "launch", broken)
    client = where.site.client(Role.ACCOUNTING)
    answer = client.post(CONFIRM, data={"on": "12/10/2026", "seen": seen_of(client.get(CONFIRM).text)})
    assert answer.status_code == 303
    assert _count(where, JobRun) == 1


def test_a_prepared_quarter_is_announced(busy: Shop) -> None:
    summary = {
        "quarters": [{"quarter": QUARTER, "bills": 5, "gross": "1.00", "carried": 2, "excluded": 1}],
        "prepared_only": True,
    }
    with busy.site.database.transaction() as session:
        session.add(
            JobRun(
                job="quarterly_invoicing", slot="x", parameters={}, outcome="done", asked_at=NOW, ended_at=NOW,
                summary=summary,
            )
        )  # fmt: skip
    page = _plain(busy.site.client(Role.ACCOUNTING).get("/facturation").text)
    assert "Le 3e trimestre 2026 est préparé" in page
    assert "5 factures, 2 sommes reportées et 1 ordre écarté" in page


def test_the_check_page_warns_of_what_a_bill_would_lack(make_site: Make, tmp_path: Path) -> None:
    made = shop(make_site, tmp_path)
    client = made.site.client(Role.ACCOUNTING)
    page = client.get(f"/facturation/{QUARTER}/emettre").text
    assert "Il manque votre numéro de TVA" in page
    assert "Taux de TVA inhabituel" not in page
    assert "Adresse de facturation incomplète" not in page
    with made.site.database.transaction() as session:
        session.execute(update(Collectivity).where(Collectivity.code == "EAU").values(city=None))
        session.execute(update(TariffGridLine).where(TariffGridLine.code == "MO-VL").values(vat_rate=Decimal("19")))
        settings.save(session, BillingSettings(vat_number="FR00242900801"), make.ADMIN, NOW)
    page = client.get(f"/facturation/{QUARTER}/emettre").text
    assert "Il manque votre numéro de TVA" not in page
    assert "Taux de TVA inhabituel" in page
    assert "Adresse de facturation incomplète" in page
    assert '<a href="/communes/EAU">' in page
