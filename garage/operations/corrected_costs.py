"""What another cost of goods received, or none, would make of a part: its history, played again (rules S3, S5)."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock import Part, StockMovement
from garage.domain.errors.stock import NotAReceipt
from garage.domain.money import cents
from garage.domain.stock import Balance, Moved, MovementKind, Span, replay


def corrected(session: Session, part: Part, received: StockMovement, cost: Decimal) -> tuple[Balance, Decimal]:
    """The balance of a part had a receipt come at another unit cost in euros, and the variance on what is gone (S3).

    Raises NotAReceipt for one that was undone.
    """
    moves = history(session, part.id)
    if any(move.undone for move in moves if move.id == received.id):
        raise NotAReceipt(received.id)
    costs = _costs(session, part.id, moves)
    whole = cents(received.quantity * cost) - cents(received.quantity * costs[received.id])
    after = replay(moves, costs | {received.id: cost})
    return after, whole - (after.worth - part.value)


def without(session: Session, part: Part, received: StockMovement) -> tuple[Balance, Decimal]:
    """The balance of a part had a receipt never come, and the unit cost in euros that the receipt stands at."""
    moves = history(session, part.id, received.id)
    costs = _costs(session, part.id, moves)
    return replay(moves, costs), costs[received.id]


def _costs(session: Session, part_id: int, moves: Sequence[Moved]) -> dict[int, Decimal]:
    costs = {row.id: row.unit_cost for row in moves if row.kind is MovementKind.RECEIPT}
    corrections = select(StockMovement.origin_id, StockMovement.unit_cost).where(
        StockMovement.part_id == part_id, StockMovement.kind == MovementKind.PRICE
    )
    for row in session.execute(corrections.order_by(StockMovement.id)):
        costs[row.origin_id] = row.unit_cost
    return costs


def history(session: Session, part_id: int, undone: int = 0) -> list[Moved]:
    """The movements of a part in the order they were written, as `replay` reads them; `undone` is one more receipt."""
    columns = (
        StockMovement.id, StockMovement.kind, StockMovement.quantity, StockMovement.unit_cost,
        StockMovement.average_cost, StockMovement.through,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(StockMovement.part_id == part_id).order_by(StockMovement.id)).all()
    answers = select(StockMovement.id, StockMovement.origin_id, StockMovement.kind).where(
        StockMovement.part_id == part_id,
        StockMovement.origin_id.is_not(None),
        StockMovement.kind.in_((MovementKind.RECEIPT, MovementKind.PRICE)),
    )
    answered = session.execute(answers).all()
    gone = {undone} | {row.origin_id for row in answered if row.kind is MovementKind.RECEIPT}
    gone |= {row.id for row in answered if row.origin_id in gone}
    return [Moved(*row, undone=row.id in gone) for row in rows]


def span(session: Session, part_id: int) -> Span | None:
    """The lowest and the highest cost in euros that a part was received at, None before the first."""
    costs = select(func.min(StockMovement.unit_cost), func.max(StockMovement.unit_cost)).where(
        StockMovement.part_id == part_id, StockMovement.kind.in_((MovementKind.RECEIPT, MovementKind.PRICE))
    )
    found: tuple[Decimal | None, ...] = tuple(session.execute(costs).one())
    lowest, highest = found
    return None if lowest is None or highest is None else (lowest, highest)
