"""Numbering, bills as they were issued, and the files they were printed to.

Rows of bills are copies of every printed word and number; a trigger refuses to change or delete them (rule B8).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.collectivities import Category, VatRegime
from garage.domain.invoices.bill import BilledNature, BillFormat, BillKind


class Numbering(Base):
    """The last number given in a series and year; locked last in the bill's transaction (rule B3)."""

    __tablename__ = "numbering"

    series: Mapped[str] = mapped_column(String(5), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    last_issued_on: Mapped[date]


class Invoice(Base):
    """An issued bill: totals in euros, both bodies and every reference as they were on the day of issue."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("series", "year", "sequence"),
        Index("ix_invoices_collectivity", "collectivity_id", "issued_on"),
        Index("ix_invoices_quarter", "quarter", "series", "year", "sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BillKind]
    series: Mapped[str] = mapped_column(String(5))
    year: Mapped[int]
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(30), unique=True)
    issued_on: Mapped[date]
    quarter: Mapped[str] = mapped_column(String(7))
    collectivity_id: Mapped[int] = mapped_column(ForeignKey("collectivities.id"))
    regime: Mapped[VatRegime]
    engagement: Mapped[str | None] = mapped_column(String(100))
    code_service: Mapped[str | None] = mapped_column(String(100))
    third_party_code: Mapped[str | None] = mapped_column(String(50))
    issuer: Mapped[dict[str, Any]] = mapped_column(JSON)
    addressee: Mapped[dict[str, Any]] = mapped_column(JSON)
    conventions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    grids: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    vat: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    gross: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    credited_invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    late_payment_text: Mapped[str | None] = mapped_column(Text)
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("job_runs.id"), index=True)
    format: Mapped[BillFormat] = mapped_column(server_default=BillFormat.PLAIN)
    mention: Mapped[str | None] = mapped_column(String(500))
    payment: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    notes: Mapped[list[list[str]] | None] = mapped_column(JSON)


class InvoiceOrder(Base):
    """A repair order as it stands on a bill; `lines_until_id` is the last of its lines that existed then (rule B4).

    `freed_by_id` is the credit note that took its lines off an earlier bill, so that they could stand here (rule B8).
    """

    __tablename__ = "invoice_orders"
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    position: Mapped[int]
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    number: Mapped[str] = mapped_column(String(30))
    opened_on: Mapped[date]
    closed_on: Mapped[date]
    fleet_number: Mapped[str | None] = mapped_column(String(50))
    registration: Mapped[str | None] = mapped_column(String(20))
    vehicle_label: Mapped[str | None] = mapped_column(String(250))
    object_label: Mapped[str | None] = mapped_column(String(200))
    meter: Mapped[int | None]
    meter_unit: Mapped[str | None] = mapped_column(String(5))
    requester: Mapped[str | None] = mapped_column(String(200))
    service: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)
    late_quarter: Mapped[str | None] = mapped_column(String(7))
    complement_of_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    lines_until_id: Mapped[int]
    freed_by_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)


class InvoiceLine(Base):
    """A billed line, or a structure fee when it has no order: its base is the quantity, its percentage the price."""

    __tablename__ = "invoice_lines"
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    position: Mapped[int]
    invoice_order_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_orders.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    rank: Mapped[int | None]
    done_on: Mapped[date | None]
    nature: Mapped[BilledNature]
    code: Mapped[str] = mapped_column(String(50))
    label: Mapped[str] = mapped_column(String(500))
    minutes: Mapped[int | None]
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    unit: Mapped[str] = mapped_column(String(20))
    unit_price: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    vat_rate: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    grid_id: Mapped[int] = mapped_column(ForeignKey("tariff_grids.id"), index=True)
    grid: Mapped[str] = mapped_column(String(50))
    grid_starts_on: Mapped[date]
    convention_id: Mapped[int | None] = mapped_column(ForeignKey("conventions.id"), index=True)
    convention_starts_on: Mapped[date]
    category: Mapped[Category]
    cost: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4))
    percent: Mapped[Decimal | None] = mapped_column(ScaledDecimal(2))
    article: Mapped[str | None] = mapped_column(String(50))
    supplier: Mapped[str | None] = mapped_column(String(200))
    supplier_invoice: Mapped[str | None] = mapped_column(String(100))
    non_billable_reason: Mapped[str | None] = mapped_column(String(500))
    credited_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_lines.id"), index=True)


class InvoiceVat(Base):
    """Net and VAT of one rate of a bill (rule M6)."""

    __tablename__ = "invoice_vat"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    rate: Mapped[Decimal] = mapped_column(ScaledDecimal(2), primary_key=True)
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    vat: Mapped[Decimal] = mapped_column(ScaledDecimal(2))


class LiveBilling(Base):
    """The one live bill a line stands on: the key makes a second one impossible (rule B7).

    A full credit note takes the rows of its lines away, which frees the lines (rule O2).
    """

    __tablename__ = "live_billings"

    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True, autoincrement=False)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)


class InvoiceFile(Base):
    """Where a bill was printed, relative to the invoices folder, with its SHA-256 in hexadecimal (rule B9)."""

    __tablename__ = "invoice_files"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True, autoincrement=False)
    path: Mapped[str] = mapped_column(String(300), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    printed_at: Mapped[datetime]
