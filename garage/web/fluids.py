"""Bulk fluids onto an order in one send: everything poured or cut, a field for each (rules S2 to S4)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage.db.queries import fluids as queries
from garage.db.queries import order_parts
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.errors.part_requests import NothingPoured
from garage.domain.permissions import Permission
from garage.domain.repair_orders import check_quantity
from garage.french import formats
from garage.french.refusals import sentence
from garage.operations import order_lines
from garage.operations.order_lines import Entry
from garage.web.access import allow, person
from garage.web.context import reading, transaction
from garage.web.filters import plural
from garage.web.forms.store import FluidsForm, fluids_form
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import typed
from garage.web.notices import done
from garage.web.order_lines import entry, open_for_work

blueprint = Blueprint("fluids", __name__, url_prefix="/fluides")

_SHOWN: Final = 20


@blueprint.get("")
@allow(Permission.WORK_ON_ORDERS)
def index() -> ResponseReturnValue:
    """Choose the order that the fluids go to: the last ones with work left, or a search."""
    text = typed("q")
    with reading() as session:
        rows = queries.orders(session, text, _SHOWN)
    return page_or_fragment("fluids/index.html", "fluids/_orders.html", rows=rows, text=text)


@blueprint.route("/<number>", methods=["GET", "POST"])
@allow(Permission.WORK_ON_ORDERS)
def pour(number: str) -> ResponseReturnValue:
    """A quantity for each fluid, all issued at once or none."""
    with reading() as session:
        order = open_for_work(session, number)
        parts = queries.parts(session)
        form = _form(session, order, parts)
    heads = person().may(Permission.CHECK_ORDERS)
    if form.validate_on_submit():
        poured = form.poured(row.id for row in parts)
        if not poured:
            form.refuse(NothingPoured())
        elif _issued(entry(number, form), form, poured):
            done(f"{plural(len(poured), 'fluide posé', 'fluides posés')} sur l’ordre")
            return redirect(url_for("orders.show", number=number), 303)
    return form_page("fluids/pour.html", form, order=order, parts=parts, heads=heads)


def _form(session: Session, order: AnyRow, parts: Sequence[AnyRow]) -> FluidsForm:
    last = order_parts.last_quantities(session, [row.id for row in parts], order.vehicle_id)
    fields = [(row.id, row.label, _as_last_time(last.get(row.id), row.unit)) for row in parts]
    values: dict[str, Any] = {f"dernier{part}": quantity for part, quantity in last.items()}
    return fluids_form(fields)(data=values)


def _as_last_time(quantity: Decimal | None, unit: str) -> str | None:
    if quantity is None:
        return None
    return f"Comme la dernière fois{formats.NBSP}: {formats.quantity(quantity)}{formats.NBSP}{unit}"


def _issued(new: Entry, form: FluidsForm, poured: dict[int, Decimal]) -> bool:
    """Put them all on the order, in the order of their ids; what one refuses is said beside its field."""
    reason, token, at = form.forced_reason.data or None, new.form_token, 0
    try:
        with transaction() as session:
            for at in sorted(poured):
                check_quantity(poured[at])
                mine = replace(new, form_token=f"{token}-{at}" if token else None)
                order_lines.add_part(session, mine, at, poured[at], reason)
    except GarageError as refusal:
        if refusal.field == "quantity":
            form[f"q{at}"].errors = [*form[f"q{at}"].errors, sentence(refusal)]
        else:
            form.refuse(refusal)
        return False
    return True
