"""What an order lacks, how long it waited, what is taken back, meters, two people on one form (rules O2, O5, O6)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain import repair_orders as ro
from garage.domain.errors.repair_orders import MeterBackwards
from garage.domain.errors.workshop import MeterLeap
from garage.domain.merging import merged
from garage.domain.meters import check_reading
from garage.domain.repair_orders import OrderState, Pending
from garage.domain.vehicles import MeterUnit

S = OrderState
START = datetime(2026, 10, 1, tzinfo=UTC)


def work(nature: ro.LineNature, cost: str | None) -> ro.Work:
    minutes = 60 if nature is ro.LineNature.LABOUR else None
    value = None if cost is None else Decimal(cost)
    return ro.Work(1, 1, nature, date(2026, 10, 1), "X", None, "u", minutes, Decimal(1), value)


@pytest.mark.parametrize("checking", [False, True])
def test_billing_waits_for_costs_and_time_the_workshop_does_not(checking: bool) -> None:
    lines = work(ro.LineNature.LABOUR, "1"), work(ro.LineNature.EXTERNAL, None)
    pending = Pending(works=2, points=1, running=("Ana",), unsure=1)
    found = ro.missing_at_closing(lines, has_vehicle=True, meter=1, pending=pending, checking=checking)
    assert [(one.code, one.blocking) for one in found] == [
        ("works_todo", False),
        ("points_open", False),
        ("invoice_expected", checking),
        ("clock_running", checking),
        ("clock_unsure", checking),
    ]
    part = ro.missing_at_closing((work(ro.LineNature.PART, None),), has_vehicle=False, meter=None, checking=checking)
    assert ("no_cost", True) in [(one.code, one.blocking) for one in part]


@given(st.lists(st.tuples(st.sampled_from(S), st.integers(0, 50)), min_size=1, max_size=8))
def test_all_the_time_of_an_order_is_in_its_states(steps: list[tuple[OrderState, int]]) -> None:
    at, entered = START, []
    for state, hours in steps:
        entered.append((state, at))
        at += timedelta(hours=hours)
    assert sum(ro.time_in_states(entered, at).values(), timedelta(0)) == at - START


@given(st.sampled_from(S), st.sampled_from(S))
def test_only_changes_of_an_order_at_work_are_taken_back(former: OrderState, present: OrderState) -> None:
    if ro.may_take_back(former, present):
        assert present in ro.TRANSITIONS[former]
        assert not {former, present} & {S.TO_CHECK, S.DONE, S.INVOICED, S.CANCELLED}


@pytest.mark.parametrize(("unit", "leap"), [(MeterUnit.KM, 30_000), (MeterUnit.HOURS, 3_000)])
def test_what_a_meter_may_say(unit: MeterUnit, leap: int) -> None:
    last = 1_000, date(2026, 10, 1)
    check_reading(5, None, unit)
    check_reading(1_000, last, unit)
    check_reading(1_000 + leap, last, unit)
    with pytest.raises(MeterLeap):
        check_reading(1_001 + leap, last, unit)
    check_reading(1_001 + leap, last, unit, confirmed=True)
    for reason in (None, "", "  "):
        with pytest.raises(MeterBackwards) as refused:
            check_reading(999, last, unit, reason=reason, confirmed=True)
        assert (refused.value.last, refused.value.on, refused.value.unit) == (1_000, last[1], unit)
    check_reading(999, last, unit, reason="Compteur remplacé")


@given(*(st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.integers(0, 2)}) for _ in range(3)))
def test_two_people_on_one_form(seen: dict[str, int], mine: dict[str, int], present: dict[str, int]) -> None:
    changed, disputed = merged(seen, mine, present)
    for name in ("a", "b"):
        mine_changed = mine[name] != seen[name]
        theirs_changed = present[name] != seen[name]
        same = mine[name] == present[name]
        assert (name in disputed) == (mine_changed and theirs_changed and not same)
        assert (name in changed) == (mine_changed and not theirs_changed and not same)
