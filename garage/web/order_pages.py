"""Repair orders to read: the list, its CSV, one order whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import render_template
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import order_entries
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import FIRST, AnyRow, Key
from garage.db.queries.repair_orders import Found, OrderFilter
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.permissions import Permission
from garage.domain.repair_orders import LineNature, OrderState, check_writable
from garage.french import formats
from garage.french.labels import label
from garage.web import order_states
from garage.web.access import allow, person
from garage.web.context import options, reading
from garage.web.csv_export import Cell, csv_response
from garage.web.filters import plural
from garage.web.forms.fields import choices
from garage.web.forms.orders import OrderFilters
from garage.web.htmx import page_or_fragment
from garage.web.lists import address, around, key_asked, typed

_BATCH: Final = 500
_HEADER: Final = (
    "Numéro", "État", "Nature", "Code collectivité", "Collectivité", "Parc", "Immatriculation", "Véhicule ou objet",
    "Ouvert le", "Terminé le", "Compteur", "Demandeur", "Service", "Engagement", "Motif",
)  # fmt: skip
# The order in which an order tells what was done.
_GROUPS: Final = (
    (LineNature.LABOUR, "Temps"),
    (LineNature.PART, "Pièces"),
    (LineNature.FLAT, "Forfaits"),
    (LineNature.EXTERNAL, "Travaux externes"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The list as its address asks for it; only what differs from the default goes back into the address."""

    wanted: OrderFilter
    words: dict[str, str]

    def without(self, name: str) -> dict[str, str]:
        """The filters but one."""
        return {key: value for key, value in self.words.items() if key != name}


def _asked() -> Asked:
    state, owner, text = typed("etat"), typed("collectivite"), typed("q")
    words = {"etat": state if state != order_states.OPEN else "", "collectivite": owner, "q": text}
    wanted = OrderFilter(order_states.states_of(state), owner, text)
    return Asked(wanted, {key: value for key, value in words.items() if value})


@allow(Permission.READ_ORDERS)
def index() -> ResponseReturnValue:
    """The orders, the newest first, as the address filters them."""
    asked = _asked()
    with reading() as session:
        found = queries.find(session, asked.wanted.text)
        page = queries.page(session, asked.wanted, key_asked(), found=found)
        owners = order_entries.collectivities(session)
    return page_or_fragment(
        "orders/index.html",
        "orders/_list.html",
        page=page,
        links=around(page, "orders.index", **asked.words),
        asked=asked,
        active=_active(asked, owners),
        filters=_filters(asked, owners),
        too_many=found is not None and found.too_many,
        most=queries.MATCHES,
    )


def _filters(asked: Asked, owners: Any) -> OrderFilters:
    form = OrderFilters(data={"etat": asked.words.get("etat", order_states.OPEN), **asked.without("etat")})
    form.etat.choices = choices(order_states.filter_words())
    form.collectivite.choices = choices([("", "Toutes"), *((row.code, row.name) for row in owners)])
    return form


def _active(asked: Asked, owners: Any) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    names = {row.code: row.name for row in owners} | dict(order_states.filter_words())
    return [
        (
            f"«\u00a0{word}\u00a0»" if name == "q" else names.get(word, word),
            address("orders.index", asked.without(name)),
        )
        for name, word in asked.words.items()
    ]


@allow(Permission.READ_ORDERS)
def table() -> ResponseReturnValue:
    """The filtered orders, for a spreadsheet."""
    return csv_response(f"ordres_{clock.today().isoformat()}.csv", _HEADER, _rows(_asked().wanted))


def _rows(wanted: OrderFilter) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        found: Found | None = queries.find(session, wanted.text)
        key: Key | None = FIRST
        while key is not None:
            page = queries.page(session, wanted, key, _BATCH, found)
            yield from (_cells(row) for row in page.rows)
            key = Key(page.next) if page.next else None


def _cells(row: AnyRow) -> tuple[Cell, ...]:
    vehicle = " ".join(word for word in (row.make, row.model) if word)
    return (
        row.number, label(row.state), label(row.kind), row.collectivity_code, row.collectivity, row.fleet_number,
        row.registration, row.object_label or vehicle, row.opened_on, row.closed_on, row.meter, row.requester,
        row.service, row.engagement, row.reason,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one nature."""

    nature: LineNature
    title: str
    lines: list[AnyRow]

    @property
    def minutes(self) -> int:
        """Time in all."""
        return sum(line.minutes or 0 for line in self.lines)


def groups(lines: Any) -> list[Group]:
    """The lines of an order by nature, natures without a line left out."""
    made = [Group(nature, title, [line for line in lines if line.nature is nature]) for nature, title in _GROUPS]
    return [group for group in made if group.lines]


def sees_costs() -> bool:
    """Whether the person signed in may read what things cost."""
    return person().may(Permission.CHECK_ORDERS) or person().may(Permission.PREVIEW_INVOICES)


@allow(Permission.READ_ORDERS)
def show(number: str) -> str:
    """One order: its head, its lines, its history, what one may do next."""
    with reading() as session:
        order = queries.order(session, number)
        lines = queries.lines(session, order.id)
        history = queries.history(session, order.id)
    works = person().may(Permission.WORK_ON_ORDERS)
    return render_template(
        "orders/show.html",
        order=order,
        groups=groups(lines),
        history=[(change, lasted(change.at, change.ended or clock.now())) for change in history],
        costs=sees_costs(),
        basis=options().cost_basis,
        writable=works and writable(order),
        acts=order_states.acts(order.state, person().role) if works else [],
        finishes=works and order_states.may_move(order.state, OrderState.TO_CHECK, person().role),
        checks=works and order_states.may_move(order.state, OrderState.DONE, person().role),
        heads=person().may(Permission.CHECK_ORDERS),
        settles=_settles(order, lines),
    )


def _settles(order: AnyRow, lines: Sequence[AnyRow]) -> bool:
    """Whether the head may end it without a bill: checked, and nothing on it is billed (rule B4)."""
    free = bool(lines) and all(line.non_billable_reason for line in lines)
    return (
        free and order.state is OrderState.DONE and not order.settled_reason and person().may(Permission.CHECK_ORDERS)
    )


def writable(order: AnyRow) -> bool:
    """Whether the person signed in may still add work to an order (rule O2)."""
    try:
        check_writable(order.state, order.number, person().role)
    except OrderClosed:
        return False
    return True


def lasted(start: datetime, end: datetime) -> str:
    """A length of time in whole days, or in hours within a day."""
    span = end - start
    return plural(span.days, "jour") if span.days else formats.hours(int(span.total_seconds()) // 60)
