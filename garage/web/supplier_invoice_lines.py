"""What a supplier's invoice bills: goods and lines of orders ticked, free lines and their shares (E9)."""

from decimal import Decimal
from typing import Final

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage.db.queries import supplier_invoices as queries
from garage.db.queries import supplier_matching as matching
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.permissions import Permission
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.repair_orders import LineNature
from garage.domain.supplier_invoices import priced
from garage.french import formats
from garage.french.supplier_invoices import deposit
from garage.operations import supplier_free_lines, supplier_invoices
from garage.web import paging
from garage.web.access import allow
from garage.web.context import options, reading, transaction
from garage.web.forms.fields import choices
from garage.web.forms.supplier_invoices import MatchForm, Proposal, free_form, match_form
from garage.web.htmx import form_page
from garage.web.lists import typed
from garage.web.notices import done
from garage.web.supplier_invoice_heads import by, renewed, version_of

_PLACES: Final = 4
_MOST_PLACES: Final = 40
_ONE: Final = Decimal(1)


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def match(invoice_id: int) -> ResponseReturnValue:
    """The goods received and the work done that an invoice may bill, to be ticked."""
    with reading() as session:
        invoice = queries.one(session, invoice_id)
        goods, works = _goods(session, invoice), _works(session, invoice)
    if invoice.state is SupplierInvoiceState.ACCEPTED:
        return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
    form, theirs = match_form(goods, works, invoice.version), False
    if form.validate_on_submit() and _readable(form):
        try:
            with transaction() as session:
                supplier_invoices.match(session, invoice_id, version_of(form.version.data), form.wanted, by())
            done("Rapprochement enregistré")
            return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
        except GarageError as refusal:
            theirs = renewed(form, refusal, invoice)
    return form_page("supplier_invoices/match.html", form, invoice=invoice, basis=options().cost_basis, theirs=theirs)


def _readable(form: MatchForm) -> bool:
    """Whether each ticked line has an amount; its refusal is shown beside it."""
    good = True
    for one, line in zip(form.ticked, form.wanted, strict=True):
        try:
            priced(line.quantity, line.price, line.net)
        except GarageError as refusal:
            form.refuse_line(refusal, one)
            good = False
    return good


def _borne(session: Session, invoice: AnyRow) -> dict[str, AnyRow]:
    """What an invoice bears already, by key of its proposal."""
    found = {}
    for row in queries.lines(session, [invoice.id]):
        if row.receipt_line_id is not None:
            found[f"r{row.receipt_line_id}"] = row
        elif row.order_line_id is not None and row.form_token is None:
            found[f"o{row.order_line_id}"] = row
    return found


def _goods(session: Session, invoice: AnyRow) -> list[Proposal]:
    rows = matching.received_lines(session, invoice.supplier_id, invoice.id)
    known = matching.goods(session, [row.id for row in rows], invoice.id)
    borne = _borne(session, invoice)
    proposals = []
    for row in rows:
        mine, expected = borne.get(f"r{row.id}"), known[row.id].expected
        proposals.append(
            Proposal(
                key=f"r{row.id}",
                label=f"{row.label} ({row.reference})",
                detail=f"Bon {row.delivery_note} du {formats.day(row.received_on)}, reçu "
                f"{formats.quantity(row.quantity)}{formats.NBSP}{row.unit}",
                unit=row.unit,
                quantity=mine.quantity if mine else expected.quantity,
                cost=mine.price if mine else expected.cost,
                taken=mine is not None,
                order_number=row.order_number,
            )
        )
    return proposals


def _works(session: Session, invoice: AnyRow) -> list[Proposal]:
    borne = _borne(session, invoice)
    rows = matching.order_lines(session, invoice.supplier_id, invoice.id, invoice.number)
    proposals = []
    for row in rows:
        mine = borne.get(f"o{row.id}")
        kind = "Travail externe" if row.nature is LineNature.EXTERNAL else "Pièce achetée pour l’ordre"
        told = row.supplier or row.part_supplier or "fournisseur non précisé"
        proposals.append(
            Proposal(
                key=f"o{row.id}",
                label=row.label or row.part or kind,
                detail=f"{kind} du {formats.day(row.done_on)}, {told}",
                unit=row.unit or "",
                quantity=mine.quantity if mine else row.quantity or _ONE,
                cost=mine.price if mine else row.cost,
                taken=mine is not None,
                order_number=row.order_number,
            )
        )
    shared = {row.order_line_id for row in queries.lines(session, [invoice.id]) if row.form_token}
    return [one for one in proposals if int(one.key[1:]) not in shared]


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def free(invoice_id: int) -> ResponseReturnValue:
    """A line that bills neither goods nor one line of an order, shared over orders when it is theirs."""
    with reading() as session:
        invoice = queries.one(session, invoice_id)
        deposits = matching.deposits(session, invoice.supplier_id)
        awaiting = [
            row
            for row in matching.order_lines(session, invoice.supplier_id, invoice.id, invoice.number)
            if row.nature is LineNature.EXTERNAL and row.cost is None
        ]
    if invoice.state is SupplierInvoiceState.ACCEPTED:
        return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
    places = min(max(paging.whole(typed("ordres")) or _PLACES, _PLACES), _MOST_PLACES)
    form = free_form(places)
    form.deposit.choices = choices([("", "Aucune"), *((row.id, deposit(row)) for row in deposits)])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                supplier_free_lines.add(session, invoice_id, form.free, by())
            done(f"{form.label.data} ajouté à la facture")
            return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page(
        "supplier_invoices/free.html",
        form,
        invoice=invoice,
        awaiting=awaiting,
        deposits=deposits,
        places=places,
        more=min(places * 2, _MOST_PLACES) if places < _MOST_PLACES else None,
        basis=options().cost_basis,
    )


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def remove(invoice_id: int, line_id: int) -> ResponseReturnValue:
    """A line taken away, with the other shares of the same sum."""
    with transaction() as session:
        supplier_invoices.remove_line(session, invoice_id, line_id, by())
    done("Ligne retirée de la facture")
    return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
