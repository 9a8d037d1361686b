"""One line of a bill: why this price, and where it comes from (rule T4, W.1, BI-13)."""

from dataclasses import replace

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from garage.db.queries import bill_lines, invoices, tariffs
from garage.db.queries.paging import AnyRow
from garage.domain.collectivities import Terms
from garage.domain.errors.base import NotVisible
from garage.domain.invoices.bill import Bill, BilledNature
from garage.domain.invoices.pricing import PricedLine
from garage.domain.permissions import Permission, may
from garage.domain.repair_orders import LineNature, Work
from garage.domain.tariffs import Grid
from garage.french import bill as bill_words
from garage.french import prices
from garage.web.access import actor, allow, person
from garage.web.context import reading

blueprint = Blueprint("bill_lines", __name__)


@blueprint.get("/factures/<bill:number>/lignes/<int(max=2147483647):position>")
@allow(Permission.PREVIEW_INVOICES, Permission.READ_OWN)
def show(number: str, position: int) -> str:
    """A line as it was billed, step by step; accounting also sees the order, the hands and the purchase."""
    me = actor()
    inside = may(me.role, Permission.PREVIEW_INVOICES)
    if not inside and me.collectivity_id is None:
        raise NotVisible("invoice", number)
    with reading() as session:
        issued = invoices.visible(session, number, me.collectivity_id)
        bill = invoices.bill(session, issued.id)
        line = bill_lines.line(session, issued.id, position)
        bought = bill_lines.origin(session, line.order_line_id) if inside and line.order_line_id else None
        why = _why(session, bill, line)
    return render_template(
        "invoices/line.html",
        row=issued,
        line=line,
        why=why,
        bought=bought,
        inside=inside,
        reads_orders=person().may(Permission.READ_ORDERS),
        mots=bill_words,
    )


def _why(session: Session, bill: Bill, line: AnyRow) -> list[str]:
    grid = next(one for one in tariffs.published_grids(session) if one.id == line.grid_id)
    terms = _terms(bill, line)
    if line.nature is BilledNature.STRUCTURE:
        return prices.why_fee(grid, terms, (line.quantity, line.unit_price, line.net), line.vat_rate)
    return prices.why(_priced(line, replace(grid, name=line.grid), terms))


def _terms(bill: Bill, line: AnyRow) -> Terms:
    """The convention as the bill cites it."""
    cited = next((one for one in bill.conventions if one.starts_on == line.convention_starts_on), None)
    return Terms(
        line.convention_id,
        line.convention_starts_on,
        None,
        line.category,
        bill.regime,
        structure_fee=True,
        reference=cited.reference if cited else None,
    )


def _priced(line: AnyRow, grid: Grid, terms: Terms) -> PricedLine:
    work = Work(
        line.order_line_id or 0, line.rank, LineNature(line.nature.value), line.done_on, line.code, line.label,
        line.unit, line.minutes, None if line.minutes else line.quantity, line.cost, line.supplier,
        line.supplier_invoice, line.non_billable_reason,
    )  # fmt: skip
    return PricedLine(
        work, line.nature, line.code, line.label, line.unit, line.quantity, line.unit_price, line.net, line.vat_rate,
        line.percent, line.article, grid, terms,
    )  # fmt: skip
