"""Segments of people's clocks, and the hours the plan may give somebody on a day that is not like the others."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.domain.work_time import Activity


class ClockSegment(Base):
    """Somebody worked on an order, or at something else, from one whole minute to another (rule O4).

    Without end it runs: one per person. Once ended it lies within one civil day; on an order its minutes are in a
    labour line. `to_confirm` marks a forgotten clock whose end is not known yet: it is in no line.
    """

    __tablename__ = "clock_segments"
    __table_args__ = (
        CheckConstraint("(order_id IS NULL) <> (activity IS NULL)", name="order_or_activity"),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="forward"),
        Index(
            "ix_clock_segments_running",
            "user_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_clock_segments_user_started", "user_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    work_id: Mapped[int | None] = mapped_column(ForeignKey("order_works.id"), index=True)
    code: Mapped[str | None] = mapped_column(String(20))
    activity: Mapped[Activity | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    to_confirm: Mapped[bool] = mapped_column(default=False)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    created_at: Mapped[datetime]


class DayCapacity(Base):
    """The minutes somebody has on one day, when not their usual ones: 0 is a day off."""

    __tablename__ = "day_capacities"
    __table_args__ = (CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[int]
