"""A supplier's invoice as it stands: its differences, its acceptance, its dispute."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage.db.queries import supplier_invoices as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.errors.supplier_invoices import InvoiceAccepted
from garage.domain.permissions import Permission
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.supplier_invoices import Effect
from garage.french import supplier_invoices as words
from garage.operations import supplier_acceptance, supplier_invoices
from garage.operations.supplier_review import Looked, Review, review
from garage.web.access import allow, person
from garage.web.context import reading, transaction
from garage.web.forms.supplier_invoices import DisputeForm, ResumeForm, accept_form
from garage.web.htmx import form_page
from garage.web.notices import done
from garage.web.supplier_invoice_heads import by, enters, printed, renewed, version_of


def _read(session: Session, invoice_id: int) -> tuple[AnyRow, Review]:
    """An invoice, and its lines as they are looked at; accepted, they are as they were written."""
    invoice = queries.one(session, invoice_id)
    if invoice.state is not SupplierInvoiceState.ACCEPTED:
        return invoice, review(session, invoice)
    rows = queries.lines(session, [invoice_id])
    lines = tuple(Looked(row, None, (), Effect.NOTHING) for row in rows)
    return invoice, Review(lines, (), invoice.net, "")


def _shown(invoice: AnyRow, looked: Review) -> dict[str, Any]:
    return {
        "invoice": invoice,
        "looked": looked,
        "total_gap": words.total_gap(looked.total, invoice.net) if looked.lines else "",
        "words": words,
        "tone": words.TONES[invoice.state],
        "sums": printed(invoice),
        "enters": enters(),
        "manages": person().may(Permission.MANAGE_STOCK),
    }


@allow(Permission.READ_VALUE)
def show(invoice_id: int) -> str:
    """An invoice, its lines and what differs."""
    with reading() as session:
        invoice, looked = _read(session, invoice_id)
        written = queries.corrections(session, invoice)
    return render_template("supplier_invoices/show.html", written=written, **_shown(invoice, looked))


@allow(Permission.MANAGE_STOCK)
def accept(invoice_id: int) -> ResponseReturnValue:
    """What acceptance would do, to be agreed to with the reasons it needs."""
    with reading() as session:
        invoice, looked = _read(session, invoice_id)
    if invoice.state is not SupplierInvoiceState.TO_CHECK:
        return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
    asked = {one.row.id: one.row.label for one in looked.lines if one.reason_needed}
    known = {one.row.id: one.row.reason or "" for one in looked.lines}
    dearer = {
        one.row.id: words.to_order(one.dearer, one.row.order_number) for one in looked.lines if one.may_go_to_order
    }
    form = accept_form(asked, known, looked.seen, dearer)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                supplier_acceptance.accept(session, invoice_id, str(form.seen.data or ""), form.told, by())
            done(f"Facture {invoice.number} acceptée")
            return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
        except InvoiceAccepted:
            return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
        except GarageError as refusal:
            form.seen.data = looked.seen
            form.refuse(refusal)
    return form_page("supplier_invoices/accept.html", form, **_shown(invoice, looked))


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def dispute(invoice_id: int) -> ResponseReturnValue:
    """An invoice held until its supplier answers."""
    with reading() as session:
        invoice = queries.one(session, invoice_id)
    if invoice.state is SupplierInvoiceState.ACCEPTED:
        return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
    form, theirs = DisputeForm(data={"version": invoice.version, "reason": invoice.note or ""}), False
    if form.validate_on_submit():
        try:
            with transaction() as session:
                version = version_of(form.version.data)
                supplier_invoices.dispute(session, invoice_id, version, str(form.reason.data), by())
            done("Facture mise en litige")
            return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
        except GarageError as refusal:
            theirs = renewed(form, refusal, invoice)
    return form_page("supplier_invoices/dispute.html", form, invoice=invoice, solving=False, theirs=theirs)


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def resume(invoice_id: int) -> ResponseReturnValue:
    """A dispute solved."""
    with reading() as session:
        invoice = queries.one(session, invoice_id)
    if invoice.state is not SupplierInvoiceState.DISPUTED:
        return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
    form = ResumeForm(data={"version": invoice.version})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                version = version_of(form.version.data)
                supplier_invoices.resume(session, invoice_id, version, str(form.reason.data), by())
            done("Litige levé")
            return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
        except GarageError as refusal:
            renewed(form, refusal, invoice)
    return form_page("supplier_invoices/dispute.html", form, invoice=invoice, solving=True, theirs=False)
