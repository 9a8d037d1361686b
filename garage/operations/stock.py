"""The parts stock: create a part, receive, issue, transfer, lose, count, correct a price (rules S1 to S6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock import BinStock, Part, PartBarcode, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.queries import past_costs
from garage.domain.errors.base import CodeTaken, NotFound, ReasonMissing
from garage.domain.errors.counts import TakenSince
from garage.domain.errors.parts import PartRetired
from garage.domain.errors.stock import BadCost, NotAReceipt, NotInBin, SameBin, YearFrozen
from garage.domain.permissions import Actor
from garage.domain.repair_orders import check_quantity
from garage.domain.stock import Balance, MovementKind, gap
from garage.french.plain import plain_text
from garage.french.store import put_off
from garage.operations import corrected_costs, journal, past_stock, stores, suppliers


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
    """A receipt at its cost in euros: moves the weighted average (rule S3).

    Raises BadQuantity, BadCost, NotFound, BinClosed, PartRetired, and ReasonMissing without a delivery's line.
    """
    check_cost(cost)
    part = locked(session, part_id)
    check_in_use(part)
    check_bin(session, movement.bin_id)
    check_cause(MovementKind.RECEIPT, movement)
    after = held(part).receive(quantity, cost)
    write(session, part, MovementKind.RECEIPT, (quantity, cost), after, movement)
    return after


def issue(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> Decimal | None:
    """Issue to an order at the present weighted average; returns that unit cost in euros (rules S3, S4).

    Out of the bin that the movement tells, else out of the usual one first: one movement per bin, dated the first day
    from its own that holds it, unless forced. A forced issue of a part that never had a cost has none: its line waits.
    Raises BadQuantity, NotFound, NotInBin, and NothingOnHand beyond what is on hand unless forced with a reason
    (ReasonMissing).
    """
    if movement.forced and not (movement.reason or "").strip():
        raise ReasonMissing(MovementKind.ISSUE)
    check_cause(MovementKind.ISSUE, movement)
    part = locked(session, part_id)
    cost = part.average_cost
    _take(session, part, MovementKind.ISSUE, quantity, movement)
    return cost


def lose(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> None:
    """A loss or breakage, at the present weighted average, with its reason (rules S2, S3).

    Raises ReasonMissing, BadQuantity, NothingOnHand, NotInBin, NotThereThen, NotFound.
    """
    part = _locked_for(session, part_id, MovementKind.LOSS, movement)
    _take(session, part, MovementKind.LOSS, quantity, replace(movement, forced=False))


def send_back(session: Session, part_id: int, quantity: Decimal, movement: Movement) -> list[StockMovement]:
    """Goods sent back to their supplier, out at the present weighted average, with the reason (rules S2, S3).

    Raises ReasonMissing, BadQuantity, NothingOnHand, NotInBin, NotThereThen, NotFound.
    """
    part = _locked_for(session, part_id, MovementKind.SUPPLIER_RETURN, movement)
    return _take(session, part, MovementKind.SUPPLIER_RETURN, quantity, replace(movement, forced=False))


def transfer(session: Session, part_id: int, quantity: Decimal, to_bin: int, movement: Movement) -> None:
    """From one bin to another: two movements, nothing changes for the part as a whole (rule S2).

    Raises BadQuantity, SameBin, NotInBin, NotThereThen, NotFound, BinClosed, PartRetired.
    """
    check_quantity(quantity)
    part = locked(session, part_id)
    check_in_use(part)
    check_bin(session, to_bin)
    from_bin = movement.bin_id or part.bin_id or stores.LOOSE
    if from_bin == to_bin:
        raise SameBin(stores.words(session, to_bin))
    before = held(part)
    out = replace(movement, bin_id=from_bin, forced=False)
    past_stock.check(session, part, out.moved_on, bins_of(session, part, quantity, out), within=True)
    cost, left = before.average_cost or Decimal(0), Balance(before.on_hand - quantity, before.average_cost)
    gone = write(session, part, MovementKind.TRANSFER, (-quantity, cost), left, out)
    into = replace(out, bin_id=to_bin, origin_id=gone.id)
    gone.origin_id = write(session, part, MovementKind.TRANSFER, (quantity, cost), before, into).id
    session.flush()


def count(session: Session, part_id: int, counted: Decimal, movement: Movement) -> Decimal:
    """A physical count of a bin: writes and returns the difference, at the present weighted average (rules S2, S3).

    Nothing is written when nothing differs. Raises ReasonMissing, BadQuantity, NotFound, BinClosed.
    """
    if counted:
        check_quantity(counted)
    part = _locked_for(session, part_id, MovementKind.COUNT, movement)
    difference = counted - in_bin(session, part_id, movement.bin_id or part.bin_id or stores.LOOSE)
    adjust(session, part_id, difference, movement)
    return difference


def adjust(session: Session, part_id: int, difference: Decimal, movement: Movement) -> None:
    """What a count found more or less of a part in a bin, at the weighted average of its day (rules S2, S3).

    Less is dated the first day from the movement's own that holds it, at the present average then (rule S6).
    Raises ReasonMissing, BadQuantity, NotFound, BinClosed, PartRetired, TakenSince.
    """
    part, day = _locked_for(session, part_id, MovementKind.COUNT, movement), movement.moved_on
    if difference:
        check_quantity(abs(difference))
        check_bin(session, movement.bin_id if difference > 0 else None)
        if difference < 0:
            movement = _found_less(session, part, -difference, movement)
        else:
            check_in_use(part)
        past = session.scalar(select(past_costs.average_on(part_id, day))) if movement.moved_on == day else None
        after = held(part).differ(difference, past, corrected_costs.span(session, part_id))
        write(session, part, MovementKind.COUNT, (difference, past or part.average_cost or Decimal(0)), after, movement)


def correct_price(session: Session, movement_id: int, cost: Decimal, movement: Movement) -> StockMovement:
    """Give goods received another unit cost in euros: later issues follow, those already made keep theirs (S3, S5).

    The average becomes what it would be; what the difference makes on goods already gone is the movement's variance.
    Raises ReasonMissing, NotFound, NotAReceipt, BadCost.
    """
    received = _received(session, movement_id, cost)
    part = _locked_for(session, received.part_id, MovementKind.PRICE, movement)
    after, variance = corrected_costs.corrected(session, part, received, cost)
    told = replace(movement, origin_id=movement_id, bin_id=received.bin_id)
    written = write(session, part, MovementKind.PRICE, (Decimal(0), cost), after, told)
    written.variance = variance
    session.flush()
    return written


def corrected(session: Session, movement_id: int, cost: Decimal) -> tuple[Balance, Decimal]:
    """The balance and the variance in euros of a `correct_price`, unwritten. Raises NotFound, NotAReceipt, BadCost."""
    received = _received(session, movement_id, cost)
    part = session.get_one(Part, received.part_id, populate_existing=True)
    return corrected_costs.corrected(session, part, received, cost)


def _received(session: Session, movement_id: int, cost: Decimal) -> StockMovement:
    check_cost(cost)
    received = session.get(StockMovement, movement_id)
    if received is None:
        raise NotFound("movement", str(movement_id))
    if received.kind is not MovementKind.RECEIPT or received.through:
        raise NotAReceipt(movement_id)
    return received


def check_cost(cost: Decimal) -> None:
    """Refuse a unit cost in euros that is negative, beyond any sense or finer than 4 decimals: raises BadCost."""
    if not 0 <= cost < 1_000_000 or cost * 10_000 % 1:
        raise BadCost(cost)


def check_in_use(part: Part) -> None:
    """Refuse a part that left the catalogue: it takes nothing in. Raises PartRetired."""
    if not part.active:
        raise PartRetired(part.reference)


def check_bin(session: Session, bin_id: int | None) -> None:
    """Refuse a bin that takes nothing, when one is told: raises NotFound, BinClosed. The part is locked already."""
    if bin_id is not None:
        stores.check_open(session, bin_id)


def check_cause(kind: MovementKind, movement: Movement) -> None:
    """Refuse a movement that says neither what it comes from nor why: raises ReasonMissing (rule S2)."""
    if movement.order_line_id is None and movement.receipt_line_id is None and not (movement.reason or "").strip():
        raise ReasonMissing(kind)


def in_bin(session: Session, part_id: int, bin_id: int) -> Decimal:
    """What a bin holds of a part."""
    held = select(BinStock.quantity).where(BinStock.part_id == part_id, BinStock.bin_id == bin_id)
    return session.scalar(held) or Decimal(0)


def held(part: Part) -> Balance:
    """What is on hand of a part under its lock."""
    return Balance(part.on_hand, part.average_cost)


def locked(session: Session, part_id: int) -> Part:
    """A part as it is now, nobody else moving it until the end of this transaction. Raises NotFound.

    The lock lets others write rows that name the part: two lines of it, each in its order, do not wait for each other.
    """
    part = session.get(Part, part_id, with_for_update={"key_share": True}, populate_existing=True)
    if part is None:
        raise NotFound("part", str(part_id))
    return part


def _locked_for(session: Session, part_id: int, kind: MovementKind, movement: Movement) -> Part:
    if not (movement.reason or "").strip():
        raise ReasonMissing(kind)
    return locked(session, part_id)


def _take(
    session: Session, part: Part, kind: MovementKind, quantity: Decimal, movement: Movement
) -> list[StockMovement]:
    """Out at the present average, bin after bin; what is forced beyond them leaves the usual bin in the red."""
    held(part).take(quantity, part.reference, forced=movement.forced)
    pieces, taken = bins_of(session, part, quantity, movement), []
    if kind is MovementKind.ISSUE:
        movement = in_time(session, part, pieces, movement)
    else:
        past_stock.check(session, part, movement.moved_on, pieces)
    for bin_id, piece in pieces:
        after = Balance(part.on_hand - piece, part.average_cost)
        moved = (-piece, part.average_cost or Decimal(0))
        taken.append(write(session, part, kind, moved, after, replace(movement, bin_id=bin_id)))
    return taken


def in_time(session: Session, part: Part, pieces: Sequence[tuple[int, Decimal]], movement: Movement) -> Movement:
    """A movement out of these bins, dated the first day from its own that holds it, which it says (rules S4, S6).

    What is beyond the stock keeps its day when forced, and is forced no more when there is enough.
    """
    if movement.forced and sum(piece for _, piece in pieces) > part.on_hand:
        return movement
    asked = movement.moved_on
    late = past_stock.shortage(session, part.id, asked, pieces)
    if late is None:
        return replace(movement, forced=False)
    return replace(movement, moved_on=late.first, reason=put_off(movement.reason, asked), forced=False)


def _found_less(session: Session, part: Part, less: Decimal, movement: Movement) -> Movement:
    bin_id = movement.bin_id or part.bin_id or stores.LOOSE
    if in_bin(session, part.id, bin_id) < less:
        raise TakenSince(part.reference)
    return in_time(session, part, [(bin_id, less)], movement)


def bins_of(session: Session, part: Part, quantity: Decimal, movement: Movement) -> list[tuple[int, Decimal]]:
    """Out of which bins a quantity goes: the one that the movement tells, else the usual one, then the fullest.

    Raises NotInBin, unless forced.
    """
    usual = part.bin_id or stores.LOOSE
    if movement.bin_id is not None:
        there = in_bin(session, part.id, movement.bin_id)
        if there < quantity and not movement.forced:
            raise NotInBin(part.reference, stores.words(session, movement.bin_id), there, quantity)
        return [(movement.bin_id, quantity)]
    some = BinStock.quantity > Decimal(0)
    holding = select(BinStock.bin_id, BinStock.quantity).where(BinStock.part_id == part.id, some)
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


def write(
    session: Session,
    part: Part,
    kind: MovementKind,
    moved: tuple[Decimal, Decimal],
    after: Balance,
    movement: Movement,
) -> StockMovement:
    """Write a signed quantity at its unit cost in euros, and what it leaves of a part under its lock (rules S2, S3).

    Raises YearFrozen: the year is looked at once the movement stands, so that a freezing at the same time sees it or
    is seen. A refusal undoes the transaction.
    """
    quantity, cost = moved
    bin_id = movement.bin_id or part.bin_id or stores.LOOSE
    won = after.worth - part.value
    written = StockMovement(
        part_id=part.id,
        bin_id=bin_id,
        kind=kind,
        quantity=quantity,
        unit_cost=cost,
        average_cost=after.average_cost,
        on_hand=after.on_hand,
        value_change=won,
        variance=gap(moved, won, after.on_hand),
        moved_on=movement.moved_on,
        order_line_id=movement.order_line_id,
        receipt_line_id=movement.receipt_line_id,
        count_line_id=movement.count_line_id,
        origin_id=movement.origin_id,
        reason=movement.reason,
        forced=movement.forced,
        actor_id=movement.actor.id,
        recorded_at=movement.now,
    )
    session.add(written)
    part.on_hand, part.average_cost, part.value = after.on_hand, after.average_cost, after.worth
    there = session.get(BinStock, (part.id, bin_id))
    if there is None:
        session.add(BinStock(part_id=part.id, bin_id=bin_id, quantity=quantity))
    else:
        there.quantity += quantity
    session.flush()
    frozen = session.scalar(select(func.max(StockYear.year)))
    if frozen is not None and movement.moved_on.year <= frozen:
        raise YearFrozen(frozen)
    return written
