"""The clockwork: due quarters from the state, each due run once, killed runs taken over, failures told (rule B7)."""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import select, update

from garage.archive import Archive
from garage.clock import PARIS
from garage.db.models.invoices import Invoice
from garage.db.models.job_runs import JobRun
from garage.db.session import Database
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Role
from garage.domain.settings import BillingSettings
from garage.jobs import worker
from garage.jobs.context import JobContext
from garage.jobs.schedule import TIMETABLE, job
from garage.operations import job_runs, repair_orders, settings, stock_years
from garage.operations.printing import Press
from tests.factories import garage as make

MORNING = datetime(2026, 10, 12, 5, 0, tzinfo=UTC)


@pytest.fixture
def context(database: Database, tmp_path: Path) -> JobContext:
    return JobContext(Press(database, Archive(tmp_path / "invoices")))


def work(database: Database, *days: str) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        for day in days:
            on = datetime.fromisoformat(day).date()
            made = make.order(session, garage.partner, on)
            make.labour(session, made)
            make.check(session, made)


def issued(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(select(Invoice.number, Invoice.quarter).order_by(Invoice.id))]


def runs(database: Database) -> list[JobRun]:
    with database.reading() as session:
        return list(session.scalars(select(JobRun).order_by(JobRun.id)))


@time_machine.travel(MORNING, tick=False)
def test_missed_quarters_are_caught_up_oldest_first(context: JobContext) -> None:
    work(context.press.database, "2026-09-30", "2026-03-02", "2025-12-31")
    outcome = worker.run_now(context, "quarterly_invoicing")
    assert outcome.error is None
    assert issued(context.press.database) == [
        ("F2026-0001", "2025-T4"), ("F2026-0002", "2026-T1"), ("F2026-0003", "2026-T3"),
    ]  # fmt: skip
    assert [quarter["bills"] for quarter in outcome.summary["quarters"]] == [1, 1, 1]
    assert worker.run_now(context, "quarterly_invoicing").summary["quarters"] == []
    assert len(list(context.press.archive.folder.rglob("*.pdf"))) == 3
    assert [(run.outcome, run.job) for run in runs(context.press.database)] == [("done", "quarterly_invoicing")] * 2


@pytest.mark.parametrize(("day", "bills"), [(4, 0), (5, 1)])
def test_a_finished_quarter_waits_for_the_day(context: JobContext, day: int, bills: int) -> None:
    work(context.press.database, "2026-09-30")
    with time_machine.travel(datetime(2026, 10, day, 12, tzinfo=UTC), tick=False):
        worker.run_now(context, "quarterly_invoicing")
    assert len(issued(context.press.database)) == bills


@time_machine.travel(MORNING, tick=False)
def test_preparing_issues_nothing_and_tells(database: Database, tmp_path: Path) -> None:
    context = JobContext(Press(database, Archive(tmp_path)))
    with database.transaction() as session:
        settings.save(session, BillingSettings(issues_alone=False), make.ADMIN, MORNING)
    work(database, "2026-09-30")
    outcome = worker.run_now(context, "quarterly_invoicing")
    assert issued(database) == []
    assert outcome.summary == {
        "prepared_only": True,
        "quarters": [{"quarter": "2026-T3", "bills": 1, "gross": "66.00", "carried": 0, "excluded": 0}],
    }


@time_machine.travel(MORNING, tick=False)
def test_two_workers_do_a_due_run_once(context: JobContext) -> None:
    one = job("archive_check")
    assert worker.run_due(context, one) is not None
    assert worker.run_due(context, one) is None
    with time_machine.travel(MORNING + timedelta(days=1), tick=False):
        assert worker.run_due(context, one) is not None


@time_machine.travel(datetime(2026, 10, 12, 3, 9, tzinfo=UTC), tick=False)
def test_nothing_is_due_before_its_time(context: JobContext) -> None:
    assert worker.run_due(context, job("quarterly_invoicing")) is None
    with time_machine.travel(datetime(2026, 10, 12, 3, 10, tzinfo=UTC), tick=False):
        assert worker.run_due(context, job("quarterly_invoicing")) is not None


@time_machine.travel(MORNING, tick=False)
def test_a_killed_run_is_taken_over_after_its_silence(context: JobContext) -> None:
    database = context.press.database
    work(database, "2026-09-30")
    with database.transaction() as session:
        asked = job_runs.ask(
            session,
            "issue_quarter",
            {"quarter": "2026-T3", "on": "2026-10-05"},
            make.CLERK,
            MORNING - timedelta(hours=1),
        )
        job_runs.claim(session, asked, MORNING)
    assert worker.run_asked(context, asked) is None
    with database.transaction() as session:
        session.execute(update(JobRun).values(alive_at=MORNING - timedelta(minutes=6)))
    worker.run_waiting(context)
    assert issued(database) == [("F2026-0001", "2026-T3")]
    assert runs(database)[0].outcome == "done"


@time_machine.travel(MORNING, tick=False)
def test_asking_twice_gives_one_run_in_the_name_of_who_asked(context: JobContext) -> None:
    database = context.press.database
    work(database, "2026-09-30")
    with database.transaction() as session:
        clerk = make.user(session, Role.ACCOUNTING)
        actor = make.Actor(clerk.id, clerk.name, clerk.role)
        words = {"quarter": "2026-T3", "on": "2026-10-05"}
        first = job_runs.ask(session, "issue_quarter", words, actor, MORNING)
        assert job_runs.ask(session, "issue_quarter", words, actor, MORNING) == first
    worker.run_asked(context, first)
    with database.reading() as session:
        assert session.scalars(select(Invoice.issued_by_id)).all() == [clerk.id]
        assert session.scalars(select(Invoice.run_id)).all() == [first]


@time_machine.travel(MORNING, tick=False)
def test_a_refusal_and_a_failure_are_written(context: JobContext) -> None:
    database = context.press.database
    work(database, "2026-09-30")
    with database.transaction() as session:
        words = {"quarter": "2026-T4", "on": "2026-10-05"}
        early = job_runs.ask(session, "issue_quarter", words, make.CLERK, MORNING)
    assert "n’est pas terminé" in (worker.run_asked(context, early).error or "")
    context.press.archive.folder.write_text("in the way")
    outcome = worker.run_now(context, "quarterly_invoicing")
    assert outcome.error is not None
    assert "F2026-0001" in outcome.error
    context.press.archive.folder.unlink()
    assert worker.run_now(context, "archive_check").summary["printed"] == 1
    assert [run.outcome for run in runs(database)] == ["failed", "failed", "done"]


@time_machine.travel(MORNING, tick=False)
def test_the_paper_of_a_frozen_year_is_kept_and_looked_at(context: JobContext) -> None:
    """Rule S6, kept like a bill (rule B9)."""
    with context.press.database.transaction() as session:
        make.part(session, "P", "3", "2")
        by = stock_years.By(make.CLERK, MORNING, MORNING.date())
        stock_years.freeze(session, MORNING.year - 1, Decimal(6), by)
    assert worker.run_now(context, "archive_check").summary["alarms"] == []
    [file] = context.press.archive.folder.rglob("valeur-stock-*.pdf")
    left_by_a_killed_writer = file.parent / f".{file.stem}.ab12cd.part"
    left_by_a_killed_writer.write_bytes(b"%PDF")
    os.utime(left_by_a_killed_writer, (0, 0))
    file.write_bytes(b"%PDF something else")
    outcome = worker.run_now(context, "archive_check")
    assert outcome.summary["alarms"] == [f"stock {MORNING.year - 1}"]
    assert "n’a plus l’empreinte" in (outcome.error or "")
    assert list(file.parent.iterdir()) == [file]


@time_machine.travel(MORNING, tick=False)
def test_work_reopened_and_checked_again_is_found(context: JobContext) -> None:
    database = context.press.database
    work(database, "2026-09-30")
    with database.transaction() as session:
        repair_orders.change_state(
            session, "OR-2026-00001", make.repair_orders.OrderState.IN_PROGRESS, make.HEAD, MORNING, reason="Oubli"
        )
    worker.run_now(context, "quarterly_invoicing")
    assert issued(database) == []
    with database.transaction() as session:
        repair_orders.finish(session, "OR-2026-00001", None, None, make.HEAD, MORNING)
        repair_orders.check(session, "OR-2026-00001", make.date(2026, 9, 30), make.HEAD, MORNING, make.TODAY)
    worker.run_now(context, "quarterly_invoicing")
    assert len(issued(database)) == 1


def test_the_timetable(context: JobContext) -> None:
    scheduler = BackgroundScheduler(timezone=PARIS, job_defaults=worker._DEFAULTS)
    worker.plan(scheduler, context)
    scheduler.start(paused=True)
    planned = {one.id: one for one in scheduler.get_jobs()}
    scheduler.shutdown()
    assert set(planned) == {"quarterly_invoicing", "archive_check", "forget", "send_mails", "stock_totals", "waiting"}
    for one in planned.values():
        assert (one.misfire_grace_time, one.coalesce, one.max_instances) == (None, True, 1)
        assert str(one.trigger.timezone) == "Europe/Paris"
    times = [one.at for one in TIMETABLE if one.at is not None]
    assert not [time for time in times if time.hour == 2], "the hour that happens twice or never"
    assert set(worker.next_times()) == {"quarterly_invoicing", "archive_check", "forget", "send_mails", "stock_totals"}
    with pytest.raises(NotFound):
        job("unknown")
