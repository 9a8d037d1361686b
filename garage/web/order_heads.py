"""An order completed after it was opened: its head, what its lines cost, the supplier invoices it waits for."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_records
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.workshop import SameField
from garage.domain.permissions import Permission
from garage.domain.repair_orders import LineNature, OrderKind, check_writable
from garage.french import formats
from garage.french.labels import label
from garage.operations import order_costs, order_head
from garage.operations.order_costs import Cost
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.forms.order_heads import CostForm, HeadForm, plain
from garage.web.htmx import form_page
from garage.web.notices import done


@dataclass(frozen=True, slots=True)
class Dispute:
    """The same thing changed by two people: what it is, what stands now, who said it."""

    name: str
    text: str
    theirs: str
    who: str | None


@allow(Permission.WORK_ON_ORDERS)
def change(number: str) -> ResponseReturnValue:
    """What the head of an order says, changed; two people who change different things both keep theirs."""
    with reading() as session:
        order = queries.order(session, number)
    present = asdict(order_head.of(order))
    form = HeadForm(data={**present, "kind": order.kind.value})
    disputes: list[Dispute] = []
    if form.validate_on_submit():
        try:
            with transaction() as session:
                changed = order_head.change(
                    session, number, (form.seen, form.mine), actor(), clock.now(), clock.today()
                )
            done(f"Fiche de l’ordre {number} modifiée" if changed else "Rien n’a changé")
            return redirect(url_for("orders.show", number=number), 303)
        except SameField as refusal:
            form.refuse(refusal)
            with reading() as session:
                order = queries.order(session, number)
            disputes = _disputed(form, order, refusal, number, ("order.head", "order.promise", "order.engagement"))
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        check_writable(order.state, order.number, person().role)
        form.show(plain(present))
    return form_page("orders/head.html", form, order=order, disputes=disputes)


@allow(Permission.WORK_ON_ORDERS)
def cost(number: str, rank: int) -> ResponseReturnValue:
    """What a line cost, once known: the head says how much, a mechanic whose invoice it is and its number."""
    with reading() as session:
        order = queries.order(session, number)
        line = _line(session, order, rank)
    heads = person().may(Permission.CHECK_ORDERS)
    form = CostForm(data={"supplier": line.supplier, "supplier_invoice": line.supplier_invoice, "cost": line.cost})
    disputes: list[Dispute] = []
    if form.validate_on_submit():
        try:
            with transaction() as session:
                order_costs.set_cost(session, number, rank, _versions(form, line), actor(), clock.now())
            done(f"Ligne de l’ordre {number} complétée")
            return redirect(url_for("orders.show", number=number), 303)
        except SameField as refusal:
            form.refuse(refusal)
            disputes = _disputed(form, _line_again(number, rank), refusal, number, ("order.line_cost",))
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        check_writable(order.state, order.number, person().role)
        form.show(plain({"supplier": line.supplier, "supplier_invoice": line.supplier_invoice, "cost": line.cost}))
    values: dict[str, Any] = {
        "order": order,
        "line": line,
        "heads": heads,
        "basis": options().cost_basis,
        "disputes": disputes,
    }
    return form_page("orders/cost.html", form, **values)


def _versions(form: CostForm, line: AnyRow) -> tuple[Cost, Cost]:
    """What was read and what is wanted, of what this person may give for this line."""
    seen, mine = form.seen, form.mine
    if not person().may(Permission.CHECK_ORDERS):
        mine = replace(mine, cost=seen.cost)
    if line.nature is LineNature.PART:
        mine = replace(seen, cost=mine.cost)
    return seen, mine


def _line(session: Session, order: AnyRow, rank: int) -> AnyRow:
    """A line that has a cost to give. Raises NotFound."""
    known = (line for line in queries.lines(session, order.id) if line.rank == rank)
    line = next(known, None)
    if line is None or line.nature not in (LineNature.PART, LineNature.EXTERNAL):
        raise NotFound("line", f"{order.number}/{rank}")
    return line


def _line_again(number: str, rank: int) -> AnyRow:
    with reading() as session:
        return _line(session, queries.order(session, number), rank)


def _disputed(
    form: HeadForm | CostForm, present: AnyRow, refusal: SameField, number: str, acts: tuple[str, ...]
) -> list[Dispute]:
    """What stands now beside what was typed; once shown, it counts as read."""
    with reading() as session:
        last = order_records.last_act(session, number, acts)
    seen = plain(asdict(form.seen))
    found = []
    for name in refusal.names:
        theirs = getattr(present, name)
        found.append(Dispute(name, form[name].label.text, _shown(theirs), last.actor if last else None))
        seen.pop(name, None)
        seen |= plain({name: theirs})
    form.show(seen)
    return found


def _shown(value: Any) -> str:
    if value is None:
        return "rien"
    if isinstance(value, OrderKind):
        return label(value)
    if isinstance(value, Decimal):
        return f"{formats.unit_price(value)}\u00a0€"
    return formats.day(value) if isinstance(value, date) else str(value)


@allow(Permission.CHECK_ORDERS)
def expected() -> str:
    """Every line whose cost is awaited, the oldest first: by supplier, since when."""
    with reading() as session:
        rows = order_records.expected_invoices(session)
    most = order_records.WAITING_INVOICES
    return render_template("orders/expected.html", rows=rows[:most], more=len(rows) > most, today=clock.today())
