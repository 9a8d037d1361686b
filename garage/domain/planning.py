"""The plan of the workshop: who works on which order on which day, against the hours of each person.

Weeks, the days on which nobody works, hours a person has, what a day already holds. Minutes are whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from garage.domain.errors.repair_orders import BadMinutes, OrderClosed
from garage.domain.errors.workshop import BadCapacity, UnplannableDay

DEFAULT_MINUTES = 60
_DAY_OF_MINUTES = 24 * 60
_FARTHEST = timedelta(days=366)


class Holiday(StrEnum):
    """The public holidays of France (article L.3133-1 of the Code du travail)."""

    NEW_YEAR = "new_year"
    EASTER_MONDAY = "easter_monday"
    LABOUR_DAY = "labour_day"
    VICTORY_1945 = "victory_1945"
    ASCENSION = "ascension"
    WHIT_MONDAY = "whit_monday"
    NATIONAL_DAY = "national_day"
    ASSUMPTION = "assumption"
    ALL_SAINTS = "all_saints"
    ARMISTICE_1918 = "armistice_1918"
    CHRISTMAS = "christmas"


_FIXED = {
    (1, 1): Holiday.NEW_YEAR,
    (5, 1): Holiday.LABOUR_DAY,
    (5, 8): Holiday.VICTORY_1945,
    (7, 14): Holiday.NATIONAL_DAY,
    (8, 15): Holiday.ASSUMPTION,
    (11, 1): Holiday.ALL_SAINTS,
    (11, 11): Holiday.ARMISTICE_1918,
    (12, 25): Holiday.CHRISTMAS,
}
_AFTER_EASTER = {1: Holiday.EASTER_MONDAY, 39: Holiday.ASCENSION, 50: Holiday.WHIT_MONDAY}


def easter(year: int) -> date:
    """Easter Sunday of a year of the Gregorian calendar (the anonymous method, whole numbers only).

    >>> easter(2026), easter(2038)
    (datetime.date(2026, 4, 5), datetime.date(2038, 4, 25))
    """
    golden = year % 19
    century, rest = divmod(year, 100)
    skipped, leap = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - skipped - moon + 15) % 30
    week = (32 + 2 * leap + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * week) // 451
    month, day = divmod(epact + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


@cache
def holidays(year: int) -> Mapping[date, Holiday]:
    """The public holidays of a year by day; two may share one day, the fixed one then gives its name."""
    moving = {easter(year) + timedelta(days=days): name for days, name in _AFTER_EASTER.items()}
    return moving | {date(year, month, day): name for (month, day), name in _FIXED.items()}


def holiday(day: date) -> Holiday | None:
    """The public holiday that a day is, if it is one.

    >>> holiday(date(2026, 5, 25)), holiday(date(2026, 5, 26))
    (<Holiday.WHIT_MONDAY: 'whit_monday'>, None)
    """
    return holidays(day.year).get(day)


def is_worked(day: date) -> bool:
    """Whether the workshop is open: neither a Saturday, nor a Sunday, nor a public holiday."""
    return day.weekday() < 5 and holiday(day) is None


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week from its Monday, written 2026-W47 (ISO 8601)."""

    monday: date

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week that contains a day."""
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def read(cls, text: str) -> "Week | None":
        """The week written 2026-W47 (any case), or nothing.

        >>> str(Week.read("2026-w47")), Week.read("2026-W54"), Week.read("47")
        ('2026-W47', None, None)
        """
        year, _, number = text.upper().partition("-W")
        if not (len(year) == 4 and len(number) == 2 and (year + number).isascii() and (year + number).isdigit()):
            return None
        if not 1900 <= int(year) <= 9000:
            return None
        try:
            return cls(date.fromisocalendar(int(year), int(number), 1))
        except ValueError:
            return None

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year:04d}-W{number:02d}"

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + timedelta(days=n) for n in range(7))

    @property
    def next(self) -> "Week":
        return Week(self.monday + timedelta(days=7))

    @property
    def previous(self) -> "Week":
        return Week(self.monday - timedelta(days=7))


def capacity(day: date, usual: int, special: int | None) -> int:
    """Minutes a person has on a day: those set for that very day, else none when closed, else their usual ones.

    >>> capacity(date(2026, 11, 16), 420, None), capacity(date(2026, 11, 15), 420, None)
    (420, 0)
    >>> capacity(date(2026, 11, 16), 420, 0), capacity(date(2026, 11, 14), 420, 240)
    (0, 240)
    """
    if special is not None:
        return special
    return usual if is_worked(day) else 0


def counts(day: date, today: date, *, left: bool) -> bool:
    """Whether planned minutes weigh on a day: those to come of an order with no work left are free again."""
    return left or day < today


@dataclass(frozen=True, slots=True)
class Load:
    """What a day, or several, hold against what they can, in minutes."""

    planned: int = 0
    capacity: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(self.planned + other.planned, self.capacity + other.capacity)

    @property
    def over(self) -> int:
        """Minutes planned beyond what there is."""
        return max(self.planned - self.capacity, 0)

    @property
    def percent(self) -> int:
        """The share taken, 100 at most: the length of a bar."""
        if not self.capacity:
            return 100 if self.planned else 0
        return min(self.planned * 100 // self.capacity, 100)


@dataclass(frozen=True, slots=True)
class Slot:
    """So many minutes of a person on a day."""

    user_id: int
    day: date
    minutes: int


def check_slot(slot: Slot, today: date, *, kept_day: date | None = None) -> None:
    """Refuse a length outside 1 minute to 24 hours, a day gone by, or one more than a year away.

    `kept_day` is a day it already had: changing a length or a person there is no new plan. Raises BadMinutes,
    UnplannableDay.
    """
    if not 1 <= slot.minutes <= _DAY_OF_MINUTES:
        raise BadMinutes(slot.minutes)
    if slot.day != kept_day and not today <= slot.day <= today + _FARTHEST:
        raise UnplannableDay(slot.day, today, today + _FARTHEST)


def check_capacity(day: date, minutes: int, today: date) -> None:
    """Refuse hours outside 0 to 24, or of a day more than a year away: raises BadCapacity, UnplannableDay."""
    if not 0 <= minutes <= _DAY_OF_MINUTES:
        raise BadCapacity(minutes)
    if abs(day - today) > _FARTHEST:
        raise UnplannableDay(day, today - _FARTHEST, today + _FARTHEST)


def check_order(number: str, state: StrEnum, *, left: bool) -> None:
    """Refuse to plan an order on which no work is left: raises OrderClosed."""
    if not left:
        raise OrderClosed(number, state)


def estimate(standard_minutes: int | None) -> int:
    """The minutes to propose for an order: what its works usually take, an hour when nobody knows."""
    return min(standard_minutes, _DAY_OF_MINUTES) if standard_minutes else DEFAULT_MINUTES
