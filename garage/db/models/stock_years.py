"""The stock's value added up by day, and the frozen valuations of 31 December (rule S6)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal


class StockDay(Base):
    """Euros that the value of a family's parts won on a day, over the movements up to StockTotals.until_id."""

    __tablename__ = "stock_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(String(60), primary_key=True)
    value_change: Mapped[Decimal] = mapped_column(ScaledDecimal(2))


class StockTotals(Base):
    """The last movement that the days hold; one row."""

    __tablename__ = "stock_totals"

    id: Mapped[int] = mapped_column(primary_key=True)
    until_id: Mapped[int]


class StockYear(Base):
    """The valuation of a 31 December, frozen: no movement may be dated in that year any more."""

    __tablename__ = "stock_years"

    year: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    parts: Mapped[int]
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
