"""What an order line gives back to the stock, takes again, or had bought for it alone (rules S2 to S5)."""

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from garage.db.models.stock import Bin, Part, StockMovement
from garage.domain.money import ZERO
from garage.domain.repair_orders import check_quantity
from garage.domain.stock import Balance, MovementKind
from garage.operations import corrected_costs, journal, stock, stores
from garage.operations.stock import Movement

# A return is written in a few movements, one per bin.
_PIECES = 20


def take_back(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A return from an order, at the cost it was issued at (rule S5), into the bins that its line took it from.

    The average stays between the costs ever received. A part that had left the catalogue is in use again.
    Raises BadQuantity, BadCost, NotFound, ReasonMissing.
    """
    check_quantity(quantity)
    stock.check_cost(cost)
    stock.check_cause(MovementKind.RETURN, movement)
    part = stock.locked(session, part_id)
    if not part.active:
        part.active = True
        journal.record(session, movement.actor, "part.restore", ("parts", part.reference), data={}, now=movement.now)
    span = corrected_costs.span(session, part_id)
    for bin_id, piece in _left(session, part, quantity, movement):
        after = stock.held(part).receive(piece, cost).within(span)
        stock.write(session, part, MovementKind.RETURN, (piece, cost), after, replace(movement, bin_id=bin_id))


def _left(session: Session, part: Part, quantity: Decimal, movement: Movement) -> list[tuple[int, Decimal]]:
    """Where a return goes: the bin that the movement tells, else those its line emptied and that are open, the last
    first.
    """
    usual = movement.bin_id or part.bin_id or stores.LOOSE
    left, pieces = quantity, []
    if movement.bin_id is None and movement.order_line_id is not None:
        taken = func.sum(StockMovement.quantity)
        emptied = (
            select(StockMovement.bin_id, taken)
            .join(Bin, (Bin.id == StockMovement.bin_id) & Bin.active)
            .where(StockMovement.order_line_id == movement.order_line_id, StockMovement.part_id == part.id)
            .group_by(StockMovement.bin_id)
            .having(taken < Decimal(0))
            .order_by(func.max(StockMovement.id).desc())
        )
        for bin_id, gone in session.execute(emptied):
            piece = min(left, -gone)
            if piece:
                pieces.append((bin_id, piece))
                left -= piece
    return [*pieces, (usual, left)] if left else pieces


def issue_again(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A return undone: out again at the cost in euros it came back at, not at the average (rules S3, S5).

    Nothing moved since that return: the average is again what it was, to the last decimal, and so are the bins.
    Raises BadQuantity, BadCost, NotFound, ReasonMissing, NothingOnHand unless forced.
    """
    stock.check_cost(cost)
    stock.check_cause(MovementKind.ISSUE, movement)
    part = stock.locked(session, part_id)
    stock.held(part).take_again(quantity, cost, part.reference, forced=movement.forced)
    undone = _just_returned(session, part_id, quantity, cost)
    if undone is not None:
        movement = stock.in_time(session, part, [(bin_id, piece) for bin_id, piece, _ in undone], movement)
        for place, (bin_id, piece, average) in enumerate(undone, 1):
            kept = average if place == len(undone) else part.average_cost
            after = Balance(part.on_hand - piece, kept)
            stock.write(session, part, MovementKind.ISSUE, (-piece, cost), after, replace(movement, bin_id=bin_id))
        return
    span = corrected_costs.span(session, part_id)
    pieces = stock.bins_of(session, part, quantity, movement)
    movement = stock.in_time(session, part, pieces, movement)
    for bin_id, piece in pieces:
        after = stock.held(part).take_again(piece, cost, part.reference, forced=True).within(span)
        stock.write(session, part, MovementKind.ISSUE, (-piece, cost), after, replace(movement, bin_id=bin_id))


def _just_returned(
    session: Session, part_id: int, quantity: Decimal, cost: Decimal
) -> list[tuple[int, Decimal, Decimal | None]] | None:
    """The last movements of a part when they are this return: bin, quantity, and the average there was before."""
    last = select(StockMovement).where(StockMovement.part_id == part_id).order_by(StockMovement.id.desc())
    rows = list(session.scalars(last.limit(_PIECES + 1)))
    left, found = quantity, []
    for place, row in enumerate(rows):
        if not left:
            break
        if (row.kind, row.unit_cost) != (MovementKind.RETURN, cost) or row.quantity > left:
            return None
        left -= row.quantity
        before = rows[place + 1].average_cost if place + 1 < len(rows) else None
        found.append((row.bin_id, row.quantity, before))
    return None if left else found


def returned(session: Session, order_line_id: int) -> Decimal:
    """How much of a line went back to stock and was not taken again since."""
    moved = select(StockMovement.kind, StockMovement.quantity).where(StockMovement.order_line_id == order_line_id)
    back = Decimal(0)
    for row in session.execute(moved.order_by(StockMovement.id)):
        back = max(back + row.quantity, Decimal(0)) if back or row.kind is MovementKind.RETURN else back
    return back


def pass_through(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A part bought for one order: received and issued the same day at that cost, the stock unmoved (rule S2).

    A negative quantity corrects one written before. Raises BadQuantity, BadCost, NotFound, ReasonMissing.
    """
    check_quantity(abs(quantity))
    stock.check_cost(cost)
    stock.check_cause(MovementKind.RECEIPT, movement)
    part = stock.locked(session, part_id)
    before = stock.held(part)
    average = before.average_cost if before.average_cost is not None else cost
    there = Balance(before.on_hand + quantity, average)
    received = stock.write(session, part, MovementKind.RECEIPT, (quantity, cost), there, movement)
    unmoved = Balance(before.on_hand, average)
    issued = stock.write(session, part, MovementKind.ISSUE, (-quantity, cost), unmoved, movement)
    received.through = issued.through = True
    received.variance = issued.variance = ZERO
    session.flush()


def line_moved(session: Session, order_line_id: int) -> bool:
    """Whether an order's line already moved stock."""
    moved = select(StockMovement.id).where(StockMovement.order_line_id == order_line_id).limit(1)
    return session.scalar(moved) is not None


def forget_line(session: Session, order_line_id: int, words: str) -> None:
    """Untie movements from a line that is taken away; the movements stay, and say which line it was (rule S2)."""
    told = func.substr(func.coalesce(StockMovement.reason + " – ", "") + words, 1, 500)
    session.execute(
        update(StockMovement)
        .where(StockMovement.order_line_id == order_line_id)
        .values(order_line_id=None, reason=told)
    )
