"""Parts kept for an order to come, and parts that the workshop asks the store for."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.part_requests import PartRequestState


class Reservation(Base):
    """So much of a part kept for an order (3 decimals); gone once taken or given up."""

    __tablename__ = "reservations"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"), {"sqlite_autoincrement": True})

    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), primary_key=True)
    repair_order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"), primary_key=True, index=True)
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    reserved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reserved_at: Mapped[datetime]


class PartRequest(Base):
    """A part asked for from an order, known or in words, and what the store did about it."""

    __tablename__ = "part_requests"
    __table_args__ = (Index("ix_part_requests_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    repair_order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("parts.id"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    state: Mapped[PartRequestState]
    needed_on: Mapped[date | None]
    photo: Mapped[str | None] = mapped_column(String(64))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(500))
    purchase_line_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_lines.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
