"""A bundle for the finance application cannot be hurt: made twice at once, killed at any instant (rules B11, E17)."""

import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from garage.archive import Archive
from garage.db.models.recovery import FinanceExport, FinanceExportBill
from garage.db.queries import finance_exports as queries
from garage.db.session import Database
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.domain.settings import BillingSettings
from garage.jobs.context import JobContext
from garage.operations import finance_exports, order_lines, printing
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter
from garage.operations.printing import Press
from tests.concurrency import exports_runner
from tests.concurrency.runner import Running
from tests.exports import booked
from tests.factories import garage as make

pytestmark = pytest.mark.slow


@pytest.fixture
def billed(database_url: str, tmp_path: Path) -> str:
    """Four bills issued and printed, settings complete."""
    database = Database(database_url)
    with database.transaction() as session:
        garage = make.garage(session)
        for owner in (garage.issuer, garage.founder, garage.partner, garage.taxed):
            order = make.order(session, owner, vehicle_id=garage.vehicles[owner.code].id)
            make.labour(session, order, 95)
            order_lines.add_part(session, make.entry(order), garage.parts["P1"].id, make.Decimal(2))
            make.check(session, order)
        booked(session)
    settings = BillingSettings()
    issuing = Issuing(Quarter(2026, 3), make.TODAY, make.NOW, make.CLERK, None, settings)
    issue_quarter(database, issuing, BillingRules.of(settings), make.TODAY)
    context = JobContext(Press(database, Archive(tmp_path / "invoices")))
    assert printing.print_missing(context.press, make.NOW).printed == 4
    database.dispose()
    return database_url


def start(url: str, folder: Path, token: str, kill_at: int = 0) -> Running:
    return Running(exports_runner.main, url, folder, token, kill_at=kill_at).wait_until_ready()


def make_one(url: str, folder: Path, token: str, kill_at: int = 0) -> tuple[int, list[str]]:
    return start(url, folder, token, kill_at).go().end()


def test_two_clicks_at_once_make_one_bundle(billed: str, tmp_path: Path) -> None:
    folder = tmp_path / "invoices"
    clicks = [start(billed, folder, "same") for _ in range(3)]
    ended = [click.end() for click in [click.go() for click in clicks]]
    assert [code for code, _ in ended] == [0, 0, 0]
    assert len({number for _, (number, _) in ended}) == 1
    _prove(billed, folder)


def test_killed_at_every_fifth_instant_and_made_again(billed: str, tmp_path: Path) -> None:
    folder = tmp_path / "invoices"
    _, said = make_one(billed, folder, "first")
    lived = int(said[-1])
    assert lived > 10
    for kill_at in range(1, lived, 5):
        token = f"killed-{kill_at}"
        assert make_one(billed, folder, token, kill_at)[0] == -signal.SIGKILL
        assert make_one(billed, folder, token)[0] == 0, kill_at
    _prove(billed, folder)


def _prove(url: str, folder: Path) -> None:
    """Every bundle kept is whole: its bills, its fingerprint, and bytes that are still the same."""
    database = Database(url)
    press = Press(database, Archive(folder))
    with database.reading() as session:
        numbers = list(session.scalars(select(FinanceExport.id)))
        tokens = session.scalar(select(func.count(FinanceExport.form_token.distinct())))
        assert tokens == len(numbers)
        assert session.scalar(select(func.count()).select_from(FinanceExportBill)) == 4 * len(numbers)
        assert all(queries.one(session, number).sha256 for number in numbers)
    for number in numbers:
        finance_exports.bundle_file(press, number, make.CLERK, make.NOW).close()
    database.dispose()
