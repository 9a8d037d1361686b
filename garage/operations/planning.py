"""The plan: give an order to somebody on a day, move it, take it back, set the hours somebody has on a day.

Every act holds the order's row, then writes; a card is known by its order, person and day, and by the minutes seen.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.db.models.work_time import DayCapacity
from garage.db.queries import planning as queries
from garage.domain.errors.workshop import AlreadyPlanned, Disagreement, PlanChanged
from garage.domain.permissions import Actor
from garage.domain.planning import Slot, check_capacity, check_order, check_slot
from garage.domain.repair_orders import OrderState
from garage.french.planning import short_hours
from garage.operations import journal, repair_orders

_ORDERS, _PEOPLE = "repair_orders", "users"


@dataclass(frozen=True, slots=True)
class By:
    """Who plans, when; `undoing` puts back what was, also on a day gone by."""

    actor: Actor
    now: datetime
    today: date
    undoing: bool = False


def plan(session: Session, number: str, wanted: Slot, by: By) -> None:
    """Give an order to somebody on a day; the first time, an order that was only asked for becomes planned (rule O2).

    The same again changes nothing. Raises NotFound, OrderClosed, BadMinutes, UnplannableDay, AlreadyPlanned.
    """
    order = repair_orders.locked(session, number)
    present = queries.slot(session, order.id, wanted.user_id, wanted.day)
    if present == wanted:
        return
    _check(session, order, wanted, by)
    if present is not None:
        raise AlreadyPlanned(number, queries.person(session, wanted.user_id).name, wanted.day, present.minutes)
    session.add(
        Assignment(
            order_id=order.id,
            user_id=wanted.user_id,
            day=wanted.day,
            minutes=wanted.minutes,
            created_by_id=by.actor.id,
            created_at=by.now,
        )
    )
    session.flush()
    _record(session, by, "plan.add", number, {"to": _told(session, wanted)})
    if order.state in (OrderState.DRAFT, OrderState.REQUESTED):
        repair_orders.change_state(session, number, OrderState.PLANNED, by.actor, by.now)


def move(session: Session, number: str, seen: Slot, wanted: Slot, by: By) -> None:
    """Another person, day or length for a card of the plan, as it was seen.

    The same again changes nothing. Raises NotFound, PlanChanged when somebody changed it since, OrderClosed,
    BadMinutes, UnplannableDay, AlreadyPlanned.
    """
    order = repair_orders.locked(session, number)
    row = _row(session, order, seen)
    if row is None:
        if _is_done(session, order, seen, wanted):
            return
        raise _changed(session, number)
    if seen == wanted:
        return
    _check(session, order, wanted, by, seen.day)
    elsewhere = (seen.user_id, seen.day) != (wanted.user_id, wanted.day)
    there = queries.slot(session, order.id, wanted.user_id, wanted.day) if elsewhere else None
    if there is not None:
        raise AlreadyPlanned(number, queries.person(session, wanted.user_id).name, wanted.day, there.minutes)
    row.user_id, row.day, row.minutes = wanted.user_id, wanted.day, wanted.minutes
    session.flush()
    _record(session, by, "plan.move", number, {"from": _told(session, seen), "to": _told(session, wanted)})


def unplan(session: Session, number: str, seen: Slot, by: By) -> None:
    """Take a card off the plan; a planned order that has none left waits again (rule O2).

    The same again changes nothing. Raises NotFound, PlanChanged when somebody changed it since.
    """
    order = repair_orders.locked(session, number)
    row, gone = _row(session, order, seen), {"from": _told(session, seen)}
    if row is None:
        last = queries.last_act(session, _ORDERS, number)
        if last is not None and (last.action, last.data) == ("plan.remove", gone):
            return
        raise _changed(session, number)
    session.delete(row)
    session.flush()
    _record(session, by, "plan.remove", number, gone)
    if order.state is OrderState.PLANNED and not queries.slots(session, order.id):
        repair_orders.change_state(session, number, OrderState.REQUESTED, by.actor, by.now)


def set_capacity(session: Session, user_id: int, day: date, minutes: int | None, seen: int | None, by: By) -> None:
    """The minutes somebody has on one day: 0 when absent, None as usual. `seen` is what the page showed.

    The same again changes nothing. Raises NotFound, BadCapacity, UnplannableDay, Disagreement when somebody else set
    something else since.
    """
    person = queries.person(session, user_id)
    session.get_one(User, user_id, with_for_update=True)
    row = session.get(DayCapacity, (user_id, day), populate_existing=True)
    present = row.minutes if row else None
    if present == minutes:
        return
    check_capacity(day, minutes or 0, by.today)
    key = f"{person.name}, {day.isoformat()}"
    if present != seen:
        last = queries.last_act(session, _PEOPLE, key)
        raise _disagreement(present, minutes, (last.actor, last.at) if last else ("Quelqu’un", by.now))
    if row is not None and minutes is None:
        session.delete(row)
    elif row is not None:
        row.minutes = minutes or 0
    else:
        session.add(DayCapacity(user_id=user_id, day=day, minutes=minutes or 0))
    session.flush()
    data = {"person": person.name, "day": day.isoformat(), "from": present, "to": minutes}
    journal.record(session, by.actor, "plan.capacity", (_PEOPLE, key), data=data, now=by.now)


def _check(session: Session, order: RepairOrder, wanted: Slot, by: By, kept_day: date | None = None) -> None:
    check_order(order.number, order.state, left=order.state in queries.LEFT)
    queries.person(session, wanted.user_id)
    check_slot(wanted, by.today, kept_day=wanted.day if by.undoing else kept_day)


def _row(session: Session, order: RepairOrder, seen: Slot) -> Assignment | None:
    """The card as it was seen, if it is still so."""
    return session.scalar(
        select(Assignment).where(
            Assignment.order_id == order.id,
            Assignment.user_id == seen.user_id,
            Assignment.day == seen.day,
            Assignment.minutes == seen.minutes,
        )
    )


def _is_done(session: Session, order: RepairOrder, seen: Slot, wanted: Slot) -> bool:
    """Whether a move was made already: the card stands where it was to go, and no more where it was."""
    left = queries.slot(session, order.id, seen.user_id, seen.day)
    arrived = queries.slot(session, order.id, wanted.user_id, wanted.day)
    return arrived == wanted and left in (None, wanted)


def _changed(session: Session, number: str) -> PlanChanged:
    last = queries.last_act(session, _ORDERS, number)
    return PlanChanged(number, last.actor, last.at) if last else PlanChanged(number, None, None)


def _disagreement(present: int | None, wanted: int | None, last: tuple[str, datetime]) -> Disagreement:
    theirs, mine = (
        "les heures habituelles" if minutes is None else short_hours(minutes) for minutes in (present, wanted)
    )
    return Disagreement("les heures de ce jour", theirs, *last, mine, "" if present is None else str(present))


def _told(session: Session, slot: Slot) -> dict[str, Any]:
    name = session.scalar(select(User.name).where(User.id == slot.user_id))
    return {"user": slot.user_id, "person": name, "day": slot.day.isoformat(), "minutes": slot.minutes}


def _record(session: Session, by: By, action: str, number: str, data: dict[str, Any]) -> None:
    journal.record(session, by.actor, action, (_ORDERS, number), data=data, now=by.now)
