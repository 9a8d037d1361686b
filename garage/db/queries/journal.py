"""Reads of the journal, the latest act first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what to what, when."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    subject_key: str
    data: dict[str, Any]


def page(
    session: Session,
    limit: int,
    before: int | None = None,
    *,
    subjects: Sequence[str] = (),
    key: str = "",
    actor: str = "",
) -> list[Act]:
    """Acts before an id, on these kinds of things; `key` and `actor` are parts of the names of thing and person."""
    statement = select(
        JournalEntry.id, JournalEntry.at, JournalEntry.actor, JournalEntry.action, JournalEntry.subject,
        JournalEntry.subject_key, JournalEntry.data,
    )  # fmt: skip
    if before is not None:
        statement = statement.where(JournalEntry.id < before)
    if subjects:
        statement = statement.where(JournalEntry.subject.in_(subjects))
    if key:
        statement = statement.where(func.lower(JournalEntry.subject_key).contains(key.lower(), autoescape=True))
    if actor:
        statement = statement.where(func.lower(JournalEntry.actor).contains(actor.lower(), autoescape=True))
    rows = session.execute(statement.order_by(JournalEntry.id.desc()).limit(limit))
    return [Act(*row) for row in rows]
