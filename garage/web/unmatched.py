"""The list of the next morning: what was invoiced, received or bought, never put together; the page to mend it."""

from typing import Final

from flask import Blueprint, render_template

from garage import clock
from garage.db.queries import unmatched as queries
from garage.domain.permissions import Permission
from garage.web import paging
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.forms.fields import choices
from garage.web.forms.supplier_invoices import DaysFilter
from garage.web.lists import typed

blueprint = Blueprint("unmatched", __name__, url_prefix="/a-rapprocher")

_DELAYS: Final = (7, 15, queries.PATIENCE, 60, 90)


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> str:
    """Each kind apart, the oldest first."""
    asked = paging.whole(typed("jours"))
    days = asked if asked in _DELAYS else queries.PATIENCE
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
    )
