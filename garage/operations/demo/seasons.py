"""The demonstration's calendar: working days, instants of a day, how full each month is. It asks no clock."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

from garage.clock import PARIS

HOURS_A_YEAR = 2700
OPENS, LUNCH, LUNCH_MINUTES = 8 * 60, 12 * 60, 75
# How busy each month is: gritters in winter, mowers in spring, inspections in autumn, fewer people in August.
_MONTHS = (1.10, 1.02, 1.10, 1.10, 0.98, 0.98, 0.86, 0.70, 1.02, 1.10, 1.14, 0.90)
_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))


@cache
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * week) // 451
    month, day = divmod(epact + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


@cache
def _holidays(year: int) -> frozenset[date]:
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in (1, 39, 50)}
    return frozenset(moving | {date(year, month, day) for month, day in _HOLIDAYS})


def works(day: date) -> bool:
    """Whether the workshop is open: Monday to Friday, public holidays off."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_days(first: date, end: date) -> Iterator[date]:
    """Working days of [first, end)."""
    for offset in range((end - first).days):
        if works(day := first + timedelta(days=offset)):
            yield day


def after(day: date, count: int = 1) -> date:
    """The working day that comes `count` working days after a day; 0 gives the day itself or the next one open.

    >>> after(date(2026, 7, 13), 1)
    datetime.date(2026, 7, 15)
    """
    while not works(day):
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while not works(day):
            day += timedelta(days=1)
    return day


def before(day: date, count: int) -> date:
    """The working day that comes `count` working days before a day."""
    for _ in range(count):
        day -= timedelta(days=1)
        while not works(day):
            day -= timedelta(days=1)
    return day


def at(day: date, minute: int) -> datetime:
    """The instant of a day so many minutes after midnight in Paris."""
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=PARIS)


def clock_minute(worked: int) -> int:
    """When somebody who worked so many minutes that day looks up: minutes after midnight, lunch left out.

    >>> clock_minute(60), clock_minute(300)
    (540, 855)
    """
    minute = OPENS + worked
    return minute if minute <= LUNCH else minute + LUNCH_MINUTES


@cache
def _year_weight(year: int) -> float:
    return sum(_MONTHS[day.month - 1] for day in working_days(date(year, 1, 1), date(year + 1, 1, 1)))


def minutes_due(day: date) -> float:
    """Minutes of work that come in on a working day, so that a year comes to its hours."""
    return HOURS_A_YEAR * 60 * _MONTHS[day.month - 1] / _year_weight(day.year)
