"""The process that keeps the timetable: zone Europe/Paris, no misfire lost, each due run done once."""

import logging
import signal
from collections.abc import Callable
from datetime import datetime

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from garage import clock
from garage.clock import PARIS
from garage.jobs import runs
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.jobs.schedule import TIMETABLE, Job, job
from garage.operations import job_runs
from garage.operations.job_runs import GARAGE, Claimed

_LOG = logging.getLogger(__name__)


def execute(context: JobContext, claimed: Claimed) -> Outcome:
    """Do a claimed run and write its end; a failure is written, never raised."""
    database = context.press.database
    heartbeat = Heartbeat(database, claimed.id)
    try:
        outcome = job(claimed.job).run(context, claimed, heartbeat)
    except Exception as error:  # noqa: BLE001 - whatever stopped it, the run's row must say so
        outcome = runs.failed(error)
    return runs.close(database, claimed, outcome)


def run_now(context: JobContext, name: str) -> Outcome:
    """Do a job at once, whatever the time. Raises NotFound."""
    job(name)
    with context.press.database.transaction() as session:
        run_id = job_runs.ask(session, name, {}, GARAGE, clock.now())
    return run_asked(context, run_id) or Outcome({}, None)


def run_asked(context: JobContext, run_id: int) -> Outcome | None:
    """Do a run that was asked for; None when another process has it."""
    with context.press.database.transaction() as session:
        claimed = job_runs.claim(session, run_id, clock.now())
    return execute(context, claimed) if claimed is not None else None


def run_due(context: JobContext, one: Job) -> Outcome | None:
    """Do a job if its time has come, it is needed and nobody has done it; None otherwise."""
    slot = one.slot(clock.now())
    if slot is None or (one.every is not None and not one.needed(context)):
        return None
    with context.press.database.transaction() as session:
        if one.every is not None:
            job_runs.end_silent(session, one.name, clock.now())
        claimed = job_runs.claim_slot(session, one.name, slot, clock.now())
    return execute(context, claimed) if claimed is not None else None


def run_waiting(context: JobContext) -> None:
    """Do what people asked for and nobody executes, and the due runs of the day whose worker was killed."""
    with context.press.database.reading() as session:
        lost = job_runs.waiting(session, clock.now())
    for run_id in lost:
        run_asked(context, run_id)
    for one in TIMETABLE:
        if one.every is None:  # those come again by themselves, and may wait long for a server
            run_due(context, one)


def plan(scheduler: BaseScheduler, context: JobContext) -> None:
    """Put the timetable into a scheduler."""
    for one in TIMETABLE:
        if trigger := _trigger(one):
            scheduler.add_job(run_due, trigger, args=(context, one), id=one.name)
    scheduler.add_job(run_waiting, CronTrigger(minute="*", timezone=PARIS), args=(context,), id="waiting")


def _trigger(one: Job) -> CronTrigger | None:
    if one.every is not None:
        return CronTrigger(minute=f"*/{one.every}", timezone=PARIS)
    return CronTrigger(hour=one.at.hour, minute=one.at.minute, timezone=PARIS) if one.at is not None else None


_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def next_times() -> dict[str, datetime]:
    """When each job of the timetable runs next."""
    now = clock.now()
    return {
        one.name: due
        for one in TIMETABLE
        if (trigger := _trigger(one)) and (due := trigger.get_next_fire_time(None, now))
    }


def run_for_ever(context: JobContext, ready: Callable[[], None]) -> None:
    """Keep the timetable until the process is told to stop; what is due and not done is done at once."""
    scheduler = BlockingScheduler(timezone=PARIS, job_defaults=_DEFAULTS)
    plan(scheduler, context)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: scheduler.shutdown(wait=False))
    _LOG.info("worker started")
    ready()
    run_waiting(context)
    scheduler.start()
