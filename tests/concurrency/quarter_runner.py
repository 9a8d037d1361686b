"""One run of a quarter, as the job does it (see `runner`)."""

from datetime import date
from pathlib import Path

from garage.archive import Archive
from garage.db.session import Database
from garage.domain.periods import Quarter
from garage.jobs.context import JobContext
from garage.jobs.quarterly_invoicing import issue
from garage.jobs.runs import Heartbeat
from garage.operations.job_runs import GARAGE, Claimed
from garage.operations.printing import Press
from tests.concurrency import runner


class SilentHeartbeat(Heartbeat):
    """No row to tell."""

    def beat(self, done: int, total: int) -> None:
        del done, total


def main(url: str, folder: Path, processes: int) -> int:
    """Run the third quarter of 2026, dated 5 October; 1 when it went wrong."""
    context = JobContext(Press(Database(url), Archive(folder), processes))
    runner.ready()
    outcome = issue(
        context, Claimed(None, "issue_quarter", {}, GARAGE), SilentHeartbeat(context.press.database, 0),
        Quarter(2026, 3), date(2026, 10, 5),
    )  # fmt: skip
    return 1 if outcome.error else 0
