"""Records a kept file of the finance application in a process of its own, that kills itself at a chosen statement.

`python -m tests.concurrency.returns_runner URL RETURN_ID KILL_AT` prints how many instants it lived.
"""

import sys

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.db.session import Database
from garage.operations import recovery_return
from garage.operations.recovery import By
from tests.concurrency import runner
from tests.factories import garage as make


def main(url: str, return_id: str) -> None:
    """Record one file."""
    event.listen(Engine, "before_cursor_execute", runner.instant)
    Session.commit = runner.around(Session.commit)  # type: ignore[method-assign]
    with Database(url).transaction() as session:
        recovery_return.apply(session, int(return_id), By(make.CLERK, make.NOW, make.TODAY))
    runner.say(runner.lived)


if __name__ == "__main__":
    runner.kill_at = int(sys.argv[3])
    main(*sys.argv[1:3])
