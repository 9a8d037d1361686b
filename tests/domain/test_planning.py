"""Days of work, hours of a person, loads in words: no database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain.errors.repair_orders import BadMinutes, OrderClosed
from garage.domain.errors.workshop import BadCapacity, UnplannableDay
from garage.domain.planning import (
    Holiday,
    Load,
    Slot,
    Week,
    capacity,
    check_capacity,
    check_order,
    check_slot,
    counts,
    easter,
    estimate,
    holiday,
    holidays,
    is_worked,
)
from garage.domain.repair_orders import OrderState
from garage.french import planning as french

TODAY = date(2026, 11, 18)

# Published dates: Easter Monday, Ascension, Whit Monday.
MOVING = {
    2024: ("04-01", "05-09", "05-20"),
    2025: ("04-21", "05-29", "06-09"),
    2026: ("04-06", "05-14", "05-25"),
    2027: ("03-29", "05-06", "05-17"),
    2028: ("04-17", "05-25", "06-05"),
    2029: ("04-02", "05-10", "05-21"),
    2030: ("04-22", "05-30", "06-10"),
    2031: ("04-14", "05-22", "06-02"),
    2032: ("03-29", "05-06", "05-17"),
    2033: ("04-18", "05-26", "06-06"),
    2034: ("04-10", "05-18", "05-29"),
    2035: ("03-26", "05-03", "05-14"),
}
FIXED = ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25")


@pytest.mark.parametrize("year", MOVING)
def test_the_eleven_holidays_of_a_year(year: int) -> None:
    wanted = {date.fromisoformat(f"{year}-{day}") for day in (*FIXED, *MOVING[year])}
    assert set(holidays(year)) == wanted
    assert len(wanted) == len(set(holidays(year).values())) == 11


def test_two_holidays_on_one_day_are_one_day_off() -> None:
    assert holiday(date(2008, 5, 1)) is Holiday.LABOUR_DAY  # Ascension fell on it
    assert len(holidays(2008)) == 10


@given(st.integers(1583, 4099))
def test_easter_is_a_sunday_of_its_season(year: int) -> None:
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@pytest.mark.parametrize("day", ["2026-11-11", "2026-11-14", "2026-11-15", "2026-05-25"])
def test_nobody_works_on_holidays_and_weekends(day: str) -> None:
    assert not is_worked(date.fromisoformat(day))
    assert capacity(date.fromisoformat(day), 420, None) == 0


def test_the_hours_of_one_day_win_over_the_usual_ones() -> None:
    assert capacity(TODAY, 420, None) == 420
    assert capacity(TODAY, 420, 0) == 0
    assert capacity(TODAY, 420, 210) == 210
    assert capacity(date(2026, 11, 14), 420, 180) == 180  # a Saturday worked by agreement


@pytest.mark.parametrize(
    ("load", "words", "over"),
    [
        (Load(540, 420), "9 h sur 7 h", 120),
        (Load(420, 420), "7 h sur 7 h", 0),
        (Load(90, 0), "1 h 30 sur 0 h", 90),
        (Load(0, 210), "0 h sur 3 h 30", 0),
    ],
)
def test_a_load_is_said_in_words(load: Load, words: str, over: int) -> None:
    assert french.load(load).replace("\u00a0", " ") == words
    assert load.over == over


def test_loads_add_up_and_bars_stay_in_their_frame() -> None:
    assert sum([Load(60, 120), Load(90, 0)], Load()) == Load(150, 120)
    assert [load.percent for load in (Load(60, 120), Load(150, 120), Load(10, 0), Load())] == [50, 100, 100, 0]


def test_minutes_to_come_of_a_finished_order_are_free_again() -> None:
    tomorrow, yesterday = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
    assert counts(tomorrow, TODAY, left=True)
    assert not counts(tomorrow, TODAY, left=False)
    assert not counts(TODAY, TODAY, left=False)
    assert counts(yesterday, TODAY, left=False)


@pytest.mark.parametrize("days", [-1, 367])
def test_a_day_gone_by_or_far_away_is_refused(days: int) -> None:
    day = TODAY + timedelta(days=days)
    with pytest.raises(UnplannableDay):
        check_slot(Slot(1, day, 60), TODAY)
    check_slot(Slot(1, day, 60), TODAY, kept_day=day)


@pytest.mark.parametrize("minutes", [0, -5, 1441])
def test_a_length_that_no_day_holds_is_refused(minutes: int) -> None:
    with pytest.raises(BadMinutes):
        check_slot(Slot(1, TODAY, minutes), TODAY)
    check_slot(Slot(1, TODAY, 1440), TODAY)


def test_hours_of_a_day() -> None:
    check_capacity(TODAY, 0, TODAY)
    check_capacity(TODAY - timedelta(days=300), 1440, TODAY)
    for minutes in (-1, 1441):
        with pytest.raises(BadCapacity):
            check_capacity(TODAY, minutes, TODAY)
    with pytest.raises(UnplannableDay):
        check_capacity(TODAY + timedelta(days=400), 60, TODAY)


def test_an_order_without_work_left_is_not_planned() -> None:
    check_order("OR-1", OrderState.BLOCKED, left=True)
    with pytest.raises(OrderClosed):
        check_order("OR-1", OrderState.DONE, left=False)


def test_what_is_proposed_for_an_order() -> None:
    assert [estimate(minutes) for minutes in (None, 0, 150, 9999)] == [60, 60, 150, 1440]


@given(st.dates(date(1950, 1, 1), date(2200, 12, 31)))
def test_a_week_reads_as_it_is_written(day: date) -> None:
    week = Week.of(day)
    assert day in week.days
    assert Week.read(str(week)) == Week.read(str(week).lower()) == week
    assert week.next.previous == week


@pytest.mark.parametrize("text", ["", "2026", "2026-W00", "2026-W54", "2026-W5", "x-W10", "²⁰²⁶-W10", "9999-W10"])
def test_a_week_that_is_none(text: str) -> None:
    assert Week.read(text) is None


def test_a_week_in_words() -> None:
    assert french.week(Week(date(2026, 12, 28))) == "Semaine 53, du 28/12/2026 au 03/01/2027"
    assert french.day_name(date(2026, 12, 1)) == "mardi 1er"
    assert all(french.holiday_name(one) for one in Holiday)
