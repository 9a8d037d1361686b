"""Where a part that the workshop asked for stands."""

from enum import StrEnum
from typing import Final

from garage.domain.errors.part_requests import RequestAnswered


class PartRequestState(StrEnum):
    """Asked, put aside on the counter, ordered from a supplier, given to the order, refused or taken back."""

    ASKED = "asked"
    READY = "ready"
    ORDERED = "ordered"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


S = PartRequestState
# What the store still owes something on.
WAITING: Final = frozenset({S.ASKED, S.READY, S.ORDERED})
_FOLLOW: Final = {
    S.ASKED: frozenset({S.READY, S.ORDERED, S.GIVEN, S.REFUSED, S.WITHDRAWN}),
    S.READY: frozenset({S.GIVEN, S.REFUSED, S.WITHDRAWN}),
    S.ORDERED: frozenset({S.READY, S.GIVEN, S.REFUSED, S.WITHDRAWN}),
}


def may_follow(present: PartRequestState, wanted: PartRequestState) -> bool:
    """Whether a request in a state may come to another.

    >>> may_follow(S.READY, S.GIVEN), may_follow(S.GIVEN, S.REFUSED)
    (True, False)
    """
    return wanted in _FOLLOW.get(present, frozenset())


def check_follow(present: PartRequestState, wanted: PartRequestState) -> None:
    """Refuse what may not follow: raises RequestAnswered."""
    if not may_follow(present, wanted):
        raise RequestAnswered(present)
