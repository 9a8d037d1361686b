"""Reads of goods received: the list of deliveries, one with its lines, one line to send back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartSupplier
from garage.db.models.purchases import GoodsReceipt, PurchaseLine, PurchaseOrder, ReceiptLine, SupplierReturn
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.models.users import User
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, id_of
from garage.domain.errors.base import NotFound
from garage.domain.purchases import PurchaseState
from garage.french.plain import plain_text

PAGE: Final = 24


@dataclass(frozen=True, slots=True)
class ReceiptFilter:
    """Which deliveries to list: words of note or supplier, one supplier."""

    text: str = ""
    supplier_id: int | None = None


def _listed() -> AnySelect:
    count = select(func.count()).where(ReceiptLine.receipt_id == GoodsReceipt.id).scalar_subquery()
    return (
        select(
            GoodsReceipt.id, GoodsReceipt.delivery_note, GoodsReceipt.received_on, GoodsReceipt.photo,
            GoodsReceipt.note, GoodsReceipt.recorded_at, GoodsReceipt.supplier_id, Supplier.name.label("supplier"),
            User.name.label("author"), count.label("lines"),
        )
        .join(Supplier, Supplier.id == GoodsReceipt.supplier_id)
        .outerjoin(User, User.id == GoodsReceipt.received_by_id)
    )  # fmt: skip


def page(session: Session, wanted: ReceiptFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of deliveries, the latest entered first."""
    columns = _listed()
    if wanted.supplier_id is not None:
        columns = columns.where(GoodsReceipt.supplier_id == wanted.supplier_id)
    for word in wanted.text.split():
        note = func.upper(GoodsReceipt.delivery_note).contains(word.upper(), autoescape=True)
        columns = columns.where(note | Supplier.search_text.contains(plain_text(word), autoescape=True))
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(GoodsReceipt.id > bound if key.backwards else GoodsReceipt.id < bound)
    order = GoodsReceipt.id.asc() if key.backwards else GoodsReceipt.id.desc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


def receipt(session: Session, receipt_id: int) -> AnyRow:
    """One delivery. Raises NotFound."""
    row = session.execute(_listed().where(GoodsReceipt.id == receipt_id)).one_or_none()
    if row is None:
        raise NotFound("receipt", str(receipt_id))
    return row


def _lines() -> AnySelect:
    back = (
        select(func.sum(SupplierReturn.quantity))
        .where(SupplierReturn.receipt_line_id == ReceiptLine.id)
        .correlate(ReceiptLine)
        .scalar_subquery()
    )
    return (
        select(
            ReceiptLine.id, ReceiptLine.receipt_id, ReceiptLine.part_id, ReceiptLine.quantity, ReceiptLine.cost,
            Part.reference, Part.label, Part.unit, PurchaseOrder.number.label("purchase"),
            RepairOrder.number.label("order"), back.label("back"),
        )
        .join(Part, Part.id == ReceiptLine.part_id)
        .outerjoin(PurchaseLine, PurchaseLine.id == ReceiptLine.purchase_line_id)
        .outerjoin(PurchaseOrder, PurchaseOrder.id == PurchaseLine.purchase_order_id)
        .outerjoin(OrderLine, OrderLine.id == ReceiptLine.order_line_id)
        .outerjoin(RepairOrder, RepairOrder.id == OrderLine.order_id)
    )  # fmt: skip


def lines(session: Session, receipt_id: int) -> Sequence[AnyRow]:
    """What came on a delivery."""
    return session.execute(_lines().where(ReceiptLine.receipt_id == receipt_id).order_by(ReceiptLine.id)).all()


def line(session: Session, line_id: int) -> AnyRow:
    """One received line. Raises NotFound."""
    row = session.execute(_lines().where(ReceiptLine.id == line_id)).one_or_none()
    if row is None:
        raise NotFound("line", str(line_id))
    return row


def parts(session: Session, supplier_id: int, part_ids: Sequence[int]) -> dict[int, AnyRow]:
    """These parts by id, with the supplier's last price and their usual bin."""
    rows = session.execute(
        select(
            Part.id, Part.reference, Part.label, Part.unit, Part.bin, Part.average_cost, PartSupplier.price,
        )
        .outerjoin(
            PartSupplier, (PartSupplier.part_id == Part.id) & (PartSupplier.supplier_id == supplier_id)
        )
        .where(Part.id.in_(part_ids))
    )  # fmt: skip
    return {row.id: row for row in rows}


def supplier(session: Session, supplier_id: int) -> AnyRow:
    """The name of a supplier. Raises NotFound."""
    row = session.execute(select(Supplier.id, Supplier.name).where(Supplier.id == supplier_id)).one_or_none()
    if row is None:
        raise NotFound("supplier", str(supplier_id))
    return row


def senders(session: Session) -> Sequence[AnyRow]:
    """The suppliers from which something is awaited, with how many lines and the first day it is expected."""
    came = select(func.sum(ReceiptLine.quantity)).where(ReceiptLine.purchase_line_id == PurchaseLine.id)
    left = PurchaseLine.quantity - PurchaseLine.cancelled
    return session.execute(
        select(
            Supplier.id, Supplier.name, func.count().label("lines"),
            func.min(PurchaseOrder.expected_on).label("expected_on"),
        )
        .join(PurchaseOrder, PurchaseOrder.supplier_id == Supplier.id)
        .join(PurchaseLine, PurchaseLine.purchase_order_id == PurchaseOrder.id)
        .where(PurchaseOrder.state == PurchaseState.ORDERED, left > func.coalesce(came.scalar_subquery(), Decimal(0)))
        .group_by(Supplier.id, Supplier.name)
        .order_by(func.min(PurchaseOrder.expected_on).is_(None), func.min(PurchaseOrder.expected_on), Supplier.name)
    ).all()  # fmt: skip
