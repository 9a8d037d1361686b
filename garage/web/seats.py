"""The place of one person at a shared device: its cookies, who sits there, the lock after ten minutes without touch.

Three things must agree for a session to hold on a shared device: the device's own cookie, the session's, and the
cookie of the place, renewed with each person: an answer that comes late cannot bring back who sat there before.
"""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

from flask import Response, g, request, session
from flask_login import login_user, logout_user

from garage import clock
from garage.db.models.users import User
from garage.db.queries import devices as queries
from garage.db.queries.devices import Known
from garage.domain.devices import LOCK_AFTER, fingerprint
from garage.domain.permissions import Permission, may
from garage.web.context import options, reading

# What opened the place; a password alone gives back all the rights of its owner.
PIN, BADGE, PASSWORD = "code", "badge", "mot de passe"
_PLACE, _LEFT = "place", "quitte"
_TEN_YEARS: Final = timedelta(days=3650)


def device() -> Known | None:
    """The device this request comes from, if it is one of ours that nobody withdrew."""
    if not request.cookies.get(_device_cookie()):
        return None
    if "device" not in g:
        with reading() as opened:
            g.device = queries.by_token(opened, fingerprint(request.cookies[_device_cookie()]))
    found: Known | None = g.device
    return found


def become(response: Response, token: str) -> None:
    """Make the browser that gets this answer the device of a token."""
    _set(response, _device_cookie(), token, _TEN_YEARS)


def forget(response: Response) -> None:
    """Make the browser that gets this answer no device of ours any more."""
    for name in (_device_cookie(), _place_cookie()):
        response.delete_cookie(name, secure=options().secure_cookies, httponly=True, samesite="Lax")


def sit(someone: Any, user: User, proof: str, here: Known) -> str:
    """Open a new session for somebody on a device: nothing of the former one is kept. Gives the key of the place."""
    session.clear()
    login_user(someone)  # type: ignore[no-untyped-call]
    session.permanent = False
    key = secrets.token_hex(16)
    session[_PLACE] = {
        "appareil": here.id,
        "cle": key,
        "preuve": proof,
        "sceau": _seal(user, proof),
        "touche": int(clock.now().timestamp()),
    }
    return key


def keep_place(response: Response, key: str) -> None:
    """Give the browser the other half of the place."""
    _set(response, _place_cookie(), key, None)


def proof_of_place(user: User) -> str | None:
    """What opened the place of this session, or nothing when the session does not hold on this device (any more).

    An ordinary session never holds on a shared device, nor the session of a shared device elsewhere.
    """
    here, place = device(), session.get(_PLACE)
    if here is None or not isinstance(place, dict) or place.get("appareil") != here.id:
        return None
    proof = str(place.get("preuve"))
    theirs = request.cookies.get(_place_cookie(), "")
    known = compare_digest(str(place.get("cle")).encode(), theirs.encode()) and bool(theirs)
    may_sit = proof == PASSWORD or may(user.role, Permission.WORK_ON_ORDERS)
    if not known or not may_sit or place.get("sceau") != _seal(user, proof) or is_locked():
        return None
    if _is_navigation():
        touch()
    return proof


def shares() -> bool:
    """Whether the session or the browser belongs to a shared device."""
    return _PLACE in session or device() is not None


def is_locked() -> bool:
    """Whether nobody touched this place for ten minutes."""
    place = session.get(_PLACE)
    if not isinstance(place, dict):
        return False
    touched = datetime.fromtimestamp(int(place.get("touche", 0)), tz=clock.now().tzinfo)
    return clock.now() - touched > LOCK_AFTER


def touch() -> None:
    """Somebody is there: the ten minutes begin again."""
    if _PLACE in session:
        session[_PLACE] = session[_PLACE] | {"touche": int(clock.now().timestamp())}


def renew_seal(user: User) -> None:
    """Whoever changes their own PIN at their place stays there."""
    place = session.get(_PLACE)
    if place is not None:
        session[_PLACE] = place | {"sceau": _seal(user, str(place.get("preuve")))}


def leave(back: str | None) -> None:
    """End the session, remembering who left which page."""
    who = str(session.get("_user_id", "")).partition(".")[0]
    logout_user()  # type: ignore[no-untyped-call]
    session.clear()
    session[_LEFT] = {"de": int(who) if who.isdigit() else None, "vers": back}


def page_left(user_id: int) -> str | None:
    """The page this very person left, or that was asked for while nobody was there; read before sitting down."""
    left = session.get(_LEFT) or {}
    return left.get("vers") if left.get("de") in (None, user_id) else None


def _seal(user: User, proof: str) -> str:
    """Changes with what opened the place: a new PIN ends what the former one opened."""
    kept = {PIN: user.pin_hash, BADGE: user.badge_hash}.get(proof)
    return fingerprint(f"{proof}:{kept or ''}")[:16]


def _is_navigation() -> bool:
    """A page that somebody asked for: not a poll, not an outbox, which go on in an empty workshop."""
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    return "X-Saisie" not in request.headers and "HX-Request" not in request.headers


def _set(response: Response, name: str, value: str, age: timedelta | None) -> None:
    response.set_cookie(name, value, max_age=age, secure=options().secure_cookies, httponly=True, samesite="Lax")


def _device_cookie() -> str:
    return _prefixed("garage-appareil")


def _place_cookie() -> str:
    return _prefixed("garage-place")


def _prefixed(name: str) -> str:
    return f"__Host-{name}" if options().secure_cookies else name
