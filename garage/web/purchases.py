"""Orders to suppliers on screen: the list, a draft typed over, sent, awaited, closed; the PDF."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import purchases as queries
from garage.db.queries.paging import AnyRow, every
from garage.db.queries.purchases import Line, PurchaseFilter
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.permissions import Permission
from garage.domain.purchases import PurchaseState
from garage.french import purchases as words
from garage.french.labels import label
from garage.operations import purchase_mails, purchases
from garage.operations.purchases import Changes, Wanted
from garage.web import paging
from garage.web.access import allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.purchases import (
    AddLineForm,
    CloseForm,
    DraftForm,
    ExpectForm,
    NewPurchaseForm,
    PurchaseFilters,
    SendForm,
    draft_form,
)
from garage.web.htmx import form_page
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done
from garage.web.reorder import by, part_meant

blueprint = Blueprint("purchases", __name__, url_prefix="/achats")

_BATCH: Final = 500
_LATE: Final = "en-retard"
_HEADER: Final = (
    "Commande", "Fournisseur", "État", "Commandée le", "Attendue le", "Référence", "Référence fournisseur",
    "Désignation", "Commandé", "Annulé", "Reçu", "Reste", "Unité", "Prix", "Ordre",
)  # fmt: skip


def _asked() -> tuple[PurchaseFilter, dict[str, str]]:
    told = {name: typed(name) for name in ("q", "etat", "fournisseur", "echeance")}
    state, supplier = words.SLUGS.get(told["etat"]), paging.whole(told["fournisseur"])
    late = told["echeance"] == _LATE
    kept = {
        "q": told["q"],
        "etat": told["etat"] if state else "",
        "fournisseur": told["fournisseur"] if supplier is not None else "",
        "echeance": _LATE if late else "",
    }
    wanted = PurchaseFilter(state, supplier, told["q"], clock.today() if late else None)
    return wanted, {name: word for name, word in kept.items() if word}


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> str:
    """The orders to suppliers, the latest first."""
    wanted, kept = _asked()
    with reading() as session:
        page = queries.page(session, wanted, key_asked())
        suppliers = queries.suppliers(session)
    form = PurchaseFilters(data={name: kept.get(name, "") for name in ("etat", "fournisseur", "echeance")})
    states = [(slug, label(state)) for slug, state in words.SLUGS.items()]
    form.etat.choices = choices([("", "Tous"), *states])
    form.fournisseur.choices = choices([("", "Tous"), *suppliers])
    form.echeance.choices = choices([("", "Toutes"), (_LATE, "En retard")])
    names = {"etat": dict(states), "fournisseur": {str(key): name for key, name in suppliers}}
    chips = [
        (
            "En retard" if name == "echeance" else names.get(name, {}).get(word, f"«\u00a0{word}\u00a0»"),
            address("purchases.index", {key: text for key, text in kept.items() if key != name}),
        )
        for name, word in kept.items()
    ]
    return render_template(
        "purchases/index.html", rows=page.rows, links=around(page, "purchases.index", **kept), kept=kept, filters=form,
        chips=chips, tones=words.TONES, today=clock.today(), manages=_manages(),
    )  # fmt: skip


def _manages() -> bool:
    return person().may(Permission.MANAGE_STOCK)


@blueprint.get("/export.csv")
@allow(Permission.READ_VALUE)
def table() -> ResponseReturnValue:
    """Every line of the filtered orders, for a spreadsheet."""
    wanted, _ = _asked()
    return csv_response(f"commandes_{clock.today().isoformat()}.csv", _HEADER, _rows(wanted))


def _rows(wanted: PurchaseFilter) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH)):
            for row in page.rows:
                head = (row.number, row.supplier, label(row.state), row.ordered_on, row.expected_on)
                for line in queries.lines(session, row.id):
                    yield (
                        *head, line.reference, line.supplier_reference, line.label, line.quantity, line.cancelled,
                        line.received, line.left, line.unit, line.price, line.repair_order,
                    )  # fmt: skip


@blueprint.route("/nouvelle", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new() -> ResponseReturnValue:
    """An empty draft for a supplier."""
    form = NewPurchaseForm(data={"supplier": typed("fournisseur")})
    with reading() as session:
        form.supplier.choices = choices([("", "Choisissez"), *queries.suppliers(session)])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                chosen = paging.whole(form.supplier.data) or 0
                number = purchases.draft(session, chosen, [], by(), form.form_token.data).number
            done(f"Commande {number} préparée")
            return redirect(url_for("purchases.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("purchases/new.html", form)


@blueprint.get("/<number>")
@allow(Permission.READ_VALUE)
def show(number: str) -> ResponseReturnValue:
    """One order: a draft may be typed over by whoever keeps the store; one that was sent is read."""
    with reading() as session:
        order = queries.order(session, number)
        lines = queries.lines(session, order.id)
        came = queries.receipts(session, order.id)
        mail = queries.last_mail(session, order.id)
    if order.state is PurchaseState.DRAFT and _manages():
        return _draft_page(order, lines, _blank(order, lines), AddLineForm(prefix="ajout-"))
    return render_template(
        "purchases/show.html", order=order, lines=lines, came=came, mail=mail, **_total(lines), tones=words.TONES,
        today=clock.today(), manages=_manages(),
    )  # fmt: skip


def _blank(order: AnyRow, lines: Sequence[Line]) -> DraftForm:
    return draft_form(
        lines, {"expected_on": order.expected_on, "note": order.note or "", "version": str(order.version)}
    )


@blueprint.post("/<number>/brouillon")
@allow(Permission.MANAGE_STOCK)
def change(number: str) -> ResponseReturnValue:
    """The draft as it was typed over."""
    with reading() as session:
        order = queries.order(session, number)
        lines = queries.lines(session, order.id)
    form = _blank(order, lines)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                purchases.change(session, number, _changes(form), by())
            done(f"Commande {number} enregistrée")
            return redirect(url_for("purchases.show", number=number), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return _draft_page(order, lines, form, AddLineForm(prefix="ajout-", formdata=None))


def _changes(form: DraftForm) -> Changes:
    return Changes(paging.whole(form.version.data) or 0, form.expected_on.data, form.note.data, form.told)


def _draft_page(order: AnyRow, lines: list[Line], form: DraftForm, adding: AddLineForm) -> ResponseReturnValue:
    shown: Any = adding if adding.errors else form
    return form_page(
        "purchases/draft.html", shown, draft=form, adding=adding, order=order, lines=lines, **_total(lines)
    )


def _total(lines: Sequence[Line]) -> dict[str, Any]:
    """What an order comes to in euros, and in words what is left out of it."""
    total = queries.total(lines)
    return {"total": total.amount, "unpriced": words.unpriced(total.unpriced)}


@blueprint.post("/<number>/lignes")
@allow(Permission.MANAGE_STOCK)
def add_line(number: str) -> ResponseReturnValue:
    """A part put on the draft."""
    adding = AddLineForm(prefix="ajout-")
    if adding.validate_on_submit():
        try:
            with transaction() as session:
                part_id = part_meant(session, adding.reference.data or "")
                wanted = Wanted(part_id, filled(adding.quantity.data), adding.cost.data)
                purchases.add_once(session, number, wanted, by(), adding.form_token.data)
            done("Ligne ajoutée")
            return redirect(url_for("purchases.show", number=number), 303)
        except GarageError as refusal:
            adding.refuse(refusal)
    with reading() as session:
        head = queries.order(session, number)
        lines = queries.lines(session, head.id)
    data = {"expected_on": head.expected_on, "note": head.note or "", "version": str(head.version)}
    return _draft_page(head, lines, draft_form(lines, data, typed=False), adding)


@blueprint.route("/<number>/envoyer", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def send(number: str) -> ResponseReturnValue:
    """The last check before ordering, or an e-mail sent again."""
    with reading() as session:
        order = queries.order(session, number)
        lines = queries.lines(session, order.id)
    form = SendForm(data={"version": str(order.version), "by_mail": bool(order.email)})
    if form.validate_on_submit():
        version = paging.whole(form.version.data) or 0
        try:
            with transaction() as session:
                purchases.send(session, number, version, by())
                told = purchase_mails.send(session, number, version + 1, by()) if form.by_mail.data else None
            done(f"Commande {number} passée" + (f", courriel préparé pour {told}" if told else ""))
            return redirect(url_for("purchases.show", number=number), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("purchases/send.html", form, order=order, lines=lines, **_total(lines))


@blueprint.post("/<number>/courriel")
@allow(Permission.MANAGE_STOCK)
def mail_again(number: str) -> ResponseReturnValue:
    """The e-mail of an order once more."""
    with transaction() as session:
        told = purchase_mails.send(session, number, paging.whole(request.form.get("version")) or 0, by())
    done(f"Courriel de la commande {number} préparé pour {told}")
    return redirect(url_for("purchases.show", number=number), 303)


@blueprint.route("/<number>/attendue", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def expect(number: str) -> ResponseReturnValue:
    """Another day on which it should come."""
    with reading() as session:
        order = queries.order(session, number)
    form = ExpectForm(data={"expected_on": order.expected_on})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                day: date = form.expected_on.data
                purchases.expect(session, number, day, by())
            done(f"Commande {number} attendue à une autre date")
            return redirect(url_for("purchases.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("purchases/expect.html", form, order=order)


@blueprint.route("/<number>/solder", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def close(number: str) -> ResponseReturnValue:
    """Await nothing more of an order; a draft is given up."""
    with reading() as session:
        order = queries.order(session, number)
        left = [line for line in queries.lines(session, order.id) if line.left]
    form = CloseForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                closed = purchases.close(session, number, form.reason.data or "", by())
                state = label(closed.state).lower()
            done(f"Commande {number} {state}")
            return redirect(url_for("purchases.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("purchases/close.html", form, order=order, lines=left, line=None)


@blueprint.route("/<number>/lignes/<int(max=2147483647):line_id>/annuler", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def cancel_line(number: str, line_id: int) -> ResponseReturnValue:
    """What is left of one line will not come."""
    with reading() as session:
        order = queries.order(session, number)
        left = [line for line in queries.lines(session, order.id) if line.id == line_id]
    form = CloseForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                purchases.cancel_line(session, number, line_id, form.reason.data or "", by())
            done(f"Reste de la ligne annulé sur {number}")
            return redirect(url_for("purchases.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("purchases/close.html", form, order=order, lines=left, line=line_id)


@blueprint.get("/<number>.pdf")
@allow(Permission.READ_VALUE)
def pdf(number: str) -> Response:
    """The order as it goes to the supplier."""
    with reading() as session:
        answer = Response(purchase_mails.pdf(session, number), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return answer
