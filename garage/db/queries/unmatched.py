"""What is left alone on the morning after: invoice lines, goods and parts that nobody put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from garage.db.models.purchases import GoodsReceipt, PurchaseLine, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.models.suppliers import Supplier
from garage.db.queries.paging import AnyRow
from garage.db.queries.supplier_matching import left_to_bill, uninvoiced
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.repair_orders import LineNature, OrderState
from garage.domain.stock import MovementKind

MOST: Final = 100
# A supplier usually bills within the month.
PATIENCE: Final = 30
_CHECKED: Final = (SupplierInvoiceState.TO_CHECK, SupplierInvoiceState.DISPUTED)
_Line = SupplierInvoiceLine


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Each kind, the oldest first, `MOST` of each at most."""

    nowhere: Sequence[AnyRow]
    no_order: Sequence[AnyRow]
    bought: Sequence[AnyRow]
    never_billed: Sequence[AnyRow]

    @property
    def count(self) -> int:
        """How many in all."""
        return len(self.nowhere) + len(self.no_order) + len(self.bought) + len(self.never_billed)


def unmatched(session: Session, today: date, days: int = PATIENCE) -> Unmatched:
    """Invoice lines received nowhere, goods that missed their order, parts and receipts without invoice for so long."""
    before = today - timedelta(days=days)
    return Unmatched(
        session.execute(_nowhere().order_by(SupplierInvoice.dated_on, _Line.id).limit(MOST)).all(),
        session.execute(_no_order(today).order_by(GoodsReceipt.received_on, ReceiptLine.id).limit(MOST)).all(),
        session.execute(_bought(before).order_by(OrderLine.done_on, OrderLine.id).limit(MOST)).all(),
        session.execute(_never_billed(before).order_by(GoodsReceipt.received_on, GoodsReceipt.id).limit(MOST)).all(),
    )


def waiting(session: Session, today: date) -> int:
    """How many of them there are, each kind counted up to `MOST`, in one read."""
    before = today - timedelta(days=PATIENCE)
    kinds = (_nowhere(), _no_order(today), _bought(before), _never_billed(before))
    counts = [select(func.count()).select_from(kind.limit(MOST).subquery()).scalar_subquery() for kind in kinds]
    return sum(session.execute(select(*counts)).one())


def _none(column: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """No key there, said so that SQLite does not start at all the rows without one, which are most."""
    return func.coalesce(column, 0) == 0


def _nowhere() -> Any:
    """Lines of invoices that are not accepted, tied to nothing and not explained."""
    return (
        select(_Line.id, _Line.label, _Line.quantity, _Line.net, SupplierInvoice.id.label("invoice_id"),
               SupplierInvoice.number, SupplierInvoice.dated_on, Supplier.name.label("supplier"))
        .join(SupplierInvoice, SupplierInvoice.id == _Line.invoice_id)
        .join(Supplier, Supplier.id == SupplierInvoice.supplier_id)
        .where(
            SupplierInvoice.state.in_(_CHECKED), _none(_Line.receipt_line_id), _none(_Line.order_line_id),
            _none(_Line.repair_order_id), _none(_Line.deposit_id), _Line.reason.is_(None),
        )
    )  # fmt: skip


def _no_order(today: date) -> Any:
    """Goods bought for an order, received before today, and issued to it neither then nor since."""
    issued = exists().where(
        OrderLine.order_id == PurchaseLine.repair_order_id,
        OrderLine.part_id == ReceiptLine.part_id,
        ~OrderLine.bought_for_order,
        StockMovement.order_line_id == OrderLine.id,
        StockMovement.kind == MovementKind.ISSUE,
    )
    return (
        select(ReceiptLine.id, ReceiptLine.quantity, Part.reference, Part.label, Part.unit, GoodsReceipt.delivery_note,
               GoodsReceipt.received_on, RepairOrder.number.label("order_number"), Supplier.name.label("supplier"),
               PurchaseOrder.number.label("purchase"))
        .join(PurchaseLine, PurchaseLine.id == ReceiptLine.purchase_line_id)
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.purchase_order_id)
        .join(RepairOrder, RepairOrder.id == PurchaseLine.repair_order_id)
        .join(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
        .join(Supplier, Supplier.id == GoodsReceipt.supplier_id)
        .join(Part, Part.id == ReceiptLine.part_id)
        .where(PurchaseLine.repair_order_id > 0, _none(ReceiptLine.order_line_id), ~issued)
        .where(GoodsReceipt.received_on < today)
        .where(RepairOrder.state != OrderState.CANCELLED)
    )  # fmt: skip


def _bought(before: date) -> Any:
    """Parts bought for an order, and not received on a delivery note, without an invoice since a day or longer."""
    return (
        select(OrderLine.id, OrderLine.rank, OrderLine.done_on, OrderLine.quantity, OrderLine.cost, OrderLine.label,
               RepairOrder.number.label("order_number"), Part.label.label("part"), Part.reference, Part.unit,
               func.coalesce(OrderLine.supplier, Supplier.name).label("supplier"))
        .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .join(Part, Part.id == OrderLine.part_id)
        .outerjoin(Supplier, Supplier.id == Part.supplier_id)
        .where(uninvoiced(), OrderLine.nature == LineNature.PART, OrderLine.done_on <= before)
        .where(RepairOrder.state != OrderState.CANCELLED, _followed())
    )  # fmt: skip


def _followed() -> ColumnElement[bool]:
    """Lines done since goods are received or invoices matched here: what is older was never to be matched."""
    received = select(func.min(GoodsReceipt.received_on)).scalar_subquery()
    invoiced = select(func.min(SupplierInvoice.dated_on)).scalar_subquery()
    return (OrderLine.done_on >= received) | (OrderLine.done_on >= invoiced)


def _never_billed(before: date) -> Any:
    """Delivery notes of a day or longer ago with something that no invoice bears."""
    left = exists().where(ReceiptLine.receipt_id == GoodsReceipt.id, left_to_bill() > Decimal(0))
    return (
        select(GoodsReceipt.id, GoodsReceipt.delivery_note, GoodsReceipt.received_on, Supplier.id.label("supplier_id"),
               Supplier.name.label("supplier"))
        .join(Supplier, Supplier.id == GoodsReceipt.supplier_id)
        .where(GoodsReceipt.received_on <= before, left)
    )  # fmt: skip
