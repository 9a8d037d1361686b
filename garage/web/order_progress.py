"""An order goes on: its states, finishing it, checking it (rules O2, O5)."""

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.permissions import Permission
from garage.domain.repair_orders import Missing, OrderState, check_transition, missing_at_closing
from garage.french import formats
from garage.french.labels import label
from garage.french.refusals import lacks
from garage.operations import order_engagements, order_meters, repair_orders
from garage.web import order_states
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.forms.orders import CheckForm, FinishForm, StateForm
from garage.web.htmx import form_page
from garage.web.notices import done
from garage.web.order_pages import groups


@allow(Permission.WORK_ON_ORDERS)
def move(number: str, slug: str) -> ResponseReturnValue:
    """Wait, block, cancel, take up again; the reason is asked for on a page of its own."""
    wanted, form = order_states.state_of(slug), StateForm()
    with reading() as session:
        order = queries.order(session, number)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                repair_orders.change_state(session, number, wanted, actor(), clock.now(), reason=form.reason.data)
            done(f"Ordre {number}\u00a0: {label(wanted).lower()}")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    else:
        check_transition(order.state, wanted, role=person().role, reason="…")
    return form_page("orders/state.html", form, order=order, act=order_states.act(order.state, wanted))


@allow(Permission.CHECK_ORDERS)
def settle(number: str) -> ResponseReturnValue:
    """End without a bill an order whose lines are all non-billable, with a reason (rule B4)."""
    form = StateForm()
    with reading() as session:
        order = queries.order(session, number)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                repair_orders.settle(session, number, form.reason.data or "", actor(), clock.now())
            done(f"Ordre {number} soldé sans facture")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/state.html", form, order=order, act=order_states.SETTLE)


def _missing(session: Session, order: AnyRow, meter: int | None) -> list[tuple[Missing, str]]:
    works = repair_orders.works_of(session, order.id)
    found = missing_at_closing(works, has_vehicle=order.vehicle_id is not None, meter=meter)
    return [(one, lacks(one.code)) for one in found]


@allow(Permission.WORK_ON_ORDERS)
def finish(number: str) -> ResponseReturnValue:
    """What is missing, then «to check»."""
    with reading() as session:
        order = queries.order(session, number)
        missing = _missing(session, order, order.meter)
    form = FinishForm(data={"works": order.works, "meter": order.meter})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                _finish(session, number, form)
            done(f"Ordre {number} à contrôler")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        check_transition(order.state, OrderState.TO_CHECK, role=person().role, reason=None)
    return form_page("orders/finish.html", form, order=order, missing=missing)


def _finish(session: Session, number: str, form: FinishForm) -> None:
    if form.meter_reason.data and form.meter.data is not None:
        order_meters.correct(session, number, form.meter.data, form.meter_reason.data, actor(), clock.now())
    repair_orders.finish(session, number, form.works.data, form.meter.data, actor(), clock.now())


@allow(Permission.CHECK_ORDERS)
def check(number: str) -> ResponseReturnValue:
    """The head reads what was done, gives the closing day, and goes on to the next order."""
    with reading() as session:
        order = queries.order(session, number)
        lines = queries.lines(session, order.id)
        missing = _missing(session, order, order.meter)
    form = _check_form(order, lines)
    if form.validate_on_submit():
        try:
            return redirect(_checked(number, form), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        check_transition(order.state, OrderState.DONE, role=person().role, reason=None)
    return form_page(
        "orders/check.html", form, order=order, groups=groups(lines), missing=missing, basis=options().cost_basis
    )


def _check_form(order: AnyRow, lines: Any) -> CheckForm:
    """The closing day is that of the last work, until another one is chosen."""
    last = max((line.done_on for line in lines), default=order.opened_on)
    days = {max(last, order.opened_on): "Dernier jour de travail"} | {clock.today(): "Aujourd’hui"}
    offered = [(day, f"{text} ({formats.day(day)})") for day, text in days.items()]
    return CheckForm(data={"version": order.version}, offered=offered)


def _checked(number: str, form: CheckForm) -> str:
    """Check the order as it was read; the address of the next one, or of the list."""
    with transaction() as session:
        repair_orders.locked(session, number, form.version.data)
        order_engagements.complete(session, number, form.engagement.data or "", actor(), clock.now())
        repair_orders.check(session, number, form.day, actor(), clock.now(), clock.today())
        following = queries.next_to_check(session, number)
    done(f"Ordre {number} terminé")
    if following:
        return url_for("orders.check", number=following)
    done("Plus aucun ordre à contrôler")
    return url_for("orders.index")
