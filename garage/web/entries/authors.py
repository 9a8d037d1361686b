"""Who made an entry: signed on the page it was made on, so that it may be sent under a colleague's session."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from garage.db.models.users import User
from garage.domain.errors.workshop import EntryOfNobody
from garage.domain.permissions import Actor, Permission, may
from garage.web.access import person


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="saisie")


def signature(user_id: int) -> str:
    """What a page says of who looks at it."""
    return str(_signer().dumps(user_id))


def author(session: Session, signed: str) -> Actor:
    """The person who made an entry; whoever is signed in when it does not say. Raises EntryOfNobody."""
    if not signed:
        return person().actor
    try:
        user = session.get(User, int(_signer().loads(signed)))
    except (BadSignature, TypeError, ValueError):
        raise EntryOfNobody from None
    if user is None or not user.active or not may(user.role, Permission.WORK_ON_ORDERS):
        raise EntryOfNobody
    # Never more rights than the session that sends: a head's own by PIN are a mechanic's.
    role = user.role if person().may(Permission.CHECK_ORDERS) else person().role
    return Actor(user.id, user.name, role)


def signed_by(session: Session, signed: str) -> Actor:
    """Whose signature it is, even of somebody who may not enter anything any more; else whoever is signed in."""
    try:
        user = session.get(User, int(_signer().loads(signed)))
    except (BadSignature, TypeError, ValueError):
        user = None
    return Actor(user.id, user.name, user.role) if user else person().actor
