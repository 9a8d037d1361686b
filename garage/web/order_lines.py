"""Hours, flat prices and external work put on an order, and a line taken away (rule O3)."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.repair_orders import OrderLine
from garage.db.queries import order_entries
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.permissions import Permission
from garage.domain.repair_orders import check_writable
from garage.domain.tariffs import TariffNature
from garage.french import formats
from garage.operations import order_lines
from garage.operations.order_lines import Entry, External
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.orders import EntryForm, ExternalForm, FlatForm, LabourForm
from garage.web.htmx import form_page
from garage.web.notices import done
from garage.web.work_choices import long_day


def open_for_work(session: Session, number: str) -> AnyRow:
    """The head of an order that this person may add work to. Raises NotFound, OrderClosed."""
    order = queries.order(session, number)
    if request.method == "GET":  # what was typed is kept when the order closed meanwhile: the operation refuses
        check_writable(order.state, order.number, person().role)
    return order


def entry(number: str, form: EntryForm) -> Entry:
    """What a form says of any new line."""
    return Entry(
        order=number,
        done_on=form.day,
        actor=actor(),
        now=clock.now(),
        today=clock.today(),
        label=form.data.get("label"),
        non_billable_reason=form.non_billable_reason.data,
        form_token=form.form_token.data or None,
    )


def added(number: str, line: OrderLine, text: str) -> None:
    """Say what was added, and how to take it away."""
    done(f"{text} sur l’ordre", undo=url_for("orders.remove_line", number=number, rank=line.rank))


def _listed(rows: list[tuple[str, str, str]]) -> Any:
    return choices([("", "Choisir dans la liste"), *((code, f"{code} – {text}") for code, text, _ in rows)])


def _codes(session: Session, order: AnyRow, nature: TariffNature) -> Any:
    """The codes of the grids from the opening of the order until today."""
    today = clock.today()
    return _listed(order_entries.codes(session, nature, (min(order.opened_on, today), today)))


@allow(Permission.WORK_ON_ORDERS)
def add_labour(number: str) -> ResponseReturnValue:
    """Hours: one's own, or for the head anybody's."""
    form = LabourForm(data={"mechanic": str(person().id)})
    with reading() as session:
        order = open_for_work(session, number)
        form.code.choices = _codes(session, order, TariffNature.LABOUR)
        known = {str(row.id): row.name for row in order_entries.mechanics(session)}
    form.mechanic.choices = choices(known.items())
    heads = person().may(Permission.CHECK_ORDERS)
    if form.validate_on_submit():
        chosen = form.mechanic.data if heads and form.mechanic.data in known else str(person().id)
        try:
            with transaction() as session:
                new = entry(number, form)
                line = order_lines.add_labour(session, new, form.code.data, form.time.data or 0, int(chosen))
                long = long_day(session, int(chosen), line.done_on)
                added(number, line, f"{formats.hours(form.time.data or 0)} de travail{long}")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/labour.html", form, order=order, heads=heads)


@allow(Permission.WORK_ON_ORDERS)
def add_flat(number: str) -> ResponseReturnValue:
    """A flat price."""
    form = FlatForm()
    with reading() as session:
        order = open_for_work(session, number)
        form.code.choices = _codes(session, order, TariffNature.FLAT)
    if form.validate_on_submit():
        try:
            quantity = filled(form.quantity.data)
            with transaction() as session:
                line = order_lines.add_flat(session, entry(number, form), form.code.data, quantity)
                added(number, line, f"{formats.quantity(quantity)} × {form.code.data}")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/flat.html", form, order=order)


@allow(Permission.CHECK_ORDERS)
def add_external(number: str) -> ResponseReturnValue:
    """Work bought outside."""
    form = ExternalForm()
    with reading() as session:
        order = open_for_work(session, number)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                line = order_lines.add_external(session, entry(number, form), _external(form))
                added(number, line, f"Travail de {form.supplier.data}")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/external.html", form, order=order, basis=options().cost_basis)


def _external(form: ExternalForm) -> External:
    return External(form.supplier.data or "", form.supplier_invoice.data, filled(form.quantity.data), form.cost.data)


@allow(Permission.WORK_ON_ORDERS)
def remove_line(number: str, rank: int) -> ResponseReturnValue:
    """Take a line away; a part goes back to stock (rule S5)."""
    try:
        with transaction() as session:
            order_lines.remove(session, number, rank, actor(), clock.now())
        done("Ligne retirée")
    except NotFound as gone:
        if gone.what != "line":
            raise
        done("Cette ligne était déjà retirée")
    return redirect(url_for("orders.show", number=number), 303)
