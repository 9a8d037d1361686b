"""An order is finished: its own clock stops, the meter is read, the work told, the head's check due (O2, O5)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import RepairOrder
from garage.db.models.work_time import ClockSegment
from garage.domain.repair_orders import OrderState, check_transition
from garage.operations import order_meters, order_states, repair_orders
from garage.operations.order_meters import Reading
from garage.operations.order_records import By
from garage.operations.work_time import running, segments


@dataclass(frozen=True, slots=True)
class Ending:
    """What is said when an order is finished: the works in words, the meter; empty keeps what is there."""

    works: str | None = None
    reading: Reading | None = None


def finish(session: Session, number: str, ending: Ending, by: By) -> RepairOrder:
    """Finish an order at the instant it was done; the clock that its author runs on it stops (rules O2, O4, O5).

    Raises NotFound, ForbiddenTransition, NoMeterHere, Disagreement, MeterBackwards, MeterLeap, and ClosingBlocked
    with the codes of what is missing.
    """
    _stop_clock(session, number, by)
    order = repair_orders.locked(session, number)
    check_transition(order.state, OrderState.TO_CHECK, role=by.actor.role, reason=None)
    if ending.reading is not None and order.vehicle_id is not None:
        order_meters.read(session, number, ending.reading, by)
    at = order_states.instant(session, order, by.at)
    return repair_orders.finish(session, number, ending.works, None, by.actor, at)


def _stop_clock(session: Session, number: str, by: By) -> None:
    """Before anything is locked: a clock locks its person first, then the orders."""
    mine = select(ClockSegment.id).join(RepairOrder, RepairOrder.id == ClockSegment.order_id)
    mine = mine.where(RepairOrder.number == number, ClockSegment.user_id == by.author.id)
    if by.author.id is not None and session.scalar(mine.where(ClockSegment.ended_at.is_(None))) is not None:
        running.stop(session, by.author.id, by.at, segments.By(by.author, by.now))
