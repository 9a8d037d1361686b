"""The journal: who did what to what, when. Rows are added, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry
from garage.domain.permissions import Actor

# One statement, compiled once: every write of the house passes here.
_INSERT = insert(JournalEntry)


def record(
    session: Session, actor: Actor, action: str, subject: tuple[str, str], *, data: dict[str, Any], now: datetime
) -> None:
    """Write one act: `subject` is a table's word and what people call the thing; `data` holds plain JSON values."""
    session.connection().execute(
        _INSERT,
        {
            "at": now,
            "actor_id": actor.id,
            "actor": actor.name,
            "action": action,
            "subject": subject[0],
            "subject_key": subject[1][:100],
            "data": data,
        },
    )
