"""Gives the next number of a series and year from its locked row: never max + 1, never a sequence (rules B3, O1)."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice, Numbering
from garage.db.queries import billing
from garage.db.queries.settings import current
from garage.domain.errors.invoices import BadFirstNumber, NotThisYear, SeriesBegun, UnknownSeries
from garage.domain.invoices.bill import SERIES
from garage.domain.invoices.numbering import check_after_last, check_same_pattern, number
from garage.domain.permissions import Actor
from garage.operations import journal

ORDER_SERIES = "OR"


def next_in_series(session: Session, series: str, day: date) -> int:
    """The next number of a series in a day's year; its row stays locked until the transaction ends.

    Lock it last: whatever the number is given to must be locked before. A rolled-back transaction gives it back.
    """
    lock(session, [series], day)
    key = (Numbering.series == series) & (Numbering.year == day.year)
    statement = update(Numbering).where(key).values(last=Numbering.last + 1, last_issued_on=day)
    return session.execute(statement.returning(Numbering.last)).scalar_one()


def lock(session: Session, series: Iterable[str], day: date) -> None:
    """Keep the rows of series in a day's year until the transaction ends, in the order of their letters."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for one in sorted(series):
        session.execute(
            dialect.insert(Numbering)
            .values(series=one, year=day.year, last=0, last_issued_on=day)
            .on_conflict_do_nothing()
        )
        key = (Numbering.series == one) & (Numbering.year == day.year)
        session.execute(select(Numbering.last).where(key).with_for_update())


def next_order_number(session: Session, day: date) -> str:
    """The next number of a repair order, OR-YYYY-NNNNN by year of opening (rule O1)."""
    return f"{ORDER_SERIES}-{day.year:04d}-{next_in_series(session, ORDER_SERIES, day):05d}"


def next_bill_number(session: Session, series: str, day: date) -> tuple[int, str]:
    """The place of the next bill of a series and its number, in the pattern in force once the row is locked (rule B3).

    Raises IssuedBeforeLast, OtherPattern, SeriesFull.
    """
    lock(session, [series], day)
    last_day = billing.last_issue_day(session, series)
    sequence = next_in_series(session, series, day)
    check_after_last(day, last_day, series)
    settings = current(session)
    before = session.scalar(
        select(Invoice.number).where(
            Invoice.series == series, Invoice.year == day.year, Invoice.sequence == sequence - 1
        )
    )
    check_same_pattern(before, (series, day.year, sequence), settings)
    return sequence, number(series, day.year, sequence, settings)


def start(session: Session, begun: tuple[str, int, int], actor: Actor, now: datetime, today: date) -> str:
    """Begin a series at another number than 1, in its first year in the program: (series, year, first number).

    Returns the number that its first bill will bear. Raises UnknownSeries, NotThisYear, BadFirstNumber, SeriesFull,
    SeriesBegun when a bill of the series exists.
    """
    series, year, first = begun
    if series not in SERIES.values():
        raise UnknownSeries(series, tuple(SERIES.values()))
    if year not in (today.year, today.year + 1):
        raise NotThisYear(year, today.year)
    settings = current(session)
    most = 10**settings.number_digits - 1
    if not 1 <= first <= most:
        raise BadFirstNumber(first, most)
    lock(session, [series], date(year, 1, 1))
    issued = session.scalar(select(Invoice.number).where(Invoice.series == series).order_by(Invoice.id).limit(1))
    if issued is not None:
        raise SeriesBegun(series, issued)
    row = session.get_one(Numbering, (series, year), populate_existing=True)
    before, row.last, row.last_issued_on = row.last + 1, first - 1, date(year, 1, 1)
    session.flush()
    data = {"year": year, "before": before, "after": first}
    journal.record(session, actor, "numbering.start", ("numbering", series), data=data, now=now)
    return number(series, year, first, settings)
