"""What must hold of the stock at any time, read from its rows (rules S2, S3)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.stock import BinStock, Part, StockMovement
from garage.domain.money import cents
from garage.domain.stock import Balance, MovementKind, replay
from garage.operations import corrected_costs


def prove(session: Session) -> None:
    """Parts, bins and values say what the movements say, each movement what those before it leave, and its cause."""
    for part in session.scalars(select(Part)):
        moved = select(StockMovement).where(StockMovement.part_id == part.id).order_by(StockMovement.id)
        moves = session.scalars(moved).all()
        last = moves[-1] if moves else None
        assert (part.on_hand, part.value, part.average_cost) == (
            sum(move.quantity for move in moves),
            sum(move.value_change for move in moves),
            last.average_cost if last else None,
        )
        assert replay(corrected_costs.history(session, part.id)) == Balance(part.on_hand, part.average_cost)
        bins: defaultdict[int, Decimal] = defaultdict(Decimal)
        for move in moves:
            bins[move.bin_id] += move.quantity
        held = session.execute(select(BinStock.bin_id, BinStock.quantity).where(BinStock.part_id == part.id))
        assert {row.bin_id: row.quantity for row in held} == bins
        _prove_each(moves)


def _prove_each(moves: Sequence[StockMovement]) -> None:
    """The state that each movement leaves; the average between the costs received until then.

    What goods are worth is in the stock's value or told as a variance, rounding apart.
    """
    on_hand = value = Decimal(0)
    costs: list[Decimal] = []
    standing = 0
    for move in moves:
        on_hand += move.quantity
        value += move.value_change
        assert (move.on_hand, Balance(on_hand, move.average_cost).worth) == (on_hand, value)
        if move.kind is not MovementKind.PRICE and not move.through:
            worth = cents(move.quantity * move.unit_cost)
            assert abs(worth - move.value_change - move.variance) <= abs(on_hand) * Decimal("0.00005") + Decimal("0.02")
        if move.kind in (MovementKind.RECEIPT, MovementKind.PRICE):
            costs.append(move.unit_cost)
        if move.kind is MovementKind.RECEIPT:  # one that takes goods out undoes another
            standing += 1 if move.quantity > 0 or move.through else -1
        assert move.average_cost is not None if standing else move.average_cost is None or costs
        assert move.average_cost is None or min(costs) <= move.average_cost <= max(costs)
        assert move.order_line_id or move.receipt_line_id or move.count_line_id or move.origin_id or move.reason
