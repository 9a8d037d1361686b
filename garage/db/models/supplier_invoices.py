"""Invoices of suppliers, matched to orders and receipts (E9)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.purchases import SupplierInvoiceState


class SupplierInvoice(Base):
    """A supplier's invoice, once by number; `note` says what a dispute awaits.

    In euros as printed: `net` is the total that its lines make, without VAT or with it as costs are kept (rule M8);
    `vat` is the VAT.
    """

    __tablename__ = "supplier_invoices"
    __table_args__ = (
        UniqueConstraint("supplier_id", "number"),
        Index("ix_supplier_invoices_state", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    number: Mapped[str] = mapped_column(String(100))
    dated_on: Mapped[date]
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    vat: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    state: Mapped[SupplierInvoiceState]
    photo: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(500))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class SupplierInvoiceLine(Base):
    """A line of a supplier's invoice: quantity (3 decimals) at a price (4), `net` in euros as printed.

    It bills a line received, or a line of a repair order (work bought outside, a part straight to it), or a new line
    of `repair_order_id` written when the invoice is accepted, or a core deposit, or nothing: a difference to explain
    in `reason`.
    The shares of one sum over several orders have the same `form_token` (rule E9).
    """

    __tablename__ = "supplier_invoice_lines"
    __table_args__ = (UniqueConstraint("invoice_id", "rank"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("supplier_invoices.id"))
    rank: Mapped[int]
    label: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    price: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    receipt_line_id: Mapped[int | None] = mapped_column(ForeignKey("receipt_lines.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    repair_order_id: Mapped[int | None] = mapped_column(ForeignKey("repair_orders.id"))
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("core_deposits.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    form_token: Mapped[str | None] = mapped_column(String(64))
