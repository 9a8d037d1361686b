"""Quarters and half-open intervals."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain.errors.base import UnknownQuarter
from garage.domain.periods import Quarter, covers, overlap

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
SPANS = st.tuples(DAYS, st.none() | DAYS)


@given(DAYS)
def test_every_day_lies_in_exactly_one_quarter(day: date) -> None:
    quarter = Quarter.of(day)
    assert day in quarter
    assert day not in quarter.next
    assert day not in quarter.previous
    assert quarter.next.previous == quarter == quarter.previous.next
    assert quarter.last_day + timedelta(days=1) == quarter.next.first_day
    assert Quarter.parse(str(quarter)) == quarter
    assert quarter.finished_on(day) is False
    assert quarter.finished_on(quarter.next.first_day)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-T0", "2026-T5", "26-T1", "T3-2026", "2026-Q3", "9999-T1", "٢٠٢٦-T1"]
)
def test_what_is_no_quarter(text: str) -> None:
    with pytest.raises(UnknownQuarter):
        Quarter.parse(text)


def test_quarters_are_in_order() -> None:
    assert sorted([Quarter(2026, 1), Quarter(2025, 4), Quarter(2026, 3)])[0] == Quarter(2025, 4)


@given(SPANS, SPANS)
def test_overlap_means_a_day_in_common(one: tuple[date, date | None], other: tuple[date, date | None]) -> None:
    common = max(one[0], other[0])
    expected = covers(*one, common) and covers(*other, common)
    nonempty = all(end is None or end > start for start, end in (one, other))
    if nonempty:
        assert overlap(one, other) is expected
