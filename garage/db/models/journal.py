"""Who did what to what, when. Rows are added, never changed: a trigger refuses the rest."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base


class JournalEntry(Base):
    """One act: `subject` is a table's word, `subject_key` what people call the thing, `data` before and after."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_subject", "subject", "subject_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(50))
    subject_key: Mapped[str] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
