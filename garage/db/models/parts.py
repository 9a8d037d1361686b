"""What is known of a part beside its stock: who sells it, what replaces it, where it fits, what must go back (S1)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.parts import DepositState, WasteClass


class PartSupplier(Base):
    """A supplier sells a part under its own reference, last at a price in euros (4 decimals), by packs of so many."""

    __tablename__ = "part_suppliers"
    __table_args__ = (Index("ix_part_suppliers_supplier", "supplier_id", "reference"),)

    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(100))
    price: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4))
    pack: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))


class PartEquivalent(Base):
    """Two parts that replace each other, the lower id first."""

    __tablename__ = "part_equivalents"
    __table_args__ = (CheckConstraint("part_id < other_id", name="order"),)

    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), primary_key=True, index=True)


class PartModel(Base):
    """A part that fits a model of vehicle, and how much of it one job takes (3 decimals)."""

    __tablename__ = "part_models"
    __table_args__ = (Index("ix_part_models_model", "make", "model"),)

    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), primary_key=True)
    make: Mapped[str] = mapped_column(String(100), primary_key=True)
    model: Mapped[str] = mapped_column(String(100), primary_key=True)
    quantity: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))


class CoreDeposit(Base):
    """A consigne paid on receipt, followed until the supplier credits it; amounts in euros for the whole quantity."""

    __tablename__ = "core_deposits"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"), index=True)
    receipt_line_id: Mapped[int | None] = mapped_column(ForeignKey("receipt_lines.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    state: Mapped[DepositState]
    paid_on: Mapped[date]
    sent_on: Mapped[date | None]
    sent_reference: Mapped[str | None] = mapped_column(String(100))
    credited_on: Mapped[date | None]
    credit_reference: Mapped[str | None] = mapped_column(String(100))
    credited_amount: Mapped[Decimal | None] = mapped_column(ScaledDecimal(2))
    reason: Mapped[str | None] = mapped_column(String(500))
    version: Mapped[int] = mapped_column(default=1)


class WasteSlip(Base):
    """A slip (bordereau) of waste taken away: what, how much, by whom, where to, treated on which day."""

    __tablename__ = "waste_slips"

    id: Mapped[int] = mapped_column(primary_key=True)
    waste: Mapped[WasteClass]
    number: Mapped[str] = mapped_column(String(50), unique=True)
    removed_on: Mapped[date]
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    unit: Mapped[str] = mapped_column(String(20))
    carrier: Mapped[str] = mapped_column(String(200))
    destination: Mapped[str | None] = mapped_column(String(200))
    treated_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(String(500))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
