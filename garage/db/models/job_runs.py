"""One row per run of a job: asked, started, ended, what it did, what failed and why."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base


class JobRun(Base):
    """`slot` is the due time a scheduled run answers: two workers cannot take the same one."""

    __tablename__ = "job_runs"
    __table_args__ = (
        UniqueConstraint("job", "slot"),
        CheckConstraint("outcome IN ('asked', 'running', 'done', 'failed')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(50), index=True)
    slot: Mapped[str | None] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[str] = mapped_column(String(10))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    alive_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    progress: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(Text)
