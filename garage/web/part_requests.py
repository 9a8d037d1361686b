"""Parts that the workshop asks of the store: ask from an order, the queue, the answers (feature PA-18)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import part_requests as queries
from garage.db.queries import purchases, suppliers
from garage.db.queries import reservations as kept
from garage.db.queries import stock as parts
from garage.db.queries.paging import AnyRow, every
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.money import ZERO
from garage.domain.part_requests import WAITING, PartRequestState
from garage.domain.permissions import Permission
from garage.french.labels import label
from garage.french.store import SLUGS, TABS, TONES
from garage.operations import part_requests
from garage.operations.part_requests import Seen, Wanted
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.store import AnswerForm, AskPartForm
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked, typed
from garage.web.movements import by
from garage.web.notices import done
from garage.web.order_lines import open_for_work
from garage.web.paging import whole
from garage.web.reorder import part_meant

blueprint = Blueprint("part_requests", __name__, url_prefix="/demandes-pieces")
blueprint.add_app_template_filter(lambda state: TONES[state], "ton_demande")

_ID: Final = "/<int(max=2147483647):request_id>"
_BATCH: Final = 500
_FOUND: Final = 8
_HEADER: Final = (
    "Pièce", "Référence", "Quantité", "Unité", "Ordre", "Pour le", "Demandée par", "Demandée le", "État", "Réponse",
    "Commande",
)  # fmt: skip
_ACTS: Final = ("aside", "give", "order", "refuse")


@blueprint.get("")
@allow(Permission.MANAGE_STOCK)
def index() -> str:
    """What the workshop waits for, or with a state in the address all that came to it."""
    slug = typed("etat")
    tabs = [("À traiter", url_for("part_requests.index"), slug not in SLUGS)]
    tabs += [(words, url_for("part_requests.index", etat=name), name == slug) for name, words in TABS.items()]
    with reading() as session:
        if slug not in SLUGS:
            rows = queries.queue(session)
            return render_template("part_requests/index.html", rows=rows, links=None, tabs=tabs, slug=None, **_now())
        page = queries.page(session, SLUGS[slug], key_asked())
    links = around(page, "part_requests.index", etat=slug)
    return render_template("part_requests/index.html", rows=page.rows, links=links, tabs=tabs, slug=slug, **_now())


@blueprint.get("/export.csv")
@allow(Permission.MANAGE_STOCK)
def table() -> ResponseReturnValue:
    """The same for a spreadsheet."""
    slug = typed("etat")
    return csv_response(f"demandes-pieces_{clock.today().isoformat()}.csv", _HEADER, _rows(slug))


def _rows(slug: str) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        if slug not in SLUGS:
            yield from map(_cells, queries.queue(session))
            return
        for page in every(lambda key: queries.page(session, SLUGS[slug], key, _BATCH)):
            yield from map(_cells, page.rows)


def _cells(row: AnyRow) -> tuple[Cell, ...]:
    return (
        row.label, row.reference, row.quantity, row.unit, row.number, row.needed_on, row.asked_by,
        clock.paris_day(row.asked_at), label(row.state), row.answer, row.purchase,
    )  # fmt: skip


def _now() -> dict[str, object]:
    return {"now": clock.now(), "today": clock.today()}


@blueprint.route("/nouvelle/<number>", methods=["GET", "POST"])
@allow(Permission.WORK_ON_ORDERS)
def ask(number: str) -> ResponseReturnValue:
    """Ask for a part, by its reference or in words, from an order."""
    form = AskPartForm(data={"reference": typed("reference"), "label": typed("q"), "quantity": Decimal(1)})
    with reading() as session:
        order = open_for_work(session, number)
    if form.validate_on_submit():
        try:
            photo = _photo()
            with transaction() as session:
                part_id = parts.part(session, form.reference.data).id if form.reference.data else None
                wanted = Wanted(
                    number, part_id, form.label.data or "", filled(form.quantity.data), form.needed_on.data, photo,
                    form.form_token.data or None,
                )  # fmt: skip
                asked = part_requests.ask(session, wanted, by())
                undo = url_for("part_requests.withdraw", request_id=asked.id)
                done(f"Demande au magasin\u00a0: {asked.label}", undo=undo)
            return redirect(url_for("orders.show", number=number), 303)
        except NotFound as refusal:
            if refusal.what != "part":
                raise
            form.reference.errors = ["Référence inconnue\u00a0: laissez ce champ vide et décrivez la pièce"]
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("part_requests/ask.html", form, order=order)


def _photo() -> str | None:
    """The photo of this sending, kept on disk. Raises BadPhoto, PhotoNotKept."""
    sent = request.files.get("photo")
    content = sent.read() if sent else b""
    return options().photos.keep(content).sha256 if content else None


@blueprint.route(_ID, methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def answer(request_id: int) -> ResponseReturnValue:
    """One request, and what the store may do about it."""
    with reading() as session:
        row = queries.request(session, request_id)
        free = kept.reserved_for_others(session, [row.part_id], row.repair_order_id) if row.part_id else {}
        chosen = parts.part(session, typed("piece")) if typed("piece") and not row.reference else row
        sellers = suppliers.names(session, [chosen.supplier_id])
        sought = typed("q") or ("" if row.reference else row.label)
        found = parts.search(session, sought, _FOUND) if sought and row.state is PartRequestState.ASKED else []
    usual = str(chosen.supplier_id or "")
    proposed = {"reference": chosen.reference or "", "supplier": usual, "version": str(row.version)}
    form = AnswerForm(data=proposed | {"answer": row.answer or ""})
    form.supplier.choices = choices([("", "Choisir un fournisseur"), *sellers])
    act = request.form.get("acte", "")
    if act and act not in _ACTS:
        abort(400)
    if form.validate_on_submit():
        try:
            if _answered(row, form, act):
                return redirect(url_for("part_requests.index"), 303)
        except Conflict as refusal:
            form.refuse(refusal)
            form.version.data = str(row.version)
        except GarageError as refusal:
            form.refuse(refusal)
    others = free.get(row.part_id, ZERO)
    return form_page(
        "part_requests/answer.html", form, row=row, others=others, open=row.state in WAITING, found=found, sought=sought
    )


def _answered(row: AnyRow, form: AnswerForm, act: str) -> bool:
    """Do what the button says; False when the form lacks something. Raises what the operations raise."""
    supplier = whole(form.supplier.data)
    with transaction() as session:
        part_id = None
        if form.reference.data and form.reference.data != row.reference:
            try:
                part_id = part_meant(session, form.reference.data)
            except NotFound:
                form.reference.errors = ["Référence inconnue\u00a0: cherchez la pièce par quelques mots"]
                return False
        if act == "order" and supplier is None and part_id is not None:
            supplier = purchases.preferred(session, part_id)
        if act == "order" and supplier is None:
            form.supplier.errors = ["Choisissez le fournisseur"]
            return False
        seen = Seen(row.id, whole(form.version.data) or 0, part_id)
        words = form.answer.data or ""
        if act == "aside":
            part_requests.set_aside(session, seen, words, by())
        elif act == "give":
            part_requests.give(session, seen, form.forced_reason.data or None, by())
        elif act == "order":
            part_requests.order_it(session, seen, supplier or 0, words, by())
        else:
            part_requests.refuse(session, seen, words, by())
    said = {"aside": "mise de côté", "give": "remise", "order": "commandée", "refuse": "refusée"}
    done(f"{row.label}\u00a0: {said.get(act, 'refusée')}, ordre {row.number}")
    return True


@blueprint.post(f"{_ID}/retirer")
@allow(Permission.WORK_ON_ORDERS)
def withdraw(request_id: int) -> ResponseReturnValue:
    """It is needed no more: by whoever asked, or by the head."""
    with transaction() as session:
        row = queries.request(session, request_id)
        if row.asked_by_id != actor().id and not person().may(Permission.MANAGE_STOCK):
            abort(403)
        part_requests.withdraw(session, request_id, by())
    done(f"Demande retirée\u00a0: {row.label}")
    return redirect(url_for("orders.show", number=row.number), 303)


@blueprint.get(f"{_ID}/photo")
@allow(Permission.READ_ORDERS)
def photo(request_id: int) -> ResponseReturnValue:
    """The photo of a request."""
    with reading() as session:
        row = queries.request(session, request_id)
    path = options().photos.path(row.photo) if row.photo else None
    if path is None or not path.is_file():
        raise NotFound("photo", str(request_id))
    return send_file(path.resolve(), mimetype="image/jpeg", conditional=True)
