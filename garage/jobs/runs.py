"""Executes a claimed run: heartbeat while it works, one row at the end whatever happens."""

import logging
import time
from dataclasses import dataclass
from typing import Any

from garage import clock
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.french.refusals import sentence
from garage.operations import job_runs
from garage.operations.job_runs import Claimed

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, in plain JSON values, and what failed if something did."""

    summary: dict[str, Any]
    error: str | None = None


class Heartbeat:
    """Tells at most once a second how far a run is."""

    def __init__(self, database: Database, run_id: int) -> None:
        self._database, self._run_id, self._last = database, run_id, 0.0

    def beat(self, done: int, total: int) -> None:
        """So much out of so much is through."""
        if time.monotonic() - self._last < 1 and done < total:
            return
        self._last = time.monotonic()
        with self._database.transaction() as session:
            job_runs.alive(session, self._run_id, done, total, clock.now())


def close(database: Database, claimed: Claimed, outcome: Outcome) -> Outcome:
    """Write the end of a run and log it."""
    with database.transaction() as session:
        job_runs.end(session, claimed.id, outcome.summary, outcome.error, clock.now())
    _LOG.info("job ended", extra={"job": claimed.job, "job_run_id": claimed.id, "error": outcome.error})
    return outcome


def failed(error: Exception) -> Outcome:
    """The outcome of a run that an exception stopped: a refusal in French, anything else by its kind."""
    if isinstance(error, GarageError):
        return Outcome({}, sentence(error))
    _LOG.error("job failed", exc_info=error)
    return Outcome({}, f"{type(error).__name__}: {error}")
