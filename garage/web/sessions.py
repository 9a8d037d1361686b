"""How long a session lasts: 12 hours without a request, or 30 days on a phone of one's own.

The lock of shared tablets is in seats.
"""

from datetime import datetime, timedelta
from typing import Any, Final, cast

from flask import Flask, Request, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

from garage import clock

ORDINARY: Final = timedelta(hours=12)
OWN_PHONE: Final = timedelta(days=30)
# How long before its end a session says so (RGAA 13.1).
WARNING: Final = timedelta(minutes=2)
_STAYS = "longue"


class Kept(SecureCookieSession):
    """A session and the instant at which its cookie was signed."""

    signed_at: datetime | None = None


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookies, read with a lifetime that depends on what they hold."""

    session_class = Kept

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a request; an empty one when there is none, or it is too old."""
        signer = self.get_signing_serializer(app)
        value = request.cookies.get(self.get_cookie_name(app))
        if signer is None or not value:
            return Kept() if signer else None
        try:
            held, signed_at = signer.loads(value, max_age=int(OWN_PHONE.total_seconds()), return_timestamp=True)
        except BadSignature:
            return Kept()
        opened = Kept(held)
        opened.signed_at = signed_at
        return opened if clock.now() - signed_at <= lifetime(opened) else Kept()

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        """When the browser forgets the cookie; with itself when the session is not permanent."""
        del app
        return clock.now() + lifetime(session) if session.permanent else None

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Each answer renews the session, except the one that only tells how long it still lasts.

        A page fetched ahead never does: it may come after the person has left, and would bring them back.
        """
        if "X-Prechargement" in request.headers:
            return False
        return session.modified or (not g.get("renews_nothing", False) and super().should_set_cookie(app, session))


def lifetime(held: Any) -> timedelta:
    """How long a session lasts without a request.

    One where nobody is signed in only holds the token of its page: a tablet left alone for a night asks no more.
    """
    return OWN_PHONE if held.get(_STAYS) or "_user_id" not in held else ORDINARY


def stay() -> None:
    """Make the present session last on this phone."""
    session[_STAYS] = True


def stays() -> bool:
    """Whether the present session is one of a phone of one's own."""
    return bool(session.get(_STAYS))


def left() -> timedelta:
    """How long the present session still lasts without another request."""
    kept = cast("Kept", session._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - werkzeug's own way out of a proxy
    if kept.signed_at is None:
        return lifetime(kept)
    return max(kept.signed_at + lifetime(kept) - clock.now(), timedelta(0))
