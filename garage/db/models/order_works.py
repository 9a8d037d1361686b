"""Works of an order, points to check, and the packages they come from (rule O3)."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.order_works import CheckResult, WorkState
from garage.domain.vehicles import VehicleType


class Package(Base):
    """A job made ready by the head: labour code, standard time in minutes, parts, points to check."""

    __tablename__ = "packages"
    __table_args__ = (CheckConstraint("standard_minutes > 0", name="standard_minutes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    labour_code: Mapped[str | None] = mapped_column(String(20))
    standard_minutes: Mapped[int | None]
    vehicle_type: Mapped[VehicleType | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class PackagePart(Base):
    """A part that a package usually takes, and how much of it (3 decimals)."""

    __tablename__ = "package_parts"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))


class PackageCheck(Base):
    """A point that a package has checked."""

    __tablename__ = "package_checks"

    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(200))


class OrderWork(Base):
    """A work to tick: a tariff code or free words. A flat code puts its line on the order when ticked.

    One that was put off comes back with the vehicle: `resumed_by_id` is the work that took it over.
    """

    __tablename__ = "order_works"
    __table_args__ = (UniqueConstraint("order_id", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"))
    rank: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(500))
    standard_minutes: Mapped[int | None]
    package_id: Mapped[int | None] = mapped_column(ForeignKey("packages.id"))
    state: Mapped[WorkState]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    resumed_by_id: Mapped[int | None] = mapped_column(ForeignKey("order_works.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class OrderCheck(Base):
    """A point to check within a work; a failed one may have been turned into a work of its own."""

    __tablename__ = "order_checks"
    __table_args__ = (UniqueConstraint("work_id", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("order_works.id"))
    rank: Mapped[int]
    label: Mapped[str] = mapped_column(String(200))
    result: Mapped[CheckResult | None]
    note: Mapped[str | None] = mapped_column(String(500))
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("order_works.id"), index=True)
