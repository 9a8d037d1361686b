"""A meter reading corrected on an order, with its reason (rule O6)."""

from datetime import datetime

from sqlalchemy.orm import Session

from garage.domain.permissions import Actor
from garage.operations import journal, repair_orders, vehicles


def correct(session: Session, number: str, meter: int, reason: str, actor: Actor, now: datetime) -> None:
    """Read a meter that goes back on an order, because it was replaced or wrongly typed (rule O6).

    Raises NotFound, and MeterBackwards when the reason is blank.
    """
    order = repair_orders.locked(session, number)
    if order.vehicle_id is None or meter == order.meter:
        return
    vehicles.read_meter(session, order.vehicle_id, meter, order.opened_on, reason=reason, order_id=order.id)
    order.meter = meter
    order.version += 1
    data = {"meter": meter, "reason": reason}
    journal.record(session, actor, "order.correct_meter", ("repair_orders", number), data=data, now=now)
