"""The mechanic finishes an order: their clock stops, the meter is read, the work told, the head's check due (O2, O5)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from garage.db.models.repair_orders import RepairOrder
from garage.domain.repair_orders import OrderState, check_transition
from garage.operations import order_meters, order_states, repair_orders
from garage.operations.order_meters import Reading
from garage.operations.order_records import By


@dataclass(frozen=True, slots=True)
class Ending:
    """What is said when an order is finished: the works in words, the meter; empty keeps what is there."""

    works: str | None = None
    reading: Reading | None = None


def finish(session: Session, number: str, ending: Ending, by: By) -> RepairOrder:
    """Finish an order at the instant it was done (rules O2, O5).

    Raises NotFound, ForbiddenTransition, NoMeterHere, Disagreement, MeterBackwards, MeterLeap, and ClosingBlocked
    with the codes of what is missing.
    """
    order = repair_orders.locked(session, number)
    check_transition(order.state, OrderState.TO_CHECK, role=by.actor.role, reason=None)
    if ending.reading is not None and order.vehicle_id is not None:
        order_meters.read(session, number, ending.reading, by)
    at = order_states.instant(session, order, by.at)
    return repair_orders.finish(session, number, ending.works, None, by.actor, at)
