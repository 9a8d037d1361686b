"""Orders to suppliers, goods received on delivery notes, goods sent back."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.purchases import PurchaseState


class PurchaseOrder(Base):
    """An order to a supplier under its number (CF-2026-00001); a draft may still change."""

    __tablename__ = "purchase_orders"
    __table_args__ = (Index("ix_purchase_orders_state", "state", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    state: Mapped[PurchaseState]
    ordered_on: Mapped[date | None]
    expected_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    closed_reason: Mapped[str | None] = mapped_column(String(500))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class PurchaseLine(Base):
    """So much of a part ordered (3 decimals) at an expected unit price in euros (4).

    `repair_order_id` is the order it is bought for: on receipt it goes straight there. `cancelled` is what will not
    come any more; what is received is the sum of the receipt lines.
    """

    __tablename__ = "purchase_lines"
    __table_args__ = (
        UniqueConstraint("purchase_order_id", "rank"),
        CheckConstraint("quantity > 0", name="quantity"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[int] = mapped_column(ForeignKey("purchase_orders.id"))
    rank: Mapped[int]
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)
    label: Mapped[str | None] = mapped_column(String(200))
    supplier_reference: Mapped[str | None] = mapped_column(String(100))
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    price: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4))
    cancelled: Mapped[Decimal] = mapped_column(ScaledDecimal(3), default=Decimal(0), server_default="0")
    repair_order_id: Mapped[int | None] = mapped_column(ForeignKey("repair_orders.id"), index=True)


class GoodsReceipt(Base):
    """Goods that came on one delivery note of a supplier, once; its photo is a file of garage.photos."""

    __tablename__ = "goods_receipts"
    __table_args__ = (UniqueConstraint("supplier_id", "delivery_note"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    delivery_note: Mapped[str] = mapped_column(String(100))
    received_on: Mapped[date]
    photo: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(500))
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class ReceiptLine(Base):
    """So much of a part received (3 decimals) at its unit cost in euros (4), of an ordered line if there is one.

    `order_line_id` is the line of the repair order it went straight to.
    """

    __tablename__ = "receipt_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("goods_receipts.id"), index=True)
    purchase_line_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_lines.id"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    cost: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)


class SupplierReturn(Base):
    """Goods of a receipt sent back to the supplier, and the credit that is awaited for them, in euros.

    `credit_reason` says why the credit is not what the goods had cost.
    """

    __tablename__ = "supplier_returns"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_line_id: Mapped[int] = mapped_column(ForeignKey("receipt_lines.id"), index=True)
    movement_id: Mapped[int] = mapped_column(ForeignKey("stock_movements.id"))
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    reference: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(500))
    returned_on: Mapped[date]
    credited_on: Mapped[date | None]
    credit_reference: Mapped[str | None] = mapped_column(String(100))
    credited_amount: Mapped[Decimal | None] = mapped_column(ScaledDecimal(2))
    credit_reason: Mapped[str | None] = mapped_column(String(500))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
