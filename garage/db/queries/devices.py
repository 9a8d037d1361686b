"""Reads of devices, of who opens a shared tablet with what, and of PINs that were tried too often."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.devices import Device
from garage.db.models.journal import JournalEntry
from garage.db.models.users import User
from garage.domain.devices import DeviceKind
from garage.domain.errors.base import NotFound
from garage.domain.permissions import GRANTED, Permission, Role
from garage.french.plain import plain_text

_WORKSHOP = [role for role in Role if Permission.WORK_ON_ORDERS in GRANTED[role]]
_MOST = 200


@dataclass(frozen=True, slots=True)
class Known:
    """A device that shows a token of ours and was not withdrawn."""

    id: int
    name: str
    kind: DeviceKind


@dataclass(frozen=True, slots=True)
class Listed:
    """A device as the head sees it."""

    id: int
    name: str
    kind: DeviceKind
    waiting: int
    last_seen_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody of the workshop, and what opens a tablet for them."""

    id: int
    name: str
    role: Role
    pin: bool
    badge: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody's PIN was wrong too often, on a device."""

    name: str
    device: str
    at: datetime


def by_token(session: Session, token_hash: str) -> Known | None:
    """The device that is still ours and keeps this token."""
    statement = select(Device.id, Device.name, Device.kind).where(
        Device.token_hash == token_hash, Device.revoked_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return Known(*row) if row else None


_LISTED = (Device.id, Device.name, Device.kind, Device.waiting, Device.last_seen_at, Device.revoked_at)


def page(session: Session) -> list[Listed]:
    """The devices in use by name, then those withdrawn, last first."""
    order = (Device.revoked_at.is_not(None), Device.revoked_at.desc(), Device.name, Device.id)
    return [Listed(*row) for row in session.execute(select(*_LISTED).order_by(*order).limit(_MOST))]


def one(session: Session, device_id: int) -> Listed:
    """A device. Raises NotFound."""
    row = session.execute(select(*_LISTED).where(Device.id == device_id)).one_or_none()
    if row is None:
        raise NotFound("device", str(device_id))
    return Listed(*row)


def crew(session: Session) -> list[Hand]:
    """The active people of the workshop, by name, accents as in a dictionary."""
    rows = session.execute(
        select(User.id, User.name, User.role, User.pin_hash.is_not(None), User.badge_hash.is_not(None))
        .where(User.active, User.role.in_(_WORKSHOP))
        .order_by(User.id)
    )
    return sorted((Hand(*row) for row in rows), key=lambda hand: plain_text(hand.name))


def hand(session: Session, user_id: int) -> Hand:
    """An active person of the workshop. Raises NotFound."""
    found = next((one for one in crew(session) if one.id == user_id), None)
    if found is None:
        raise NotFound("user", str(user_id))
    return found


def alarms(session: Session, since: datetime) -> list[Alarm]:
    """PINs tried too often since an instant, last first: what the head must know."""
    rows = session.execute(
        select(JournalEntry.subject_key, JournalEntry.actor, JournalEntry.at)
        .where(JournalEntry.action == "pin.throttled", JournalEntry.subject == "users", JournalEntry.at >= since)
        .order_by(JournalEntry.id.desc())
        .limit(20)
    )
    return [Alarm(*row) for row in rows]
