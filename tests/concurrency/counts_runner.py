"""Approves a count in a process of its own, that kills itself at a chosen statement.

`python -m tests.concurrency.counts_runner URL COUNT_ID VERSION KILL_AT` prints how many instants it lived.
"""

import sys

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.db.session import Database
from garage.domain.counts import CountReason
from garage.operations import count_approval
from garage.operations.count_approval import Approval
from tests.concurrency import runner
from tests.factories import garage as make


def main(url: str, count_id: str, version: str) -> None:
    """Approve one count."""
    event.listen(Engine, "before_cursor_execute", runner.instant)
    Session.commit = runner.around(Session.commit)  # type: ignore[method-assign]
    with Database(url).transaction() as session:
        approval = Approval(int(version), other=CountReason.LOST)
        count_approval.approve(session, int(count_id), approval, make.CLERK, make.NOW)
    runner.say(runner.lived)


if __name__ == "__main__":
    runner.kill_at = int(sys.argv[4])
    main(*sys.argv[1:4])
