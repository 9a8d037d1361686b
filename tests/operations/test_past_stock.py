"""Nothing leaves a day that did not hold it: refused by hand, put off for an order or a count (S4, S6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock import StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.errors.counts import TakenSince
from garage.domain.errors.stock import NotThereThen, YearFrozen
from garage.domain.stock import Balance, MovementKind
from garage.french.refusals import sentence
from garage.operations import order_lines, past_stock, removed_lines, stock, stores
from garage.operations.order_lines import NewQuantity
from garage.operations.stock import Movement, NewPart
from tests.factories import garage as make
from tests.factories.stock import prove

EARLY, BEFORE, THERE = date(2026, 3, 1), date(2026, 3, 10), date(2026, 3, 15)
MOVED = Movement(THERE, make.HEAD, make.NOW, "Essai")
D = Decimal
SAID = "Saisi au 10/03/2026, reporté au premier jour possible"


@pytest.fixture
def shelf(database: Database) -> SimpleNamespace:
    """Six of a part that came on 15 March, four of them in bin A since 20 March."""
    with database.transaction() as session:
        made = make.garage(session)
        part = stock.create_part(session, NewPart("NEUF", "Neuf"), make.HEAD, make.NOW).id
        stock.receive(session, part, D(6), D(5), MOVED)
        bin_id = stores.bin_of(session, "A")
        stock.transfer(session, part, D(4), bin_id, replace(MOVED, moved_on=date(2026, 3, 20)))
        order = make.order(session, made.partner, date(2026, 1, 5))
        return SimpleNamespace(part=part, bin=bin_id, order=order, owner=made.partner)


def on_hand(session: Session, part: int, day: date) -> D:
    moved = select(func.sum(StockMovement.quantity)).where(StockMovement.part_id == part, StockMovement.moved_on <= day)
    return session.scalar(moved) or D(0)


def last(session: Session) -> StockMovement:
    return session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first() or StockMovement()


def refused(database: Database, act: Callable[[Session], Any]) -> GarageError:
    with pytest.raises(GarageError) as caught, database.transaction() as session:
        act(session)
    return caught.value


@pytest.mark.parametrize("act", [stock.lose, stock.send_back])
def test_what_is_taken_by_hand_was_there_that_day(database: Database, shelf: SimpleNamespace, act: Any) -> None:
    early = refused(database, lambda session: act(session, shelf.part, D(2), replace(MOVED, moved_on=BEFORE)))
    assert isinstance(early, NotThereThen)
    assert early.field == "done_on"
    assert sentence(early) == ("Le 10/03/2026, il n’y avait rien de NEUF. Choisissez un jour à partir du 15/03/2026.")
    bin_a = refused(database, lambda session: act(session, shelf.part, D(2), replace(MOVED, bin_id=shelf.bin)))
    assert "rien de NEUF (casier A). Choisissez un jour à partir du 20/03/2026." in sentence(bin_a)
    with database.transaction() as session:
        act(session, shelf.part, D(2), MOVED)
        assert last(session).moved_on == THERE


def test_what_others_took_since_is_not_there_either(database: Database, shelf: SimpleNamespace) -> None:
    with database.transaction() as session:
        stock.lose(session, shelf.part, D(5), replace(MOVED, moved_on=date(2026, 4, 1)))
        stock.receive(session, shelf.part, D(9), D(5), replace(MOVED, moved_on=date(2026, 5, 1)))
    late = refused(database, lambda session: stock.lose(session, shelf.part, D(2), MOVED))
    assert isinstance(late, NotThereThen)
    assert (late.short_on, late.held, late.first) == (date(2026, 4, 1), D(1), date(2026, 5, 1))


def test_a_transfer_leaves_a_bin_that_held_it(database: Database, shelf: SimpleNamespace) -> None:
    back = replace(MOVED, bin_id=shelf.bin)
    refusal = refused(database, lambda session: stock.transfer(session, shelf.part, D(1), stores.LOOSE, back))
    assert isinstance(refusal, NotThereThen)
    assert (refusal.bin, refusal.short_on, refusal.held, refusal.first) == ("A", THERE, D(0), date(2026, 3, 20))
    with database.transaction() as session:
        stock.transfer(session, shelf.part, D(1), stores.LOOSE, replace(back, moved_on=date(2026, 3, 20)))


def test_an_issue_entered_late_is_written_on_the_first_day_that_holds_it(
    database: Database, shelf: SimpleNamespace
) -> None:
    with database.transaction() as session:
        line = order_lines.add_part(session, make.entry(shelf.order, BEFORE), shelf.part, D(2))
        assert (line.done_on, line.cost) == (BEFORE, D(5))
        gone = last(session)
        assert (gone.moved_on, gone.reason, gone.forced) == (THERE, SAID, False)
        assert [on_hand(session, shelf.part, day) for day in (EARLY, BEFORE, THERE)] == [0, 0, 4]


def test_a_late_issue_taken_back_and_put_back_leaves_each_day_as_it_was(
    database: Database, shelf: SimpleNamespace
) -> None:
    entry = make.entry(shelf.order, BEFORE)
    with database.transaction() as session:
        line = order_lines.add_part(session, entry, shelf.part, D(2))
        change = NewQuantity(shelf.order.number, line.rank, wanted=D(1))
        order_lines.change_quantity(session, change, make.HEAD, make.NOW, make.TODAY)
        assert [on_hand(session, shelf.part, day) for day in (BEFORE, THERE)] == [0, 5]
        order_lines.remove(session, shelf.order.number, line.rank, make.HEAD, make.NOW)
        session.expire_all()
        gone = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.ISSUE)).one()
        assert gone.reason == f"{SAID} – {shelf.order.number}/{line.rank}"
        assert [on_hand(session, shelf.part, day) for day in (BEFORE, THERE)] == [0, 6]
        removed_lines.put_back(session, shelf.order.number, line.id, make.HEAD, make.NOW)
        assert [on_hand(session, shelf.part, day) for day in (BEFORE, THERE)] == [0, 5]
        assert last(session).reason == SAID


def test_a_forced_issue_keeps_its_day_and_only_what_goes_beyond_is_forced(
    database: Database, shelf: SimpleNamespace
) -> None:
    with database.transaction() as session:
        order_lines.add_part(session, make.entry(shelf.order, BEFORE), shelf.part, D(1), "Urgence")
        enough = last(session)
        assert (enough.moved_on, enough.forced) == (THERE, False)
        assert enough.reason == "Urgence – s" + SAID[1:]
        order_lines.add_part(session, make.entry(shelf.order, BEFORE), shelf.part, D(7), "Urgence")
        beyond = session.scalars(select(StockMovement).where(StockMovement.forced)).all()
        assert {(row.moved_on, row.reason) for row in beyond} == {(BEFORE, "Urgence")}
        assert sum(row.quantity for row in beyond) == -7
        assert on_hand(session, shelf.part, BEFORE) == -7


def test_what_was_settled_since_leaves_after_its_settling(database: Database, shelf: SimpleNamespace) -> None:
    with database.transaction() as session:
        order_lines.add_part(session, make.entry(shelf.order, date(2026, 4, 1)), shelf.part, D(8), "Urgence")
        stock.receive(session, shelf.part, D(9), D(5), replace(MOVED, moved_on=date(2026, 5, 1)))
        order_lines.add_part(session, make.entry(shelf.order, date(2026, 3, 20)), shelf.part, D(1))
        assert last(session).moved_on == date(2026, 5, 1)


def test_an_issue_of_a_frozen_year_is_refused(database: Database, shelf: SimpleNamespace) -> None:
    with database.transaction() as session:
        stock.receive(session, shelf.part, D(3), D(5), replace(MOVED, moved_on=date(2025, 6, 1)))
        told = {"value": D(0), "parts": 0, "issuer": "", "sha256": "", "frozen_at": make.NOW}
        session.add(StockYear(year=2025, **told))
        old = make.order(session, shelf.owner, date(2025, 12, 1))
        with pytest.raises(YearFrozen):
            order_lines.add_part(session, make.entry(old, date(2025, 12, 30)), shelf.part, D(1))
        session.rollback()


def test_what_a_count_lacks_is_written_on_the_first_day_that_holds_it(
    database: Database, shelf: SimpleNamespace
) -> None:
    with database.transaction() as session:
        stock.adjust(session, shelf.part, D(-1), replace(MOVED, moved_on=BEFORE, bin_id=shelf.bin))
        assert last(session).moved_on == date(2026, 3, 20)
        assert last(session).reason == "Essai – s" + SAID[1:]
        stock.adjust(session, shelf.part, D(2), replace(MOVED, moved_on=BEFORE, bin_id=shelf.bin))
        assert last(session).moved_on == BEFORE
        stock.adjust(session, shelf.part, D(-2), replace(MOVED, moved_on=BEFORE, bin_id=shelf.bin))
        assert last(session).moved_on == BEFORE
    more = replace(MOVED, bin_id=shelf.bin)
    refusal = refused(database, lambda session: stock.adjust(session, shelf.part, D(-4), more))
    assert isinstance(refusal, TakenSince)
    assert "second comptage" in sentence(refusal)


def test_the_plan_of_a_count_says_what_its_approval_will_write(database: Database, shelf: SimpleNamespace) -> None:
    differences = [
        (1, shelf.part, shelf.bin, D(-1)),
        (2, shelf.part, stores.LOOSE, D(1)),
        (3, shelf.part, stores.LOOSE, D(-2)),
    ]
    with database.transaction() as session:
        plan = past_stock.plan(session, BEFORE, differences)
        written = {}
        for key, part, bin_id, quantity in differences:
            stock.adjust(session, part, quantity, replace(MOVED, moved_on=BEFORE, bin_id=bin_id))
            if last(session).moved_on != BEFORE:
                written[key] = last(session).moved_on
        assert {key: late.first for key, late in plan.items()} == written == {1: date(2026, 3, 20), 3: THERE}


@pytest.mark.parametrize(
    ("found", "value", "average"),
    [(D(-1), D("36.60"), D("219.5143")), (D(2), D("64.05"), D("156.4050"))],
    ids=["less", "more"],
)
def test_what_a_count_finds_is_worth_what_it_cost_that_day(
    database: Database, found: Decimal, value: Decimal, average: Decimal
) -> None:
    """Five at 9,15 on 31 December, three at 500 € since: the value of that day is the count at its cost (S6)."""
    december, january = date(2025, 12, 31), date(2026, 1, 4)
    with database.transaction() as session:
        part = stock.create_part(session, NewPart("CHER", "Cher"), make.HEAD, make.NOW).id
        stock.receive(session, part, D(5), D("9.15"), replace(MOVED, moved_on=december))
        stock.receive(session, part, D(3), D(500), replace(MOVED, moved_on=january))
        stock.adjust(session, part, found, replace(MOVED, moved_on=december))
        won = select(func.sum(StockMovement.value_change)).where(StockMovement.part_id == part)
        assert session.scalar(won.where(StockMovement.moved_on <= december)) == value
        assert stock.balance(session, part) == Balance(D(8) + found, average)
        assert last(session).unit_cost == D("9.15")
        prove(session)
