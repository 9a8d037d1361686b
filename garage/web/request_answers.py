"""The head answers a request: accepts it as an order, refuses it, or takes the answer back."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import requests as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.errors.requests import RequestAnswered
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OrderKind, OrderState
from garage.domain.requests import RequestState
from garage.french import formats
from garage.french.labels import label
from garage.operations import requests
from garage.operations.requests import Acceptance
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.forms.fields import choices
from garage.web.forms.requests import AcceptForm, RefuseForm
from garage.web.htmx import form_page
from garage.web.notices import done


@allow(Permission.CHECK_ORDERS)
def accept(number: str) -> ResponseReturnValue:
    """Open the order that does it, or tie it to one that is open already (rules O1, C4)."""
    with reading() as session:
        row = queries.one(session, number)
        orders = queries.open_orders(session, row)
    form = AcceptForm(data={"kind": (OrderKind.BREAKDOWN if row.vehicle_id else OrderKind.SITE).value, "order": ""})
    form.order.choices = choices([("", "Ouvrir un nouvel ordre"), *((one.number, _order_words(one)) for one in orders)])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                order = requests.accept(session, number, _acceptance(form), actor(), clock.now(), clock.today()).number
            done(_said(form, number, order), undo=url_for("requests.reopen", number=number))
            return redirect(url_for("requests.show", number=number), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        _check_waiting(row)
    return form_page("requests/accept.html", form, request_=row, orders=orders)


def _said(form: AcceptForm, number: str, order: str) -> str:
    return f"Demande {number} rattachée à l’ordre {order}" if form.order.data else f"Ordre {order} ouvert"


def _order_words(order: AnyRow) -> str:
    words = f"{order.number}, {label(order.state).lower()}, ouvert le {formats.day(order.opened_on)}"
    return f"{words}\u00a0: {order.reason[:80]}" if order.reason else words


def _acceptance(form: AcceptForm) -> Acceptance:
    return Acceptance(
        order=form.order.data or None,
        kind=OrderKind(form.kind.data),
        state=OrderState(form.state.data),
        promised_on=form.promised_on.data,
        service=form.service.data or None,
        engagement=form.engagement.data or None,
        forced_reason=form.forced_reason.data or None,
        form_token=form.form_token.data or None,
    )


def _check_waiting(row: AnyRow) -> None:
    if row.state is not RequestState.RECEIVED:
        raise RequestAnswered("request", row.number)


@allow(Permission.CHECK_ORDERS)
def refuse(number: str) -> ResponseReturnValue:
    """Refuse with an answer, which is sent as it is written."""
    with reading() as session:
        row = queries.one(session, number)
    form = RefuseForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                requests.refuse(session, number, form.answer.data or "", actor(), clock.now())
            done(f"Demande {number} refusée", undo=url_for("requests.reopen", number=number))
            return redirect(url_for("requests.show", number=number), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        _check_waiting(row)
    return form_page("requests/refuse.html", form, request_=row)


@allow(Permission.CHECK_ORDERS)
def reopen(number: str) -> ResponseReturnValue:
    """Take the answer back: the request waits again."""
    with transaction() as session:
        left = requests.reopen(session, number, actor(), clock.now())
    done(f"Demande {number} remise à traiter" + (f". L’ordre {left} reste ouvert" if left else ""))
    return redirect(url_for("requests.show", number=number), 303)
