"""The number of a bill and the day it may bear (rule B3)."""

import re
from datetime import date
from typing import Final

from garage.domain.errors.invoices import (
    IssuedBeforeLast,
    IssuedInFuture,
    IssuedInQuarter,
    OtherPattern,
    QuarterNotFinished,
    SeriesFull,
)
from garage.domain.periods import Quarter
from garage.domain.settings import NUMBER_LENGTH, BillingSettings

_DEFAULTS: Final = BillingSettings()


def number(series: str, year: int, sequence: int, settings: BillingSettings = _DEFAULTS) -> str:
    """A bill's number in the pattern of these settings, at least so many digits (rule B3); raises SeriesFull.

    >>> number("F", 2026, 1)
    'F2026-0001'
    >>> number("A", 2026, 12, BillingSettings(number_pattern="GM/{annee}/{numero}{serie}", number_digits=3))
    'GM/2026/012A'
    """
    digits = f"{sequence:0{settings.number_digits}d}"
    written = (
        settings.number_pattern.replace("{serie}", series).replace("{annee}", f"{year:04d}").replace("{numero}", digits)
    )
    if len(written) > NUMBER_LENGTH:
        raise SeriesFull(series, year, sequence - 1)
    return written


def read_number(text: str, settings: BillingSettings) -> tuple[str, int, int] | None:
    """The series, year and place that this pattern would write so, or None; the inverse of `number`.

    >>> read_number("F2026-0012", _DEFAULTS), read_number("F2026-012", _DEFAULTS)
    (('F', 2026, 12), None)
    """
    shape = re.escape(settings.number_pattern)
    for name, found in (("serie", "(?P<serie>[A-Z])"), ("annee", r"(?P<annee>\d{4})"), ("numero", r"(?P<numero>\d+)")):
        shape = shape.replace(re.escape(f"{{{name}}}"), found)
    read = re.fullmatch(shape, text, re.ASCII)
    if read is None:
        return None
    series, year, sequence = read["serie"], int(read["annee"]), int(read["numero"])
    return (series, year, sequence) if number(series, year, sequence, settings) == text else None


def check_same_pattern(before: str | None, place: tuple[str, int, int], settings: BillingSettings) -> None:
    """Refuse to go on in another pattern a series that has a bill: raises OtherPattern.

    `before` is the number of the bill just before this place of the series, None when there is none.
    """
    series, year, sequence = place
    if before is not None and before != number(series, year, sequence - 1, settings):
        raise OtherPattern(series, year, before)


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
