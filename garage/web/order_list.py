"""The list of repair orders as its address asks for it: filters, saved views, a spreadsheet of it, several at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import redirect, request
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import order_entries, saved_views
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import AnyRow, every
from garage.db.queries.repair_orders import Found, OrderFilter
from garage.domain.errors.base import GarageError
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OrderState
from garage.french import formats
from garage.french.labels import label
from garage.operations import users
from garage.web import order_states
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.forms.orders import OrderFilters, ViewForm
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done
from garage.web.paging import whole

PAGE: Final = "orders"
_WAITING: Final = "en-attente"
_WAITING_STATES: Final = frozenset({OrderState.WAITING_PART, OrderState.WAITING_AGREEMENT, OrderState.BLOCKED})
_FILTERS: Final = ("etat", "collectivite", "mecanicien", "du", "au", "q")
_BATCH: Final = 500
_HEADER: Final = (
    "Numéro", "État", "Nature", "Code collectivité", "Collectivité", "Parc", "Immatriculation", "Véhicule ou objet",
    "Ouvert le", "Promis le", "Terminé le", "Compteur", "Demandeur", "Service", "Engagement", "Motif",
)  # fmt: skip
# Every head wants these, so they are there before anybody saves one.
_READY: Final = (("À contrôler", {"etat": "a-controler"}), ("En attente", {"etat": _WAITING}))


@dataclass(frozen=True, slots=True)
class Asked:
    """The list as its address asks for it; only what differs from the default goes back into the address."""

    wanted: OrderFilter
    words: dict[str, str]

    def without(self, name: str) -> dict[str, str]:
        """The filters but one."""
        return {key: value for key, value in self.words.items() if key != name}


def _asked() -> Asked:
    words = {name: typed(name) for name in _FILTERS}
    if words["etat"] == order_states.OPEN:
        words["etat"] = ""
    states = (
        _WAITING_STATES if words["etat"] == _WAITING else order_states.states_of(words["etat"] or order_states.OPEN)
    )
    wanted = OrderFilter(
        states,
        words["collectivite"],
        words["q"],
        mechanic=whole(words["mecanicien"]),
        since=_day(words["du"]),
        until=_day(words["au"]),
    )
    return Asked(wanted, {key: value for key, value in words.items() if value})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@allow(Permission.READ_ORDERS)
def index() -> ResponseReturnValue:
    """The orders, the newest first; heads may tick several (`choisir`)."""
    asked, choosing = _asked(), bool(typed("choisir")) and person().may(Permission.CHECK_ORDERS)
    with reading() as session:
        found = queries.find(session, asked.wanted.text)
        page = queries.page(session, asked.wanted, key_asked(), found=found)
        owners = order_entries.collectivities(session)
        people = order_entries.mechanics(session)
        views = saved_views.of(session, person().id, PAGE)
    kept = {"choisir": "1"} if choosing else {}
    return page_or_fragment(
        "orders/index.html",
        "orders/_list.html",
        page=page,
        links=around(page, "orders.index", **asked.words, **kept),
        asked=asked,
        active=_active(asked, owners, people),
        filters=_filters(asked, owners, people),
        views=[*_READY, *((view.name, saved_views.words(view.query)) for view in views)],
        own=next((view.name for view in views if saved_views.words(view.query) == asked.words), None),
        choosing=choosing,
        too_many=found is not None and found.too_many,
        most=queries.MATCHES,
    )


def _states() -> list[tuple[str, str]]:
    words = order_states.filter_words()
    return [*words[:2], (_WAITING, "En attente ou bloqués"), *words[2:]]


def _filters(asked: Asked, owners: Any, people: Any) -> OrderFilters:
    dates = {name: day for name in ("du", "au") if (day := _day(asked.words.get(name, "")))}
    form = OrderFilters(data={"etat": order_states.OPEN} | asked.words | {"du": None, "au": None} | dates)
    form.etat.choices = choices(_states())
    form.collectivite.choices = choices([("", "Toutes"), *((row.code, row.name) for row in owners)])
    form.mecanicien.choices = choices([("", "Tous"), *((row.id, row.name) for row in people)])
    return form


def _active(asked: Asked, owners: Any, people: Any) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    names = {row.code: row.name for row in owners} | dict(_states())
    persons = {str(row.id): row.name for row in people}

    def shown(name: str, word: str) -> str:
        said = {"q": f"«\u00a0{word}\u00a0»", "du": f"Depuis le {_shown(word)}", "au": f"Jusqu’au {_shown(word)}"}
        return said.get(name) or (persons if name == "mecanicien" else names).get(word, word)

    return [(shown(name, word), address("orders.index", asked.without(name))) for name, word in asked.words.items()]


def _shown(text: str) -> str:
    day = _day(text)
    return formats.day(day) if day else text


@allow(Permission.READ_ORDERS)
def table() -> ResponseReturnValue:
    """The filtered orders, for a spreadsheet."""
    return csv_response(f"ordres_{clock.today().isoformat()}.csv", _HEADER, _rows(_asked().wanted))


def _rows(wanted: OrderFilter) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        found: Found | None = queries.find(session, wanted.text)
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH, found)):
            yield from (_cells(row) for row in page.rows)


def _cells(row: AnyRow) -> tuple[Cell, ...]:
    vehicle = " ".join(word for word in (row.make, row.model) if word)
    return (
        row.number, label(row.state), label(row.kind), row.collectivity_code, row.collectivity, row.fleet_number,
        row.registration, row.object_label or vehicle, row.opened_on, row.promised_on, row.closed_on, row.meter,
        row.requester, row.service, row.engagement, row.reason,
    )  # fmt: skip


@allow(Permission.READ_ORDERS)
def save_view() -> ResponseReturnValue:
    """Keep the present filters under a name, for oneself; the same name replaces."""
    form, asked = ViewForm(), _asked()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                view, query = (PAGE, form.name.data or ""), saved_views.query(asked.words)
                users.save_view(session, actor(), view, query, clock.now())
            done(f"Vue «\u00a0{form.name.data}\u00a0» enregistrée")
            return redirect(address("orders.index", asked.words), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/view.html", form, words=asked.words, shown=[text for text, _ in _active_named(asked)])


def _active_named(asked: Asked) -> list[tuple[str, str]]:
    with reading() as session:
        return _active(asked, order_entries.collectivities(session), order_entries.mechanics(session))


@allow(Permission.READ_ORDERS)
def drop_view() -> ResponseReturnValue:
    """Forget a view of one's own."""
    with transaction() as session:
        query = users.drop_view(session, actor(), (PAGE, request.args.get("name", "")), clock.now())
    done("Vue retirée")
    return redirect(address("orders.index", saved_views.words(query or "")), 303)
