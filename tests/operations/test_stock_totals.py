"""The value of any day is the sum of what its movements won, whatever is written afterwards (rules S2, S6)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock import Bin, Part, StockMovement, Store
from garage.db.models.stock_years import StockDay, StockMonth, StockTotals
from garage.db.queries.stock_value import Values, bins, every_line, stores
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.money import ZERO, cents, round_half_up
from garage.domain.stock import MovementKind
from garage.domain.stock_value import Change
from garage.operations import stock, stock_returns, stock_totals
from garage.operations import stores as places
from garage.operations.stock import Movement
from tests.factories import garage as make
from tests.factories.garage import HEAD, NOW

FIRST = date(2025, 11, 20)
DAYS = [FIRST + timedelta(days=13 * n) for n in range(10)]
_names = count(1)


def movement(day: date, **more: Any) -> Movement:
    return Movement(day, HEAD, NOW, "Motif", **more)


def won(session: Session, day: date) -> Decimal:
    """The plain sum, the long way."""
    return session.scalar(select(func.sum(StockMovement.value_change)).where(StockMovement.moved_on <= day)) or ZERO


def _act(session: Session, part_id: int, act: str, quantity: Decimal, day: date) -> None:
    """One operation; what it refuses changes nothing."""
    van = session.scalar(select(Bin.id).where(Bin.code == "F1")) or places.LOOSE
    last = select(func.max(StockMovement.id)).where(
        StockMovement.part_id == part_id, StockMovement.kind == MovementKind.RECEIPT
    )
    cost = round_half_up(quantity * Decimal("3.3333"), 4)
    acts: dict[str, Callable[[], object]] = {
        "receive": lambda: stock.receive(session, part_id, quantity, cost, movement(day)),
        "issue": lambda: stock.issue(session, part_id, quantity, movement(day)),
        "force": lambda: stock.issue(session, part_id, quantity, movement(day, forced=True)),
        "return": lambda: stock_returns.take_back(session, part_id, quantity, cost, movement(day)),
        "lose": lambda: stock.lose(session, part_id, quantity, movement(day)),
        "count": lambda: stock.count(session, part_id, quantity, movement(day)),
        "transfer": lambda: stock.transfer(session, part_id, quantity, van, movement(day)),
        "send_back": lambda: stock.send_back(session, part_id, quantity, movement(day)),
        "price": lambda: stock.correct_price(session, session.scalar(last) or 0, cost, movement(day)),
        "through": lambda: stock_returns.pass_through(session, part_id, quantity, cost, movement(day)),
        "add_up": lambda: stock_totals.bring_up_to_date(session),
    }
    try:
        with session.begin_nested():
            acts[act]()
    except GarageError:
        session.expire_all()


ACTS = (
    "receive", "receive", "issue", "force", "return", "lose", "count", "transfer", "send_back", "price", "through",
    "add_up",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 1),
        st.decimals("0.125", "9", places=3),
        st.integers(0, len(DAYS) - 1),
    ),
    max_size=25,
)


@settings(max_examples=8, phases=[Phase.generate])
@given(steps=STEPS, later=STEPS)
def test_any_operations_leave_every_day_its_sum_and_later_ones_change_no_earlier_day(
    database: Database, steps: list[Any], later: list[Any]
) -> None:
    with database.transaction() as session:
        van = Store(code=f"V{next(_names)}", name="Fourgon", active=True)
        session.add(van)
        session.flush()
        places.bin_of(session, "F1", van.id)
        parts = [make.part(session, f"P{next(_names)}", "5", "4.0001").id for _ in range(2)]
        session.get_one(Part, parts[0]).family = "Freins"
        for act, which, quantity, place in steps:
            _act(session, parts[which], act, quantity, DAYS[place])
        values = Values.of(session)
        for day in DAYS:
            total = values.total(day)
            assert total == won(session, day)
            assert sum(values.by_family(day).values(), ZERO) == total
            lines = list(every_line(session, day))
            assert sum((line.value for line in lines), ZERO) == total
            assert sum((one.value for one in bins(session, day, size=99)[1]), ZERO) == total
            assert sum((one.value for one in stores(session, day, total, places.MAIN)), ZERO) == total
            assert all(value == values.total(end) for end, value in values.curve(day))
        before = {day: (values.by_family(day), list(every_line(session, day))) for day in DAYS}
        for act, which, quantity, _ in later:
            _act(session, parts[which], act, quantity, DAYS[-1] + timedelta(days=1))
        after = Values.of(session)
        assert {day: (after.by_family(day), list(every_line(session, day))) for day in DAYS} == before
        today = DAYS[-1] + timedelta(days=1)
        assert after.total(today) == session.scalar(select(func.sum(Part.value)))
        change = after.sums(DAYS[2], DAYS[7])
        assert after.total(DAYS[2]) + sum(change.values(), ZERO) == after.total(DAYS[7])
        told = after.changes(DAYS[2], DAYS[7])
        assert {key: one.value for key, one in told.items() if one.value} == {k: v for k, v in change.items() if v}
        assert _costs(told) == _costs_the_long_way(session, DAYS[2], DAYS[7])
        for (_, kind), one in told.items():
            assert sum(one.explained(kind).values(), ZERO) == one.value


def _costs(told: dict[tuple[str, MovementKind], Change]) -> tuple[Decimal, Decimal, Decimal]:
    """What the receipts cost, those for orders among them, and the variances."""
    bought = sum((one.paid for (_, kind), one in told.items() if kind is MovementKind.ISSUE), ZERO)
    variance = sum((one.variance for one in told.values()), ZERO)
    return sum((one.paid for one in told.values()), ZERO), bought, variance


def _costs_the_long_way(session: Session, after: date, until: date) -> tuple[Decimal, Decimal, Decimal]:
    mine = select(StockMovement).where(StockMovement.moved_on > after, StockMovement.moved_on <= until)
    moves = session.scalars(mine).all()
    received = [one for one in moves if one.kind is MovementKind.RECEIPT]
    paid = sum((cents(one.quantity * one.unit_cost) for one in received), ZERO)
    bought = sum((cents(one.quantity * one.unit_cost) for one in received if one.through), ZERO)
    return paid, bought, sum((one.variance for one in moves), ZERO)


@pytest.mark.parametrize("added_up", [False, True])
def test_the_greatest_receipt_is_told_to_the_cent(database: Database, *, added_up: bool) -> None:
    """A product that no BIGINT holds, and one that ends in half a cent, taken away too."""
    day = date(2026, 2, 3)
    with database.transaction() as session:
        part = make.part(session, "P", "0")
        for quantity, cost in (("999999.999", "999999.9999"), ("0.001", "5"), ("0.5", "0.01")):
            stock.receive(session, part.id, Decimal(quantity), Decimal(cost), movement(day))
        stock_returns.pass_through(session, part.id, Decimal("-0.001"), Decimal(5), movement(day))
        if added_up:
            stock_totals.bring_up_to_date(session)
        told = Values.of(session).changes(date(2026, 2, 2), day)
        huge = cents(Decimal("999999.999") * Decimal("999999.9999"))
        assert told["", MovementKind.RECEIPT].paid == huge + Decimal("0.01") + Decimal("0.01")
        assert told["", MovementKind.ISSUE].paid == Decimal("-0.01")


def test_adding_up_twice_adds_nothing(database: Database) -> None:
    with database.transaction() as session:
        part = make.part(session, "P", "10", "2.5", bin="A1")
        assert stock_totals.bring_up_to_date(session) > 0
        assert stock_totals.bring_up_to_date(session) == 0
        stock.issue(session, part.id, Decimal(4), movement(date(2026, 2, 3)))
        stock.issue(session, part.id, Decimal(1), movement(date(2026, 2, 3)))
        assert Values.of(session).total(date(2026, 2, 3)) == Decimal("12.50")
        stock_totals.bring_up_to_date(session)
        days = session.execute(select(StockDay.day, StockDay.kind, StockDay.value_change).order_by(StockDay.day)).all()
        assert [tuple(row) for row in days] == [
            (date(2020, 1, 1), MovementKind.RECEIPT, Decimal("25.00")),
            (date(2026, 2, 3), MovementKind.ISSUE, Decimal("-12.50")),
        ]
        assert [row.month for row in session.scalars(select(StockMonth).order_by(StockMonth.month))] == [
            date(2020, 1, 1), date(2026, 2, 1)
        ]  # fmt: skip
        last = session.scalar(select(func.max(StockMovement.id)))
        assert session.get_one(StockTotals, 1).until_id == last
        assert not Values.of(session).tail


def test_a_part_that_changes_family_takes_its_past_with_it(database: Database) -> None:
    with database.transaction() as session:
        part = make.part(session, "P", "10", "2.5")
        stock_totals.bring_up_to_date(session)
        stock.issue(session, part.id, Decimal(4), movement(date(2026, 2, 3)))
        part.family = "Freins"
        session.flush()
        stock_totals.change_family(session, part.id, None, "Freins")
        stock_totals.change_family(session, part.id, "Freins", "Freins")
        values = Values.of(session)
        assert values.by_family(date(2026, 1, 1)) == {"Freins": Decimal("25.00"), "": ZERO}
        assert values.by_family(date(2026, 3, 1)) == {"Freins": Decimal("15.00"), "": ZERO}


def test_many_movements_call_for_adding_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_totals, "_LONG", 2)
    with database.transaction() as session:
        make.part(session, "P1")
        make.part(session, "P2")
        assert not stock_totals.is_long(session)
        make.part(session, "P3")
        assert stock_totals.is_long(session)
        stock_totals.bring_up_to_date(session)
        assert not stock_totals.is_long(session)
