"""The timetable: what runs, when (Europe/Paris), and with which function. Nothing between 02:00 and 03:00 (E20)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from garage.clock import PARIS
from garage.domain.errors.base import NotFound
from garage.jobs import archive_check, forget, mails, quarterly_invoicing, stock_totals
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.operations.job_runs import Claimed


@dataclass(frozen=True, slots=True)
class Job:
    """A job and when it runs: at a time of each day, every so many minutes, or when a person asks for it alone.

    `needed` is asked before a run of the `every` kind: without work, no run and no row of it.
    """

    name: str
    run: Callable[[JobContext, Claimed, Heartbeat], Outcome]
    at: time | None = None
    every: int | None = None
    needed: Callable[[JobContext], bool] = lambda _context: True

    def slot(self, now: datetime) -> str | None:
        """The due time that is past at an instant, today's or the present interval's, as the key of its run."""
        if self.every is not None:
            return start_of_interval(now, self.every).isoformat()
        if self.at is None:
            return None
        due = datetime.combine(now.astimezone(PARIS).date(), self.at, tzinfo=PARIS)
        return due.isoformat() if now >= due else None


def start_of_interval(now: datetime, minutes: int) -> datetime:
    """When the present interval of so many minutes began, counted from midnight UTC: no hour happens twice (E20).

    >>> start_of_interval(datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC), 5).isoformat()
    '2026-10-25T00:55:00+00:00'
    """
    instant = now.astimezone(UTC).replace(second=0, microsecond=0)
    return instant - timedelta(minutes=(instant.hour * 60 + instant.minute) % minutes)


TIMETABLE = (
    Job(quarterly_invoicing.NAME, quarterly_invoicing.run, time(5, 10)),
    Job(archive_check.NAME, archive_check.run, time(5, 40)),
    Job(forget.NAME, forget.run, time(4, 50)),
    Job(mails.NAME, mails.run, every=1, needed=mails.needed),
    Job(stock_totals.NAME, stock_totals.run, every=10, needed=stock_totals.needed),
    Job(quarterly_invoicing.BY_HAND, quarterly_invoicing.run_by_hand),
)


def job(name: str) -> Job:
    """A job by its name. Raises NotFound."""
    for one in TIMETABLE:
        if one.name == name:
            return one
    raise NotFound("job", name)
