"""Counts of the stock: what was asked, what was found, what was decided (rule S2)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.counts import CountState


class StockCount(Base):
    """A count under its number (INV-2026-00001) of chosen bins and parts, on a day; blind when nothing is shown."""

    __tablename__ = "stock_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[CountState]
    counted_on: Mapped[date]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(500))
    version: Mapped[int] = mapped_column(default=1)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class CountLine(Base):
    """A part in a bin to count. `expected` is what the books said at the instant it was counted.

    Once approved, `counted` less `expected` is written; a second count replaces the first, which is kept.
    `seen_movement_id` is the last movement of the part at that instant: a count written since makes this one void.
    """

    __tablename__ = "count_lines"
    __table_args__ = (
        UniqueConstraint("count_id", "part_id", "bin_id"),
        Index("ix_count_lines_part_id", "part_id"),
        Index("ix_count_lines_sheet", "count_id", "id", "recount", "counted", "expected"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_counts.id"))
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"))
    bin_id: Mapped[int] = mapped_column(ForeignKey("bins.id"))
    expected: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    counted: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    counted_at: Mapped[datetime | None]
    seen_movement_id: Mapped[int] = mapped_column(default=0)
    first_expected: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    first_counted: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    first_counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recount: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None] = mapped_column(String(500))
    version: Mapped[int] = mapped_column(default=1)


class CountHand(Base):
    """Whoever counted a line, each time it was counted again too: none of them may have to approve it."""

    __tablename__ = "count_hands"

    line_id: Mapped[int] = mapped_column(ForeignKey("count_lines.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
