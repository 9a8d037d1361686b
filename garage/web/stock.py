"""The stock on screen: parts and what is on hand, the movements of one, a receipt (rules S1 to S3)."""

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import stock as queries
from garage.db.queries.paging import FIRST, Key
from garage.db.queries.stock import PartFilter
from garage.domain.errors.base import GarageError
from garage.domain.permissions import Permission
from garage.operations import receipts
from garage.operations.receipts import Receipt
from garage.operations.stock import Movement
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.stock import ReceiptForm, StockFilters
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done

blueprint = Blueprint("stock", __name__, url_prefix="/stock")

_BATCH: Final = 500
_TO_ORDER: Final = "a-commander"
_HEADER: Final = ("Référence", "Désignation", "Casier", "En stock", "Unité", "Minimum", "Maximum", "Fournisseur")
_NEVER: Final = 999_999_999


def _asked() -> tuple[PartFilter, dict[str, str]]:
    text, parts = typed("q"), typed("pieces")
    words = {"q": text, "pieces": parts if parts == _TO_ORDER else ""}
    return PartFilter(text, parts == _TO_ORDER), {name: word for name, word in words.items() if word}


def _sees_costs() -> bool:
    return person().may(Permission.READ_VALUE)


@blueprint.get("/")
@allow(Permission.READ_STOCK)
def index() -> ResponseReturnValue:
    """The parts by reference, as the address filters them."""
    wanted, words = _asked()
    with reading() as session:
        page = queries.page(session, wanted, key_asked())
    return page_or_fragment(
        "stock/index.html",
        "stock/_list.html",
        page=page,
        links=around(page, "stock.index", **words),
        words=words,
        filters=StockFilters(data={"parts": words.get("pieces", "")}),
        active=_active(words),
        costs=_sees_costs(),
    )


def _active(words: dict[str, str]) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    shown = {name: "À commander" if name == "pieces" else f"«\u00a0{word}\u00a0»" for name, word in words.items()}
    left = {name: {key: word for key, word in words.items() if key != name} for name in words}
    return [(text, address("stock.index", left[name])) for name, text in shown.items()]


@blueprint.get("/export.csv")
@allow(Permission.READ_STOCK)
def table() -> ResponseReturnValue:
    """The filtered parts, for a spreadsheet; costs for those who may read them."""
    wanted, _ = _asked()
    costs = ("Coût moyen", "Valeur") if _sees_costs() else ()
    name = f"stock_{clock.today().isoformat()}.csv"
    return csv_response(name, (*_HEADER, *costs), _rows(wanted, costs=bool(costs)))


def _rows(wanted: PartFilter, *, costs: bool) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        key: Key | None = FIRST
        while key is not None:
            page = queries.page(session, wanted, key, _BATCH)
            for row in page.rows:
                known = (
                    row.reference, row.label, row.bin, row.on_hand, row.unit, row.minimum, row.maximum, row.supplier
                )  # fmt: skip
                yield (*known, row.average_cost, row.value) if costs else known
            key = Key(page.next) if page.next else None


@blueprint.get("/<path:reference>")
@allow(Permission.READ_STOCK)
def show(reference: str) -> str:
    """One part and its movements, the latest first."""
    key = key_asked()
    with reading() as session:
        part = queries.part(session, reference)
        page = queries.movements(session, part.id, key if _is_id(key) else FIRST)
        codes = queries.barcodes(session, part.id)
    return render_template(
        "stock/show.html",
        part=part,
        moved=page.rows,
        links=around(page, "stock.show", reference=reference),
        codes=codes,
        costs=_sees_costs(),
        value=part.value,
        basis=options().cost_basis,
    )


def _is_id(key: Key) -> bool:
    return key.value is None or (key.value.isdecimal() and len(key.value) < 16)


@blueprint.route("/<path:reference>/entree", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def receive(reference: str) -> ResponseReturnValue:
    """Goods received at their cost."""
    with reading() as session:
        part = queries.part(session, reference)
        form = ReceiptForm(data={"seen": str(queries.last_movement(session, part.id))})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                movement = Movement(form.day, actor(), clock.now(), form.reason.data or None)
                receipts.receive(session, _receipt(reference, form), movement, clock.today())
            done(f"Entrée de {part.label} enregistrée")
            return redirect(url_for("stock.show", reference=reference), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("stock/receive.html", form, part=part, basis=options().cost_basis)


def _receipt(reference: str, form: ReceiptForm) -> Receipt:
    told = str(form.seen.data or "")
    seen = int(told) if told.isdecimal() else _NEVER
    return Receipt(reference, filled(form.quantity.data), filled(form.cost.data), seen)
