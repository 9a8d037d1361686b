"""Repair orders, their lines and the history of their states (rules O1 to O3)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.repair_orders import LineNature, OrderKind, OrderState
from garage.domain.tags import new_tag


class RepairOrder(Base):
    """Work asked for a vehicle, a site or an object in words, and who owes it.

    `tag` is the opaque code of its QR; `promised_on` is told to the collectivity, `expected_on` is a part's arrival.
    """

    __tablename__ = "repair_orders"
    __table_args__ = (
        CheckConstraint("vehicle_id IS NOT NULL OR object_label IS NOT NULL", name="vehicle_or_object"),
        Index("ix_repair_orders_tag", "tag", unique=True),
        Index("ix_repair_orders_state_number", "state", "number"),
        Index("ix_repair_orders_collectivity_number", "collectivity_id", "number"),
        Index("ix_repair_orders_collectivity_state_number", "collectivity_id", "state", "number"),
        Index("ix_repair_orders_vehicle_number", "vehicle_id", "number"),
        Index(
            "ix_repair_orders_object_number",
            "object_label",
            "number",
            sqlite_where=text("object_label IS NOT NULL"),
            postgresql_where=text("object_label IS NOT NULL"),
        ),
        Index(
            "ix_repair_orders_ready",
            "collectivity_id",
            "closed_on",
            sqlite_where=text("state = 'done'"),
            postgresql_where=text("state = 'done'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    collectivity_id: Mapped[int] = mapped_column(ForeignKey("collectivities.id"))
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicles.id"))
    object_label: Mapped[str | None] = mapped_column(String(200))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    state: Mapped[OrderState]
    kind: Mapped[OrderKind]
    reason: Mapped[str | None] = mapped_column(Text)
    works: Mapped[str | None] = mapped_column(Text)
    meter: Mapped[int | None]
    requester: Mapped[str | None] = mapped_column(String(200))
    service: Mapped[str | None] = mapped_column(String(200))
    engagement: Mapped[str | None] = mapped_column(String(100))
    forced_reason: Mapped[str | None] = mapped_column(String(500))
    floor_waived_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_reason: Mapped[str | None] = mapped_column(String(500))
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    tag: Mapped[str] = mapped_column(String(16), default=new_tag, server_default="")
    promised_on: Mapped[date | None]
    expected_on: Mapped[date | None]


class OrderStateChange(Base):
    """An order entered a state; the time spent in each is the time to the next change."""

    __tablename__ = "order_state_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    state: Mapped[OrderState]
    at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(500))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class OrderLine(Base):
    """Hours, a flat price, a part or external work. Ids are never used twice: a bill keeps the last one it saw."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "rank"),
        CheckConstraint("(nature = 'labour') = (minutes IS NOT NULL)", name="minutes_of_labour"),
        CheckConstraint("(nature = 'labour') = (quantity IS NULL)", name="quantity_of_others"),
        CheckConstraint("(nature = 'part') = (part_id IS NOT NULL)", name="part_of_part"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("quantity > 0", name="quantity"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"))
    rank: Mapped[int]
    nature: Mapped[LineNature]
    done_on: Mapped[date]
    code: Mapped[str | None] = mapped_column(String(20))
    part_id: Mapped[int | None] = mapped_column(ForeignKey("parts.id"), index=True)
    mechanic_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    minutes: Mapped[int | None]
    quantity: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    cost: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4))
    bought_for_order: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str | None] = mapped_column(String(500))
    supplier: Mapped[str | None] = mapped_column(String(200))
    supplier_invoice: Mapped[str | None] = mapped_column(String(100))
    non_billable_reason: Mapped[str | None] = mapped_column(String(500))
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
