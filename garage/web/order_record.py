"""What is told and shown of one order, as its page prints it: notes, photos, meter, days of waiting, what may follow.

`of_order` reads it all; the macros of `templates/orders/_record.html` print it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_records as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.order_works import NoteKind
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OrderState, check_writable, time_in_states
from garage.domain.vehicles import MeterUnit
from garage.french import formats
from garage.web import order_states
from garage.web.access import SignedIn
from garage.web.filters import plural

S = OrderState
# Ready words, for a tap with gloves on.
BLOCKING: Final = ("Pièce manquante", "Accord attendu", "Véhicule indisponible", "Besoin du chef")
_COUNTED: Final = {
    S.WAITING_PART: "en attente de pièce",
    S.WAITING_AGREEMENT: "en attente d’accord",
    S.BLOCKED: "de blocage",
}


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is read; `removable` by whoever looks at it."""

    id: int
    kind: NoteKind
    text: str
    author: str | None
    written_at: datetime
    work: str | None
    removable: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as it is shown, of the order or of the request it came from; sizes in pixels."""

    id: int
    caption: str | None
    alt: str
    width: int
    height: int
    author: str | None
    taken_at: datetime
    of_request: bool
    removable: bool


@dataclass(frozen=True, slots=True)
class Meter:
    """The meter of the order and the last reading of its vehicle, in whole kilometres or hours."""

    value: int | None
    unit: MeterUnit
    last: int | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """All of it. `tells`: one may add notes and photos; `works`: one may still work on the order; `may`: next states.

    `waits` are sentences («12 jours en attente de pièce»), `reason` says why it waits now.
    """

    notes: tuple[Note, ...]
    photos: tuple[Picture, ...]
    meter: Meter | None
    waits: tuple[str, ...]
    reason: str | None
    promised_on: date | None
    expected_on: date | None
    tells: bool
    works: bool
    may: frozenset[OrderState]
    blocking: tuple[str, ...] = BLOCKING


def of_order(session: Session, order: AnyRow, person: SignedIn) -> OrderRecord:
    """What the page of an order shows to this person; `order` is a row of `db.queries.repair_orders.order`."""
    acts = person.may(Permission.WORK_ON_ORDERS)
    changes = queries.changes(session, order.id)
    return OrderRecord(
        notes=_notes(session, order, person),
        photos=pictures(session, order, person),
        meter=meter_of(session, order),
        waits=waits(changes, clock.now()),
        reason=changes[-1].reason if changes and order.state in _COUNTED else None,
        promised_on=order.promised_on,
        expected_on=order.expected_on,
        tells=acts and order.state is not S.CANCELLED,
        works=acts and _writable(order, person),
        may=frozenset(s for s in S if acts and order_states.may_move(order.state, s, person.role)),
    )


def _writable(order: AnyRow, person: SignedIn) -> bool:
    try:
        check_writable(order.state, order.number, person.role)
    except OrderClosed:
        return False
    return True


def _own(row: AnyRow, person: SignedIn) -> bool:
    """One's own words and pictures are one's own to take away; the head takes any away."""
    return person.may(Permission.WORK_ON_ORDERS) and (row.author_id == person.id or person.may(Permission.CHECK_ORDERS))


def _notes(session: Session, order: AnyRow, person: SignedIn) -> tuple[Note, ...]:
    return tuple(
        Note(row.id, row.kind, row.text, row.author, row.written_at, row.work, _own(row, person))
        for row in queries.notes(session, order.id)
    )


def pictures(session: Session, order: AnyRow, person: SignedIn) -> tuple[Picture, ...]:
    """The photos of an order and of the request it came from, each with its words for those who do not see it."""
    shown: list[Picture] = []
    for place, row in enumerate(queries.photos(session, order.id), start=1):
        asked = row.request_id is not None
        alt = row.caption or f"Photo n°\u00a0{place} de l’ordre {order.number}"
        removable = not asked and _own(row, person)
        taken = row.author, row.taken_at
        shown.append(Picture(row.id, row.caption, alt, row.width, row.height, *taken, asked, removable))
    return tuple(shown)


def meter_of(session: Session, order: AnyRow) -> Meter | None:
    """The meter of an order, None for an object."""
    if order.vehicle_id is None:
        return None
    last = queries.last_reading(session, order.vehicle_id)
    return Meter(order.meter, order.meter_unit, last.value if last else None, last.read_on if last else None)


def waits(changes: Sequence[AnyRow], now: datetime) -> tuple[str, ...]:
    """How long an order waited, for parts and for an agreement apart (rule O2)."""
    spent = time_in_states([(row.state, row.at) for row in changes], now)
    return tuple(f"{lasted(spent[state])} {words}" for state, words in _COUNTED.items() if state in spent)


def lasted(span: timedelta) -> str:
    """A length of time in whole days, or in hours within a day."""
    return plural(span.days, "jour") if span.days else formats.hours(int(span.total_seconds()) // 60)
