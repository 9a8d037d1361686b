"""E-mails: to which addresses, when one that did not go is tried again, when it is given up."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

DELAYS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
# A mail taken by a process that died is tried again after this; longer than any exchange with a server.
LEASE: Final = timedelta(minutes=15)
# News that no server took for so long are no news any more.
STALE: Final = timedelta(days=3)
# What `last_error` says of a mail that a later one replaced, or that no server was there to send.
SUPERSEDED: Final = "superseded"
TOO_OLD: Final = "too_old"


_LONGEST: Final = 254
_BETWEEN: Final = re.compile(r"[\s,;\u00a0]+")


class MailState(StrEnum):
    """What became of an e-mail."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    SUPERSEDED = "superseded"


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When a mail that failed so many times is tried again; None when it is given up.

    >>> next_try(1, datetime(2026, 10, 12, 9)), next_try(7, datetime(2026, 10, 12, 9))
    (datetime.datetime(2026, 10, 12, 9, 1), None)
    """
    return now + DELAYS[attempts - 1] if attempts <= len(DELAYS) else None


def state_of(sent_at: datetime | None, next_try_at: datetime | None, last_error: str | None) -> MailState:
    """What became of a mail, from its row."""
    if sent_at is not None:
        return MailState.SENT
    if next_try_at is not None:
        return MailState.WAITING
    return MailState.SUPERSEDED if last_error == SUPERSEDED else MailState.GIVEN_UP


def addresses(text: str | None) -> tuple[str, ...]:
    """The addresses that a collectivity gave, between commas, semicolons or spaces, each once.

    >>> addresses("mairie@bourg.test; Mairie@Bourg.test , compta@bourg.test")
    ('mairie@bourg.test', 'compta@bourg.test')
    """
    found: dict[str, str] = {}
    for one in _BETWEEN.split(text or ""):
        if 0 < len(one) <= _LONGEST:
            found.setdefault(one.lower(), one)
    return tuple(found.values())
