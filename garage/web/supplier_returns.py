"""Goods sent back to suppliers on screen: the list, a new return, the credit that came."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import goods_receipts
from garage.db.queries import purchases as purchase_queries
from garage.db.queries import supplier_returns as queries
from garage.db.queries.paging import AnyRow, every
from garage.db.queries.supplier_returns import ReturnFilter
from garage.domain.errors.base import GarageError
from garage.domain.money import ZERO, cents
from garage.domain.permissions import Permission
from garage.french.purchases import credit_gap
from garage.operations import supplier_returns
from garage.operations.supplier_returns import Credit, SentBack
from garage.web import paging
from garage.web.access import allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.purchases import CreditedForm, ReturnFilters, SendBackForm
from garage.web.htmx import form_page
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done
from garage.web.reorder import by

blueprint = Blueprint("supplier_returns", __name__, url_prefix="/retours-fournisseurs")

_BATCH: Final = 500
_STATES: Final = {"attendu": ("Avoir attendu", True), "recu": ("Avoir reçu", False)}
_HEADER: Final = (
    "Jour", "Fournisseur", "Référence", "Désignation", "Quantité", "Unité", "Motif", "Bon de retour",
    "Bon de livraison", "Avoir attendu", "Avoir", "Date de l’avoir", "Montant de l’avoir", "Écart", "Motif de l’écart",
)  # fmt: skip


def _asked() -> tuple[ReturnFilter, dict[str, str]]:
    state, supplier = typed("avoir"), paging.whole(typed("fournisseur"))
    kept = {"avoir": state if state in _STATES else "", "fournisseur": str(supplier) if supplier is not None else ""}
    wanted = ReturnFilter(_STATES[state][1] if state in _STATES else None, supplier)
    return wanted, {name: word for name, word in kept.items() if word}


def _expected(row: AnyRow) -> Decimal:
    """What the goods of a return had cost, in euros to the cent."""
    return cents(row.quantity * row.cost)


def _gap(row: AnyRow) -> str:
    return credit_gap(row.credited_amount, _expected(row))


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> str:
    """Returns, the latest first."""
    wanted, kept = _asked()
    with reading() as session:
        page = queries.page(session, wanted, key_asked())
        suppliers = purchase_queries.suppliers(session)
        waiting = queries.waiting(session)
    form = ReturnFilters(data={name: kept.get(name, "") for name in ("avoir", "fournisseur")})
    form.avoir.choices = choices([("", "Tous"), *((slug, told) for slug, (told, _) in _STATES.items())])
    form.fournisseur.choices = choices([("", "Tous"), *suppliers])
    names = {str(key): name for key, name in suppliers} | {slug: told for slug, (told, _) in _STATES.items()}
    chips = [
        (
            names.get(word, word),
            address("supplier_returns.index", {key: text for key, text in kept.items() if key != name}),
        )
        for name, word in kept.items()
    ]
    return render_template(
        "supplier_returns/index.html", rows=page.rows, links=around(page, "supplier_returns.index", **kept),
        kept=kept, filters=form, chips=chips, waiting=waiting, credit_gap=_gap,
        manages=person().may(Permission.MANAGE_STOCK),
    )  # fmt: skip


@blueprint.get("/export.csv")
@allow(Permission.READ_VALUE)
def table() -> ResponseReturnValue:
    """The filtered returns, for a spreadsheet."""
    wanted, _ = _asked()
    return csv_response(f"retours_{clock.today().isoformat()}.csv", _HEADER, _rows(wanted))


def _rows(wanted: ReturnFilter) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH)):
            for row in page.rows:
                yield (
                    row.returned_on, row.supplier, row.part, row.label, row.quantity, row.unit, row.reason,
                    row.reference, row.delivery_note, _expected(row), row.credit_reference, row.credited_on,
                    row.credited_amount, None if row.credited_on is None else row.credited_amount - _expected(row),
                    row.credit_reason,
                )  # fmt: skip


@blueprint.route("/nouveau/<int(max=2147483647):line_id>", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new(line_id: int) -> ResponseReturnValue:
    """Goods of a received line sent back."""
    with reading() as session:
        line = goods_receipts.line(session, line_id)
        receipt = goods_receipts.receipt(session, line.receipt_id)
    left = line.quantity - (line.back or ZERO)
    form = SendBackForm(data={"quantity": left or None, "seen": str(line.back or ZERO)})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                back = SentBack(
                    line_id, filled(form.quantity.data), form.reason.data or "", form.day,
                    _quantity(form.seen.data), form.reference.data,
                )  # fmt: skip
                supplier_returns.send_back(session, back, by())
            done(f"Retour de {line.label} enregistré, avoir attendu")
            return redirect(url_for("supplier_returns.index"), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("supplier_returns/new.html", form, line=line, receipt=receipt, left=left)


@blueprint.route("/<int(max=2147483647):return_id>/avoir", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK, Permission.READ_VALUE)
def credited(return_id: int) -> ResponseReturnValue:
    """The supplier's credit came."""
    with reading() as session:
        row = queries.one(session, return_id)
    form = CreditedForm(data={"amount": _expected(row)})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                credit = Credit(form.credit_reference.data or "", form.day, filled(form.amount.data), form.why.data)
                supplier_returns.credited(session, return_id, credit, by())
            done(f"Avoir {form.credit_reference.data} enregistré")
            return redirect(url_for("supplier_returns.index"), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("supplier_returns/credited.html", form, row=row, expected=_expected(row))


def _quantity(text: str | None) -> Decimal:
    """What the form had seen; a text of no sense was never seen."""
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return ZERO
