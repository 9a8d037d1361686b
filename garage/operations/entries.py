"""Entries of the workshop: each counts once under its key; what cannot be applied any more waits for the head (E17)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.db.models.entries import Entry
from garage.domain.entries import EntryState
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.workshop import EntryResolved
from garage.domain.permissions import Actor
from garage.operations import journal


@dataclass(frozen=True, slots=True)
class Received:
    """An entry as it came: `data` is what its form held, `subject` what people call the thing it is about."""

    key: str
    kind: str
    subject: str | None
    author_id: int
    sender_id: int
    entered_at: datetime
    received_at: datetime
    data: dict[str, Any]
    photo: str | None = None


def begin(session: Session, entry: Received) -> bool:
    """Write an entry down before it is applied, in the same transaction; False when its key is known already.

    Two sendings at once: the second waits for the first to commit, then finds the key.
    """
    return _insert(session, entry, EntryState.APPLIED, None)


def hold(session: Session, entry: Received, refusal: str, actor: Actor) -> bool:
    """Keep for the head an entry that was refused when it came late; False when its key is known already."""
    new = _insert(session, entry, EntryState.HELD, refusal)
    if new:
        data = {"kind": entry.kind, "subject": entry.subject, "refusal": refusal}
        journal.record(session, actor, "entry.hold", ("entries", entry.key), data=data, now=entry.received_at)
    return new


def _insert(session: Session, entry: Received, state: EntryState, refusal: str | None) -> bool:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {name: getattr(entry, name) for name in Received.__slots__}
    statement = (
        dialect.insert(Entry)
        .values(**values, state=state, refusal=refusal[:500] if refusal else None)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Entry.id)
    )
    return session.scalar(statement) is not None


def held(session: Session, key: int) -> Entry:
    """A held entry, locked until the transaction ends. Raises NotFound, EntryResolved."""
    entry = session.get(Entry, key, with_for_update=True)
    if entry is None:
        raise NotFound("entry", str(key))
    if entry.state is not EntryState.HELD:
        raise EntryResolved(entry.key)
    return entry


def applied_later(session: Session, entry: Entry, actor: Actor, now: datetime, changed: str | None = None) -> None:
    """The head had a held entry applied after all; `changed` says what he corrected in it."""
    _resolve(session, entry, EntryState.APPLIED_LATER, changed, (actor, now))


def set_aside(session: Session, key: int, reason: str, actor: Actor, now: datetime) -> Entry:
    """The head sets a held entry aside, saying why; it is kept. Raises NotFound, EntryResolved, ReasonMissing."""
    entry = held(session, key)
    if not reason.strip():
        raise ReasonMissing(EntryState.SET_ASIDE)
    _resolve(session, entry, EntryState.SET_ASIDE, reason.strip(), (actor, now))
    return entry


def _resolve(session: Session, entry: Entry, state: EntryState, reason: str | None, by: tuple[Actor, datetime]) -> None:
    actor, now = by
    entry.state, entry.resolution = state, reason[:500] if reason else None
    entry.resolved_by_id, entry.resolved_at = actor.id, now
    session.flush()
    data = {"kind": entry.kind, "subject": entry.subject, "state": state.value, "reason": reason}
    journal.record(session, actor, "entry.resolve", ("entries", entry.key), data=data, now=now)


def waiting(session: Session) -> int:
    """How many entries the head has to look at."""
    return len(session.scalars(select(Entry.id).where(Entry.state == EntryState.HELD)).all())
