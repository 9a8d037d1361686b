"""A collectivity's own vehicles: what is under way, their history, what they cost. Its people see nothing else."""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Blueprint, Response, render_template, request

from garage import clock
from garage.db.queries import vehicles
from garage.db.queries.vehicles import OwnVehicle
from garage.domain.errors.base import NotVisible
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OrderState
from garage.french import formats
from garage.french.labels import label
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response

blueprint = Blueprint("vehicles", __name__, url_prefix="/mes-vehicules")
_PAGE = 50
_CSV_BATCH = 500
# No workshop words for a collectivity: shorter states, each with its tone and icon.
STATES: Final = {
    OrderState.REQUESTED: ("Demandé", "gris", "hand-stop"),
    OrderState.PLANNED: ("Planifié", "bleu", "calendar"),
    OrderState.IN_PROGRESS: ("En atelier", "vert", "tool"),
    OrderState.TO_CHECK: ("En atelier", "vert", "tool"),
    OrderState.WAITING_PART: ("En attente", "ambre", "hourglass"),
    OrderState.WAITING_AGREEMENT: ("En attente", "ambre", "hourglass"),
    OrderState.BLOCKED: ("En attente", "ambre", "hourglass"),
    OrderState.DONE: ("Prêt", "neutre", "check"),
    OrderState.INVOICED: ("Facturé", "neutre", "lock"),
}


def _own() -> int:
    """The collectivity of whoever asks."""
    mine = actor().collectivity_id
    if mine is None:
        raise NotVisible("vehicle", "")
    return mine


@blueprint.get("")
@allow(Permission.READ_OWN)
def index() -> str:
    """What is under way first, then every vehicle."""
    year, own = clock.today().year, _own()
    with reading() as session:
        rows = vehicles.fleet(session, own, year, _PAGE + 1, paging.words(request.args.get("apres")) or None)
        under_way = vehicles.under_way(session, own, _PAGE) if "apres" not in request.args else []
        count = vehicles.count(session, own)
    return render_template(
        "vehicles/index.html",
        rows=rows[:_PAGE],
        next_key=rows[_PAGE - 1].fleet_number if len(rows) > _PAGE else None,
        count=count,
        under_way=under_way,
        states=STATES,
        year=year,
    )


@blueprint.get("/vehicules.csv")
@allow(Permission.READ_OWN)
def index_csv() -> Response:
    """The table of the vehicles for a spreadsheet."""
    today = clock.today()
    head = ("Numéro", "Immatriculation", "Type", "Marque", "Modèle", "Compteur", "Unité", f"Net facturé {today.year}")
    return csv_response(f"vehicules_{today}.csv", head, _csv_rows(_own(), today.year))


def _csv_rows(collectivity_id: int, year: int) -> Iterator[Sequence[Cell]]:
    after: str | None = None
    while True:
        with reading() as session:
            rows = vehicles.fleet(session, collectivity_id, year, _CSV_BATCH, after)
        for row in rows:
            yield _csv_row(row)
        if len(rows) < _CSV_BATCH:
            return
        after = rows[-1].fleet_number


def _csv_row(row: OwnVehicle) -> Sequence[Cell]:
    plate = formats.registration(row.registration) if row.registration else None
    return (row.fleet_number, plate, label(row.type), row.make, row.model, row.meter, label(row.meter_unit), row.cost)


@blueprint.get("/<int(max=2147483647):vehicle_id>")
@allow(Permission.READ_OWN)
def show(vehicle_id: int) -> str:
    """A vehicle's history, as far as this collectivity owes it, and its costs by year (rule E6)."""
    own = _own()
    with reading() as session:
        vehicle = vehicles.own(session, own, vehicle_id)
        rows = vehicles.history(session, own, vehicle_id, _PAGE + 1, paging.day_key(request.args.get("avant")))
        costs = vehicles.cost_by_year(session, own, vehicle_id)
    return render_template(
        "vehicles/show.html",
        vehicle=vehicle,
        rows=rows[:_PAGE],
        older=paging.written(rows[_PAGE - 1].opened_on, rows[_PAGE - 1].id) if len(rows) > _PAGE else None,
        costs=costs,
        bars=[(str(year), max(net, 0), formats.euros(net)) for year, _, net in costs],
        states=STATES,
    )
