"""Work asked for from a vehicle's label or a place, without an account."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.domain.requests import RequestState


class Request(Base):
    """What happens, to what, who says so; `follow_token` opens its follow-up page to whoever asked."""

    __tablename__ = "requests"
    __table_args__ = (
        CheckConstraint("vehicle_id IS NOT NULL OR object_label IS NOT NULL", name="vehicle_or_object"),
        Index("ix_requests_state_number", "state", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    follow_token: Mapped[str] = mapped_column(String(64), unique=True)
    collectivity_id: Mapped[int] = mapped_column(ForeignKey("collectivities.id"), index=True)
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicles.id"), index=True)
    object_label: Mapped[str | None] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(Text)
    urgent: Mapped[bool] = mapped_column(default=False)
    contact_name: Mapped[str] = mapped_column(String(200))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    state: Mapped[RequestState]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
