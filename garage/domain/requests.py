"""Work asked for by whoever uses a vehicle or a place: what it says, what its requester is shown of it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from garage.domain.errors.requests import BadPhone, ContactMissing, TooManyPhotos, TooManyRequests, WhatMissing
from garage.domain.repair_orders import OrderState

SERIES: Final = "D"
MOST_PHOTOS: Final = 3
LONGEST_WHAT: Final = 2000
# A town hall sits behind one public address; a vehicle does not break down six times an hour.
WINDOW_ADDRESS: Final = timedelta(minutes=15)
LIMIT_ADDRESS: Final = 20
WINDOW_VEHICLE: Final = timedelta(hours=1)
LIMIT_VEHICLE: Final = 6
# Who asked is forgotten so long after the work ended or was refused.
KEPT_FOR: Final = timedelta(days=365)


class RequestState(StrEnum):
    """A request is waiting, became an order, or was refused with an answer."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Step(StrEnum):
    """How far a request is, in the words of whoever asked: no state of the workshop among them."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    PLANNED = "planned"
    IN_WORKSHOP = "in_workshop"
    WAITING = "waiting"
    READY = "ready"
    INVOICED = "invoiced"
    REFUSED = "refused"
    CANCELLED = "cancelled"


STEP_OF: Final[dict[OrderState, Step]] = {
    OrderState.DRAFT: Step.ACCEPTED,
    OrderState.REQUESTED: Step.ACCEPTED,
    OrderState.PLANNED: Step.PLANNED,
    OrderState.IN_PROGRESS: Step.IN_WORKSHOP,
    OrderState.TO_CHECK: Step.IN_WORKSHOP,
    OrderState.WAITING_PART: Step.WAITING,
    OrderState.WAITING_AGREEMENT: Step.WAITING,
    OrderState.BLOCKED: Step.WAITING,
    OrderState.DONE: Step.READY,
    OrderState.INVOICED: Step.INVOICED,
    OrderState.CANCELLED: Step.CANCELLED,
}
# As long as the work goes on, the promised day is worth telling.
GOING_ON: Final = frozenset({Step.ACCEPTED, Step.PLANNED, Step.IN_WORKSHOP, Step.WAITING})


def step_of(state: RequestState, order: OrderState | None) -> Step:
    """The step of a request, from its own state and that of its order.

    >>> step_of(RequestState.ACCEPTED, OrderState.BLOCKED), step_of(RequestState.RECEIVED, None)
    (<Step.WAITING: 'waiting'>, <Step.ASKED: 'asked'>)
    """
    if state is RequestState.REFUSED:
        return Step.REFUSED
    return Step.ASKED if state is RequestState.RECEIVED or order is None else STEP_OF[order]


def steps_since(
    accepted_at: datetime, changes: Iterable[tuple[OrderState, datetime]]
) -> tuple[tuple[Step, datetime], ...]:
    """The steps of an order since it answers a request, oldest first, each once in a row.

    `changes` are all the order's states, oldest first; the one it was in at that instant counts from there.
    """
    steps: list[tuple[Step, datetime]] = []
    for state, at in changes:
        step = STEP_OF[state]
        if at <= accepted_at:
            steps = [(step, accepted_at)]
        elif not steps or steps[-1][0] is not step:
            steps.append((step, at))
    return tuple(steps)


def read_what(signs: Sequence[str], text: str) -> str:
    """What happens: the signs ticked on one line, then the words, 2 000 characters at most. Raises WhatMissing.

    >>> read_what(["Fuite", "Freins"], " Flaque sous le moteur ")
    'Fuite, Freins\\nFlaque sous le moteur'
    """
    told = "\n".join(part for part in (", ".join(signs), text.strip()) if part)
    if not told or len(told) > LONGEST_WHAT:
        raise WhatMissing
    return told


def read_phone(text: str) -> str:
    """A telephone number, 6 to 15 digits; a French one is written by pairs. Raises BadPhone.

    >>> read_phone("06.12.34.56.78"), read_phone("+33 6 12 34 56 78")
    ('06 12 34 56 78', '+33 6 12 34 56 78')
    """
    plain = " ".join(re.sub(r"[.\-/()\u00a0\u202f]", " ", text).split())
    digits = plain.replace(" ", "").removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15 and len(plain) <= 30):
        raise BadPhone(text)
    if len(digits) == 10 and digits[0] == "0" and "+" not in plain:
        return " ".join(digits[place : place + 2] for place in range(0, 10, 2))
    return plain


def check_contact(email: str | None, phone: str | None) -> None:
    """One way to answer is needed, the address or the telephone: raises ContactMissing."""
    if not email and not phone:
        raise ContactMissing


def check_photos(count: int) -> None:
    """Three photos at most: raises TooManyPhotos."""
    if count > MOST_PHOTOS:
        raise TooManyPhotos(MOST_PHOTOS)


def check_pace(instants: Sequence[datetime], limit: int, window: timedelta) -> None:
    """Refuse one more request after so many within a window: raises TooManyRequests with the instant it passes."""
    if len(instants) >= limit:
        raise TooManyRequests(sorted(instants)[-limit] + window)
