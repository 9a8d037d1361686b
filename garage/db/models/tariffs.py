"""Tariff grids and their lines (rules T1, T2)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.tariffs import GridStatus, TariffNature


class TariffGrid(Base):
    """Prices voted for [starts_on, ends_on)."""

    __tablename__ = "tariff_grids"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    status: Mapped[GridStatus]
    deliberation: Mapped[str | None] = mapped_column(String(200))
    deliberated_on: Mapped[date | None]
    published_at: Mapped[datetime | None]


class TariffGridLine(Base):
    """One priced code: euros with 4 decimals, or percentages, for founders and partners."""

    __tablename__ = "tariff_lines"
    __table_args__ = (UniqueConstraint("grid_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("tariff_grids.id"))
    code: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(200))
    nature: Mapped[TariffNature]
    unit: Mapped[str] = mapped_column(String(20))
    founder_price: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    partner_price: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    vat_rate: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    article: Mapped[str | None] = mapped_column(String(50))
