"""Billed bodies and their conventions (rules C1 to C3)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.collectivities import Category, CollectivityKind, VatRegime


class Collectivity(Base):
    """A body that the garage works for; one of them issues the bills."""

    __tablename__ = "collectivities"
    __table_args__ = (
        Index(
            "uq_collectivities_issuer",
            "is_issuer",
            unique=True,
            sqlite_where=text("is_issuer"),
            postgresql_where=text("is_issuer"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[CollectivityKind]
    siren: Mapped[str | None] = mapped_column(String(9))
    siret: Mapped[str | None] = mapped_column(String(14))
    insee_code: Mapped[str | None] = mapped_column(String(5))
    population: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(String(10))
    city: Mapped[str | None] = mapped_column(String(200))
    emails: Mapped[str | None] = mapped_column(Text)
    code_service: Mapped[str | None] = mapped_column(String(100))
    third_party_code: Mapped[str | None] = mapped_column(String(50))
    engagement_required: Mapped[bool] = mapped_column(default=False)
    is_issuer: Mapped[bool] = mapped_column(default=False)
    code_service_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    tiers_category: Mapped[str | None] = mapped_column(String(2))
    legal_nature: Mapped[str | None] = mapped_column(String(2))


class Convention(Base):
    """What binds a collectivity over [starts_on, ends_on); no end is open for ever."""

    __tablename__ = "conventions"
    __table_args__ = (
        UniqueConstraint("collectivity_id", "starts_on"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collectivity_id: Mapped[int] = mapped_column(ForeignKey("collectivities.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    category: Mapped[Category]
    regime: Mapped[VatRegime]
    structure_fee: Mapped[bool] = mapped_column(default=True)
    legal_basis: Mapped[str | None] = mapped_column(String(200))
    reference: Mapped[str | None] = mapped_column(String(200))
    signed_on: Mapped[date | None]
    forecast_hours: Mapped[Decimal | None] = mapped_column(ScaledDecimal(2))
    ceiling: Mapped[Decimal | None] = mapped_column(ScaledDecimal(2))
    notice_months: Mapped[int | None]
    goods_taxed: Mapped[bool] = mapped_column(default=False, server_default=false())
