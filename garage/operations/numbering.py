"""Gives the next number of a series and year from its locked row: never max + 1, never a sequence (rules B3, O1)."""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.db.models.invoices import Numbering

ORDER_SERIES = "OR"


def next_in_series(session: Session, series: str, day: date) -> int:
    """The next number of a series in a day's year; its row stays locked until the transaction ends.

    Lock it last: whatever the number is given to must be locked before. A rolled-back transaction gives it back.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(Numbering)
        .values(series=series, year=day.year, last=0, last_issued_on=day)
        .on_conflict_do_nothing()
    )
    key = (Numbering.series == series) & (Numbering.year == day.year)
    session.execute(select(Numbering.last).where(key).with_for_update())
    statement = update(Numbering).where(key).values(last=Numbering.last + 1, last_issued_on=day)
    return session.execute(statement.returning(Numbering.last)).scalar_one()


def next_order_number(session: Session, day: date) -> str:
    """The next number of a repair order, OR-YYYY-NNNNN by year of opening (rule O1)."""
    return f"{ORDER_SERIES}-{day.year:04d}-{next_in_series(session, ORDER_SERIES, day):05d}"
