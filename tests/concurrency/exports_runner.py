"""A bundle for the finance application made in a process of its own, that kills itself at a chosen instant.

`python -m tests.concurrency.exports_runner URL FOLDER TOKEN KILL_AT` waits for a line on standard input, makes the
bundle of every bill, and prints its number and how many instants it lived: see `runner`.
"""

import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.archive import Archive
from garage.db.queries import finance_exports as queries
from garage.db.session import Database
from garage.operations import finance_exports
from garage.operations.printing import Press
from tests.concurrency import runner
from tests.factories import garage as make


def main(url: str, folder: str, token: str) -> None:
    """Choose, make, write the zip once."""
    event.listen(Engine, "before_cursor_execute", runner.instant)
    Session.commit = runner.around(Session.commit)  # type: ignore[method-assign]
    press = Press(Database(url), Archive(Path(folder)))
    runner.say("ready")
    sys.stdin.readline()
    with press.database.reading() as session:
        ids = [one.id for one in queries.candidates(session, 99)]
        prepared = finance_exports.prepare(session, ids, make.TODAY)
    with press.database.transaction() as session:
        number = finance_exports.make(session, prepared, token, make.CLERK, make.NOW, make.TODAY)
    finance_exports.bundle_file(press, number, make.CLERK, make.NOW).close()
    runner.say(f"{number} {runner.lived}")


if __name__ == "__main__":
    runner.kill_at = int(sys.argv[4])
    main(*sys.argv[1:4])
