"""Parts kept for orders to come: keep some from the order's page, see all that is kept, let it go (feature PA-17)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import repair_orders
from garage.db.queries import reservations as queries
from garage.db.queries import stock as parts
from garage.domain.errors.base import GarageError
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.french import formats
from garage.operations import reservations
from garage.operations.reservations import By
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.store import ReserveForm
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("reservations", __name__, url_prefix="/reservations")
_HEADER: Final = ("Référence", "Désignation", "Ordre", "Quantité", "Manque", "Unité", "Casier", "Réservée le")


@blueprint.get("")
@allow(Permission.READ_STOCK)
def index() -> str:
    """All that is kept, the first reserved first."""
    with reading() as session:
        rows = queries.every(session)
    mine = person()
    return render_template(
        "reservations/index.html",
        rows=rows,
        acts=mine.may(Permission.WORK_ON_ORDERS),
        keeps=mine.may(Permission.MANAGE_STOCK),
    )


@blueprint.get("/export.csv")
@allow(Permission.READ_STOCK)
def table() -> ResponseReturnValue:
    """The same for a spreadsheet."""
    return csv_response(f"reservations_{clock.today().isoformat()}.csv", _HEADER, _rows())


def _rows() -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for one in queries.every(session):
            yield (
                one.reference, one.label, one.number, one.quantity, one.missing, one.unit, one.bin,
                clock.paris_day(one.reserved_at),
            )  # fmt: skip


@blueprint.route("/<number>/<path:reference>", methods=["GET", "POST"])
@allow(Permission.WORK_ON_ORDERS)
def keep(number: str, reference: str) -> ResponseReturnValue:
    """How much of a part is kept for an order; what is not there will be missing."""
    with reading() as session:
        order = repair_orders.order(session, number)
        part = parts.part(session, reference)
        held = next((one for one in queries.of_order(session, order.id) if one.part_id == part.id), None)
        others = queries.reserved_for_others(session, [part.id], order.id).get(part.id, ZERO)
    form = ReserveForm(data={"quantity": held.quantity if held else Decimal(1)})
    if form.validate_on_submit():
        try:
            quantity = filled(form.quantity.data)
            with transaction() as session:
                reservations.reserve(session, number, part.id, quantity, By(actor(), clock.now()))
            undo = url_for("reservations.release", number=number, reference=reference)
            done(f"{formats.quantity(quantity)} {part.unit} de {part.label} réservé pour l’ordre", undo=undo)
            return redirect(url_for("orders.parts", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("reservations/keep.html", form, order=order, part=part, held=held, others=others)


@blueprint.post("/liberer/<number>/<path:reference>")
@allow(Permission.WORK_ON_ORDERS)
def release(number: str, reference: str) -> ResponseReturnValue:
    """Keep it no longer."""
    with transaction() as session:
        part = parts.part(session, reference)
        freed = reservations.release(session, number, part.id, By(actor(), clock.now()))
    done(f"{part.label} n’est plus réservé" if freed else f"{part.label} n’était plus réservé")
    return redirect(url_for("orders.parts", number=number), 303)
