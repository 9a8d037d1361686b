"""The search of the header: orders, vehicles, objects and parts in one page of results."""

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage.db.queries import search as queries
from garage.db.queries.search import SHOWN, Results
from garage.domain.permissions import Permission
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.lists import typed

blueprint = Blueprint("search", __name__, url_prefix="/recherche")


@blueprint.get("")
@allow(Permission.READ_ORDERS)
def index() -> ResponseReturnValue:
    """What holds the words, by kind; a number, plate or reference that means one thing alone opens it."""
    text = typed("q")
    with reading() as session:
        found = queries.find(session, text, stocked=person().may(Permission.READ_STOCK))
    if only := _only(found, text):
        return redirect(only)
    return render_template("search/index.html", text=text, found=found, most=SHOWN, vehicle_page=vehicle_page)


def vehicle_page(fleet_number: str) -> str:
    """A vehicle's own page for those who have one, else its orders."""
    if "fleet.show" in current_app.view_functions and person().may(Permission.WORK_ON_ORDERS):
        return url_for("fleet.show", fleet_number=fleet_number)
    return url_for("orders.index", q=fleet_number, etat="tous")


def _only(found: Results, text: str) -> str | None:
    """The address of the one thing found, when what was typed is its very number or reference."""
    if len(found.orders) == 1 and found.count == 1:
        return url_for("orders.show", number=found.orders[0].number)
    if len(found.parts) == 1 and found.count == 1 and found.parts[0].reference.upper() == text.upper():
        return url_for("stock.show", reference=found.parts[0].reference)
    return None
