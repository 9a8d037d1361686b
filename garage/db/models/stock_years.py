"""The stock's value added up by day and month, and the frozen valuations of 31 December (rule S6)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.stock import MovementKind


class StockDay(Base):
    """Euros that a family's parts won on a day by a kind of movement, up to StockTotals.until_id.

    `variance` is what the movements cost beyond that, `paid` what the receipts cost. What a part bought for one order
    leaves, nothing but for a part short of stock, counts as issued: there `paid` is what such parts cost.
    """

    __tablename__ = "stock_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[MovementKind] = mapped_column(primary_key=True)
    value_change: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    variance: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    paid: Mapped[Decimal] = mapped_column(ScaledDecimal(2))


class StockMonth(Base):
    """The same euros by month, under its first day: a value of years ago adds months, and days of one month only."""

    __tablename__ = "stock_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[MovementKind] = mapped_column(primary_key=True)
    value_change: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    variance: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    paid: Mapped[Decimal] = mapped_column(ScaledDecimal(2))


class StockTotals(Base):
    """The last movement that days and months hold; one row."""

    __tablename__ = "stock_totals"

    id: Mapped[int] = mapped_column(primary_key=True)
    until_id: Mapped[int]


class StockYear(Base):
    """The valuation of a 31 December, frozen: no movement may be dated in that year any more.

    `parts` counts those with a line; `issuer` is whose stock it was, in words; `sha256` is the fingerprint of its PDF.
    """

    __tablename__ = "stock_years"

    year: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    parts: Mapped[int]
    issuer: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    frozen_at: Mapped[datetime]
    frozen_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class StockYearLine(Base):
    """What a part was in a bin on that day: quantity (3 decimals), cost (4) and value (2) in euros, its words then."""

    __tablename__ = "stock_year_lines"
    __table_args__ = (Index("ix_stock_year_lines_part_id", "part_id"),)

    year: Mapped[int] = mapped_column(ForeignKey("stock_years.year"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"))
    store: Mapped[str] = mapped_column(String(100))
    bin: Mapped[str] = mapped_column(String(50))
    reference: Mapped[str] = mapped_column(String(50))
    label: Mapped[str] = mapped_column(String(200))
    family: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    average_cost: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    value: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
