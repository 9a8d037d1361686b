"""Reads that match a supplier's invoice: goods not billed, lines of orders without invoice, what is expected.

A quantity is counted as billed as soon as an invoice bears it, accepted or not.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from garage.db.models.invoices import LiveBilling
from garage.db.models.parts import CoreDeposit
from garage.db.models.purchases import GoodsReceipt, ReceiptLine, SupplierReturn
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.models.suppliers import Supplier
from garage.db.queries.paging import AnyRow, AnySelect
from garage.db.types import ScaledDecimal
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.repair_orders import LineNature, OrderState
from garage.domain.stock import MovementKind
from garage.domain.supplier_invoices import Expected, still_billable
from garage.french.plain import plain_text

_MOST: Final = 200
_Line = SupplierInvoiceLine
_NONE: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods received: `cost` is the unit cost they stand at, `movement_id` their receipt in stock if they lie there."""

    expected: Expected
    cost: Decimal
    movement_id: int | None


def received_lines(session: Session, supplier_id: int, invoice_id: int) -> Sequence[AnyRow]:
    """The lines received of a supplier of which something is to bill, this invoice apart; the oldest first."""
    others = _sum(_Line.quantity, _Line.receipt_line_id == ReceiptLine.id, _Line.invoice_id != invoice_id)
    mine = exists().where(_Line.receipt_line_id == ReceiptLine.id, _Line.invoice_id == invoice_id)
    left = ReceiptLine.quantity - others - _sent_back()
    return session.execute(
        _received()
        .where(GoodsReceipt.supplier_id == supplier_id, (left > _NONE) | mine)
        .order_by(GoodsReceipt.received_on, ReceiptLine.id)
        .limit(_MOST)
    ).all()


def _received() -> AnySelect:
    return (
        select(
            ReceiptLine.id, ReceiptLine.quantity, ReceiptLine.cost, ReceiptLine.order_line_id, ReceiptLine.part_id,
            GoodsReceipt.delivery_note, GoodsReceipt.received_on, GoodsReceipt.id.label("receipt_id"),
            Part.reference, Part.label, Part.unit, RepairOrder.number.label("order_number"),
        )
        .join(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
        .join(Part, Part.id == ReceiptLine.part_id)
        .outerjoin(OrderLine, OrderLine.id == ReceiptLine.order_line_id)
        .outerjoin(RepairOrder, RepairOrder.id == OrderLine.order_id)
    )  # fmt: skip


def _sum(column: InstrumentedAttribute[Decimal], *conditions: ColumnElement[bool]) -> ColumnElement[Decimal]:
    summed = select(func.sum(column)).where(*conditions).scalar_subquery()
    return func.coalesce(summed, _NONE, type_=ScaledDecimal(3))


def _sent_back() -> ColumnElement[Decimal]:
    return _sum(SupplierReturn.quantity, SupplierReturn.receipt_line_id == ReceiptLine.id)


def left_to_bill() -> ColumnElement[Decimal]:
    """What no invoice bears yet of a received line, goods sent back apart."""
    left = ReceiptLine.quantity - _sum(_Line.quantity, _Line.receipt_line_id == ReceiptLine.id) - _sent_back()
    return type_coerce(left, ScaledDecimal(3))


def goods(session: Session, line_ids: Collection[int], invoice_id: int) -> dict[int, Goods]:
    """What an invoice should bill of received lines, and what they cost now."""
    rows = session.execute(
        select(ReceiptLine.id, ReceiptLine.quantity, ReceiptLine.cost).where(ReceiptLine.id.in_(line_ids))
    ).all()
    moved, costs = _in_stock(session, line_ids)
    taken = _billed_elsewhere(session, line_ids, invoice_id)
    back = select(SupplierReturn.receipt_line_id, SupplierReturn.quantity)
    sent = session.execute(back.where(SupplierReturn.receipt_line_id.in_(line_ids))).all()
    found = {}
    for row in rows:
        movement = moved.get(row.id)
        cost = row.cost if movement is None else costs.get(movement, row.cost)
        billed = [(quantity, cost if price is None else price) for quantity, price in taken[row.id]]
        billed += [(one.quantity, cost) for one in sent if one.receipt_line_id == row.id]
        found[row.id] = Goods(still_billable(row.quantity, cost, billed), cost, movement)
    return found


def _in_stock(session: Session, line_ids: Collection[int]) -> tuple[dict[int, int], dict[int, Decimal]]:
    """The receipt movement of each line that lies in stock, and the last corrected cost of those movements."""
    receipts = select(StockMovement.id, StockMovement.receipt_line_id).where(
        StockMovement.receipt_line_id.in_(line_ids),
        StockMovement.kind == MovementKind.RECEIPT,
        StockMovement.order_line_id.is_(None),
        ~StockMovement.through,
    )
    moved = {row.receipt_line_id: row.id for row in session.execute(receipts)}
    prices = select(StockMovement.origin_id, StockMovement.unit_cost).where(
        StockMovement.origin_id.in_(moved.values()), StockMovement.kind == MovementKind.PRICE
    )
    return moved, {row.origin_id: row.unit_cost for row in session.execute(prices.order_by(StockMovement.id))}


def _billed_elsewhere(
    session: Session, line_ids: Collection[int], invoice_id: int
) -> dict[int, list[tuple[Decimal, Decimal | None]]]:
    """What other invoices bear of received lines, at their price once accepted, at the present cost until then."""
    taken: dict[int, list[tuple[Decimal, Decimal | None]]] = defaultdict(list)
    rows = session.execute(
        select(_Line.receipt_line_id, _Line.quantity, _Line.price, SupplierInvoice.state)
        .join(SupplierInvoice, SupplierInvoice.id == _Line.invoice_id)
        .where(_Line.receipt_line_id.in_(line_ids), _Line.invoice_id != invoice_id)
    )
    for row in rows:
        accepted = row.state is SupplierInvoiceState.ACCEPTED
        taken[row.receipt_line_id].append((row.quantity, row.price if accepted else None))
    return taken


def uninvoiced() -> ColumnElement[bool]:
    """Lines of orders bought outside, or bought for the order by hand, that no supplier's invoice bears."""
    bought = (OrderLine.nature == LineNature.PART) & OrderLine.bought_for_order
    return (
        (bought | (OrderLine.nature == LineNature.EXTERNAL))
        & ~exists().where(_Line.order_line_id == OrderLine.id)
        & ~exists().where(ReceiptLine.order_line_id == OrderLine.id)
        & OrderLine.supplier_invoice.is_(None)
    )


def order_lines(session: Session, supplier_id: int, invoice_id: int, number: str) -> Sequence[AnyRow]:
    """Lines of orders that a supplier's invoice may bill: its own, those it bears, those of nobody; oldest first.

    A line on which this invoice's number was typed by hand waits for it too.
    """
    mine = exists().where(_Line.order_line_id == OrderLine.id, _Line.invoice_id == invoice_id)
    name = session.scalar(select(Supplier.name).where(Supplier.id == supplier_id)) or ""
    names = _spelled(session, name)
    bought = (OrderLine.nature == LineNature.PART) & OrderLine.bought_for_order
    typed = (OrderLine.supplier_invoice == number) & OrderLine.supplier.in_(names)
    of_nobody = OrderLine.supplier.is_(None) & (Part.supplier_id.is_(None) | (Part.supplier_id == supplier_id))
    free = ~exists().where(_Line.order_line_id == OrderLine.id)
    wanted = (uninvoiced() & (OrderLine.supplier.in_(names) | of_nobody)) | (typed & free) | mine
    return session.execute(
        select(
            OrderLine.id, OrderLine.rank, OrderLine.nature, OrderLine.label, OrderLine.quantity, OrderLine.cost,
            OrderLine.supplier, OrderLine.done_on, RepairOrder.number.label("order_number"),
            RepairOrder.state.label("order_state"), Part.label.label("part"), Part.reference, Part.unit,
            Part.supplier.label("part_supplier"),
        )
        .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .outerjoin(Part, Part.id == OrderLine.part_id)
        .where(wanted, bought | (OrderLine.nature == LineNature.EXTERNAL))
        .where((RepairOrder.state != OrderState.CANCELLED) | mine)
        .order_by(OrderLine.supplier.is_(None), OrderLine.done_on, OrderLine.id)
        .limit(_MOST)
    ).all()  # fmt: skip


def _spelled(session: Session, name: str) -> list[str]:
    """The ways in which a supplier's name is written on orders, case and accents apart."""
    told = session.scalars(select(OrderLine.supplier).where(OrderLine.supplier.is_not(None)).distinct())
    return [one for one in told if one and plain_text(one) == plain_text(name)]


def billed(session: Session, line_ids: Collection[int]) -> set[int]:
    """Which of these lines of orders stand on a live bill."""
    return set(session.scalars(select(LiveBilling.order_line_id).where(LiveBilling.order_line_id.in_(line_ids))))


def not_on_invoice(session: Session, invoice_id: int) -> Sequence[AnyRow]:
    """What came on the delivery notes of an invoice and is on none, with what is left to bill of it."""
    other = aliased(ReceiptLine)
    notes = select(other.receipt_id).join(_Line, _Line.receipt_line_id == other.id)
    notes = notes.where(_Line.invoice_id == invoice_id)
    rows = _received().add_columns(left_to_bill().label("left"))
    rows = rows.where(ReceiptLine.receipt_id.in_(notes), left_to_bill() > _NONE)
    return session.execute(rows.order_by(GoodsReceipt.received_on, ReceiptLine.id).limit(_MOST)).all()


def deposits(session: Session, supplier_id: int) -> Sequence[AnyRow]:
    """The core deposits of a supplier that no invoice bears, the latest paid first."""
    rows = (
        select(
            CoreDeposit.id, CoreDeposit.quantity, CoreDeposit.amount, CoreDeposit.paid_on, Part.reference, Part.label,
            Part.unit,
        )
        .join(Part, Part.id == CoreDeposit.part_id)
        .where(CoreDeposit.supplier_id == supplier_id, ~exists().where(_Line.deposit_id == CoreDeposit.id))
        .order_by(CoreDeposit.id.desc())
    )  # fmt: skip
    return session.execute(rows.limit(_MOST)).all()
