"""The timetable: what runs, when (Europe/Paris), and with which function. Nothing between 02:00 and 03:00 (E20)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from garage.clock import PARIS
from garage.domain.errors.base import NotFound
from garage.jobs import archive_check, quarterly_invoicing
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.operations.job_runs import Claimed


@dataclass(frozen=True, slots=True)
class Job:
    """A job and the time of day at which it runs; None runs when a person asks for it alone."""

    name: str
    run: Callable[[JobContext, Claimed, Heartbeat], Outcome]
    at: time | None

    def slot(self, now: datetime) -> str | None:
        """The due time of today that is past at an instant, as the key of its run."""
        if self.at is None:
            return None
        due = datetime.combine(now.astimezone(PARIS).date(), self.at, tzinfo=PARIS)
        return due.isoformat() if now >= due else None


TIMETABLE = (
    Job(quarterly_invoicing.NAME, quarterly_invoicing.run, time(5, 10)),
    Job(archive_check.NAME, archive_check.run, time(5, 40)),
    Job(quarterly_invoicing.BY_HAND, quarterly_invoicing.run_by_hand, None),
)


def job(name: str) -> Job:
    """A job by its name. Raises NotFound."""
    for one in TIMETABLE:
        if one.name == name:
            return one
    raise NotFound("job", name)
