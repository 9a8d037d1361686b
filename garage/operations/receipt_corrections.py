"""A line of a delivery typed wrong, undone while nothing followed from it: goods, order and deposit (rules S2, S3)."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from garage.db.models.parts import CoreDeposit, PartSupplier
from garage.db.models.purchases import GoodsReceipt, PurchaseLine, PurchaseOrder, ReceiptLine, SupplierReturn
from garage.db.models.stock import Part, StockMovement
from garage.db.models.supplier_invoices import SupplierInvoiceLine
from garage.db.models.suppliers import Supplier
from garage.db.queries import purchases as queries
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.purchases import GoodsGone, ReceiptFollowed
from garage.domain.parts import DepositState
from garage.domain.purchases import PurchaseState
from garage.domain.stock import Balance, MovementKind, gap
from garage.french.purchases import undone
from garage.operations import corrected_costs, journal, purchases, stock, stores
from garage.operations.purchases import By
from garage.operations.stock import Movement


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a line makes: its receipt, the unit cost in euros it stands at, the balance, the variance (S3)."""

    received: StockMovement
    cost: Decimal
    after: Balance
    variance: Decimal


def look(session: Session, line_id: int) -> Undoing:
    """What undoing a line of a delivery would make, unwritten.

    Raises NotFound, ReceiptFollowed when an invoice, a return, an order or a deposit followed from it, and GoodsGone
    when its goods do not all lie where they were put.
    """
    line = session.get(ReceiptLine, line_id)
    if line is None:
        raise NotFound("line", str(line_id))
    return _checked(session, line, session.get_one(Part, line.part_id))


def undo(session: Session, line_id: int, reason: str, by: By) -> Undoing:
    """Take the goods of a line out again at the cost they came at, dated today: the average is what it would have been.

    The line goes, the delivery with its last one; what was ordered is awaited again, its deposit is owed no more. Goods
    issued meanwhile keep their cost: the difference is the movement's variance (S3). Raises what `look` raises,
    ReasonMissing, YearFrozen.
    """
    if not reason.strip():
        raise ReasonMissing(MovementKind.RECEIPT)
    line = _locked(session, line_id)
    receipt = session.get_one(GoodsReceipt, line.receipt_id)
    made = _checked(session, line, stock.locked(session, line.part_id))
    part = session.get_one(Part, line.part_id)
    movement = Movement(
        by.today, by.actor, by.now, undone(receipt.delivery_note, reason.strip()),
        bin_id=made.received.bin_id, origin_id=made.received.id,
    )  # fmt: skip
    written = stock.write(session, part, MovementKind.RECEIPT, (-line.quantity, made.cost), made.after, movement)
    _forget(session, line, receipt)
    data = {
        "reference": part.reference, "quantity": str(line.quantity), "cost": str(made.cost),
        "variance": str(written.variance), "reason": reason.strip(),
    }  # fmt: skip
    journal.record(session, by.actor, "goods.undo", ("goods_receipts", receipt.delivery_note), data=data, now=by.now)
    return made


def _locked(session: Session, line_id: int) -> ReceiptLine:
    """A line, after its supplier and before its order and its part, as deliveries lock them."""
    sender = select(GoodsReceipt.supplier_id).join(ReceiptLine, ReceiptLine.receipt_id == GoodsReceipt.id)
    supplier = select(Supplier.id).where(Supplier.id.in_(sender.where(ReceiptLine.id == line_id)))
    session.execute(supplier.with_for_update(key_share=True))
    line = session.get(ReceiptLine, line_id, with_for_update=True, populate_existing=True)
    if line is None:
        raise NotFound("line", str(line_id))
    number = select(PurchaseOrder.number).join(PurchaseLine, PurchaseLine.purchase_order_id == PurchaseOrder.id)
    ordered = session.scalar(number.where(PurchaseLine.id == line.purchase_line_id))
    if ordered is not None:
        purchases.locked(session, ordered)
    session.execute(select(CoreDeposit.id).where(CoreDeposit.receipt_line_id == line_id).with_for_update())
    return line


def _checked(session: Session, line: ReceiptLine, part: Part) -> Undoing:
    received = session.scalar(
        select(StockMovement).where(
            StockMovement.receipt_line_id == line.id,
            StockMovement.kind == MovementKind.RECEIPT,
            ~StockMovement.through,
        )
    )
    paid = select(CoreDeposit.id).where(CoreDeposit.receipt_line_id == line.id)
    billed = select(SupplierInvoiceLine.id).where(
        (SupplierInvoiceLine.receipt_line_id == line.id) | SupplierInvoiceLine.deposit_id.in_(paid)
    )
    back = select(SupplierReturn.id).where(SupplierReturn.receipt_line_id == line.id)
    moved = select(CoreDeposit.id).where(CoreDeposit.receipt_line_id == line.id, CoreDeposit.state != DepositState.OWED)
    if received is None or line.order_line_id is not None:
        raise ReceiptFollowed("order")
    for why, rows in (("invoice", billed), ("return", back), ("deposit", moved)):
        if session.scalar(rows.limit(1)) is not None:
            raise ReceiptFollowed(why)
    there = stock.in_bin(session, part.id, received.bin_id)
    if min(there, part.on_hand) < line.quantity:
        raise GoodsGone(part.reference, stores.words(session, received.bin_id), there, line.quantity)
    after, cost = corrected_costs.without(session, part, received)
    variance = gap((-line.quantity, cost), after.worth - part.value, after.on_hand)
    return Undoing(received, cost, after, variance)


def _forget(session: Session, line: ReceiptLine, receipt: GoodsReceipt) -> None:
    """The line and its deposits go, its movements say what they came from; what was ordered is awaited again."""
    words = undone(receipt.delivery_note, "")
    session.execute(
        update(StockMovement)
        .where(StockMovement.receipt_line_id == line.id)
        .values(receipt_line_id=None, reason=func.coalesce(StockMovement.reason, words))
    )
    session.execute(delete(CoreDeposit).where(CoreDeposit.receipt_line_id == line.id))
    session.delete(line)
    session.flush()
    _last_price(session, line, receipt)
    left = select(func.count()).where(ReceiptLine.receipt_id == receipt.id)
    if not session.scalar(left):
        session.delete(receipt)
    ordered = session.get(PurchaseLine, line.purchase_line_id) if line.purchase_line_id is not None else None
    if ordered is not None:
        _await_again(session, session.get_one(PurchaseOrder, ordered.purchase_order_id))
    session.flush()


def _await_again(session: Session, order: PurchaseOrder) -> None:
    """An order that was over, and of which something is to come again, is on its way."""
    if order.state in (PurchaseState.RECEIVED, PurchaseState.CLOSED) and any(
        row.left > 0 for row in queries.lines(session, order.id)
    ):
        order.state = PurchaseState.ORDERED
        order.version += 1


def _last_price(session: Session, line: ReceiptLine, receipt: GoodsReceipt) -> None:
    """The supplier's last price is again that of the delivery before, if this one was the last."""
    came = select(ReceiptLine.id, ReceiptLine.cost).join(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
    mine = came.where(GoodsReceipt.supplier_id == receipt.supplier_id, ReceiptLine.part_id == line.part_id)
    last = session.execute(mine.order_by(ReceiptLine.id.desc()).limit(1)).one_or_none()
    sold = session.get(PartSupplier, (line.part_id, receipt.supplier_id))
    if sold is not None and last is not None and last.id < line.id:
        sold.price = last.cost
