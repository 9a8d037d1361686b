"""What the storekeeper does to the stock by hand: transfer, loss, corrected price; each once, and in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.stock import Bin, Part, StockMovement
from garage.db.queries.stock import last_movement
from garage.domain.errors.base import Conflict, NotFound, ReasonMissing
from garage.domain.losses import LossReason
from garage.domain.repair_orders import check_day, check_quantity, first_day_of_entry
from garage.domain.stock import MovementKind
from garage.french import formats
from garage.french.labels import label
from garage.operations import journal, stock, supplier_prices
from garage.operations.purchases import By
from garage.operations.stock import Movement


@dataclass(frozen=True, slots=True)
class Act:
    """A quantity of a part (3 decimals) on a day; `seen` is the part's latest movement when the form was made.

    The same act by the same person, newer than what the form had seen, is the form sent again: nothing is written.
    """

    part_id: int
    quantity: Decimal
    movement: Movement
    seen: int


def transfer(session: Session, act: Act, to_bin: int, by: By) -> None:
    """From a bin to another.

    Raises NotFound, BadQuantity, ImpossibleDay, YearFrozen, SameBin, NotInBin, NothingOnHand.
    """
    part = _checked(session, act, by)
    if session.get(Bin, to_bin) is None:
        raise NotFound("bin", str(to_bin))
    if _sent_before(session, act, MovementKind.TRANSFER, to_bin):
        return
    stock.transfer(session, part.id, act.quantity, to_bin, act.movement)
    _told(session, "part.transfer", part, {"quantity": formats.quantity(act.quantity)}, by)


def lose(session: Session, act: Act, why: LossReason, words: str, by: By) -> None:
    """A loss, its reason and words kept on the movement.

    Raises ReasonMissing without words, NotFound, BadQuantity, ImpossibleDay, YearFrozen, NothingOnHand, NotInBin.
    """
    part = _checked(session, act, by)
    if not words.strip():
        raise ReasonMissing(MovementKind.LOSS)
    lost = replace(act, movement=replace(act.movement, reason=f"{label(why)}{formats.NBSP}: {words.strip()}"))
    if _sent_before(session, lost, MovementKind.LOSS):
        return
    stock.lose(session, part.id, act.quantity, lost.movement)
    data = {"quantity": formats.quantity(act.quantity), "why": why.value, "words": words.strip()}
    _told(session, "part.lose", part, data, by)


def correct_price(session: Session, movement_id: int, cost: Decimal, reason: str, seen: int, by: By) -> None:
    """Another unit cost in euros for goods received, as the check page showed it with the latest movement `seen`.

    Dated today: the past is left as it was; the same form sent again writes nothing. Raises Conflict when the part
    moved since, and what stock.correct_price raises.
    """
    received = session.get(StockMovement, movement_id)
    if received is None:
        raise NotFound("movement", str(movement_id))
    part = stock.locked(session, received.part_id)
    latest = session.get(StockMovement, last_movement(session, part.id))
    if latest is not None and latest.id != seen:
        if (latest.origin_id, latest.unit_cost, latest.actor_id) == (movement_id, cost, by.actor.id):
            return
        raise Conflict("part")
    written = stock.correct_price(session, movement_id, cost, Movement(by.today, by.actor, by.now, reason))
    supplier_prices.follow(session, received.receipt_line_id, cost)
    data = {"cost": str(cost), "variance": str(written.variance), "reason": reason}
    _told(session, "part.price", part, data, by)


def _checked(session: Session, act: Act, by: By) -> Part:
    check_day(act.movement.moved_on, by.today, first_day_of_entry(by.today))
    check_quantity(act.quantity)
    return stock.locked(session, act.part_id)


def _sent_before(session: Session, act: Act, kind: MovementKind, to_bin: int | None = None) -> bool:
    """Whether this very form was written: out of these bins at one instant, for the same reason, to the same bin."""
    movement = act.movement
    same = select(StockMovement.recorded_at).where(
        StockMovement.part_id == act.part_id,
        StockMovement.id > act.seen,
        StockMovement.kind == kind,
        StockMovement.quantity < Decimal(0),
        StockMovement.actor_id == movement.actor.id,
        StockMovement.moved_on == movement.moved_on,
        StockMovement.reason.is_not_distinct_from(movement.reason),
    )
    if movement.bin_id is not None:
        same = same.where(StockMovement.bin_id == movement.bin_id)
    if to_bin is not None:
        other = aliased(StockMovement)
        same = same.join(other, other.id == StockMovement.origin_id).where(other.bin_id == to_bin)
    whole = same.group_by(StockMovement.recorded_at).having(func.sum(StockMovement.quantity) == -act.quantity)
    return session.scalar(whole.limit(1)) is not None


def _told(session: Session, act: str, part: Part, data: Mapping[str, object], by: By) -> None:
    journal.record(session, by.actor, act, ("parts", part.reference), data=dict(data), now=by.now)
