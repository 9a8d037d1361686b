"""The register of waste on screen: slips, a new one, its treatment, what was issued beside what left (rule S1)."""

from datetime import date
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import waste as queries
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.parts import WasteClass
from garage.domain.permissions import Permission
from garage.french import formats
from garage.french.labels import label
from garage.operations import waste
from garage.operations.waste import By
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import csv_response
from garage.web.forms.stores import SlipForm, TreatedForm, WasteFilters
from garage.web.htmx import form_page
from garage.web.lists import address
from garage.web.notices import done

blueprint = Blueprint("waste", __name__, url_prefix="/dechets")
_HEADER: Final = (
    "Déchet", "Bordereau", "Enlevé le", "Quantité", "Unité", "Collecteur", "Destination", "Traité le", "Note", "Par",
)  # fmt: skip


def _asked() -> tuple[WasteFilters, tuple[date, date], WasteClass | None]:
    """The filters of the address: this year unless days are told, every class unless one is."""
    form = WasteFilters(request.args)
    form.validate()
    today = clock.today()
    first = form.du.data or date((form.au.data or today).year, 1, 1)
    last = form.au.data or max(today, first)
    if last < first:
        form.au.errors = ["Choisissez une fin qui suit le début"]
        last = first
    form.du.data, form.au.data, form.du.raw_data, form.au.raw_data = first, last, None, None
    return form, (first, last), WasteClass(form.dechet.data) if form.dechet.data in set(WasteClass) else None


@blueprint.get("")
@allow(Permission.READ_STOCK)
def index() -> str:
    """The slips of a period, and what was issued beside what was taken away."""
    filters, span, kind = _asked()
    with reading() as session:
        rows = queries.slips(session, span, kind)
        sums = [one for one in queries.compared(session, span) if kind in (None, one.waste)]
    kept = {"du": span[0].isoformat(), "au": span[1].isoformat(), **({"dechet": kind.value} if kind else {})}
    chips = []
    if kind:
        chips = [(label(kind), address("waste.index", {name: word for name, word in kept.items() if name != "dechet"}))]
    return render_template(
        "waste/index.html",
        rows=rows,
        sums=sums,
        filters=filters,
        chips=chips,
        kept=kept,
        period=f"du {formats.day(span[0])} au {formats.day(span[1])}",
        manages=person().may(Permission.MANAGE_STOCK),
    )


@blueprint.get("/export.csv")
@allow(Permission.READ_STOCK)
def table() -> ResponseReturnValue:
    """The same slips, for a spreadsheet."""
    _, span, kind = _asked()
    with reading() as session:
        rows = queries.slips(session, span, kind)
    cells = (
        (
            label(row.waste), row.number, row.removed_on, row.quantity, row.unit, row.carrier, row.destination,
            row.treated_on, row.note, row.by,
        )
        for row in rows
    )  # fmt: skip
    return csv_response(f"dechets_{span[0].isoformat()}_{span[1].isoformat()}.csv", _HEADER, cells)


def _by() -> By:
    return By(actor(), clock.now(), clock.today())


@blueprint.route("/nouveau", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new() -> ResponseReturnValue:
    """A slip in the register."""
    form = SlipForm(data={"on": clock.today()})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                waste.add(session, form.slip, _by())
            done(f"Bordereau {form.number.data} enregistré")
            return redirect(url_for("waste.index"), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("waste/form.html", form)


@blueprint.route("/<int(max=2147483647):slip_id>/traitement", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def treat(slip_id: int) -> ResponseReturnValue:
    """The day a waste was treated, once."""
    with reading() as session:
        slip = queries.one(session, slip_id)
    if slip.treated_on is not None:
        raise Conflict("slip")
    form = TreatedForm(data={"on": clock.today()})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                waste.treat(session, slip_id, form.on.data, _by())
            done(f"Traitement du bordereau {slip.number} enregistré")
            return redirect(url_for("waste.index"), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("waste/treated.html", form, slip=slip)
