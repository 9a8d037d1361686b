"""Parts put on an order: looked for, taken out of stock, or bought for it (rules S2 to S4)."""

from decimal import Decimal

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage.db.queries import order_entries
from garage.db.queries import stock as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.permissions import Permission
from garage.french import formats
from garage.operations import bought_parts, order_lines
from garage.operations.stock import NewPart
from garage.web.access import allow, person
from garage.web.context import options, reading, transaction
from garage.web.forms.entries import new_token
from garage.web.forms.entries import number as filled
from garage.web.forms.orders import BoughtForm, PartForm
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import typed
from garage.web.order_lines import added, entry, open_for_work

_SHOWN = 20


@allow(Permission.WORK_ON_ORDERS)
def parts(number: str) -> ResponseReturnValue:
    """Parts to choose from: the usual ones of that vehicle until something is looked for."""
    text = typed("q")
    with reading() as session:
        order = open_for_work(session, number)
        found = list(queries.search(session, text, _SHOWN + 1)) if text else _usual(session, order)
    return page_or_fragment(
        "orders/parts.html",
        "orders/_parts.html",
        order=order,
        text=text,
        found=found[:_SHOWN],
        more=len(found) > _SHOWN,
        tokens=[new_token() for _ in found],
    )


def _usual(session: Session, order: AnyRow) -> list[AnyRow]:
    return queries.some(session, order_entries.usual_parts(session, order.vehicle_id, order.collectivity_id))


@allow(Permission.WORK_ON_ORDERS)
def add_part(number: str, reference: str) -> ResponseReturnValue:
    """A quantity of one part; the head may go beyond what is on hand."""
    form = PartForm(data={"quantity": Decimal(1)})
    with reading() as session:
        order = open_for_work(session, number)
        part = queries.part(session, reference)
    heads = person().may(Permission.CHECK_ORDERS)
    if form.validate_on_submit():
        try:
            quantity = filled(form.quantity.data)
            with transaction() as session:
                new = entry(number, form)
                line = order_lines.add_part(session, new, part.id, quantity, form.forced_reason.data or None)
                added(number, line, f"{formats.quantity(quantity)} × {part.label}")
            return redirect(url_for("orders.parts", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/part.html", form, order=order, part=part, heads=heads)


@allow(Permission.WORK_ON_ORDERS)
def add_bought(number: str) -> ResponseReturnValue:
    """A part bought for this order at its own cost; a new reference enters the catalogue."""
    form = BoughtForm(data={"reference": typed("reference"), "quantity": Decimal(1), "unit": "u"})
    with reading() as session:
        order = open_for_work(session, number)
    if form.validate_on_submit():
        try:
            quantity, cost = filled(form.quantity.data), filled(form.cost.data)
            with transaction() as session:
                line = bought_parts.add(session, entry(number, form), _bought(form), quantity, cost)
                added(number, line, f"{formats.quantity(quantity)} × {form.label.data}")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/bought.html", form, order=order, basis=options().cost_basis)


def _bought(form: BoughtForm) -> NewPart:
    return NewPart(form.reference.data or "", form.label.data or "", unit=form.unit.data or "u")
