"""Goods received on screen: deliveries, a new one line by line or scan by scan, the photo of its note."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import goods_receipts as queries
from garage.db.queries import purchases as purchase_queries
from garage.db.queries.goods_receipts import ReceiptFilter
from garage.db.queries.paging import every
from garage.db.queries.purchases import Line
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.permissions import Permission
from garage.french.refusals import sentence
from garage.operations import goods_receipts, stores
from garage.operations.goods_receipts import Delivery
from garage.web import paging
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.forms.purchases import DeliveryForm, DeliveryRow, ReturnFilters, delivery_form
from garage.web.htmx import form_page
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done
from garage.web.reorder import part_meant
from garage.web.scan import with_camera

blueprint = Blueprint("goods_receipts", __name__, url_prefix="/receptions")

_BATCH: Final = 500
_MOST_COUNTED: Final = 300
_DAY: Final = 24 * 3600
_HEADER: Final = (
    "Bon de livraison", "Fournisseur", "Jour", "Référence", "Désignation", "Quantité", "Unité", "Coût", "Commande",
    "Ordre", "Retourné",
)  # fmt: skip
_ID: Final = "<int(max=2147483647):receipt_id>"
_SUPPLIER: Final = "/de/<int(max=2147483647):supplier_id>"


def _asked() -> tuple[ReceiptFilter, dict[str, str]]:
    text, supplier = typed("q"), paging.whole(typed("fournisseur"))
    kept = {"q": text, "fournisseur": str(supplier) if supplier is not None else ""}
    return ReceiptFilter(text, supplier), {name: word for name, word in kept.items() if word}


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> str:
    """Deliveries, the latest entered first, and the suppliers from which something is awaited."""
    wanted, kept = _asked()
    with reading() as session:
        page = queries.page(session, wanted, key_asked())
        suppliers = purchase_queries.suppliers(session)
        senders = queries.senders(session)
    form = ReturnFilters(data={"fournisseur": kept.get("fournisseur", "")})
    form.fournisseur.choices = choices([("", "Tous"), *suppliers])
    names = {str(key): name for key, name in suppliers}
    chips = [
        (
            names.get(word, word) if name == "fournisseur" else f"«\u00a0{word}\u00a0»",
            address("goods_receipts.index", {key: text for key, text in kept.items() if key != name}),
        )
        for name, word in kept.items()
    ]
    return render_template(
        "goods_receipts/index.html", rows=page.rows, links=around(page, "goods_receipts.index", **kept), kept=kept,
        filters=form, chips=chips, senders=senders, today=clock.today(), manages=_manages(),
    )  # fmt: skip


def _manages() -> bool:
    return person().may(Permission.MANAGE_STOCK)


@blueprint.get("/export.csv")
@allow(Permission.READ_VALUE)
def table() -> ResponseReturnValue:
    """Every line of the filtered deliveries, for a spreadsheet."""
    wanted, _ = _asked()
    return csv_response(f"receptions_{clock.today().isoformat()}.csv", _HEADER, _rows(wanted))


def _rows(wanted: ReceiptFilter) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH)):
            for row in page.rows:
                for line in queries.lines(session, row.id):
                    yield (
                        row.delivery_note, row.supplier, row.received_on, line.reference, line.label, line.quantity,
                        line.unit, line.cost, line.purchase, line.order, line.back,
                    )  # fmt: skip


@blueprint.get(f"/{_ID}")
@allow(Permission.READ_VALUE)
def show(receipt_id: int) -> str:
    """One delivery and what came on it."""
    with reading() as session:
        receipt = queries.receipt(session, receipt_id)
        lines = queries.lines(session, receipt_id)
    return render_template("goods_receipts/show.html", receipt=receipt, lines=lines, manages=_manages())


@blueprint.get(f"/{_ID}/photo")
@allow(Permission.READ_VALUE)
def photo(receipt_id: int) -> ResponseReturnValue:
    """The photo of the delivery note."""
    with reading() as session:
        kept = queries.receipt(session, receipt_id).photo
    path = options().photos.path(kept) if kept else None
    if path is None or not path.is_file():
        raise NotFound("photo", str(receipt_id))
    response = send_file(path.resolve(), mimetype="image/jpeg", conditional=True, etag=path.stem)
    response.headers["Cache-Control"] = f"private, max-age={_DAY}, immutable"
    return response


@blueprint.get("/nouvelle")
@allow(Permission.MANAGE_STOCK)
def choose() -> ResponseReturnValue:
    """Whose delivery it is."""
    chosen = paging.whole(typed("fournisseur"))
    if chosen is not None:
        return redirect(url_for("goods_receipts.receive", supplier_id=chosen), 303)
    with reading() as session:
        senders, suppliers = queries.senders(session), purchase_queries.suppliers(session)
    form = ReturnFilters()
    form.fournisseur.choices = choices(suppliers)
    return render_template("goods_receipts/choose.html", senders=senders, filters=form, today=clock.today())


def _counts() -> dict[str, Decimal]:
    """What was counted, as the address says it: l12=3 of an awaited line, p34=1 of a part that nobody ordered."""
    found: dict[str, Decimal] = {}
    for key, text in list(request.args.items())[:_MOST_COUNTED]:
        if key[:1] in ("l", "p") and paging.whole(key[1:]) is not None:
            try:
                value = Decimal(text)
            except InvalidOperation:
                continue
            if value.is_finite() and 0 < value < 1_000_000 and value == round(value, 3):
                found[key] = value
    return found


def _lines(session: Session, supplier_id: int, counts: Mapping[str, Decimal]) -> list[DeliveryRow]:
    """The awaited lines, of one order when the address says so, then the parts that nobody ordered."""
    lines = purchase_queries.awaited(session, supplier_id, typed("commande") or None)
    parts = queries.parts(session, supplier_id, [int(key[1:]) for key in counts if key.startswith("p")])
    rows = [DeliveryRow(line, line, counts.get(f"l{line.id}")) for line in lines]
    return rows + [DeliveryRow(part, None, counts.get(f"p{part.id}")) for part in parts.values()]


@blueprint.route(_SUPPLIER, methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def receive(supplier_id: int) -> ResponseReturnValue:
    """A delivery of a supplier, line by line."""
    counts = _counts()
    with reading() as session:
        supplier = queries.supplier(session, supplier_id)
        rows = _lines(session, supplier_id, counts)
        form = delivery_form(rows)
        accepted = form.accepts(lambda told: stores.find(session, told))
    if accepted:
        try:
            photo = _photo(form)
            with transaction() as session:
                bins = {told.code: stores.place(session, told) for told in form.places}
                delivery = Delivery(
                    supplier_id, form.delivery_note.data or "", form.day, form.received(bins),
                    form.note.data, photo, form.form_token.data,
                )  # fmt: skip
                made = goods_receipts.receive(session, delivery, actor(), clock.now(), clock.today())
                receipt_id, note = made.id, made.delivery_note
            done(f"Livraison {note} enregistrée")
            return redirect(url_for("goods_receipts.show", receipt_id=receipt_id), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page(
        "goods_receipts/receive.html", form, supplier=supplier, basis=options().cost_basis, again=_words(counts),
    )  # fmt: skip


def _photo(form: DeliveryForm) -> str | None:
    sent = form.photo.data
    content = sent.read() if sent else b""
    return options().photos.keep(content).sha256 if content else None


def _words(counts: Mapping[str, Decimal]) -> dict[str, str]:
    """The address of the same page."""
    told = {key: f"{value.normalize():f}" for key, value in counts.items()}
    return told | ({"commande": typed("commande")} if typed("commande") else {})


@blueprint.get(f"{_SUPPLIER}/scanner")
@allow(Permission.MANAGE_STOCK)
def scan(supplier_id: int) -> ResponseReturnValue:
    """Each code read adds one to its line; what is counted stands in the address, nothing is written."""
    counts, code = _counts(), typed("q")
    refused, last = "", None
    with reading() as session:
        supplier = queries.supplier(session, supplier_id)
        lines = purchase_queries.awaited(session, supplier_id, typed("commande") or None)
        if code:
            try:
                part_id = part_meant(session, code)
                last = _add(lines, counts, part_id)
            except NotFound as unknown:
                refused = sentence(unknown)
        rows = _lines(session, supplier_id, counts)
    page = render_template(
        "goods_receipts/scan.html", supplier=supplier, rows=_counted(rows, supplier_id, counts), last=last,
        refused=refused, counts=_words(counts),
    )  # fmt: skip
    return with_camera(make_response(page, 422 if refused else 200))


def _add(lines: Sequence[Line], counts: dict[str, Decimal], part_id: int) -> str:
    """One more of a part: of the first of its lines that still awaits one, else of the last, else not ordered."""
    mine = [line for line in lines if line.part_id == part_id]
    room = [line for line in mine if counts.get(f"l{line.id}", Decimal(0)) < line.left]
    chosen = room[0] if room else mine[-1] if mine else None
    key = f"l{chosen.id}" if chosen else f"p{part_id}"
    counts[key] = counts.get(key, Decimal(0)) + 1
    return key


def _counted(
    rows: Sequence[DeliveryRow], supplier_id: int, counts: Mapping[str, Decimal]
) -> list[tuple[DeliveryRow, str | None]]:
    """Each line, and the address with one less of it."""
    found: list[tuple[DeliveryRow, str | None]] = []
    for row in rows:
        less = None
        if row.counted:
            fewer = {key: value - 1 if key == row.key else value for key, value in counts.items()}
            kept = _words({key: value for key, value in fewer.items() if value > 0})
            less = address("goods_receipts.scan", {"supplier_id": str(supplier_id), **kept})
        found.append((row, less))
    return found
