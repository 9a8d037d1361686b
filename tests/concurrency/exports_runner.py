"""A bundle for the finance application, of every bill (see `runner`)."""

from pathlib import Path

from garage.archive import Archive
from garage.db.queries import finance_exports as queries
from garage.db.session import Database
from garage.operations import finance_exports
from garage.operations.printing import Press
from tests.concurrency import runner
from tests.factories import garage as make


def main(url: str, folder: Path, token: str) -> None:
    """Choose, make, write the zip once, say its number."""
    press = Press(Database(url), Archive(folder))
    runner.ready()
    with press.database.reading() as session:
        ids = [one.id for one in queries.candidates(session, 99)]
        prepared = finance_exports.prepare(session, ids, make.TODAY)
    with press.database.transaction() as session:
        number = finance_exports.make(session, prepared, token, make.CLERK, make.NOW, make.TODAY)
    finance_exports.bundle_file(press, number, make.CLERK, make.NOW).close()
    runner.say(number)
