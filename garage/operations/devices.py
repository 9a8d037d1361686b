"""Devices of the workshop: made known, renamed, withdrawn for good, seen. PINs live in operations.pins."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from garage.db.models.devices import Device
from garage.domain.devices import MOST_WAITING, DeviceKind, fingerprint, read_device_name
from garage.domain.errors.base import NotFound
from garage.domain.errors.devices import DeviceGone
from garage.domain.permissions import Actor
from garage.operations import journal


def register(
    session: Session, name: str, kind: DeviceKind, replaced_id: int | None, actor: Actor, now: datetime
) -> tuple[Device, str]:
    """A new device and the 256-bit token its cookie keeps, of which only the hash is written (features WO-04).

    The device that this one was until now, if any, is withdrawn. Raises BadDeviceName.
    """
    token = secrets.token_hex(32)
    device = Device(
        name=read_device_name(name),
        kind=kind,
        token_hash=fingerprint(token),
        last_seen_at=now,
        created_by_id=actor.id,
        created_at=now,
    )
    session.add(device)
    former = session.get(Device, replaced_id, with_for_update=True) if replaced_id is not None else None
    if former is not None and former.revoked_at is None:
        _withdraw(session, former, actor, now)
    session.flush()
    journal.record(session, actor, "device.register", ("devices", device.name), data={"kind": kind.value}, now=now)
    return device, token


def rename(session: Session, device_id: int, name: str, actor: Actor, now: datetime) -> Device:
    """Another name for a device. Raises NotFound, DeviceGone, BadDeviceName."""
    device = _present(session, device_id)
    former, device.name = device.name, read_device_name(name)
    session.flush()
    journal.record(session, actor, "device.rename", ("devices", device.name), data={"from": former}, now=now)
    return device


def revoke(session: Session, device_id: int, actor: Actor, now: datetime) -> Device:
    """Withdraw a device for good: its cookie opens nothing any more. Raises NotFound, DeviceGone."""
    device = _present(session, device_id)
    _withdraw(session, device, actor, now)
    session.flush()
    return device


def seen(session: Session, device_id: int, now: datetime, waiting: int | None = None) -> None:
    """A device gave news: when, and how many entries it keeps to send if it says so. Raises NotFound, DeviceGone."""
    device = _present(session, device_id)
    device.last_seen_at = now
    if waiting is not None:
        device.waiting = min(max(waiting, 0), MOST_WAITING)


def _present(session: Session, device_id: int) -> Device:
    device = session.get(Device, device_id, with_for_update=True)
    if device is None:
        raise NotFound("device", str(device_id))
    if device.revoked_at is not None:
        raise DeviceGone(device.name)
    return device


def _withdraw(session: Session, device: Device, actor: Actor, now: datetime) -> None:
    device.revoked_at = now
    journal.record(session, actor, "device.revoke", ("devices", device.name), data={"waiting": device.waiting}, now=now)
