"""The list of the next morning: what was invoiced, received or bought, never put together; the page to mend it."""

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import unmatched as queries
from garage.domain.permissions import Permission
from garage.web import paging
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.forms.supplier_invoices import DaysFilter
from garage.web.lists import typed

blueprint = Blueprint("unmatched", __name__, url_prefix="/a-rapprocher")

_HEADER: Final = (
    "Situation", "Libellé", "Référence", "Fournisseur", "Document", "Jour", "Ordre", "Quantité", "Montant",
)  # fmt: skip
_DELAYS: Final = (7, 15, queries.PATIENCE, 60, 90)


def _days() -> int:
    asked = paging.whole(typed("jours"))
    return asked if asked in _DELAYS else queries.PATIENCE


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> str:
    """Each kind apart, the oldest first."""
    days = _days()
    with reading() as session:
        found = queries.unmatched(session, clock.today(), days)
    form = DaysFilter(data={"jours": str(days)})
    form.jours.choices = choices([(one, f"{one} jours") for one in _DELAYS])
    return render_template(
        "unmatched/index.html",
        found=found,
        filters=form,
        days=days,
        today=clock.today(),
        most=queries.MOST,
        manages=person().may(Permission.MANAGE_STOCK),
        enters=person().may(Permission.ENTER_SUPPLIER_INVOICES),
    )


@blueprint.get("/export.csv")
@allow(Permission.READ_VALUE)
def table() -> ResponseReturnValue:
    """The same for a spreadsheet."""
    name = f"a-rapprocher_{clock.today().isoformat()}.csv"
    return csv_response(name, _HEADER, _rows(_days()))


def _rows(days: int) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        found = queries.unmatched(session, clock.today(), days)
    for row in found.nowhere:
        yield (
            "Facturé, reçu nulle part", row.label, None, row.supplier, row.number, row.dated_on, None, row.quantity,
            row.net,
        )  # fmt: skip
    for row in found.no_order:
        yield (
            "Reçu, jamais posé sur l’ordre", row.label, row.reference, row.supplier, row.delivery_note,
            row.received_on, row.order_number, row.quantity, None,
        )  # fmt: skip
    for row in found.bought:
        yield (
            "Acheté pour un ordre, sans facture", row.label or row.part, row.reference, row.supplier, None,
            row.done_on, row.order_number, row.quantity, None,
        )  # fmt: skip
    for row in found.never_billed:
        yield (
            "Reçu, jamais facturé", None, None, row.supplier, row.delivery_note, row.received_on, None, None, None,
        )  # fmt: skip
