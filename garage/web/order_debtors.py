"""An order that a credit note freed, put right: who owes it, its minutes, what is not charged (rules O2, B8)."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import credit_notes, users
from garage.db.queries import repair_orders as queries
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.errors.repair_orders import LineBilled
from garage.domain.invoices.credit_notes import check_debtor_change
from garage.domain.permissions import Permission
from garage.domain.repair_orders import LineNature, check_writable
from garage.operations import order_debtors
from garage.operations.order_debtors import Correction, NewDebtor
from garage.web import paging
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.forms.credit_notes import CorrectLineForm, DebtorForm
from garage.web.forms.fields import choices
from garage.web.htmx import form_page
from garage.web.notices import done


@allow(Permission.CHECK_ORDERS, Permission.ISSUE_INVOICES)
def debtor(number: str) -> ResponseReturnValue:
    """Which collectivity owes an order of which nothing is billed."""
    with reading() as session:
        order = queries.order(session, number)
        billed = credit_notes.order_billed(session, order.id)
        bodies = [(key, name) for key, name in users.collectivities(session) if key != order.collectivity_id]
    form = DebtorForm(data={"service": order.service, "version": str(order.version)})
    form.collectivity.choices = choices([("", "Choisir dans la liste"), *bodies])
    if form.validate_on_submit():
        try:
            wanted = NewDebtor(
                paging.whole(form.collectivity.data) or 0,
                form.reason.data or "",
                form.engagement.data,
                form.service.data,
            )
            with transaction() as session:
                version = paging.whole(form.version.data) or 0
                order_debtors.change_debtor(session, number, version, wanted, actor(), clock.now())
            done(f"Collectivité débitrice de l’ordre {number} changée")
            return redirect(url_for("orders.show", number=number), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        check_debtor_change(number, order.state, billed=billed)
    return form_page("orders/debtor.html", form, order=order)


@allow(Permission.CHECK_ORDERS)
def correct_line(number: str, rank: int) -> ResponseReturnValue:
    """The minutes of a line that no bill holds, and whether it is charged."""
    with reading() as session:
        order = queries.order(session, number)
        line = next((row for row in queries.lines(session, order.id) if row.rank == rank), None)
    if line is None:
        raise NotFound("line", f"{number}/{rank}")
    form = CorrectLineForm(data={"time": line.minutes, "free": line.non_billable_reason})
    if form.validate_on_submit():
        try:
            wanted = Correction(form.time.data, form.free.data or "")
            with transaction() as session:
                order_debtors.correct_line(session, number, line.id, wanted, actor(), clock.now())
            done(f"Ligne de l’ordre {number} corrigée")
            return redirect(url_for("orders.line", number=number, rank=rank), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    elif not form.is_submitted():
        check_writable(order.state, order.number, person().role)
        if line.invoice:
            raise LineBilled(number, rank)
    return form_page("orders/correct_line.html", form, order=order, line=line, hours=line.nature is LineNature.LABOUR)
