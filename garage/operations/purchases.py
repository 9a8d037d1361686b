"""Orders to suppliers: a draft and its lines, sent under its number, closed with what will not come any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import PartRequest
from garage.db.models.parts import PartSupplier
from garage.db.models.purchases import PurchaseLine, PurchaseOrder
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.queries import purchases as queries
from garage.domain.errors.base import Conflict, NotFound, ReasonMissing
from garage.domain.errors.purchases import ExpectedTooSoon, NotADraft, NothingOrdered, NotOrdered
from garage.domain.part_requests import PartRequestState
from garage.domain.permissions import Actor
from garage.domain.purchases import PurchaseState, left_of
from garage.domain.repair_orders import check_quantity
from garage.operations import journal, numbering, stock

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
    requests = [one.request_id for one in wanted if one.request_id is not None]
    tied = select(PartRequest.id).where(PartRequest.id.in_(requests)).order_by(PartRequest.id)
    session.execute(tied.with_for_update())
    _supplier(session, supplier_id)
    if form_token:
        same = session.scalar(select(PurchaseOrder).where(PurchaseOrder.form_token == form_token))
        if same is not None:
            return same
    made = _begin(session, supplier_id, by, form_token)
    for one in wanted:
        add(session, made, one, by)
    return made


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
    drafts = select(PurchaseOrder.number).where(
        PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.state == PurchaseState.DRAFT
    )
    number = session.scalar(drafts.order_by(PurchaseOrder.id.desc()).limit(1))
    order = _begin(session, supplier_id, by, None) if number is None else locked(session, number)
    return add(session, order, Wanted(part_id, quantity, repair_order_id=repair_order_id), by)


def _supplier(session: Session, supplier_id: int) -> Supplier:
    """A supplier, to ourselves until the transaction ends. Raises NotFound."""
    found = session.get(Supplier, supplier_id, with_for_update=True)
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
        form_token=form_token,
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
    """A line at the end of a draft. Raises NotADraft, NotFound, BadQuantity, BadCost, Conflict."""
    _check_draft(order)
    check_quantity(wanted.quantity)
    check_price(wanted.price)
    if session.get(Part, wanted.part_id) is None:
        raise NotFound("part", str(wanted.part_id))
    if wanted.repair_order_id is not None and session.get(RepairOrder, wanted.repair_order_id) is None:
        raise NotFound("order", str(wanted.repair_order_id))
    sold = session.get(PartSupplier, (wanted.part_id, order.supplier_id))
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
        _answer(session, wanted.request_id, line, by)
    data = {"rank": line.rank, "part_id": line.part_id, "quantity": str(line.quantity)}
    tell(session, "purchase.add_line", order.number, data, by)
    return line


def _answer(session: Session, request_id: int, line: PurchaseLine, by: By) -> None:
    """A part that the workshop asked for is ordered. Raises Conflict when it was answered meanwhile."""
    asked = session.get(PartRequest, request_id, with_for_update=True, populate_existing=True)
    if asked is None or asked.state is not PartRequestState.ASKED:
        raise Conflict("part_request")
    asked.state, asked.purchase_line_id = PartRequestState.ORDERED, line.id
    asked.answered_by_id, asked.answered_at = by.actor.id, by.now
    asked.version += 1
    session.flush()
    data = {"label": asked.label, "quantity": str(asked.quantity), "answer": None}
    subject = ("repair_orders", session.get_one(RepairOrder, asked.repair_order_id).number)
    journal.record(session, by.actor, "part_request.order", subject, data=data, now=by.now)


def _ask_again(session: Session, line_ids: Sequence[int]) -> None:
    """Parts asked for whose line goes away wait for an answer again."""
    tied = select(PartRequest).where(PartRequest.purchase_line_id.in_(line_ids)).order_by(PartRequest.id)
    for asked in session.scalars(tied.with_for_update()):
        if asked.state is PartRequestState.ORDERED:
            asked.state = PartRequestState.ASKED
            asked.answered_by_id = asked.answered_at = None
        asked.purchase_line_id = None
        asked.version += 1
    session.flush()


def check_price(price: Decimal | None) -> None:
    """Refuse a unit price in euros that is no cost, when there is one: raises BadCost."""
    if price is not None:
        stock.check_cost(price)


def _check_draft(order: PurchaseOrder) -> None:
    if order.state is not PurchaseState.DRAFT:
        raise NotADraft(order.number, order.state)


def change(session: Session, number: str, changes: Changes, by: By) -> PurchaseOrder:
    """Type a draft over: quantities, prices, lines taken away, the expected day, a note for the supplier.

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
    _ask_again(session, gone)
    for line in lines:
        told = changes.lines.get(line.id, (line.quantity, line.price))
        if told is None:
            session.delete(line)
            continue
        check_quantity(told[0])
        check_price(told[1])
        line.quantity, line.price = told
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
            _ask_again(session, [row.id])
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
    _ask_again(session, [line_id])
    order.version += 1
    session.flush()
    data = {"rank": row.rank, "quantity": str(row.left), "reason": reason.strip()}
    tell(session, "purchase.cancel_line", number, data, by)
    settle(session, order, reason.strip())


def settle(session: Session, order: PurchaseOrder, reason: str | None = None) -> None:
    """An ordered order from which nothing is left to come is received, or cancelled when nothing came."""
    rows = queries.lines(session, order.id)
    if any(left_of(row.quantity, row.cancelled, row.received) for row in rows):
        return
    came = any(row.received > 0 for row in rows)
    order.state = PurchaseState.RECEIVED if came else PurchaseState.CANCELLED
    order.closed_reason = None if came else reason
    order.version += 1
    session.flush()


def tell(session: Session, action: str, number: str, data: dict[str, Any], by: By) -> None:
    """Write an act on an order to a supplier in the journal."""
    journal.record(session, by.actor, action, ("purchase_orders", number), data=data, now=by.now)
