"""An order waits, is blocked, goes on, is promised: each change kept, and the last one taken back (rule O2)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from garage.clock import paris_day
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import order_records
from garage.domain.errors.workshop import DayPassed, Disagreement, StateChanged
from garage.domain.repair_orders import OrderState, check_writable, may_take_back
from garage.french.formats import day
from garage.operations import journal, repair_orders, request_news
from garage.operations.order_records import By


@dataclass(frozen=True, slots=True)
class Before:
    """What an order was before a change: its state, and the day its part was expected."""

    state: OrderState
    expected_on: date | None


def move(session: Session, number: str, wanted: OrderState, by: By, reason: str | None = None) -> Before:
    """Move an order along a listed transition at the instant it was done; work taken up again expects no part.

    An order already going on may be taken up again: nothing changes. Raises NotFound, ForbiddenTransition,
    ReasonMissing, ClosingBlocked.
    """
    order = repair_orders.locked(session, number)
    before = Before(order.state, order.expected_on)
    if wanted is order.state is OrderState.IN_PROGRESS:
        return before
    repair_orders.change_state(session, number, wanted, by.actor, instant(session, order, by.at), reason=reason)
    if wanted is OrderState.IN_PROGRESS:
        order.expected_on = None
        session.flush()
    return before


def wait_for_part(session: Session, number: str, by: By, reason: str | None, expected_on: date | None) -> Before:
    """Wait for a part, and say when it should come; an order that waits already gets the new day.

    Raises NotFound, ForbiddenTransition, DayPassed.
    """
    order = repair_orders.locked(session, number)
    if expected_on is not None and expected_on < paris_day(by.at):
        raise DayPassed(expected_on)
    before = Before(order.state, order.expected_on)
    if order.state is not OrderState.WAITING_PART:
        move(session, number, OrderState.WAITING_PART, by, reason)
    _expect(session, order, expected_on, by)
    return before


def promise(session: Session, number: str, promised_on: date | None, seen: str | None, by: By) -> date | None:
    """Promise an order for a day, or for none; the day promised before. `seen` is that day as the page showed it.

    Raises NotFound, OrderClosed, DayPassed, Disagreement when a colleague promised another day meanwhile.
    """
    order = repair_orders.locked(session, number)
    before = order.promised_on
    if promised_on == before:
        return before
    check_writable(order.state, number, by.actor.role)
    if promised_on is not None and promised_on < paris_day(by.at):
        raise DayPassed(promised_on)
    if seen is not None and seen != _iso(before):
        last = order_records.last_act(session, number, ("order.promise", "order.head", "order.open"))
        who, at = (last.actor, last.at) if last else ("Un collègue", order.created_at)
        raise Disagreement("la date promise", _day(before), who, at, _day(promised_on), _iso(before))
    order.promised_on = promised_on
    order.version += 1
    session.flush()
    data = {"from": _iso(before) or None, "to": _iso(promised_on) or None}
    journal.record(session, by.author, "order.promise", ("repair_orders", number), data=data, now=by.now)
    request_news.tell(session, order, order.state, by.now)
    return before


def take_back(session: Session, number: str, seen: OrderState, expected_on: date | None, by: By) -> OrderState:
    """Take back the last change of state: the order is in the state before again, kept in its history (rule O2).

    Raises NotFound, OrderClosed, StateChanged when it went on since, or when its last change is of another kind.
    """
    order = repair_orders.locked(session, number)
    changes = order_records.changes(session, order.id)
    check_writable(order.state, number, by.actor.role)
    former = changes[-2] if len(changes) > 1 and order.state is seen is changes[-1].state else None
    if former is None or not may_take_back(former.state, seen):
        raise StateChanged(number, order.state)
    repair_orders.put_back(session, order, former.state, by.actor, instant(session, order, by.at), former.reason)
    order.expected_on = expected_on
    session.flush()
    return OrderState(former.state)


def instant(session: Session, order: RepairOrder, at: datetime) -> datetime:
    """When a change counts: when it was done, but never before the change that precedes it."""
    changes = order_records.changes(session, order.id)
    return max(at, changes[-1].at) if changes else at


def _expect(session: Session, order: RepairOrder, expected_on: date | None, by: By) -> None:
    if order.expected_on == expected_on:
        return
    data = {"from": _iso(order.expected_on) or None, "to": _iso(expected_on) or None}
    order.expected_on = expected_on
    order.version += 1
    session.flush()
    journal.record(session, by.author, "order.expect", ("repair_orders", order.number), data=data, now=by.now)


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def _day(value: date | None) -> str:
    return day(value) if value else "aucun jour"
