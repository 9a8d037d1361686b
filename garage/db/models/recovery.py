"""What the finance application makes of the bills: exports handed over, titres de recettes, money received (B11)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.recovery import SettlementKind


class FinanceExport(Base):
    """One bundle for the finance application: the settings it was made with, so that it is made again identical."""

    __tablename__ = "finance_exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    bills: Mapped[int]
    net: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    vat: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    gross: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    sha256: Mapped[str | None] = mapped_column(String(64))
    transmitted_at: Mapped[datetime | None]
    transmitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class FinanceExportBill(Base):
    """A bill or credit note in a bundle, in its order."""

    __tablename__ = "finance_export_bills"
    __table_args__ = (UniqueConstraint("export_id", "position"),)

    export_id: Mapped[int] = mapped_column(ForeignKey("finance_exports.id"), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True, index=True)
    position: Mapped[int]


class Titre(Base):
    """The titre de recettes of a bill (or the reduction of a credit note), as the finance application numbered it."""

    __tablename__ = "titres"
    __table_args__ = (UniqueConstraint("year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), unique=True)
    year: Mapped[int]
    number: Mapped[str] = mapped_column(String(30))
    bordereau: Mapped[str | None] = mapped_column(String(30))
    titled_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime]


class Settlement(Base):
    """Euros that settle a bill: a payment, a refund of an overpaid one, or what another's credit covers (E14).

    Never changed: a wrong one is voided with its reason. `key` makes the same line of a file count once.
    """

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(kind = 'offset') = (from_invoice_id IS NOT NULL)", name="origin"),
        CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="voided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    kind: Mapped[SettlementKind]
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    settled_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(String(100))
    overpaid_reason: Mapped[str | None] = mapped_column(String(500))
    from_invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    void_reason: Mapped[str | None] = mapped_column(String(500))


class FinanceReturn(Base):
    """A file that came back from the finance application: checked, then recorded once, its bytes kept."""

    __tablename__ = "finance_returns"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    titres: Mapped[int] = mapped_column(default=0)
    payments: Mapped[int] = mapped_column(default=0)
