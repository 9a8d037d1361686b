"""The wall screen of the workshop: read-only, read from afar, it keeps itself up to date."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import planning, wall
from garage.db.queries.paging import AnyRow
from garage.domain.permissions import Permission
from garage.domain.planning import is_worked
from garage.domain.repair_orders import OrderState
from garage.web.access import device_or
from garage.web.context import reading
from garage.web.htmx import page_or_fragment
from garage.web.order_room import lasted

blueprint = Blueprint("wall", __name__, url_prefix="/ecran-atelier")

# What one screen holds without scrolling.
PEOPLE: Final = 12
_LINES: Final = 14
_WAITING: Final = 7
_ARRIVALS: Final = 3


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody's orders of the day, as many as there is room for, and how many more."""

    name: str
    orders: list[AnyRow]
    more: int


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything the wall shows."""

    hands: list[Hand]
    more_hands: int
    waiting: list[tuple[AnyRow, str]]
    more_waiting: int
    arrivals: list[AnyRow]
    more_arrivals: int
    next_day: date


@blueprint.get("")
@device_or(Permission.READ_ORDERS)
def index() -> ResponseReturnValue:
    """Today's orders by mechanic, what waits, what comes the next day of work."""
    theme = request.cookies.get("theme")
    return page_or_fragment(
        "wall/index.html",
        "wall/_screen.html",
        screen=_screen(),
        today=clock.today(),
        at=clock.now(),
        apparence="clair" if theme == "clair" else "sombre",
    )


def _screen() -> Screen:
    today, now = clock.today(), clock.now()
    next_day = next(day for day in (today + timedelta(days=n) for n in range(1, 15)) if is_worked(day))
    with reading() as session:
        cards = planning.cards(session, today, today)
        waiting = wall.waiting(session)
        arrivals = wall.arrivals(session, next_day)
    hands = _hands([row for row in cards if row.state in planning.LEFT])
    return Screen(
        hands=hands[:PEOPLE],
        more_hands=max(len(hands) - PEOPLE, 0),
        waiting=[(row, lasted(row.since, now) if row.since else "") for row in waiting[:_WAITING]],
        more_waiting=max(len(waiting) - _WAITING, 0),
        arrivals=list(arrivals[:_ARRIVALS]),
        more_arrivals=max(len(arrivals) - _ARRIVALS, 0),
        next_day=next_day,
    )


def _hands(cards: list[AnyRow]) -> list[Hand]:
    """By name, what is under way first; the fewer people, the more orders of each."""
    held: dict[str, list[AnyRow]] = defaultdict(list)
    for row in sorted(cards, key=lambda row: (row.person, row.state is not OrderState.IN_PROGRESS)):
        held[row.person].append(row)
    room = max(_LINES // min(len(held), PEOPLE), 1) if held else 0
    return [Hand(name, orders[:room], max(len(orders) - room, 0)) for name, orders in held.items()]
