"""Suppliers' invoices: the list, its file, one entered, corrected or taken away, its photo."""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.models.suppliers import Supplier
from garage.db.queries import supplier_invoices as queries
from garage.db.queries.paging import AnyRow
from garage.db.queries.supplier_invoices import InvoiceFilter
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.permissions import Permission
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.supplier_invoices import Sums, sums
from garage.french import supplier_invoices as words
from garage.french.labels import label
from garage.operations import supplier_invoices
from garage.operations.supplier_invoices import By
from garage.web import paging
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.forms.supplier_invoices import (
    DisputeForm,
    HeadForm,
    InvoiceFilters,
    MatchForm,
    NewInvoiceForm,
    ResumeForm,
)
from garage.web.htmx import form_page
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done

_DAY: Final = 24 * 3600
_HEADER: Final = (
    "Fournisseur", "Facture", "Date", "Total HT", "TVA", "Total TTC", "État", "Ligne", "Libellé", "Quantité",
    "Prix unitaire", "Montant", "Bon de livraison", "Référence", "Ordre", "Motif",
)  # fmt: skip


def by() -> By:
    """Whoever acts, now."""
    return By(actor(), clock.now(), clock.today())


def _asked() -> tuple[InvoiceFilter, dict[str, str]]:
    text, state = typed("q"), words.SLUGS.get(typed("etat"))
    kept = {"q": text, "etat": typed("etat") if state else ""}
    return InvoiceFilter(state, text), {name: word for name, word in kept.items() if word}


@allow(Permission.READ_VALUE)
def index() -> str:
    """Invoices of suppliers, the latest dated first."""
    wanted, kept = _asked()
    key = key_asked()
    with reading() as session:
        page = queries.page(session, wanted, paging.day_key(key.value), backwards=key.backwards)
        waiting = queries.waiting(session)
    form = InvoiceFilters(data={"etat": kept.get("etat", "")})
    form.etat.choices = choices([("", "Tous"), *((slug, label(state)) for slug, state in words.SLUGS.items())])
    return render_template(
        "supplier_invoices/index.html",
        rows=page.rows,
        links=around(page, "supplier_invoices.index", **kept),
        kept=kept,
        filters=form,
        chips=_chips(kept),
        waiting=waiting,
        tones=words.TONES,
        enters=enters(),
        printed=printed,
    )


def _chips(kept: dict[str, str]) -> list[tuple[str, str]]:
    shown = {
        name: label(words.SLUGS[word]) if name == "etat" else f"«\u00a0{word}\u00a0»" for name, word in kept.items()
    }
    return [
        (text, address("supplier_invoices.index", {key: word for key, word in kept.items() if key != name}))
        for name, text in shown.items()
    ]


def enters() -> bool:
    """Whether this person enters and matches invoices."""
    return person().may(Permission.ENTER_SUPPLIER_INVOICES)


def printed(invoice: AnyRow) -> Sums:
    """The sums printed at the foot of an invoice: without VAT, VAT, with VAT."""
    return sums(invoice.net, invoice.vat, options().cost_basis)


@allow(Permission.READ_VALUE)
def table() -> ResponseReturnValue:
    """The filtered invoices, each with its lines, for a spreadsheet."""
    wanted, _ = _asked()
    return csv_response(f"factures-fournisseurs_{clock.today().isoformat()}.csv", _HEADER, _rows(wanted))


def _rows(wanted: InvoiceFilter) -> Iterator[Sequence[Cell]]:
    """The sums of an invoice stand on its first line only: a column adds up."""
    with reading() as session:
        before = None
        for invoice, line in queries.every_line(session, wanted):
            foot = printed(invoice)
            totals = (foot.net, foot.vat, foot.gross) if invoice.id != before else (None,) * 3
            before = invoice.id
            head = (invoice.supplier, invoice.number, invoice.dated_on, *totals, label(invoice.state))
            if line is None:
                yield (*head, *(None,) * 9)
                continue
            yield (
                *head, line.rank, line.label, line.quantity, line.price, line.net, line.delivery_note, line.reference,
                line.order_number, line.reason,
            )  # fmt: skip


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def new() -> ResponseReturnValue:
    """An invoice that has come, then the matching of its lines."""
    chosen = paging.whole(typed("fournisseur"))
    with reading() as session:
        names = queries.suppliers(session)
        supplier = session.get(Supplier, chosen) if chosen is not None else None
        name = supplier.name if supplier else typed("nom")
    form = NewInvoiceForm(data={"supplier": name})
    if form.validate_on_submit():
        try:
            head = form.head(_photo(form))
            with transaction() as session:
                made = supplier_invoices.record(session, str(form.supplier.data), head, by(), form.form_token.data).id
            done("Facture enregistrée")
            return redirect(url_for("supplier_invoices.match", invoice_id=made), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return _head_page(form, names)


def _photo(form: HeadForm) -> str | None:
    sent = form.photo.data
    content = sent.read() if sent else b""
    return options().photos.keep(content).sha256 if content else None


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def change(invoice_id: int) -> ResponseReturnValue:
    """What was typed of an invoice, corrected."""
    with reading() as session:
        invoice, names = queries.one(session, invoice_id), queries.suppliers(session)
    if invoice.state is SupplierInvoiceState.ACCEPTED:
        return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
    values = {name: getattr(invoice, name) for name in ("supplier", "number", "dated_on", "net", "vat", "version")}
    form, theirs = HeadForm(data=values), False
    if form.validate_on_submit():
        try:
            head, sold = form.head(_photo(form)), str(form.supplier.data)
            with transaction() as session:
                supplier_invoices.change(session, invoice_id, version_of(form.version.data), head, by(), sold)
            done("Facture corrigée")
            return redirect(url_for("supplier_invoices.show", invoice_id=invoice_id), 303)
        except GarageError as refusal:
            theirs = renewed(form, refusal, invoice)
    return _head_page(form, names, invoice, theirs=theirs)


def _head_page(
    form: HeadForm, names: Sequence[str], invoice: AnyRow | None = None, *, theirs: bool = False
) -> ResponseReturnValue:
    return form_page(
        "supplier_invoices/head.html",
        form,
        invoice=invoice,
        names=names,
        basis=options().cost_basis,
        theirs=theirs,
        creates=person().may(Permission.MANAGE_STOCK),
    )


def renewed(form: HeadForm | MatchForm | DisputeForm | ResumeForm, refusal: GarageError, invoice: AnyRow) -> bool:
    """Show a refusal; True when somebody else wrote meanwhile: sent again, the form is for what is shown now."""
    form.refuse(refusal)
    if not isinstance(refusal, Conflict):
        return False
    form.version.data = str(invoice.version)
    return True


def version_of(text: object) -> int:
    """The version that a form was made for; one that no row has when it cannot be read."""
    told = paging.whole(str(text or ""))
    return 0 if told is None else told


@allow(Permission.ENTER_SUPPLIER_INVOICES)
def withdraw(invoice_id: int) -> ResponseReturnValue:
    """An invoice entered by mistake, taken away."""
    form = HeadForm()
    with transaction() as session:
        supplier_invoices.withdraw(session, invoice_id, version_of(form.version.data), by())
    done("Facture retirée")
    return redirect(url_for("supplier_invoices.index"), 303)


@allow(Permission.READ_VALUE)
def photo(invoice_id: int) -> ResponseReturnValue:
    """The photo of an invoice."""
    with reading() as session:
        kept = queries.one(session, invoice_id).photo
    path = options().photos.path(kept) if kept else None
    if path is None or not path.is_file():
        raise NotFound("photo", str(invoice_id))
    response = send_file(path.resolve(), mimetype="image/jpeg", conditional=True, etag=path.stem)
    response.headers["Cache-Control"] = f"private, max-age={_DAY}, immutable"
    return response
