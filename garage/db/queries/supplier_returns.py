"""Reads of goods sent back to suppliers and the credits awaited for them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.purchases import GoodsReceipt, ReceiptLine, SupplierReturn
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.models.users import User
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, id_of
from garage.domain.errors.base import NotFound

PAGE: Final = 24


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns to list: those whose credit is awaited, or came; of one supplier."""

    awaited: bool | None = None
    supplier_id: int | None = None


def sent_back(session: Session, receipt_line_id: int) -> Decimal:
    """How much of a receipt line went back."""
    wanted = select(func.sum(SupplierReturn.quantity)).where(SupplierReturn.receipt_line_id == receipt_line_id)
    return session.scalar(wanted) or Decimal(0)


def _listed() -> AnySelect:
    return (
        select(
            SupplierReturn.id, SupplierReturn.quantity, SupplierReturn.reference, SupplierReturn.reason,
            SupplierReturn.returned_on, SupplierReturn.credited_on, SupplierReturn.credit_reference,
            SupplierReturn.credited_amount, SupplierReturn.credit_reason, Part.reference.label("part"), Part.label,
            Part.unit, ReceiptLine.cost, GoodsReceipt.id.label("receipt_id"), GoodsReceipt.delivery_note,
            Supplier.id.label("supplier_id"), Supplier.name.label("supplier"), User.name.label("author"),
        )
        .join(ReceiptLine, ReceiptLine.id == SupplierReturn.receipt_line_id)
        .join(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
        .join(Supplier, Supplier.id == GoodsReceipt.supplier_id)
        .join(Part, Part.id == ReceiptLine.part_id)
        .outerjoin(User, User.id == SupplierReturn.recorded_by_id)
    )  # fmt: skip


def page(session: Session, wanted: ReturnFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of returns, the latest first."""
    columns = _listed()
    if wanted.awaited is not None:
        none = SupplierReturn.credited_on.is_(None)
        columns = columns.where(none if wanted.awaited else ~none)
    if wanted.supplier_id is not None:
        columns = columns.where(GoodsReceipt.supplier_id == wanted.supplier_id)
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(SupplierReturn.id > bound if key.backwards else SupplierReturn.id < bound)
    order = SupplierReturn.id.asc() if key.backwards else SupplierReturn.id.desc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


def one(session: Session, return_id: int) -> AnyRow:
    """One return. Raises NotFound."""
    row = session.execute(_listed().where(SupplierReturn.id == return_id)).one_or_none()
    if row is None:
        raise NotFound("supplier_return", str(return_id))
    return row


def waiting(session: Session) -> int:
    """How many returns await their credit."""
    wanted = select(func.count()).select_from(SupplierReturn).where(SupplierReturn.credited_on.is_(None))
    return session.scalar(wanted) or 0
