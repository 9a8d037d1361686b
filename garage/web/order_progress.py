"""An order goes on: its states, finishing it, ending it without a bill (rules O2, O5, B4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import order_records
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.permissions import Permission
from garage.domain.repair_orders import LineNature, OrderState, Pending, check_transition
from garage.french.labels import label
from garage.french.refusals import lacks
from garage.operations import order_states as changes
from garage.operations import repair_orders
from garage.operations.order_records import By
from garage.web import order_record, order_states
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.filters import plural
from garage.web.forms.orders import StateForm
from garage.web.htmx import form_page
from garage.web.notices import done


@allow(Permission.WORK_ON_ORDERS)
def move(number: str, slug: str) -> ResponseReturnValue:
    """Wait, block, cancel, take up again; the reason is asked for on a page of its own."""
    wanted, form = order_states.state_of(slug), StateForm()
    with reading() as session:
        order = queries.order(session, number)
    if form.validate_on_submit():
        try:
            by = By(actor(), actor(), clock.now(), clock.now())
            with transaction() as session:
                changes.move(session, number, wanted, by, form.reason.data)
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


@dataclass(frozen=True, slots=True)
class Lack:
    """Something absent, whether it blocks, and where it is completed: the words and the address of the link."""

    code: str
    text: str
    blocking: bool
    link: str
    href: str


@allow(Permission.WORK_ON_ORDERS)
def finish(number: str) -> ResponseReturnValue:
    """What is missing, each with where to complete it; then one button. The entry «terminer» receives it."""
    with reading() as session:
        order = queries.order(session, number)
        check_transition(order.state, OrderState.TO_CHECK, role=person().role, reason=None)
        found = _lacks(session, order)
        others = order_records.pending(session, order.id, person().id)
        mine = len(order_records.pending(session, order.id).running) > len(others.running)
        meter = order_record.meter_of(session, order)
    return render_template("orders/finish.html", order=order, lacks=found, meter=meter, clock_runs=mine)


def _lacks(session: Session, order: AnyRow) -> list[Lack]:
    row = session.get_one(RepairOrder, order.id)
    pending = order_records.pending(session, order.id, person().id)
    lines = queries.lines(session, order.id)
    return [
        Lack(one.code, _told(one.code, pending), one.blocking, *_where(order, one.code, lines))
        for one in repair_orders.missing(session, row, person().id)
    ]


def _told(code: str, pending: Pending) -> str:
    """What is absent, counted or named where it can be."""
    who = ", ".join(pending.running)
    many = len(pending.running) > 1
    told = {
        "works_todo": plural(
            pending.works, "travail n’est ni coché, ni reporté", "travaux ne sont ni cochés, ni reportés"
        ),
        "points_open": f"{plural(pending.points, 'point')} à contrôler sans réponse",
        "clock_running": f"{who} {'travaillent' if many else 'travaille'} encore sur cet ordre",
        "clock_unsure": plural(
            pending.unsure, "chrono oublié attend son heure de fin", "chronos oubliés attendent leur heure de fin"
        ),
    }
    text = told.get(code) or lacks(code)
    return text[0].upper() + text[1:]


def _where(order: AnyRow, code: str, lines: Sequence[AnyRow]) -> tuple[str, str]:
    """The words and the address of what completes it."""
    page = url_for("orders.show", number=order.number)
    places = {
        "no_lines": ("Ajouter du temps", url_for("orders.add_labour", number=order.number)),
        "no_time": ("Ajouter du temps", url_for("orders.add_labour", number=order.number)),
        "no_meter": ("Relever le compteur", "#compteur-valeur"),
        "works_todo": ("Voir les travaux", f"{page}#travaux"),
        "points_open": ("Voir les points", f"{page}#travaux"),
        "clock_running": ("Voir le temps", f"{page}#temps"),
        "clock_unsure": ("Voir le temps", f"{page}#temps"),
    }
    return places.get(code) or ("Compléter le coût", _costless(order.number, code, lines))


def _costless(number: str, code: str, lines: Sequence[AnyRow]) -> str:
    """The page of the first line whose cost is awaited."""
    nature = LineNature.PART if code == "no_cost" else LineNature.EXTERNAL
    rows = [line for line in lines if line.nature is nature and line.cost is None]
    return url_for("orders.cost", number=number, rank=rows[0].rank)
