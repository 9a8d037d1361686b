"""Vehicles as the workshop sees them: the list, and one vehicle with what to do next on it."""

from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from wtforms import Form, SelectField

from garage import clock
from garage.db.queries import fleet as queries
from garage.db.queries import order_entries
from garage.db.queries.fleet import FleetFilter
from garage.db.queries.paging import AnyRow, every
from garage.domain.permissions import Permission
from garage.french import formats
from garage.french.labels import label
from garage.french.refusals import sentence
from garage.operations import openings
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.htmx import page_or_fragment
from garage.web.lists import address, around, key_asked, typed

blueprint = Blueprint("fleet", __name__, url_prefix="/parc")

_BATCH: Final = 500
_HEADER: Final = (
    "Parc", "Immatriculation", "Type", "Marque", "Modèle", "Énergie", "Code collectivité", "Collectivité", "Compteur",
    "Unité", "Relevé le",
)  # fmt: skip


class FleetFilters(Form):
    """The filters of the list, kept in its address."""

    collectivite = SelectField("Collectivité", validate_choice=False)


def asked() -> tuple[FleetFilter, dict[str, str]]:
    """The list as its address asks for it, and the words that go back into the address."""
    words = {name: word for name in ("q", "collectivite") if (word := typed(name))}
    return FleetFilter(words.get("q", ""), words.get("collectivite", "")), words


def filters(owners: Any, words: dict[str, str]) -> FleetFilters:
    """The form of the filters, filled in."""
    form = FleetFilters(data={"collectivite": words.get("collectivite", "")})
    form.collectivite.choices = choices([("", "Toutes"), *((row.code, row.name) for row in owners)])
    return form


def active(endpoint: str, owners: Any, words: dict[str, str]) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    names = {row.code: row.name for row in owners}
    left = {name: {key: word for key, word in words.items() if key != name} for name in words}
    shown = {name: f"«\u00a0{word}\u00a0»" if name == "q" else names.get(word, word) for name, word in words.items()}
    return [(text, address(endpoint, left[name])) for name, text in shown.items()]


@blueprint.get("")
@allow(Permission.WORK_ON_ORDERS)
def index() -> ResponseReturnValue:
    """The vehicles by fleet number, as the address filters them."""
    wanted, words = asked()
    with reading() as session:
        page = queries.page(session, wanted, key_asked())
        owners = order_entries.collectivities(session)
    return page_or_fragment(
        "fleet/index.html",
        "fleet/_list.html",
        page=page,
        links=around(page, "fleet.index", **words),
        words=words,
        filters=filters(owners, words),
        active=active("fleet.index", owners, words),
    )


@blueprint.get("/export.csv")
@allow(Permission.WORK_ON_ORDERS)
def table() -> ResponseReturnValue:
    """The filtered vehicles, for a spreadsheet."""
    return csv_response(f"vehicules_{clock.today().isoformat()}.csv", _HEADER, _rows(asked()[0]))


def _rows(wanted: FleetFilter) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH)):
            yield from (_cells(row) for row in page.rows)


def _cells(row: AnyRow) -> tuple[Cell, ...]:
    plate = formats.registration(row.registration) if row.registration else None
    return (
        row.fleet_number, plate, label(row.type), row.make, row.model, row.energy, row.collectivity_code,
        row.collectivity, row.meter, label(row.meter_unit), row.read_on,
    )  # fmt: skip


@blueprint.get("/<path:fleet_number>")
@allow(Permission.WORK_ON_ORDERS)
def show(fleet_number: str) -> str:
    """One vehicle: the order to take up again or to open, what was put off, asked for and done."""
    today = clock.today()
    with reading() as session:
        vehicle = queries.vehicle(session, fleet_number)
        refusal = openings.uncovered(session, vehicle.collectivity_id, today)
        opened = queries.open_orders(session, vehicle.id)
        values = {
            "opened": opened,
            "resumed": next((row for row in opened if row.state in queries.RESUMABLE), None),
            "past": queries.past_orders(session, vehicle.id),
            "put_off": queries.put_off(session, vehicle.id),
            "requests": queries.requests(session, vehicle.id),
        }
    return render_template(
        "fleet/show.html",
        vehicle=vehicle,
        refusal=sentence(refusal) if refusal else "",
        heads=person().may(Permission.CHECK_ORDERS),
        **values,
    )
