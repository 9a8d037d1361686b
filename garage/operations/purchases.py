"""Orders to suppliers: a draft and its lines, sent under its number, closed with what will not come any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartSupplier
from garage.db.models.purchases import PurchaseLine, PurchaseOrder
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.queries import purchases as queries
from garage.domain.errors.base import Conflict, NotFound, ReasonMissing
from garage.domain.errors.purchases import ExpectedTooSoon, NotADraft, NothingOrdered, NotOrdered
from garage.domain.permissions import Actor
from garage.domain.purchases import PurchaseState, left_of
from garage.domain.repair_orders import check_quantity
from garage.operations import journal, numbering, ordered_requests, stock

SERIES: Final = "CF"


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, at what instant, on what civil day in Paris."""

    actor: Actor
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of a part to order (3 decimals); for a repair order, or a part that the workshop asked for.

    `price` is the expected unit price in euros (4 decimals); None takes the supplier's last one.
    """

    part_id: int
    quantity: Decimal
    price: Decimal | None = None
    repair_order_id: int | None = None
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """A draft as it was typed over: each line by its id with quantity and price, None to take it away."""

    version: int
    expected_on: date | None = None
    note: str | None = None
    lines: Mapping[int, tuple[Decimal, Decimal | None] | None] = field(default_factory=dict)


def draft(
    session: Session, supplier_id: int, wanted: Sequence[Wanted], by: By, form_token: str | None = None
) -> PurchaseOrder:
    """A new draft order to a supplier, under the next number of the year; the same form sent again gives the same one.

    Raises NotFound, BadQuantity, BadCost, Conflict when a part asked for was answered meanwhile.
    """
    ordered_requests.lock(session, [one.request_id for one in wanted if one.request_id is not None])
    _supplier(session, supplier_id)
    same = _sent_before(session, form_token)
    if same is not None:
        return same
    made = _begin(session, supplier_id, by, form_token)
    for one in wanted:
        add(session, made, one, by)
    return made


def gather(
    session: Session, supplier_id: int, wanted: Sequence[Wanted], by: By, form_token: str | None = None
) -> PurchaseOrder:
    """Lines onto the latest draft of a supplier, made when there is none; the same form sent again adds nothing.

    Raises what `draft` raises.
    """
    ordered_requests.lock(session, [one.request_id for one in wanted if one.request_id is not None])
    _supplier(session, supplier_id)
    same = _sent_before(session, form_token)
    if same is not None:
        return same
    order = _latest_draft(session, supplier_id)
    if order is None:
        order = _begin(session, supplier_id, by, None)
    order.form_token = form_token or None
    for one in wanted:
        add(session, order, one, by)
    return order


def _sent_before(session: Session, form_token: str | None) -> PurchaseOrder | None:
    """The order that this very form wrote on."""
    if not form_token:
        return None
    return session.scalar(select(PurchaseOrder).where(PurchaseOrder.form_token == form_token))


def _latest_draft(session: Session, supplier_id: int) -> PurchaseOrder | None:
    """The draft of a supplier that was begun last, to ourselves until the transaction ends."""
    drafts = select(PurchaseOrder.number).where(
        PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.state == PurchaseState.DRAFT
    )
    number = session.scalar(drafts.order_by(PurchaseOrder.id.desc()).limit(1))
    order = None if number is None else locked(session, number)
    return order if order is not None and order.state is PurchaseState.DRAFT else None


def add_line(
    session: Session,
    supplier_id: int,
    part_id: int,
    quantity: Decimal,
    by: By,
    *,
    repair_order_id: int | None = None,
) -> PurchaseLine:
    """A line onto the latest draft of a supplier, made when there is none, at the supplier's last price.

    Raises NotFound, BadQuantity.
    """
    _supplier(session, supplier_id)
    order = _latest_draft(session, supplier_id) or _begin(session, supplier_id, by, None)
    return add(session, order, Wanted(part_id, quantity, repair_order_id=repair_order_id), by)


def _supplier(session: Session, supplier_id: int) -> Supplier:
    """A supplier, to ourselves until the transaction ends. Raises NotFound."""
    found = session.get(Supplier, supplier_id, with_for_update={"key_share": True})
    if found is None:
        raise NotFound("supplier", str(supplier_id))
    return found


def _begin(session: Session, supplier_id: int, by: By, form_token: str | None) -> PurchaseOrder:
    place = numbering.next_in_series(session, SERIES, by.today)
    made = PurchaseOrder(
        number=f"{SERIES}-{by.today.year:04d}-{place:05d}",
        supplier_id=supplier_id,
        state=PurchaseState.DRAFT,
        created_by_id=by.actor.id,
        created_at=by.now,
        form_token=form_token or None,
    )
    session.add(made)
    session.flush()
    tell(session, "purchase.draft", made.number, {}, by)
    return made


def locked(session: Session, number: str) -> PurchaseOrder:
    """An order to a supplier, to ourselves until the transaction ends. Raises NotFound."""
    wanted = select(PurchaseOrder).where(PurchaseOrder.number == number).with_for_update()
    found = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("purchase", number)
    return found


def add(session: Session, order: PurchaseOrder, wanted: Wanted, by: By) -> PurchaseLine:
    """A line at the end of a draft; a part for the stock that it has already is added to its line.

    Raises NotADraft, NotFound, BadQuantity, BadCost, PartRetired, Conflict.
    """
    _check_draft(order)
    check_quantity(wanted.quantity)
    check_price(wanted.price)
    if wanted.repair_order_id is None:
        known = _line_of(session, order, wanted.part_id)
        if known is not None:
            return _add_to(session, order, known, wanted, by)
    part = session.get(Part, wanted.part_id)
    if part is None:
        raise NotFound("part", str(wanted.part_id))
    stock.check_in_use(part)
    if wanted.repair_order_id is not None and session.get(RepairOrder, wanted.repair_order_id) is None:
        raise NotFound("order", str(wanted.repair_order_id))
    sold = _sold(session, order, wanted.part_id)
    ranks = select(func.max(PurchaseLine.rank)).where(PurchaseLine.purchase_order_id == order.id)
    line = PurchaseLine(
        purchase_order_id=order.id,
        rank=(session.scalar(ranks) or 0) + 1,
        part_id=wanted.part_id,
        supplier_reference=sold.reference if sold else None,
        quantity=wanted.quantity,
        price=wanted.price if wanted.price is not None or sold is None else sold.price,
        repair_order_id=wanted.repair_order_id,
    )
    session.add(line)
    order.version += 1
    session.flush()
    if wanted.request_id is not None:
        ordered_requests.answer(session, wanted.request_id, line.id, (by.actor, by.now))
    data = {"rank": line.rank, "part_id": line.part_id, "quantity": str(line.quantity)}
    tell(session, "purchase.add_line", order.number, data, by)
    return line


def add_once(session: Session, number: str, wanted: Wanted, by: By, form_token: str | None) -> None:
    """The same, on a draft by its number; the same form sent again adds nothing. Raises what `add` raises."""
    order = locked(session, number)
    if form_token and order.form_token == form_token:
        return
    add(session, order, wanted, by)
    order.form_token = form_token or order.form_token
    session.flush()


def _sold(session: Session, order: PurchaseOrder, part_id: int) -> PartSupplier | None:
    return session.get(PartSupplier, (part_id, order.supplier_id))


def _line_of(session: Session, order: PurchaseOrder, part_id: int) -> PurchaseLine | None:
    """The line of a draft that orders a part for the stock."""
    mine = select(PurchaseLine).where(
        PurchaseLine.purchase_order_id == order.id,
        PurchaseLine.part_id == part_id,
        PurchaseLine.repair_order_id.is_(None),
    )
    return session.scalar(mine.order_by(PurchaseLine.rank).limit(1))


def _add_to(session: Session, order: PurchaseOrder, line: PurchaseLine, wanted: Wanted, by: By) -> PurchaseLine:
    check_quantity(line.quantity + wanted.quantity)
    line.quantity += wanted.quantity
    if wanted.price is not None:
        line.price = wanted.price
    order.version += 1
    session.flush()
    data = {"rank": line.rank, "part_id": line.part_id, "quantity": str(wanted.quantity)}
    tell(session, "purchase.add_line", order.number, data, by)
    return line


def check_price(price: Decimal | None) -> None:
    """Refuse a unit price in euros that is no cost, when there is one: raises BadCost."""
    if price is not None:
        stock.check_cost(price)


def _check_draft(order: PurchaseOrder) -> None:
    if order.state is not PurchaseState.DRAFT:
        raise NotADraft(order.number, order.state)


def change(session: Session, number: str, changes: Changes, by: By) -> PurchaseOrder:
    """Type a draft over: quantities, prices, lines taken away, the expected day, a note for the supplier.

    A price left empty is the last one known of this supplier.
    Raises NotFound, NotADraft, Conflict when somebody changed it since, BadQuantity, BadCost, ExpectedTooSoon.
    """
    order = locked(session, number)
    _check_draft(order)
    if order.version != changes.version:
        raise Conflict("purchase")
    if changes.expected_on is not None and changes.expected_on < by.today:
        raise ExpectedTooSoon(changes.expected_on)
    lines = session.scalars(select(PurchaseLine).where(PurchaseLine.purchase_order_id == order.id)).all()
    gone = [line.id for line in lines if changes.lines.get(line.id, ()) is None]
    ordered_requests.ask_again(session, gone)
    for line in lines:
        told = changes.lines.get(line.id, (line.quantity, line.price))
        if told is None:
            session.delete(line)
            continue
        check_quantity(told[0])
        check_price(told[1])
        sold = _sold(session, order, line.part_id)
        line.quantity, line.price = told[0], told[1] if told[1] is not None or sold is None else sold.price
    order.expected_on, order.note = changes.expected_on, (changes.note or "").strip() or None
    order.version += 1
    session.flush()
    tell(session, "purchase.change", number, {"removed": len(gone)}, by)
    return order


def send(session: Session, number: str, version: int, by: By) -> PurchaseOrder:
    """Order it: the draft is whole, its lines keep the words of their parts. Sent already, nothing happens twice.

    The expected day is the supplier's usual delay when none was told. Raises NotFound, NotADraft, Conflict,
    NothingOrdered.
    """
    order = locked(session, number)
    if order.state is PurchaseState.ORDERED:
        return order
    _check_draft(order)
    if order.version != version:
        raise Conflict("purchase")
    lines = list(session.scalars(select(PurchaseLine).where(PurchaseLine.purchase_order_id == order.id)))
    if not lines:
        raise NothingOrdered(number)
    for line in lines:
        line.label = session.get_one(Part, line.part_id).label
    order.state, order.ordered_on = PurchaseState.ORDERED, by.today
    if order.expected_on is None:
        days = session.get_one(Supplier, order.supplier_id).delivery_days
        order.expected_on = None if days is None else date.fromordinal(by.today.toordinal() + days)
    order.version += 1
    session.flush()
    tell(session, "purchase.send", number, {"lines": len(lines)}, by)
    return order


def expect(session: Session, number: str, expected_on: date, by: By) -> None:
    """Another day on which what is left should come. Raises NotFound, NotOrdered, ExpectedTooSoon."""
    order = locked(session, number)
    _check_ordered(order)
    if order.ordered_on is not None and expected_on < order.ordered_on:
        raise ExpectedTooSoon(expected_on)
    before, order.expected_on = order.expected_on, expected_on
    order.version += 1
    session.flush()
    data = {"before": before.isoformat() if before else None, "after": expected_on.isoformat()}
    tell(session, "purchase.expect", number, data, by)


def _check_ordered(order: PurchaseOrder) -> None:
    if order.state is not PurchaseState.ORDERED:
        raise NotOrdered(order.number, order.state)


def close(session: Session, number: str, reason: str, by: By) -> PurchaseOrder:
    """Await nothing more of an order, with a reason: what is left of each line is cancelled (a draft, given up).

    It is closed when something was received, cancelled else. Raises NotFound, ReasonMissing, NotOrdered.
    """
    if not reason.strip():
        raise ReasonMissing(PurchaseState.CLOSED)
    order = locked(session, number)
    if order.state is not PurchaseState.DRAFT:
        _check_ordered(order)
    received = False
    for row in queries.lines(session, order.id):
        received = received or row.received > 0
        line = session.get_one(PurchaseLine, row.id)
        line.cancelled += row.left
        if row.left:
            ordered_requests.ask_again(session, [row.id])
    order.state = PurchaseState.CLOSED if received else PurchaseState.CANCELLED
    order.closed_reason = reason.strip()
    order.version += 1
    session.flush()
    tell(session, "purchase.close", number, {"reason": reason.strip()}, by)
    return order


def cancel_line(session: Session, number: str, line_id: int, reason: str, by: By) -> None:
    """What is left of one line will not come any more; the order is done with when nothing else is left.

    Raises NotFound, ReasonMissing, NotOrdered.
    """
    if not reason.strip():
        raise ReasonMissing(PurchaseState.CANCELLED)
    order = locked(session, number)
    _check_ordered(order)
    row = next((row for row in queries.lines(session, order.id) if row.id == line_id), None)
    if row is None:
        raise NotFound("line", str(line_id))
    if not row.left:
        return
    session.get_one(PurchaseLine, line_id).cancelled += row.left
    ordered_requests.ask_again(session, [line_id])
    order.version += 1
    session.flush()
    data = {"rank": row.rank, "quantity": str(row.left), "reason": reason.strip()}
    tell(session, "purchase.cancel_line", number, data, by)
    settle(session, order, reason.strip())


def settle(session: Session, order: PurchaseOrder, reason: str | None = None) -> None:
    """An ordered order from which nothing is left to come is received, or cancelled when nothing came.

    `reason` says why its last rest will not come: it is then closed.
    """
    rows = queries.lines(session, order.id)
    if any(left_of(row.quantity, row.cancelled, row.received) for row in rows):
        return
    came = any(row.received > 0 for row in rows)
    order.state = PurchaseState.CANCELLED
    if came:
        order.state = PurchaseState.CLOSED if reason else PurchaseState.RECEIVED
    order.closed_reason = reason
    order.version += 1
    session.flush()


def tell(session: Session, action: str, number: str, data: dict[str, Any], by: By) -> None:
    """Write an act on an order to a supplier in the journal."""
    journal.record(session, by.actor, action, ("purchase_orders", number), data=data, now=by.now)
