"""People's badges: a code that opens a shared tablet, printed once, kept as its SHA-256 alone.

It is random and long, so that a fast hash is enough.
"""

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from garage.db.models.users import User
from garage.domain.devices import fingerprint
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Actor, Permission, may
from garage.domain.tags import ALPHABET
from garage.operations import journal

# 26 characters of 5 bits: 130 random bits.
_LENGTH: Final = 26


def renew(session: Session, user_id: int, actor: Actor, now: datetime) -> str:
    """A new badge for somebody of the workshop; the former one opens nothing any more.

    Returns the code, told this once. Raises NotFound for who does not work there, or not any more.
    """
    user = session.get(User, user_id, with_for_update=True)
    if user is None or not user.active or not may(user.role, Permission.WORK_ON_ORDERS):
        raise NotFound("user", str(user_id))
    code = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
    user.badge_hash = fingerprint(code)
    session.flush()
    journal.record(session, actor, "user.renew_badge", ("users", user.email or user.name), data={}, now=now)
    return code
