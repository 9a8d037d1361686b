"""Parts kept for an order before its work is done; what is issued to it is no longer kept (feature PA-17)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry
from garage.db.models.part_requests import Reservation
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.queries import reservations as queries
from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.errors.stock import KeptForOthers
from garage.domain.money import ZERO
from garage.domain.permissions import Actor
from garage.domain.repair_orders import WORK_LEFT, check_quantity
from garage.operations import journal, repair_orders


@dataclass(frozen=True, slots=True)
class By:
    """Who keeps a part, and when."""

    actor: Actor
    now: datetime


def reserve(session: Session, number: str, part_id: int, quantity: Decimal, by: By) -> None:
    """Keep so much of a part (3 decimals) for an order, whatever was kept before; beyond what is on hand it is missing.

    Raises NotFound, BadQuantity, OrderClosed for an order without work left.
    """
    check_quantity(quantity)
    _keep(session, _left(session, number), part_id, quantity, by)


def reserve_more(session: Session, number: str, part_id: int, more: Decimal, by: By) -> None:
    """Keep so much more of a part for an order. Raises what `reserve` raises."""
    check_quantity(more)
    order = _left(session, number)
    kept = session.get(Reservation, (part_id, order.id))
    _keep(session, order, part_id, more + (kept.quantity if kept else ZERO), by)


def release(session: Session, number: str, part_id: int, by: By) -> bool:
    """Keep a part no longer for an order; False when it was not. Raises NotFound."""
    order = repair_orders.locked(session, number)
    kept = session.get(Reservation, (part_id, order.id))
    if kept is None:
        return False
    session.delete(kept)
    session.flush()
    data = {"part_id": part_id, "quantity": str(kept.quantity)}
    journal.record(session, by.actor, "reservation.release", ("repair_orders", number), data=data, now=by.now)
    return True


def check_free(session: Session, part: Part, line: OrderLine, quantity: Decimal, *, forced: bool) -> None:
    """Refuse to give an order's line what is kept for other orders, unless forced: raises KeptForOthers (rule S4).

    The part is locked. What the order reserved before the others is its own; beyond what is on hand, the stock refuses.
    """
    if forced or quantity > part.on_hand:
        return
    kept = queries.there_for_others(session, [part.id], line.order_id)
    left = part.on_hand - sum((one.quantity - one.missing for one in kept), ZERO)
    if quantity > left:
        raise KeptForOthers(part.reference, part.on_hand, quantity, left, tuple(one.number for one in kept))


def lower(session: Session, order_id: int, part_id: int, quantity: Decimal) -> tuple[Decimal, datetime | None]:
    """Keep so much less of a part for an order: how much less, and since when it was kept; the order is locked."""
    kept = session.get(Reservation, (part_id, order_id))
    if kept is None:
        return ZERO, None
    taken, since = min(kept.quantity, quantity), kept.reserved_at
    if taken == kept.quantity:
        session.delete(kept)
    else:
        kept.quantity -= taken
    session.flush()
    return taken, since


def consume(session: Session, line: OrderLine, quantity: Decimal, by: By) -> None:
    """What a line of a locked order takes is no longer kept for the order, until the line gives it back."""
    taken, since = lower(session, line.order_id, line.part_id or 0, quantity)
    if since is not None:
        _tell(session, "reservation.take", line, {"quantity": str(taken), "since": since.isoformat()}, by)


def give_back(session: Session, line: OrderLine, holds: Decimal, by: By) -> Decimal:
    """A line of a locked order that holds no more than this keeps for the order again what it took beyond: how much."""
    told = select(JournalEntry.action, JournalEntry.data).where(
        JournalEntry.subject == "repair_orders",
        JournalEntry.subject_key == session.get_one(RepairOrder, line.order_id).number,
        JournalEntry.action.in_(("reservation.take", "reservation.give_back")),
    )
    taken, first = ZERO, by.now
    for row in session.execute(told.order_by(JournalEntry.id)):
        if row.data["line_id"] == line.id:
            taken += Decimal(row.data["quantity"]) * (1 if row.action == "reservation.take" else -1)
            first = min(first, datetime.fromisoformat(row.data["since"]))
    back = max(taken - holds, ZERO)
    if not back:
        return ZERO
    kept = session.get(Reservation, (line.part_id, line.order_id))
    if kept is None:
        kept = Reservation(part_id=line.part_id, repair_order_id=line.order_id, quantity=ZERO, reserved_at=first)
        kept.reserved_by_id = by.actor.id
        session.add(kept)
    kept.quantity += back
    kept.reserved_at = min(kept.reserved_at, first)
    session.flush()
    _tell(session, "reservation.give_back", line, {"quantity": str(back), "since": first.isoformat()}, by)
    return back


def _tell(session: Session, action: str, line: OrderLine, data: dict[str, str], by: By) -> None:
    number = session.get_one(RepairOrder, line.order_id).number
    reference = session.get_one(Part, line.part_id).reference
    told = {"line_id": line.id, "reference": reference, **data}
    journal.record(session, by.actor, action, ("repair_orders", number), data=told, now=by.now)


def _left(session: Session, number: str) -> RepairOrder:
    order = repair_orders.locked(session, number)
    if order.state not in WORK_LEFT:
        raise OrderClosed(number, order.state)
    return order


def _keep(session: Session, order: RepairOrder, part_id: int, quantity: Decimal, by: By) -> None:
    part = session.get(Part, part_id)
    if part is None:
        raise NotFound("part", str(part_id))
    kept = session.get(Reservation, (part_id, order.id))
    if kept is not None and kept.quantity == quantity:
        return
    if kept is None:
        kept = Reservation(part_id=part_id, repair_order_id=order.id, reserved_by_id=by.actor.id, reserved_at=by.now)
        session.add(kept)
    kept.quantity = quantity
    session.flush()
    data = {"part_id": part_id, "reference": part.reference, "quantity": str(quantity)}
    journal.record(session, by.actor, "reservation.keep", ("repair_orders", order.number), data=data, now=by.now)
