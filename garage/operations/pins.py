"""PINs and badges of the workshop: who opens a shared tablet, who chooses a PIN, who takes one away (features WO-04).

A PIN has 4 digits, so attempts are counted before they are judged, on the person's and the device's locked rows.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from garage.db.models.devices import Device
from garage.db.models.users import SignInFailure, User
from garage.domain.devices import DEVICE_LIMIT, PIN_LIMIT, badge_code, fingerprint, read_pin
from garage.domain.errors.base import NotFound
from garage.domain.errors.devices import NoTabletForThem, PinThrottled
from garage.domain.permissions import Actor, Permission, Role, may
from garage.domain.users import THROTTLE_WINDOW
from garage.operations import journal
from garage.operations.users import hashed, matches


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whom a PIN or badge opened the tablet for, if anybody; else how many more tries there are at once."""

    user: User | None
    left: int


def try_pin(session: Session, user_id: int, pin: str, device_id: int, now: datetime) -> Attempt:
    """Judge a PIN typed on a device; a wrong one is counted, so the caller commits before it refuses.

    Raises PinThrottled after 5 wrong ones of this person or 20 on this device in 15 minutes. Somebody unknown, without
    PIN or no longer in the workshop takes the same time and gives the same answer as a wrong PIN.
    """
    device = _locked(session, device_id)
    user = session.get(User, user_id, with_for_update=True)
    before = _check_throttle(session, user_id, device_id, now)
    if user is not None and _works(user) and matches(user.pin_hash, pin):
        session.execute(delete(SignInFailure).where(SignInFailure.key == _person_key(user_id)))
        return Attempt(user, PIN_LIMIT)
    if user is None or not _works(user):
        matches(None, pin)
    _count(session, [_person_key(user_id), _device_key(device_id)], now)
    left = max(PIN_LIMIT - before - 1, 0)
    if left == 0:
        _tell(session, user.name if user else str(user_id), device, now)
    return Attempt(None, left)


def try_badge(session: Session, text: str, device_id: int, now: datetime) -> Attempt:
    """Judge what a scanner read on a device; what opens nothing is counted against the device.

    Raises PinThrottled after 20 refusals on this device in 15 minutes.
    """
    _locked(session, device_id)
    _check_throttle(session, None, device_id, now)
    code = badge_code(text)
    prints = {fingerprint(code), fingerprint(code.upper())} if code else set()
    user = session.scalars(select(User).where(User.badge_hash.in_(prints))).first()
    if user is not None and _works(user):
        return Attempt(user, PIN_LIMIT)
    _count(session, [_device_key(device_id)], now)
    return Attempt(None, 0)


def try_proof(session: Session, user_id: int, proof: str, now: datetime) -> int | None:
    """Judge the password or present PIN of whoever changes their own PIN: nothing when right, else the tries left.

    Counted like the wrong PINs of a tablet. Raises NotFound, PinThrottled.
    """
    user = _person(session, user_id)
    before = _check_throttle(session, user_id, None, now)
    if matches(user.pin_hash, proof) or matches(user.password_hash, proof):
        session.execute(delete(SignInFailure).where(SignInFailure.key == _person_key(user_id)))
        return None
    _count(session, [_person_key(user_id)], now)
    return max(PIN_LIMIT - before - 1, 0)


def choose(session: Session, user_id: int, pin: str, now: datetime) -> User:
    """A person's own new PIN, once `try_proof` is satisfied. Raises NotFound, BadPin, WeakPin, NoTabletForThem."""
    user = _person(session, user_id)
    _set(session, user, pin)
    _journal(session, Actor(user.id, user.name, user.role), "pin.choose", user, now)
    return user


def give(session: Session, user_id: int, pin: str, actor: Actor, now: datetime) -> User:
    """A new PIN that the head sets with the person beside; the throttling of the former one ends.

    Raises NotFound, BadPin, WeakPin, NoTabletForThem.
    """
    user = _person(session, user_id)
    _set(session, user, pin)
    session.execute(delete(SignInFailure).where(SignInFailure.key == _person_key(user_id)))
    _journal(session, actor, "pin.give", user, now)
    return user


def withdraw_pin(session: Session, user_id: int, actor: Actor, now: datetime) -> User:
    """Nobody opens a tablet with this person's PIN any more. Raises NotFound."""
    user = _person(session, user_id)
    user.pin_hash = None
    _journal(session, actor, "pin.withdraw", user, now)
    return user


def withdraw_badge(session: Session, user_id: int, actor: Actor, now: datetime) -> User:
    """Nobody opens a tablet with this person's badge any more. Raises NotFound."""
    user = _person(session, user_id)
    user.badge_hash = None
    _journal(session, actor, "badge.withdraw", user, now)
    return user


def _set(session: Session, user: User, pin: str) -> None:
    read = read_pin(pin)
    if not _works(user):
        raise NoTabletForThem(user.name)
    user.pin_hash = hashed(read)
    session.flush()


def _works(user: User) -> bool:
    return user.active and may(user.role, Permission.WORK_ON_ORDERS)


def _person(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound("user", str(user_id))
    return user


def _locked(session: Session, device_id: int) -> Device:
    device = session.get(Device, device_id, with_for_update=True)
    if device is None:
        raise NotFound("device", str(device_id))
    return device


def _person_key(user_id: int) -> str:
    return f"pin:{user_id}"


def _device_key(device_id: int) -> str:
    return f"device:{device_id}"


def _check_throttle(session: Session, user_id: int | None, device_id: int | None, now: datetime) -> int:
    """How many wrong PINs of this person there were in a quarter of an hour. Raises PinThrottled."""
    limits = [(_device_key(device_id), DEVICE_LIMIT)] if device_id is not None else []
    limits += [(_person_key(user_id), PIN_LIMIT)] if user_id is not None else []
    count = 0
    for key, limit in limits:
        wrong = select(SignInFailure.at).where(SignInFailure.key == key, SignInFailure.at > now - THROTTLE_WINDOW)
        failures = list(session.scalars(wrong.order_by(SignInFailure.at)))
        if len(failures) >= limit:
            raise PinThrottled(failures[-limit] + THROTTLE_WINDOW)
        count = len(failures)
    return count


def _count(session: Session, keys: list[str], now: datetime) -> None:
    session.execute(delete(SignInFailure).where(SignInFailure.at <= now - THROTTLE_WINDOW))
    session.add_all([SignInFailure(key=key, at=now) for key in keys])
    session.flush()


def _tell(session: Session, name: str, device: Device, now: datetime) -> None:
    """What the head reads on the page of devices: somebody's PIN was tried too often."""
    garage = Actor(None, device.name, Role.MECHANIC)
    journal.record(session, garage, "pin.throttled", ("users", name), data={"device": device.name}, now=now)


def _journal(session: Session, actor: Actor, action: str, user: User, now: datetime) -> None:
    session.flush()
    journal.record(session, actor, action, ("users", user.email or user.name), data={}, now=now)
