"""One run of a quarter in a process of its own, that kills itself at a chosen instant.

Instants are counted: before each SQL statement, before and after each commit, around each flush of a file to disk and
each giving of a name. `python -m tests.concurrency.runner URL FOLDER PROCESSES KILL_AT` waits for a line on standard
input, runs, and prints how many instants it lived.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.archive import Archive
from garage.db.session import Database
from garage.domain.periods import Quarter
from garage.jobs.context import JobContext
from garage.jobs.quarterly_invoicing import issue
from garage.jobs.runs import Heartbeat
from garage.operations.job_runs import GARAGE, Claimed
from garage.operations.printing import Press

lived = 0
kill_at = 0


def instant(*_: Any, **__: Any) -> None:
    """Something durable is about to happen, or just did."""
    global lived  # noqa: PLW0603 - the counter of the whole process
    lived += 1
    if lived == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)


def around(act: Callable[..., Any]) -> Callable[..., Any]:
    """The same act, with an instant before and after."""

    def counted(*words: Any, **named: Any) -> Any:
        instant()
        done = act(*words, **named)
        instant()
        return done

    return counted


class SilentHeartbeat(Heartbeat):
    """No row to tell."""

    def beat(self, done: int, total: int) -> None:
        del done, total


def say(word: object) -> None:
    """One line to whoever started us."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(url: str, folder: str, processes: str) -> None:
    """Run the third quarter of 2026, dated 5 October."""
    event.listen(Engine, "before_cursor_execute", instant)
    Session.commit = around(Session.commit)  # type: ignore[method-assign]
    os.fsync = around(os.fsync)
    Path.hardlink_to = around(Path.hardlink_to)  # type: ignore[method-assign]
    context = JobContext(Press(Database(url), Archive(Path(folder)), int(processes)))
    say("ready")
    sys.stdin.readline()
    outcome = issue(
        context, Claimed(None, "issue_quarter", {}, GARAGE), SilentHeartbeat(context.press.database, 0),
        Quarter(2026, 3), date(2026, 10, 5),
    )  # fmt: skip
    say(lived)
    sys.exit(1 if outcome.error else 0)


if __name__ == "__main__":
    kill_at = int(sys.argv[4])
    main(*sys.argv[1:4])
