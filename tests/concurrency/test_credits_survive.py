"""A credit note cannot be hurt: killed at any instant, issued twice at once, two on one line (B7, B8, E15 to E17)."""

import hashlib
import os
import random
import shutil
import signal
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from garage.archive import Archive
from garage.db.models.credit_notes import CreditDraft
from garage.db.models.invoices import Invoice, InvoiceFile, LiveBilling
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import credit_notes as queries
from garage.db.session import Database
from garage.domain.invoices.bill import BilledNature, BillKind
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.credit_notes import CreditPurpose, CreditState, whole
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.operations import credit_notes, invoicing_run, printing
from garage.operations.credit_notes import By, Wanted
from garage.operations.invoices import Issuing
from tests.concurrency import credit_runner
from tests.concurrency import test_runs_survive as runs
from tests.concurrency.runner import Running
from tests.concurrency.test_runs_survive import copy_of
from tests.factories import garage as make

pytestmark = pytest.mark.slow
BY = By(make.CLERK, make.NOW, make.TODAY)
KILLS = 10 if os.environ.get("CI") else 8


def fill(url: str, folder: Path) -> None:
    """A quarter issued and printed; drafts: 1 takes the first bill back, 2 and 3 half of one line of the second."""
    runs.fill(url)
    database = Database(url)
    invoicing_run.issue_quarter(
        database, Issuing(Quarter(2026, 3), make.TODAY, make.NOW, make.CLERK), BillingRules(), make.TODAY
    )
    printing.print_missing(printing.Press(database, Archive(folder)), make.NOW)
    with database.transaction() as session:
        first, second = session.scalars(select(Invoice.id).order_by(Invoice.id).limit(2))
        bill = queries.creditable(session, first)
        credit_notes.prepare(session, first, Wanted(CreditPurpose.REBILL, whole(bill), "Débiteur"), BY)
        line = next(one for one in queries.creditable(session, second).lines if one.nature is BilledNature.PART)
        for _ in range(2):
            credit_notes.prepare(session, second, Wanted(CreditPurpose.REDUCE, {line.id: Decimal(1)}, "Trop"), BY)
    database.dispose()


def start(url: str, folder: Path, draft: int, kill_at: int = 0) -> Running:
    return Running(credit_runner.main, url, folder, draft, kill_at=kill_at).wait_until_ready()


def issue(url: str, folder: Path, draft: int, kill_at: int = 0) -> tuple[int, list[str]]:
    return start(url, folder, draft, kill_at).go().end()


def prove(url: str, folder: Path, notes: int = 1) -> None:
    """So many credit notes in an unbroken series, each with its file and its hash; nothing credited beyond."""
    database = Database(url)
    with database.reading() as session:
        made = session.scalars(select(Invoice).where(Invoice.kind == BillKind.CREDIT_NOTE).order_by(Invoice.id)).all()
        assert [one.number for one in made] == [f"A2026-{place:04d}" for place in range(1, notes + 1)]
        issued = session.scalars(select(CreditDraft.credit_note_id).where(CreditDraft.state == CreditState.ISSUED))
        assert sorted(key or 0 for key in issued) == [one.id for one in made]
        for bill_id in session.scalars(select(Invoice.id).where(Invoice.kind != BillKind.CREDIT_NOTE)):
            assert all(0 <= line.credited_net <= line.net for line in queries.creditable(session, bill_id).lines)
        files = {row.path: row.sha256 for row in session.scalars(select(InvoiceFile))}
        assert len(files) == runs.BILLS + notes
    database.dispose()
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.pdf")
    }
    assert found == files


def freed(url: str) -> None:
    """The first bill's order waits to be billed again, and none of its lines stands on a live bill."""
    database = Database(url)
    with database.reading() as session:
        assert session.scalar(select(LiveBilling.order_line_id).where(LiveBilling.invoice_id == 1)) is None
        assert list(session.scalars(select(RepairOrder.state).where(RepairOrder.state == OrderState.DONE))) == ["done"]
    database.dispose()


def test_killed_at_chosen_instants_and_issued_again(sqlite_url: str, tmp_path: Path) -> None:
    before = tmp_path / "before"
    fill(sqlite_url, before)
    _, said = issue(copy_of(sqlite_url, tmp_path, "whole.sqlite"), Path(shutil.copytree(before, tmp_path / "whole")), 1)
    for place, kill_at in enumerate(random.Random(381).sample(range(1, int(said[-1])), KILLS)):
        folder = Path(shutil.copytree(before, tmp_path / f"invoices-{place}"))
        url = copy_of(sqlite_url, tmp_path, f"{place}.sqlite")
        assert issue(url, folder, 1, kill_at)[0] == -signal.SIGKILL
        assert issue(url, folder, 1)[0] in (0, 2), kill_at
        prove(url, folder)
        freed(url)


@pytest.mark.parametrize(("one", "other"), [(1, 1), (2, 3)], ids=["the same draft", "two drafts on one line"])
def test_two_at_once_and_one_wins(database_url: str, tmp_path: Path, one: int, other: int) -> None:
    folder = tmp_path / "invoices"
    fill(database_url, folder)
    processes = [start(database_url, folder, one), start(database_url, folder, other)]
    for process in processes:
        process.go()
    assert sorted(process.end()[0] for process in processes) == [0, 2]
    prove(database_url, folder)


def test_a_credit_note_while_a_run_goes_on(database_url: str, tmp_path: Path) -> None:
    """Either the run comes first and the freed order waits, or it bills what was freed: never twice, no deadlock."""
    folder = tmp_path / "invoices"
    fill(database_url, folder)
    credit, run = start(database_url, folder, 1), runs.start(database_url, folder)
    credit.go()
    run.go()
    assert credit.end()[0] == 0
    run.end()
    database = Database(database_url)
    with database.reading() as session:
        live = session.execute(select(LiveBilling.order_line_id)).all()
        assert len(live) == len(set(live)) >= 24 - 3
        assert session.scalar(select(LiveBilling.order_line_id).where(LiveBilling.invoice_id == 1)) is None
        numbers = session.scalars(select(Invoice.number).where(Invoice.series == "F").order_by(Invoice.sequence)).all()
        assert numbers == [f"F2026-{place:04d}" for place in range(1, len(numbers) + 1)]
    database.dispose()
