"""The parts stock: create a part, receive, issue to an order, take back, lose, count (rules S1 to S5)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from garage.db.models.stock import Part, PartBarcode, StockMovement
from garage.domain.errors.base import CodeTaken, NotFound, ReasonMissing
from garage.domain.errors.stock import BadCost
from garage.domain.permissions import Actor
from garage.domain.stock import Balance, MovementKind
from garage.french.plain import plain_text
from garage.operations import journal


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part as it is entered (rule S1)."""

    reference: str
    label: str
    unit: str = "u"
    bin: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    supplier: str | None = None
    barcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """What every movement says besides its quantity: the day, who, when, why, for which line (rule S2).

    `forced` lets an issue go beyond what is on hand (rule S4).
    """

    moved_on: date
    actor: Actor
    now: datetime
    reason: str | None = None
    order_line_id: int | None = None
    forced: bool = False


def create_part(session: Session, entered: NewPart, actor: Actor, now: datetime) -> Part:
    """A new part. Raises CodeTaken for a known reference or barcode."""
    if session.scalar(select(Part.id).where(Part.reference == entered.reference)):
        raise CodeTaken(entered.reference)
    part = Part(
        reference=entered.reference,
        label=entered.label,
        search_text=plain_text(f"{entered.reference} {entered.label} {entered.supplier or ''}")[:300],
        unit=entered.unit,
        bin=entered.bin,
        minimum=entered.minimum,
        maximum=entered.maximum,
        supplier=entered.supplier,
    )
    session.add(part)
    session.flush()
    for code in entered.barcodes:
        if session.get(PartBarcode, code):
            raise CodeTaken(code)
        session.add(PartBarcode(code=code, part_id=part.id))
    journal.record(session, actor, "part.create", ("parts", part.reference), data={"label": part.label}, now=now)
    return part


def balance(session: Session, part_id: int) -> Balance:
    """On hand as the sum of the movements, and the weighted average cost after the last one (rules S2, S3)."""
    on_hand = session.scalar(select(func.sum(StockMovement.quantity)).where(StockMovement.part_id == part_id))
    average = session.scalar(
        select(StockMovement.average_cost)
        .where(StockMovement.part_id == part_id)
        .order_by(StockMovement.id.desc())
        .limit(1)
    )
    return Balance(on_hand if on_hand is not None else Decimal(0), average)


def receive(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> Balance:
    """A receipt at its cost in euros: moves the weighted average (rule S3). Raises BadQuantity, BadCost, NotFound."""
    if not 0 <= cost < 1_000_000:
        raise BadCost(cost)
    _lock(session, part_id)
    after = balance(session, part_id).receive(quantity, cost)
    _write(session, part_id, MovementKind.RECEIPT, (quantity, cost), after, movement)
    return after


def issue(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> Decimal | None:
    """Issue to an order at the present weighted average; returns that unit cost in euros (rules S3, S4).

    Raises BadQuantity, NotFound, and NothingOnHand beyond what is on hand unless forced with a reason (ReasonMissing).
    A forced issue of a part that never had a cost has none: its line waits for one.
    """
    if movement.forced and not (movement.reason or "").strip():
        raise ReasonMissing(MovementKind.ISSUE)
    part = _lock(session, part_id)
    before = balance(session, part_id)
    after = before.take(quantity, part.reference, forced=movement.forced)
    cost = before.average_cost
    _write(session, part_id, MovementKind.ISSUE, (-quantity, cost or Decimal(0)), after, movement)
    return cost


def lose(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> None:
    """A loss or breakage, at the present weighted average, with its reason (rules S2, S3).

    Raises ReasonMissing, BadQuantity, NothingOnHand, NotFound.
    """
    part = _lock_for(session, part_id, MovementKind.LOSS, movement)
    before = balance(session, part_id)
    after = before.take(quantity, part.reference)
    _write(session, part_id, MovementKind.LOSS, (-quantity, before.average_cost or Decimal(0)), after, movement)


def count(session: Session, part_id: int, counted: Decimal, movement: Movement) -> Decimal:
    """A physical count: writes and returns the difference, at the present weighted average (rules S2, S3).

    Nothing is written when nothing differs. Raises ReasonMissing, BadQuantity, NotFound.
    """
    _lock_for(session, part_id, MovementKind.COUNT, movement)
    before = balance(session, part_id)
    after = before.count(counted)
    difference = after.on_hand - before.on_hand
    if difference:
        moved = (difference, before.average_cost or Decimal(0))
        _write(session, part_id, MovementKind.COUNT, moved, after, movement)
    return difference


def _lock_for(session: Session, part_id: int, kind: MovementKind, movement: Movement) -> Part:
    if not (movement.reason or "").strip():
        raise ReasonMissing(kind)
    return _lock(session, part_id)


def take_back(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A return from an order, at the cost it was issued at (rule S5). Raises BadQuantity, NotFound."""
    _lock(session, part_id)
    after = balance(session, part_id).receive(quantity, cost)
    _write(session, part_id, MovementKind.RETURN, (quantity, cost), after, movement)


def issue_again(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A return undone: out again at the cost in euros it came back at, not at the average (rules S3, S5).

    Nothing moved since that return: the average is again what it was, to the last decimal.
    Raises BadQuantity, NotFound, NothingOnHand unless forced.
    """
    part = _lock(session, part_id)
    after = balance(session, part_id).take_again(quantity, cost, part.reference, forced=movement.forced)
    last = select(StockMovement).where(StockMovement.part_id == part_id).order_by(StockMovement.id.desc()).limit(2)
    rows = list(session.scalars(last))
    if rows and (rows[0].kind, rows[0].quantity, rows[0].unit_cost) == (MovementKind.RETURN, quantity, cost):
        after = Balance(after.on_hand, rows[1].average_cost if len(rows) > 1 else None)
    _write(session, part_id, MovementKind.ISSUE, (-quantity, cost), after, movement)


def returned(session: Session, order_line_id: int) -> Decimal:
    """How much of a line went back to stock and was not taken again since."""
    moved = select(StockMovement.kind, StockMovement.quantity).where(StockMovement.order_line_id == order_line_id)
    back = Decimal(0)
    for row in session.execute(moved.order_by(StockMovement.id)):
        back = max(back + row.quantity, Decimal(0)) if back or row.kind is MovementKind.RETURN else back
    return back


def pass_through(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A part bought for one order: received and issued the same day at that cost, the stock unmoved (rule S2).

    A negative quantity corrects one written before. Raises BadCost, NotFound.
    """
    if not 0 <= cost < 1_000_000:
        raise BadCost(cost)
    _lock(session, part_id)
    before = balance(session, part_id)
    unmoved = Balance(before.on_hand, before.average_cost if before.average_cost is not None else cost)
    _write(session, part_id, MovementKind.RECEIPT, (quantity, cost), unmoved, movement)
    _write(session, part_id, MovementKind.ISSUE, (-quantity, cost), unmoved, movement)


def _lock(session: Session, part_id: int) -> Part:
    part = session.get(Part, part_id, with_for_update=True)
    if part is None:
        raise NotFound("part", str(part_id))
    return part


def _write(
    session: Session,
    part_id: int,
    kind: MovementKind,
    moved: tuple[Decimal, Decimal],
    after: Balance,
    movement: Movement,
) -> None:
    quantity, cost = moved
    session.add(
        StockMovement(
            part_id=part_id,
            kind=kind,
            quantity=quantity,
            unit_cost=cost,
            average_cost=after.average_cost,
            moved_on=movement.moved_on,
            order_line_id=movement.order_line_id,
            reason=movement.reason,
            forced=movement.forced and after.on_hand < 0,
            actor_id=movement.actor.id,
            recorded_at=movement.now,
        )
    )
    session.flush()


def line_moved(session: Session, order_line_id: int) -> bool:
    """Whether an order's line already moved stock."""
    moved = select(StockMovement.id).where(StockMovement.order_line_id == order_line_id).limit(1)
    return session.scalar(moved) is not None


def forget_line(session: Session, order_line_id: int) -> None:
    """Untie movements from a line that is taken away; the movements stay (rule S2)."""
    session.execute(
        update(StockMovement).where(StockMovement.order_line_id == order_line_id).values(order_line_id=None)
    )
