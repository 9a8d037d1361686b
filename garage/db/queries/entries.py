"""Reads of what was entered in the workshop: entries held for the head, and what became of somebody's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from garage.db.models.entries import Entry
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderStateChange, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow, AnySelect
from garage.domain.entries import EntryState
from garage.domain.errors.base import NotFound

SHOWN: Final = 200
_Author, _Sender, _Head = aliased(User), aliased(User), aliased(User)


def _listed() -> AnySelect:
    return (
        select(
            Entry.id, Entry.key, Entry.kind, Entry.subject, Entry.entered_at, Entry.received_at, Entry.data,
            Entry.photo, Entry.state, Entry.refusal, Entry.resolved_at, Entry.resolution, Entry.author_id,
            _Author.name.label("author"), _Sender.name.label("sender"), _Head.name.label("resolved_by"),
        )
        .join(_Author, _Author.id == Entry.author_id)
        .join(_Sender, _Sender.id == Entry.sender_id)
        .outerjoin(_Head, _Head.id == Entry.resolved_by_id)
    )  # fmt: skip


def held(session: Session) -> Sequence[AnyRow]:
    """Entries that wait for the head, the oldest first; one more than SHOWN tells more."""
    wanted = _listed().where(Entry.state == EntryState.HELD).order_by(Entry.id)
    return session.execute(wanted.limit(SHOWN + 1)).all()


def one(session: Session, key: int) -> AnyRow:
    """An entry that was held once. Raises NotFound."""
    row = session.execute(_listed().where(Entry.id == key, Entry.state != EntryState.APPLIED)).one_or_none()
    if row is None:
        raise NotFound("entry", str(key))
    return row


def of_author(session: Session, author_id: int, since: datetime) -> Sequence[AnyRow]:
    """Somebody's entries that were held since, the last one first."""
    wanted = _listed().where(Entry.author_id == author_id, Entry.state != EntryState.APPLIED)
    return session.execute(wanted.where(Entry.received_at >= since).order_by(Entry.id.desc()).limit(SHOWN)).all()


def order_now(session: Session, number: str) -> AnyRow | None:
    """The state and meter of an order at present, since when and by whom; None when there is no such order."""
    return session.execute(
        select(
            RepairOrder.number, RepairOrder.state, RepairOrder.meter, OrderStateChange.at, OrderStateChange.reason,
            User.name.label("actor"),
        )
        .outerjoin(OrderStateChange, OrderStateChange.order_id == RepairOrder.id)
        .outerjoin(User, User.id == OrderStateChange.actor_id)
        .where(RepairOrder.number == number)
        .order_by(OrderStateChange.at.desc(), OrderStateChange.id.desc())
        .limit(1)
    ).one_or_none()  # fmt: skip


def happened(session: Session, number: str, since: datetime, limit: int) -> Sequence[AnyRow]:
    """What the journal tells of an order since an instant, the last act first."""
    return session.execute(
        select(JournalEntry.at, JournalEntry.actor, JournalEntry.action, JournalEntry.subject_key, JournalEntry.data)
        .where(JournalEntry.subject.in_(("repair_orders", "order")), JournalEntry.subject_key == number)
        .where(JournalEntry.at >= since)
        .order_by(JournalEntry.id.desc())
        .limit(limit)
    ).all()


def part_label(session: Session, reference: str) -> str | None:
    """What a part is called."""
    return session.scalar(select(Part.label).where(Part.reference == reference))
