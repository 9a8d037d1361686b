"""Goods received on a supplier's delivery note, of its orders or without one: into stock, or straight to an order."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartSupplier
from garage.db.models.purchases import GoodsReceipt, PurchaseLine, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.queries import purchases as queries
from garage.db.queries.purchases import Line
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.purchases import AboveOrder, NoteReceived, NothingReceived, NotOrdered, OtherSupplier
from garage.domain.permissions import Actor
from garage.domain.purchases import PurchaseState
from garage.domain.repair_orders import check_day, check_quantity, first_day_of_entry
from garage.french.plain import same_number
from garage.operations import core_deposits, journal, order_lines, part_requests, purchases, stock
from garage.operations.order_lines import Entry
from garage.operations.purchases import By
from garage.operations.stock import Movement


@dataclass(frozen=True, slots=True)
class Received:
    """So much of a part (3 decimals) at its unit cost in euros (4), of an ordered line if there is one.

    `above` says why there is more than was left of that line. `to_stock` keeps in stock what was bought for an order.
    """

    part_id: int
    quantity: Decimal
    cost: Decimal
    purchase_line_id: int | None = None
    bin_id: int | None = None
    above: str | None = None
    to_stock: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery note of a supplier and what came on it; `photo` is the SHA-256 of a kept photo.

    `form_token` makes a repeated sending of the same form give the same receipt.
    """

    supplier_id: int
    delivery_note: str
    received_on: date
    lines: Sequence[Received]
    note: str | None = None
    photo: str | None = None
    form_token: str | None = None


def receive(session: Session, delivery: Delivery, actor: Actor, now: datetime, today: date) -> GoodsReceipt:
    """Write a delivery once: each line into stock at its cost (S2, S3), or straight to the order it was bought for.

    An order of which nothing is left to come is then received. Raises NotFound, NothingReceived, NoteReceived,
    ImpossibleDay, BadQuantity, BadCost, AboveOrder unless the line says why, OtherSupplier, NotOrdered, YearFrozen,
    OrderClosed when the order that a part was bought for takes no more entries.
    """
    by = By(actor, now, today)
    _lock_orders(session, delivery.lines)
    supplier = session.get(Supplier, delivery.supplier_id, with_for_update={"key_share": True})
    if supplier is None:
        raise NotFound("supplier", str(delivery.supplier_id))
    sent = _sent_before(session, delivery)
    if sent is not None:
        return sent
    check_day(delivery.received_on, today, first_day_of_entry(today))
    _check_new(session, supplier, delivery.delivery_note)
    ordered = _ordered(session, delivery)
    receipt = GoodsReceipt(
        supplier_id=supplier.id,
        delivery_note=_one_line(delivery.delivery_note),
        received_on=delivery.received_on,
        photo=delivery.photo,
        note=(delivery.note or "").strip() or None,
        received_by_id=actor.id,
        recorded_at=now,
        form_token=delivery.form_token or None,
    )
    session.add(receipt)
    session.flush()
    for one in sorted(delivery.lines, key=lambda line: line.part_id):
        _write(session, receipt, one, ordered.get(one.purchase_line_id or 0), by)
    _answer(session, receipt, ordered, by)
    above = {str(one.purchase_line_id): one.above for one in delivery.lines if one.above}
    data = {"supplier": supplier.name, "lines": len(delivery.lines), "above": above}
    journal.record(session, actor, "goods.receive", ("goods_receipts", receipt.delivery_note), data=data, now=now)
    for number in sorted({line.number for line in ordered.values()}):
        purchases.settle(session, purchases.locked(session, number))
    return receipt


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lock_orders(session: Session, lines: Sequence[Received]) -> None:
    """The repair orders that goods go to, ours in the order of their ids: those come before any supplier or part."""
    of_line = select(PurchaseLine.repair_order_id).where(
        PurchaseLine.id.in_([one.purchase_line_id for one in lines if one.purchase_line_id is not None])
    )
    wanted = select(RepairOrder.id).where(RepairOrder.id.in_(of_line)).order_by(RepairOrder.id)
    session.execute(wanted.with_for_update())


def _sent_before(session: Session, delivery: Delivery) -> GoodsReceipt | None:
    """The receipt that this very form made. Raises Conflict when the form says something else since."""
    if not delivery.form_token:
        return None
    same = session.scalar(select(GoodsReceipt).where(GoodsReceipt.form_token == delivery.form_token))
    if same is None:
        return None
    columns = select(ReceiptLine.part_id, ReceiptLine.quantity, ReceiptLine.cost, ReceiptLine.purchase_line_id)
    lines = Counter(tuple(row) for row in session.execute(columns.where(ReceiptLine.receipt_id == same.id)))
    told = Counter((one.part_id, one.quantity, one.cost, one.purchase_line_id) for one in delivery.lines)
    head = (delivery.supplier_id, _one_line(delivery.delivery_note), delivery.received_on)
    if (same.supplier_id, same.delivery_note, same.received_on) != head or lines != told:
        raise Conflict("receipt")
    return same


def _check_new(session: Session, supplier: Supplier, delivery_note: str) -> None:
    """A delivery note comes once, however its letters are typed."""
    known = select(GoodsReceipt.delivery_note, GoodsReceipt.received_on).where(GoodsReceipt.supplier_id == supplier.id)
    for row in session.execute(known):
        if same_number(row.delivery_note, delivery_note):
            raise NoteReceived(supplier.name, row.delivery_note, row.received_on)


def _ordered(session: Session, delivery: Delivery) -> dict[int, Line]:
    """The ordered lines that something came of, their orders locked. Checks every line before anything is written."""
    if not delivery.lines:
        raise NothingReceived
    wanted = {one.purchase_line_id for one in delivery.lines if one.purchase_line_id is not None}
    orders = (
        select(PurchaseOrder)
        .where(PurchaseOrder.id.in_(select(PurchaseLine.purchase_order_id).where(PurchaseLine.id.in_(wanted))))
        .order_by(PurchaseOrder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    known: dict[int, Line] = {}
    for order in session.scalars(orders).all():
        if order.supplier_id != delivery.supplier_id:
            raise OtherSupplier(order.number)
        if order.state is not PurchaseState.ORDERED:
            raise NotOrdered(order.number, order.state)
        known |= {line.id: line for line in queries.lines(session, order.id) if line.id in wanted}
    _check_lines(delivery.lines, known)
    return known


def _check_lines(lines: Sequence[Received], known: dict[int, Line]) -> None:
    came: dict[int, Decimal] = defaultdict(Decimal)
    for one in lines:
        check_quantity(one.quantity)
        purchases.check_price(one.cost)
        if one.purchase_line_id is None:
            continue
        line = known.get(one.purchase_line_id)
        if line is None:
            raise NotFound("line", str(one.purchase_line_id))
        if line.part_id != one.part_id:
            raise OtherSupplier(line.number)
        came[line.id] += one.quantity
        if came[line.id] > line.left and not (one.above or "").strip():
            raise AboveOrder(line.id, line.label, line.left, came[line.id])


def _write(session: Session, receipt: GoodsReceipt, one: Received, ordered: Line | None, by: By) -> None:
    part = session.get(Part, one.part_id)
    if part is None:
        raise NotFound("part", str(one.part_id))
    line = ReceiptLine(
        receipt_id=receipt.id,
        purchase_line_id=one.purchase_line_id,
        part_id=part.id,
        quantity=one.quantity,
        cost=one.cost,
    )
    session.add(line)
    session.flush()
    if ordered is not None and ordered.repair_order and not one.to_stock:
        _to_order(session, receipt, line, ordered.repair_order, by)
    else:
        reason = (one.above or "").strip() or None
        movement = Movement(receipt.received_on, by.actor, by.now, reason, bin_id=one.bin_id, receipt_line_id=line.id)
        stock.receive(session, part.id, one.quantity, one.cost, movement)
    if part.deposit:
        core_deposits.open_for(session, line, part.deposit, by.now)
    _keep_price(session, receipt.supplier_id, line)


def _to_order(session: Session, receipt: GoodsReceipt, line: ReceiptLine, number: str, by: By) -> None:
    """A line of the order for which the part was bought, at its cost."""
    entry = Entry(
        number,
        receipt.received_on,
        by.actor,
        by.now,
        by.today,
        form_token=f"receipt-line-{line.id}",
        receipt_line_id=line.id,
    )
    put = order_lines.add_bought_part(session, entry, line.part_id, line.quantity, line.cost)
    line.order_line_id = put.id
    session.flush()


def _answer(session: Session, receipt: GoodsReceipt, ordered: dict[int, Line], by: By) -> None:
    """A part asked for that went straight to its order is given once all of it is there."""
    came = select(func.sum(ReceiptLine.quantity), func.max(ReceiptLine.order_line_id))
    for line in ordered.values():
        mine = came.where(ReceiptLine.receipt_id == receipt.id, ReceiptLine.purchase_line_id == line.id)
        quantity, order_line_id = session.execute(mine).one()
        if order_line_id is not None and quantity >= line.left:
            part_requests.arrived(session, line.id, order_line_id, by)


def _keep_price(session: Session, supplier_id: int, line: ReceiptLine) -> None:
    """What the part costs at this supplier now; the next order proposes it."""
    sold = session.get(PartSupplier, (line.part_id, supplier_id))
    if sold is None:
        session.add(PartSupplier(part_id=line.part_id, supplier_id=supplier_id, price=line.cost))
    else:
        sold.price = line.cost
    session.flush()
