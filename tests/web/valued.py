"""A frozen 31 December and parts with a past, for the browser's audits."""

from datetime import date

from garage.db.queries.stock_value import Values
from garage.db.session import Database
from garage.operations import stock_years
from garage.operations.stock_years import By
from tests.factories import garage as make

FROZEN = 2020


def populate(database: Database) -> None:
    """The value of 2020 is frozen."""
    with database.transaction() as session:
        total = Values.of(session).total(date(FROZEN, 12, 31))
        stock_years.freeze(session, FROZEN, total, By(make.CLERK, make.NOW, make.TODAY))
