"""Goods received from a form that may be sent twice (rule S3)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.stock import Part, StockMovement
from garage.domain.errors.base import NotFound
from garage.domain.repair_orders import check_day, check_quantity, first_day_of_entry
from garage.domain.stock import MovementKind
from garage.operations import journal, stock
from garage.operations.stock import Movement


@dataclass(frozen=True, slots=True)
class Receipt:
    """Goods received as they are entered; `seen` is the id of the part's latest movement when the form was made."""

    reference: str
    quantity: Decimal
    cost: Decimal
    seen: int


def receive(session: Session, receipt: Receipt, movement: Movement, today: date) -> None:
    """Write a receipt once: the same one by the same person, newer than what the form had seen, is the form sent again.

    Raises NotFound, ImpossibleDay, BadQuantity, BadCost.
    """
    check_day(movement.moved_on, today, first_day_of_entry(today))
    check_quantity(receipt.quantity)
    part = session.scalar(select(Part).where(Part.reference == receipt.reference).with_for_update(key_share=True))
    if part is None:
        raise NotFound("part", receipt.reference)
    if _sent_before(session, part.id, receipt, movement):
        return
    stock.receive(session, part.id, receipt.quantity, receipt.cost, movement)
    data = {"quantity": str(receipt.quantity), "cost": str(receipt.cost), "reason": movement.reason}
    journal.record(session, movement.actor, "part.receive", ("parts", part.reference), data=data, now=movement.now)


def _sent_before(session: Session, part_id: int, receipt: Receipt, movement: Movement) -> bool:
    same = select(StockMovement.id).where(
        StockMovement.part_id == part_id,
        StockMovement.id > receipt.seen,
        StockMovement.kind == MovementKind.RECEIPT,
        StockMovement.actor_id == movement.actor.id,
        StockMovement.quantity == receipt.quantity,
        StockMovement.unit_cost == receipt.cost,
        StockMovement.moved_on == movement.moved_on,
        StockMovement.reason.is_not_distinct_from(movement.reason),
        StockMovement.order_line_id.is_(None),
    )
    return session.scalar(same.limit(1)) is not None
