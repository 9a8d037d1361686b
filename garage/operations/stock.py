"""The parts stock: create a part, receive, issue, take back, transfer, lose, count, correct a price (S1 to S6)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from garage.db.models.stock import BinStock, Part, PartBarcode, StockMovement
from garage.db.models.stock_years import StockYear
from garage.domain.errors.base import CodeTaken, NotFound, ReasonMissing
from garage.domain.errors.stock import BadCost, BadQuantity, NotAReceipt, NotInBin, SameBin, YearFrozen
from garage.domain.money import cents
from garage.domain.permissions import Actor
from garage.domain.stock import Balance, Moved, MovementKind, replay
from garage.french.plain import plain_text
from garage.operations import journal, stores, suppliers


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

    `forced` lets an issue go beyond what is on hand (rule S4). `bin_id` is where it happens: the part's usual bin when
    none is told. The other ids say what it comes from.
    """

    moved_on: date
    actor: Actor
    now: datetime
    reason: str | None = None
    order_line_id: int | None = None
    forced: bool = False
    bin_id: int | None = None
    receipt_line_id: int | None = None
    count_line_id: int | None = None
    origin_id: int | None = None


def create_part(session: Session, entered: NewPart, actor: Actor, now: datetime) -> Part:
    """A new part. Raises CodeTaken for a known reference or barcode."""
    if session.scalar(select(Part.id).where(Part.reference == entered.reference)):
        raise CodeTaken(entered.reference)
    part = Part(
        reference=entered.reference,
        label=entered.label,
        search_text=search_text(entered.reference, entered.label, entered.supplier),
        unit=entered.unit,
        bin_id=stores.bin_of(session, entered.bin) if entered.bin else None,
        minimum=entered.minimum,
        maximum=entered.maximum,
        supplier_id=suppliers.named(session, entered.supplier, now) if entered.supplier else None,
    )
    session.add(part)
    session.flush()
    for code in entered.barcodes:
        if session.get(PartBarcode, code):
            raise CodeTaken(code)
        session.add(PartBarcode(code=code, part_id=part.id))
    journal.record(session, actor, "part.create", ("parts", part.reference), data={"label": part.label}, now=now)
    return part


def search_text(reference: str, label: str, supplier: str | None) -> str:
    """What the search of parts looks in."""
    return plain_text(f"{reference} {label} {supplier or ''}")[:300]


def balance(session: Session, part_id: int) -> Balance:
    """What is on hand in all bins, and the weighted average cost (rules S2, S3). Raises NotFound."""
    row = session.execute(select(Part.on_hand, Part.average_cost).where(Part.id == part_id)).one_or_none()
    if row is None:
        raise NotFound("part", str(part_id))
    return Balance(row.on_hand, row.average_cost)


def receive(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> Balance:
    """A receipt at its cost in euros: moves the weighted average (rule S3). Raises BadQuantity, BadCost, NotFound."""
    _check_cost(cost)
    part = _lock(session, part_id)
    after = _balance(part).receive(quantity, cost)
    _write(session, part, MovementKind.RECEIPT, (quantity, cost), after, movement)
    return after


def issue(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> Decimal | None:
    """Issue to an order at the present weighted average; returns that unit cost in euros (rules S3, S4).

    Out of the bin that the movement tells, else out of the usual one first: one movement per bin.
    Raises BadQuantity, NotFound, NotInBin, and NothingOnHand beyond what is on hand unless forced with a reason
    (ReasonMissing). A forced issue of a part that never had a cost has none: its line waits for one.
    """
    if movement.forced and not (movement.reason or "").strip():
        raise ReasonMissing(MovementKind.ISSUE)
    part = _lock(session, part_id)
    cost = part.average_cost
    _take(session, part, MovementKind.ISSUE, quantity, movement)
    return cost


def lose(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> None:
    """A loss or breakage, at the present weighted average, with its reason (rules S2, S3).

    Raises ReasonMissing, BadQuantity, NothingOnHand, NotInBin, NotFound.
    """
    _take(session, _lock_for(session, part_id, MovementKind.LOSS, movement), MovementKind.LOSS, quantity, movement)


def send_back(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> list[StockMovement]:
    """Goods sent back to their supplier, out at the present weighted average, with the reason (rules S2, S3).

    Raises ReasonMissing, BadQuantity, NothingOnHand, NotInBin, NotFound.
    """
    part = _lock_for(session, part_id, MovementKind.SUPPLIER_RETURN, movement)
    return _take(session, part, MovementKind.SUPPLIER_RETURN, quantity, movement)


def transfer(session: Session, part_id: int, quantity: Decimal, to_bin: int, movement: Movement) -> None:
    """From one bin to another: two movements, nothing changes for the part as a whole (rule S2).

    Raises BadQuantity, SameBin, NotInBin, NotFound.
    """
    part = _lock(session, part_id)
    from_bin = movement.bin_id or part.bin_id or stores.LOOSE
    if from_bin == to_bin:
        raise SameBin(stores.words(session, to_bin))
    before = _balance(part)
    out = replace(movement, bin_id=from_bin, forced=False)
    moved = _take(session, part, MovementKind.TRANSFER, quantity, out)
    cost = before.average_cost or Decimal(0)
    into = replace(movement, bin_id=to_bin, forced=False, origin_id=moved[0].id)
    _write(session, part, MovementKind.TRANSFER, (quantity, cost), before, into)


def count(session: Session, part_id: int, counted: Decimal, movement: Movement) -> Decimal:
    """A physical count of a bin: writes and returns the difference, at the present weighted average (rules S2, S3).

    Nothing is written when nothing differs. Raises ReasonMissing, BadQuantity, NotFound.
    """
    if counted < 0:
        raise BadQuantity(counted)
    part = _lock_for(session, part_id, MovementKind.COUNT, movement)
    difference = counted - in_bin(session, part_id, movement.bin_id or part.bin_id or stores.LOOSE)
    adjust(session, part_id, difference, movement)
    return difference


def adjust(session: Session, part_id: int, difference: Decimal, movement: Movement) -> None:
    """What a count found more or less of a part in a bin, at the present weighted average (rules S2, S3).

    Raises ReasonMissing, NotFound.
    """
    part = _lock_for(session, part_id, MovementKind.COUNT, movement)
    if difference:
        after = Balance(part.on_hand + difference, part.average_cost)
        moved = (difference, part.average_cost or Decimal(0))
        _write(session, part, MovementKind.COUNT, moved, after, movement)


def correct_price(session: Session, movement_id: int, cost: Decimal, movement: Movement) -> StockMovement:
    """Give goods received another unit cost in euros: later issues follow, those already made keep theirs (S3, S5).

    The average becomes what it would be; what the difference makes on goods already gone is the movement's variance.
    Raises ReasonMissing, NotFound, NotAReceipt, BadCost.
    """
    _check_cost(cost)
    received = session.get(StockMovement, movement_id)
    if received is None:
        raise NotFound("movement", str(movement_id))
    if received.kind is not MovementKind.RECEIPT or received.order_line_id is not None:
        raise NotAReceipt(movement_id)
    part = _lock_for(session, received.part_id, MovementKind.PRICE, movement)
    moves = history(session, part.id)
    costs = {row.id: row.unit_cost for row in moves if row.kind is MovementKind.RECEIPT}
    corrected = select(StockMovement.origin_id, StockMovement.unit_cost).where(
        StockMovement.part_id == part.id, StockMovement.kind == MovementKind.PRICE
    )
    for row in session.execute(corrected.order_by(StockMovement.id)):
        costs[row.origin_id] = row.unit_cost
    whole = cents(received.quantity * cost) - cents(received.quantity * costs[movement_id])
    after = replay(moves, costs | {movement_id: cost})
    told = replace(movement, origin_id=movement_id, bin_id=received.bin_id)
    variance = whole - (after.worth - part.value)
    return _write(session, part, MovementKind.PRICE, (Decimal(0), cost), after, told, variance=variance)


def history(session: Session, part_id: int) -> list[Moved]:
    """The movements of a part in the order they were written, as `replay` reads them."""
    columns = (
        StockMovement.id, StockMovement.kind, StockMovement.quantity, StockMovement.unit_cost,
        StockMovement.average_cost, StockMovement.through,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(StockMovement.part_id == part_id).order_by(StockMovement.id))
    return [Moved(*row) for row in rows]


def _lock_for(session: Session, part_id: int, kind: MovementKind, movement: Movement) -> Part:
    if not (movement.reason or "").strip():
        raise ReasonMissing(kind)
    return _lock(session, part_id)


def _check_cost(cost: Decimal) -> None:
    if not 0 <= cost < 1_000_000:
        raise BadCost(cost)


def take_back(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A return from an order, at the cost it was issued at (rule S5). Raises BadQuantity, NotFound."""
    part = _lock(session, part_id)
    after = _balance(part).receive(quantity, cost)
    _write(session, part, MovementKind.RETURN, (quantity, cost), after, movement)


def issue_again(session: Session, part_id: int, quantity: Decimal, cost: Decimal, movement: Movement) -> None:
    """A return undone: out again at the cost in euros it came back at, not at the average (rules S3, S5).

    Nothing moved since that return: the average is again what it was, to the last decimal.
    Raises BadQuantity, NotFound, NothingOnHand unless forced.
    """
    part = _lock(session, part_id)
    after = _balance(part).take_again(quantity, cost, part.reference, forced=movement.forced)
    last = select(StockMovement).where(StockMovement.part_id == part_id).order_by(StockMovement.id.desc()).limit(2)
    rows = list(session.scalars(last))
    if rows and (rows[0].kind, rows[0].quantity, rows[0].unit_cost) == (MovementKind.RETURN, quantity, cost):
        after = Balance(after.on_hand, rows[1].average_cost if len(rows) > 1 else None)
        movement = replace(movement, bin_id=rows[0].bin_id)
    _write(session, part, MovementKind.ISSUE, (-quantity, cost), after, movement)


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
    _check_cost(cost)
    part = _lock(session, part_id)
    before = _balance(part)
    average = before.average_cost if before.average_cost is not None else cost
    there = Balance(before.on_hand + quantity, average)
    _write(session, part, MovementKind.RECEIPT, (quantity, cost), there, movement, through=True)
    unmoved = Balance(before.on_hand, average)
    _write(session, part, MovementKind.ISSUE, (-quantity, cost), unmoved, movement, through=True)


def in_bin(session: Session, part_id: int, bin_id: int) -> Decimal:
    """What a bin holds of a part."""
    held = select(BinStock.quantity).where(BinStock.part_id == part_id, BinStock.bin_id == bin_id)
    return session.scalar(held) or Decimal(0)


def _balance(part: Part) -> Balance:
    return Balance(part.on_hand, part.average_cost)


def _lock(session: Session, part_id: int) -> Part:
    part = session.get(Part, part_id, with_for_update=True)
    if part is None:
        raise NotFound("part", str(part_id))
    return part


def _take(
    session: Session, part: Part, kind: MovementKind, quantity: Decimal, movement: Movement
) -> list[StockMovement]:
    """Out at the present average, bin after bin; what is forced beyond them leaves the usual bin in the red."""
    after = _balance(part).take(quantity, part.reference, forced=movement.forced)
    taken = []
    for bin_id, piece in _bins(session, part, quantity, movement):
        after = Balance(part.on_hand - piece, part.average_cost)
        moved = (-piece, part.average_cost or Decimal(0))
        taken.append(_write(session, part, kind, moved, after, replace(movement, bin_id=bin_id)))
    return taken


def _bins(session: Session, part: Part, quantity: Decimal, movement: Movement) -> list[tuple[int, Decimal]]:
    usual = part.bin_id or stores.LOOSE
    if movement.bin_id is not None:
        held = in_bin(session, part.id, movement.bin_id)
        if held < quantity and not movement.forced:
            raise NotInBin(part.reference, stores.words(session, movement.bin_id), held, quantity)
        return [(movement.bin_id, quantity)]
    holding = select(BinStock.bin_id, BinStock.quantity).where(BinStock.part_id == part.id, BinStock.quantity > Decimal(0))
    order = ((BinStock.bin_id == usual).desc(), BinStock.quantity.desc(), BinStock.bin_id)
    left, pieces = quantity, []
    for row in session.execute(holding.order_by(*order)):
        piece = min(left, row.quantity)
        if piece:
            pieces.append((row.bin_id, piece))
            left -= piece
    if not left:
        return pieces
    others = [one for one in pieces if one[0] != usual]
    return [(usual, left + sum(piece for bin_id, piece in pieces if bin_id == usual)), *others]


def _write(
    session: Session,
    part: Part,
    kind: MovementKind,
    moved: tuple[Decimal, Decimal],
    after: Balance,
    movement: Movement,
    *,
    variance: Decimal = Decimal(0),
    through: bool = False,
) -> StockMovement:
    quantity, cost = moved
    frozen = session.scalar(select(func.max(StockYear.year)))
    if frozen is not None and movement.moved_on.year <= frozen:
        raise YearFrozen(frozen)
    bin_id = movement.bin_id or part.bin_id or stores.LOOSE
    written = StockMovement(
        part_id=part.id,
        bin_id=bin_id,
        kind=kind,
        quantity=quantity,
        unit_cost=cost,
        average_cost=after.average_cost,
        on_hand=after.on_hand,
        value_change=after.worth - part.value,
        variance=variance,
        through=through,
        moved_on=movement.moved_on,
        order_line_id=movement.order_line_id,
        receipt_line_id=movement.receipt_line_id,
        count_line_id=movement.count_line_id,
        origin_id=movement.origin_id,
        reason=movement.reason,
        forced=movement.forced and after.on_hand < 0,
        actor_id=movement.actor.id,
        recorded_at=movement.now,
    )
    session.add(written)
    part.on_hand, part.average_cost, part.value = after.on_hand, after.average_cost, after.worth
    held = session.get(BinStock, (part.id, bin_id))
    if held is None:
        session.add(BinStock(part_id=part.id, bin_id=bin_id, quantity=quantity))
    else:
        held.quantity += quantity
    session.flush()
    return written


def line_moved(session: Session, order_line_id: int) -> bool:
    """Whether an order's line already moved stock."""
    moved = select(StockMovement.id).where(StockMovement.order_line_id == order_line_id).limit(1)
    return session.scalar(moved) is not None


def forget_line(session: Session, order_line_id: int, words: str) -> None:
    """Untie movements from a line that is taken away; the movements stay, and say which line it was (rule S2)."""
    session.execute(
        update(StockMovement)
        .where(StockMovement.order_line_id == order_line_id)
        .values(order_line_id=None, reason=func.coalesce(StockMovement.reason, words))
    )
