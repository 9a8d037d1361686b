"""What another cost of goods received would make of a part: its history, played again (rules S3, S5)."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.stock import Part, StockMovement
from garage.domain.money import cents
from garage.domain.stock import Balance, Moved, MovementKind, replay


def corrected(session: Session, part: Part, received: StockMovement, cost: Decimal) -> tuple[Balance, Decimal]:
    """The balance of a part had a receipt come at another unit cost in euros, and the variance on what is gone (S3)."""
    moves = history(session, part.id)
    costs = {row.id: row.unit_cost for row in moves if row.kind is MovementKind.RECEIPT}
    corrections = select(StockMovement.origin_id, StockMovement.unit_cost).where(
        StockMovement.part_id == part.id, StockMovement.kind == MovementKind.PRICE
    )
    for row in session.execute(corrections.order_by(StockMovement.id)):
        costs[row.origin_id] = row.unit_cost
    whole = cents(received.quantity * cost) - cents(received.quantity * costs[received.id])
    after = replay(moves, costs | {received.id: cost})
    return after, whole - (after.worth - part.value)


def history(session: Session, part_id: int) -> list[Moved]:
    """The movements of a part in the order they were written, as `replay` reads them."""
    columns = (
        StockMovement.id, StockMovement.kind, StockMovement.quantity, StockMovement.unit_cost,
        StockMovement.average_cost, StockMovement.through,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(StockMovement.part_id == part_id).order_by(StockMovement.id))
    return [Moved(*row) for row in rows]
