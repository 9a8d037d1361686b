"""The number of a bill and the day it may bear (rule B3)."""

from datetime import date

from garage.domain.errors.invoices import IssuedBeforeLast, IssuedInFuture, IssuedInQuarter, QuarterNotFinished
from garage.domain.periods import Quarter


def number(series: str, year: int, sequence: int) -> str:
    """A bill's number: series, year of issue, hyphen, at least 4 digits (rule B3).

    >>> number("F", 2026, 1)
    'F2026-0001'
    """
    return f"{series}{year:04d}-{sequence:04d}"


def check_quarter(quarter: Quarter, today: date) -> None:
    """Refuse to issue a quarter that is not finished: raises QuarterNotFinished."""
    if not quarter.finished_on(today):
        raise QuarterNotFinished(str(quarter))


def check_issue_day(issued_on: date, quarter: Quarter, today: date) -> None:
    """Refuse a bill dated in the future or within its quarter: raises IssuedInFuture, IssuedInQuarter."""
    if issued_on > today:
        raise IssuedInFuture(issued_on)
    if issued_on <= quarter.last_day:
        raise IssuedInQuarter(issued_on, str(quarter))


def check_after_last(issued_on: date, last: date | None, series: str) -> None:
    """Refuse a bill dated before the last one of its series (rule B3): raises IssuedBeforeLast."""
    if last is not None and issued_on < last:
        raise IssuedBeforeLast(issued_on, last, series)
