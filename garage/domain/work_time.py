"""The clock of a person: segments in whole minutes, one running, none overlapping (rules O3, O4, E20)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from garage.domain.errors.workshop import ClockBackwards, ClockInFuture, ClockOverlap, DayOverfull

# A clock left longer than this was forgotten (rule O4).
LONGEST_CLOCK = timedelta(hours=12)
# The minutes of a civil day that one person may have worked, and those beyond which it is said.
MOST_OF_A_DAY = 24 * 60
LONG_DAY = 12 * 60
# What a forgotten clock is cut at until its end is told.
_EVENING = time(18)
_MINUTE = timedelta(minutes=1)


class Activity(StrEnum):
    """Time that belongs to no order; a break is not time present."""

    CLEANING = "cleaning"
    TRAINING = "training"
    WORKSHOP = "workshop"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Span:
    """A segment as the rules read it: aware instants, no end while it runs."""

    id: int
    start: datetime
    end: datetime | None
    to_confirm: bool = False


def whole_minute(instant: datetime) -> datetime:
    """The minute an instant falls in, in UTC: two jobs that follow each other lose nothing (WO-02).

    >>> whole_minute(datetime(2026, 11, 21, 8, 0, 59, tzinfo=UTC)).isoformat()
    '2026-11-21T08:00:00+00:00'
    """
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


def minutes_between(start: datetime, end: datetime) -> int:
    """Whole minutes that pass between two aware instants, whatever clocks are changed meanwhile (rule E20)."""
    return (end.astimezone(UTC) - start.astimezone(UTC)) // _MINUTE


def day_of(instant: datetime, zone: tzinfo) -> date:
    """The civil day of an instant in a zone."""
    return instant.astimezone(zone).date()


def bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first instant of a civil day and that of the next one, in UTC: 23, 24 or 25 hours apart."""
    return on_day(day, time(0), zone), on_day(day + timedelta(days=1), time(0), zone)


def on_day(day: date, at: time, zone: tzinfo) -> datetime:
    """The instant when clocks show a time on a civil day; the first of the two when they show it twice."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def pieces(start: datetime, end: datetime, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """A length of time cut at each civil midnight (rule E20); no minute is lost, nothing comes of nothing."""
    cut: list[tuple[datetime, datetime]] = []
    while start < end:
        midnight = bounds(day_of(start, zone), zone)[1]
        cut.append((start, min(midnight, end)))
        start = midnight
    return cut


def forgotten(start: datetime, at: datetime, zone: tzinfo) -> bool:
    """Whether a clock started at one instant and still running at another was left: 12 hours, or a night (rule O4)."""
    return at - start > LONGEST_CLOCK or day_of(at, zone) > day_of(start, zone)


def provisional_end(start: datetime, bound: datetime, zone: tzinfo) -> datetime:
    """Where a forgotten clock is cut until its end is told: in its own day, at 18:00 if it began before."""
    day = day_of(start, zone)
    evening = on_day(day, _EVENING, zone)
    ends = [bound, bounds(day, zone)[1], *([evening] if evening > start else [])]
    return max(min(ends), start)


def told_end(start: datetime, at: time, zone: tzinfo) -> datetime:
    """The end that a time of day means for a start: the same day, or the next one when less than 12 hours go by.

    >>> told_end(datetime(2026, 11, 21, 21, 0, tzinfo=UTC), time(0, 30), UTC).isoformat()
    '2026-11-22T00:30:00+00:00'
    """
    day = day_of(start, zone)
    end = on_day(day, at, zone)
    after = on_day(day + timedelta(days=1), at, zone)
    return after if end <= start and after - start <= LONGEST_CLOCK else end


def check_span(start: datetime, end: datetime, now: datetime) -> None:
    """Refuse an end that does not follow its start, and the future (rule O4): raises ClockBackwards, ClockInFuture."""
    if max(start, end) > now:
        raise ClockInFuture(max(start, end))
    if end <= start:
        raise ClockBackwards(start)


def check_free(start: datetime, end: datetime | None, others: Iterable[Span]) -> None:
    """Refuse a time that overlaps a segment already there (rule O4): raises ClockOverlap.

    Without end it is an instant from which a clock runs.
    """
    for other in others:
        if (end is None or other.start < end) and (other.end is None or start < other.end):
            raise ClockOverlap(other.start, other.end)


def check_day(minutes: int, day: date) -> None:
    """Refuse more than 24 hours of one person in one civil day: raises DayOverfull."""
    if minutes > MOST_OF_A_DAY:
        raise DayOverfull(day, minutes)


def holes(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The times between segments of one day that no segment covers, in order."""
    found: list[tuple[datetime, datetime]] = []
    reached: datetime | None = None
    for start, end in sorted(spans):
        if reached is not None and start > reached:
            found.append((reached, start))
        reached = end if reached is None else max(reached, end)
    return found
