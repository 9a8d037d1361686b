"""The rules of the clock: whole minutes, midnights of Paris, what is forgotten, what overlaps (rules O4, E20)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain import work_time as rules
from garage.domain.errors.workshop import ClockBackwards, ClockInFuture, ClockOverlap, DayOverfull
from garage.domain.work_time import Span

PARIS = ZoneInfo("Europe/Paris")
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: YEAR + timedelta(minutes=minutes))
LENGTHS = st.integers(0, 4 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def paris(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


@given(INSTANTS, LENGTHS)
def test_cut_at_midnight_no_minute_is_lost_and_each_piece_is_of_one_day(start: datetime, length: timedelta) -> None:
    end = start + length
    cut = rules.pieces(start, end, PARIS)
    assert sum(rules.minutes_between(*piece) for piece in cut) == length // timedelta(minutes=1)
    assert all(one[1] == other[0] for one, other in pairwise(cut))
    for first, last in cut:
        assert first < last
        assert rules.day_of(first, PARIS) == rules.day_of(last - timedelta(minutes=1), PARIS)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 21), 24)]
)
def test_a_civil_day_has_the_hours_that_pass(day: date, hours: int) -> None:
    since, until = rules.bounds(day, PARIS)
    assert rules.minutes_between(since, until) == hours * 60
    assert rules.pieces(since, until, PARIS) == [(since, until)]


def test_the_night_of_the_clock_change_counts_what_passed() -> None:
    start, end = datetime(2026, 10, 25, 0, 30, tzinfo=PARIS), datetime(2026, 10, 25, 3, 30, tzinfo=PARIS)
    assert rules.minutes_between(start, end) == 240
    assert rules.minutes_between(start.replace(month=3, day=29), end.replace(month=3, day=29)) == 120


@pytest.mark.parametrize(
    ("start", "at", "left"),
    [
        (paris(20, 8), paris(20, 20), False),
        (paris(20, 8), paris(20, 20, 1), True),
        (paris(20, 23, 50), paris(21, 0, 0), True),
        (paris(20, 23, 50), paris(20, 23, 59), False),
    ],
)
def test_a_clock_is_forgotten_after_twelve_hours_or_a_night(start: datetime, at: datetime, *, left: bool) -> None:
    assert rules.forgotten(start, at, PARIS) is left


@pytest.mark.parametrize(
    ("start", "bound", "cut"),
    [
        (paris(20, 8), paris(21, 7, 30), paris(20, 18)),
        (paris(20, 19), paris(21, 7, 30), paris(21, 0)),
        (paris(20, 8), paris(20, 9, 30), paris(20, 9, 30)),
        (paris(20, 0, 30), paris(20, 13), paris(20, 13)),
    ],
)
def test_a_forgotten_clock_is_cut_in_its_own_day(start: datetime, bound: datetime, cut: datetime) -> None:
    assert rules.provisional_end(start, bound, PARIS) == cut


@pytest.mark.parametrize(
    ("start", "at", "end"),
    [
        (paris(20, 8), time(17), paris(20, 17)),
        (paris(20, 22), time(0), paris(21, 0)),
        (paris(20, 22), time(1, 30), paris(21, 1, 30)),
        (paris(20, 14), time(12), paris(20, 12)),
    ],
)
def test_an_end_told_is_of_the_day_or_of_the_night_after(start: datetime, at: time, end: datetime) -> None:
    assert rules.told_end(start, at, PARIS) == end


def test_time_goes_forward_and_is_past() -> None:
    now = paris(20, 12)
    rules.check_span(paris(20, 8), paris(20, 12), now)
    with pytest.raises(ClockBackwards):
        rules.check_span(paris(20, 9), paris(20, 9), now)
    with pytest.raises(ClockInFuture):
        rules.check_span(paris(20, 9), paris(20, 12, 1), now)


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [
        (8, 9, True),
        (10, 11, True),
        (8, 10, False),
        (9, 10, False),
        (11, None, False),
        (12, 13, False),
        (8, None, False),
    ],
)
def test_two_segments_never_overlap(start: int, end: int | None, *, free: bool) -> None:
    others = [Span(1, paris(20, 9), paris(20, 10)), Span(2, paris(20, 12), None)]
    span = paris(20, start), paris(20, end) if end is not None else None
    if free:
        rules.check_free(*span, others)
    else:
        with pytest.raises(ClockOverlap):
            rules.check_free(*span, others)


def test_a_day_holds_24_hours() -> None:
    rules.check_day(1440, date(2026, 11, 20))
    with pytest.raises(DayOverfull):
        rules.check_day(1441, date(2026, 11, 20))


def test_the_holes_of_a_day() -> None:
    day = [(paris(20, 13), paris(20, 17)), (paris(20, 8), paris(20, 12)), (paris(20, 11), paris(20, 11, 30))]
    assert rules.holes(day) == [(paris(20, 12), paris(20, 13))]
    assert rules.holes([]) == []
