"""Quarters and half-open day intervals. No clock: the caller says what day it is."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from garage.domain.errors.base import BadDay, UnknownQuarter

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WRITTEN = re.compile(r"([0-9]{4})-?T([1-4])", re.IGNORECASE | re.ASCII)


def read_day(text: str) -> date:
    """A day written AAAA-MM-JJ; raises BadDay.

    >>> read_day("2026-10-05")
    datetime.date(2026, 10, 5)
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadDay(text)


def covers(starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether a half-open interval [starts_on, ends_on) contains a day; no end is open for ever."""
    return starts_on <= day and (ends_on is None or day < ends_on)


def overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Whether two half-open intervals share a day.

    >>> overlap((date(2026, 1, 1), date(2026, 7, 1)), (date(2026, 7, 1), None))
    False
    """
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter, written 2026-T3 everywhere."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Read 2026-T3 (any case); raises UnknownQuarter.

        >>> Quarter.parse("2026-t3").last_day
        datetime.date(2026, 9, 30)
        """
        found = _WRITTEN.fullmatch(text.strip())
        if not found or not 1900 <= int(found[1]) <= 9998:
            raise UnknownQuarter(text)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter that contains a day."""
        return cls(day.year, (day.month + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year:04d}-T{self.number}"

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    @property
    def previous(self) -> "Quarter":
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def finished_on(self, day: date) -> bool:
        """Whether the whole quarter lies before this day."""
        return day > self.last_day
