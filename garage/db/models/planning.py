"""Who is to work on which order on which day."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base


class Assignment(Base):
    """So many minutes of a person on a day, meant for an order."""

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("order_id", "user_id", "day"),
        CheckConstraint("minutes > 0", name="minutes"),
        Index("ix_assignments_day_user", "day", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    day: Mapped[date]
    minutes: Mapped[int]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
