"""What people may write on an order, and what is refused, on both databases (rules O2 to O4, S4, S5)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from garage.db.models.repair_orders import RepairOrder
from garage.db.session import Database
from garage.domain.errors.base import Conflict, ImpossibleDay, ReasonMissing
from garage.domain.errors.repair_orders import ClosingBlocked, NotYours
from garage.domain.errors.stock import NothingOnHand
from garage.domain.errors.users import BadName, TooManyAttempts
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, repair_orders, stock, users
from tests.factories import garage as make

MECHANIC = Actor(None, "Mécanicien", Role.MECHANIC)


@pytest.fixture
def order(database: Database) -> RepairOrder:
    with database.transaction() as session:
        garage = make.garage(session)
        return make.order(session, garage.partner)


@pytest.mark.parametrize("day", [date(2026, 6, 30), date(2026, 10, 13)])
def test_no_work_before_the_opening_nor_in_the_future(database: Database, order: RepairOrder, day: date) -> None:
    with pytest.raises(ImpossibleDay), database.transaction() as session:
        make.labour(session, order, day=day)


@pytest.mark.parametrize("day", [date(2024, 12, 31), date(1026, 1, 1), date(2026, 10, 13)])
def test_no_order_of_another_age(database: Database, order: RepairOrder, day: date) -> None:
    entered = repair_orders.NewOrder(order.collectivity_id, day, make.OrderKind.SITE, object_label="Portail")
    with pytest.raises(ImpossibleDay), database.transaction() as session:
        repair_orders.open_order(session, entered, make.HEAD, make.NOW, make.TODAY)


def test_the_same_form_twice_is_one_line_and_other_figures_are_refused(database: Database, order: RepairOrder) -> None:
    entry = make.entry(order, form_token="t" * 32)
    for _ in range(2):
        with database.transaction() as session:
            order_lines.add_labour(session, entry, "MO-VL", 120, None)
    with pytest.raises(Conflict), database.transaction() as session:
        order_lines.add_labour(session, entry, "MO-VL", 360, None)
    with database.reading() as session:
        assert [work.minutes for work in repair_orders.works_of(session, order.id)] == [120]


def test_a_mechanic_takes_away_his_own_time_alone(database: Database, order: RepairOrder) -> None:
    with database.transaction() as session:
        mine, other = make.user(session, Role.MECHANIC), make.user(session, Role.MECHANIC)
        order_lines.add_labour(session, make.entry(order), "MO-VL", 60, mine.id)
        order_lines.add_labour(session, make.entry(order), "MO-VL", 60, other.id)
    me = replace(MECHANIC, id=mine.id)
    with pytest.raises(NotYours), database.transaction() as session:
        order_lines.remove(session, order.number, 2, me, make.NOW)
    with database.transaction() as session:
        order_lines.remove(session, order.number, 1, me, make.NOW)
        order_lines.remove(session, order.number, 2, make.HEAD, make.NOW)


def test_an_order_holding_parts_is_not_cancelled(database: Database, order: RepairOrder) -> None:
    with database.transaction() as session:
        part = make.part(session, "NEUVE", "5", "12.0000")
        order_lines.add_part(session, make.entry(order), part.id, Decimal(2))
    with pytest.raises(ClosingBlocked), database.transaction() as session:
        repair_orders.change_state(session, order.number, OrderState.CANCELLED, make.HEAD, make.NOW, reason="Doublon")
    with database.transaction() as session:
        order_lines.remove(session, order.number, 1, make.HEAD, make.NOW)
        assert stock.balance(session, part.id).on_hand == Decimal(5)
        repair_orders.change_state(session, order.number, OrderState.CANCELLED, make.HEAD, make.NOW, reason="Doublon")


def test_beyond_the_stock_the_head_alone_with_a_reason(database: Database, order: RepairOrder) -> None:
    with database.transaction() as session:
        part = make.part(session, "RARE", "1", "12.0000")
    for entry in (make.entry(order), replace(make.entry(order), actor=MECHANIC)):
        reason = None if entry.actor.role is Role.HEAD else "Urgence"
        with pytest.raises(NothingOnHand), database.transaction() as session:
            order_lines.add_part(session, entry, part.id, Decimal(2), reason)
    with database.transaction() as session:
        line = order_lines.add_part(session, make.entry(order), part.id, Decimal(2), "Urgence")
        assert line.cost == Decimal("12.0000")
        assert stock.balance(session, part.id).on_hand == Decimal(-1)
    movement = stock.Movement(make.TODAY, make.HEAD, make.NOW, " ", forced=True)
    with pytest.raises(ReasonMissing), database.transaction() as session:
        stock.issue(session, part.id, Decimal(2), movement)


def test_losses_and_counts_go_out_at_the_average_with_a_reason(database: Database, order: RepairOrder) -> None:
    why = stock.Movement(make.TODAY, make.HEAD, make.NOW, "Inventaire")
    with database.transaction() as session:
        part = make.part(session, "HUILE", "10", "4.0000")
        stock.receive(session, part.id, Decimal(10), Decimal("5.0000"), why)
        stock.lose(session, part.id, Decimal("2.5"), why)
        assert stock.count(session, part.id, Decimal("16.75"), why) == Decimal("-0.75")
        assert stock.count(session, part.id, Decimal("16.75"), why) == 0
        assert stock.balance(session, part.id) == stock.Balance(Decimal("16.750"), Decimal("4.5000"))
    for act in (stock.lose, stock.count):
        with pytest.raises(ReasonMissing), database.transaction() as session:
            act(session, part.id, Decimal(1), replace(why, reason=" "))
    with pytest.raises(NothingOnHand), database.transaction() as session:
        stock.lose(session, part.id, Decimal(17), why)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\u202eb", "a\x00b"])
def test_a_person_has_a_name_that_prints(database: Database, name: str) -> None:
    person = users.Person("a@b.fr", name, Role.MECHANIC, None, make.PASSWORD)
    with pytest.raises(BadName), database.transaction() as session:
        users.create(session, person, make.ADMIN, make.NOW)


def test_one_clumsy_person_does_not_lock_the_whole_town_hall_out(database: Database) -> None:
    with database.transaction() as session:
        clumsy, other = make.user(session, Role.HEAD), make.user(session, Role.MECHANIC)
    for _ in range(10):
        with database.transaction() as session:
            users.record_failure(session, clumsy.email or "", "10.0.0.1", make.NOW)
    with pytest.raises(TooManyAttempts), database.transaction() as session:
        users.authenticate(session, clumsy.email or "", make.PASSWORD, "10.0.0.1", make.NOW)
    with database.transaction() as session:
        found = users.authenticate(session, other.email or "", make.PASSWORD, "10.0.0.1", make.NOW)
    assert found.id == other.id
