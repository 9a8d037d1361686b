"""Counts: ABC classes, whose turn it is, when a second count is asked, what a difference is worth (PA-11, PA-12)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain import counts
from garage.domain.counts import AbcClass, Limits, Turn
from garage.domain.errors.counts import BadCount, CountedByYou

TODAY = date(2026, 10, 12)
LIMITS = Limits(Decimal(50), 20)
amounts = st.decimals(min_value=-100, max_value=100_000, places=2)
quantities = st.decimals(min_value=0, max_value=10_000, places=3)


@given(st.dictionaries(st.integers(1, 60), amounts, max_size=40))
def test_classes_cover_every_part_and_follow_the_value(issued: dict[int, Decimal]) -> None:
    classes = counts.abc_classes(issued)
    assert set(classes) == set(issued)
    assert all(classes[one] is AbcClass.C for one in issued if issued[one] <= 0)
    ranked = sorted((one for one in issued if issued[one] > 0), key=lambda one: (-issued[one], one))
    assert [classes[one] for one in ranked] == sorted(classes[one] for one in ranked)
    total = sum((issued[one] for one in ranked), Decimal(0))
    for names, share in (({AbcClass.A}, 80), ({AbcClass.A, AbcClass.B}, 95)):
        inside = [one for one in ranked if classes[one] in names]
        if ranked:
            assert inside
            assert sum(issued[one] for one in inside) * 100 >= share * total
            assert sum(issued[one] for one in inside[:-1]) * 100 < share * total


def test_the_shares_of_a_plain_garage() -> None:
    issued = {1: Decimal(500), 2: Decimal(300), 3: Decimal(100), 4: Decimal(50), 5: Decimal(50), 6: Decimal(0)}
    assert counts.abc_classes(issued) == {
        1: AbcClass.A, 2: AbcClass.A, 3: AbcClass.B, 4: AbcClass.B, 5: AbcClass.C, 6: AbcClass.C,
    }  # fmt: skip
    assert counts.abc_classes({}) == {}


@pytest.mark.parametrize(
    ("abc", "last", "day"),
    [
        (AbcClass.A, date(2026, 7, 12), date(2026, 10, 12)),
        (AbcClass.A, date(2026, 11, 30), date(2027, 2, 28)),
        (AbcClass.B, date(2026, 8, 31), date(2027, 2, 28)),
        (AbcClass.C, date(2024, 2, 29), date(2025, 2, 28)),
    ],
)
def test_a_part_is_due_after_its_months(abc: AbcClass, last: date, day: date) -> None:
    turn = Turn(1, abc, last)
    assert counts.due_on(turn) == day
    assert counts.due([turn], day) == [turn]
    assert counts.due([turn], day - timedelta(days=1)) == []


@given(
    st.lists(
        st.builds(
            Turn,
            st.integers(1, 999),
            st.sampled_from(AbcClass),
            st.none() | st.dates(date(2024, 1, 1), date(2026, 10, 12)),
        ),
        max_size=30,
    ),
    st.integers(0, 10),
)
def test_the_oldest_count_comes_first(turns: list[Turn], size: int) -> None:
    found = counts.due(turns, TODAY)
    assert counts.due(turns, TODAY, size) == found[:size]
    assert [one.last or date.min for one in found] == sorted(one.last or date.min for one in found)
    assert sorted(map(id, found)) == sorted(id(one) for one in turns if counts.due_on(one) <= TODAY)


@pytest.mark.parametrize(
    ("expected", "counted", "cost", "asked"),
    [
        ("10", "10", "1000", False),
        ("10", "8", "1", False),  # 20 % exactly
        ("10", "7.999", "1", True),
        ("1000", "995", "10", False),  # 50 euros exactly
        ("1000", "995", "10.01", True),
        ("0", "1", None, True),
        ("-2", "0", "1", True),
        ("0", "0", None, False),
    ],
)
def test_a_second_count_is_asked_beyond_a_limit(expected: str, counted: str, cost: str | None, asked: bool) -> None:
    known = Decimal(cost) if cost else None
    assert counts.needs_second(Decimal(expected), Decimal(counted), known, LIMITS) is asked


@given(quantities, quantities, amounts)
def test_limits_of_zero_never_ask(expected: Decimal, counted: Decimal, cost: Decimal) -> None:
    assert not counts.needs_second(expected, counted, cost, Limits(Decimal(0), 0))


@given(quantities, quantities, amounts)
def test_a_wider_gap_is_asked_at_least_as_often(expected: Decimal, counted: Decimal, cost: Decimal) -> None:
    if counts.needs_second(expected, counted, cost, LIMITS):
        wider = counted + (1 if counted > expected else -1)
        assert counts.needs_second(expected, wider, cost, LIMITS)


def test_worth_and_precision() -> None:
    assert counts.worth(Decimal("-1.5"), Decimal("0.0350")) == Decimal("-0.05")
    assert counts.worth(Decimal(3), None) == 0
    assert counts.precision(0, 0) is None
    assert counts.precision(1, 8) == Decimal("12.5")


@pytest.mark.parametrize("text", ["0", "0.001", "999999.999", "12.5000"])
def test_a_quantity_found(text: str) -> None:
    counts.check_counted(Decimal(text))


@pytest.mark.parametrize("text", ["-0.001", "1000000", "0.0001"])
def test_a_quantity_that_nobody_finds(text: str) -> None:
    with pytest.raises(BadCount):
        counts.check_counted(Decimal(text))


def test_who_counted_does_not_approve() -> None:
    with pytest.raises(CountedByYou):
        counts.check_approver(3, [1, 3, None])
    counts.check_approver(2, [1, 3, None])
    counts.check_approver(None, [None])
