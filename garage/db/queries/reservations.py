"""Reads of what is kept for orders to come: by part, by order, and what is missing for each of them.

Only orders with work left keep parts: a finished or cancelled one frees its own. The first to reserve is served first.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import Reservation
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.queries.paging import AnyRow
from garage.db.types import ScaledDecimal
from garage.domain.money import ZERO
from garage.domain.repair_orders import WORK_LEFT

_QUANTITY: Final = ScaledDecimal(3)


@dataclass(frozen=True, slots=True)
class Kept:
    """So much of a part kept for an order, and how much of that is not there; quantities hold 3 decimals."""

    part_id: int
    reference: str
    label: str
    unit: str
    bin: str | None
    order_id: int
    number: str
    quantity: Decimal
    missing: Decimal
    reserved_at: datetime


def reserved(session: Session, part_ids: Collection[int]) -> dict[int, Decimal]:
    """How much of each of these parts is kept for orders; parts that nobody reserved are left out."""
    rows = session.execute(
        select(Reservation.part_id, func.sum(Reservation.quantity, type_=_QUANTITY).label("quantity"))
        .join(RepairOrder, RepairOrder.id == Reservation.repair_order_id)
        .where(Reservation.part_id.in_(part_ids), RepairOrder.state.in_(WORK_LEFT))
        .group_by(Reservation.part_id)
    )
    return {row.part_id: row.quantity for row in rows}


def reserved_for_others(session: Session, part_ids: Collection[int], order_id: int) -> dict[int, Decimal]:
    """How much of each of these parts is on hand and goes to other orders than this one, that reserved it first."""
    held: dict[int, Decimal] = defaultdict(Decimal)
    for one in there_for_others(session, part_ids, order_id):
        held[one.part_id] += one.quantity - one.missing
    return dict(held)


def there_for_others(session: Session, part_ids: Collection[int], order_id: int) -> list[Kept]:
    """What is kept of these parts for other orders than this one and is on hand, the first reserved first."""
    shared = _shared_out(_kept(session, part_ids))
    return [one for one in shared if one.order_id != order_id and one.missing < one.quantity]


def of_part(session: Session, part_id: int) -> list[Kept]:
    """What is kept of a part, for which order, the first reserved first."""
    return _shared_out(_kept(session, [part_id]))


def of_orders(session: Session, order_ids: Collection[int]) -> dict[int, list[Kept]]:
    """What is kept for each of these orders, by part; orders that keep nothing are left out."""
    parts = session.scalars(select(Reservation.part_id).where(Reservation.repair_order_id.in_(order_ids))).all()
    found: dict[int, list[Kept]] = defaultdict(list)
    for one in _shared_out(_kept(session, parts)):
        if one.order_id in order_ids:
            found[one.order_id].append(one)
    return {order: sorted(kept, key=lambda one: one.reference) for order, kept in found.items()}


def of_order(session: Session, order_id: int) -> list[Kept]:
    """What is kept for an order, by part."""
    return of_orders(session, [order_id]).get(order_id, [])


def every(session: Session) -> list[Kept]:
    """All that is kept, the first reserved first."""
    return _shared_out(_kept(session, None))


def waiting(session: Session) -> int:
    """How many reservations there are."""
    held = select(func.count()).select_from(Reservation)
    joined = held.join(RepairOrder, RepairOrder.id == Reservation.repair_order_id)
    return session.scalar(joined.where(RepairOrder.state.in_(WORK_LEFT))) or 0


def _kept(session: Session, part_ids: Collection[int] | None) -> Sequence[AnyRow]:
    wanted = (
        select(
            Part.id, Part.reference, Part.label, Part.unit, Part.bin, Part.on_hand, RepairOrder.id.label("order_id"),
            RepairOrder.number, Reservation.quantity, Reservation.reserved_at,
        )
        .join(Reservation, Reservation.part_id == Part.id)
        .join(RepairOrder, RepairOrder.id == Reservation.repair_order_id)
        .where(RepairOrder.state.in_(WORK_LEFT))
        .order_by(Reservation.reserved_at, RepairOrder.id, Part.id)
    )  # fmt: skip
    if part_ids is not None:
        wanted = wanted.where(Part.id.in_(part_ids))
    return session.execute(wanted).all()


def _shared_out(rows: Sequence[AnyRow]) -> list[Kept]:
    """What is on hand, given to each in turn."""
    left = {row.id: max(row.on_hand, ZERO) for row in rows}
    kept = []
    for row in rows:
        there = min(left[row.id], row.quantity)
        left[row.id] -= there
        kept.append(
            Kept(
                row.id, row.reference, row.label, row.unit, row.bin, row.order_id, row.number, row.quantity,
                row.quantity - there, row.reserved_at,
            )
        )  # fmt: skip
    return kept
