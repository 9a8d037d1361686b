"""The stock on screen: parts and what is on hand, the movements of one, a receipt (rules S1 to S3)."""

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import parts as catalogue
from garage.db.queries import parts_file, purchases, reservations
from garage.db.queries import stock as queries
from garage.db.queries.paging import every
from garage.db.queries.stock import PartFilter
from garage.domain.errors.base import GarageError
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.french.importing import waste_word
from garage.operations import receipts
from garage.operations.receipts import Receipt
from garage.operations.stock import Movement
from garage.photos import Kept
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.stock import ReceiptForm, StockFilters
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done
from garage.web.paging import whole

blueprint = Blueprint("stock", __name__, url_prefix="/stock")

_BATCH: Final = 500
_LOW: Final = "stock-bas"
_RETIRED: Final = "retirees"
_SHOWN: Final = {_LOW: "Stock bas", _RETIRED: "Retirées"}
# Columns of pieces.csv (docs/import.md), so that the file comes back as it is; then what is on hand, and euros.
_HEADER: Final = (
    "Référence", "Libellé", "Unité", "Emplacement", "Magasin", "Mini", "Maxi", "Code barres", "Fournisseur",
    "Référence fournisseur", "Famille", "Déchet", "Actif", "En stock",
)  # fmt: skip
_COSTS: Final = ("Consigne", "Coût moyen", "Valeur")
_NEVER: Final = 999_999_999


def _asked() -> tuple[PartFilter, dict[str, str]]:
    text, parts = typed("q"), typed("pieces")
    family = typed("famille")
    words = {"q": text, "pieces": parts if parts in _SHOWN else "", "famille": family}
    wanted = PartFilter(text, parts == _LOW, family, parts == _RETIRED)
    return wanted, {name: word for name, word in words.items() if word}


def _sees_costs() -> bool:
    return person().may(Permission.READ_VALUE)


@blueprint.get("/")
@allow(Permission.READ_STOCK)
def index() -> ResponseReturnValue:
    """The parts by reference, as the address filters them."""
    wanted, words = _asked()
    with reading() as session:
        page = queries.page(session, wanted, key_asked())
        families = catalogue.families(session)
    filters = StockFilters(data={"parts": words.get("pieces", ""), "family": wanted.family})
    filters.family.choices = choices([("", "Toutes"), *((one, one) for one in families)])
    return page_or_fragment(
        "stock/index.html",
        "stock/_list.html",
        page=page,
        links=around(page, "stock.index", **words),
        words=words,
        filters=filters,
        active=_active(words),
        costs=_sees_costs(),
        manages=person().may(Permission.MANAGE_STOCK),
    )


def _active(words: dict[str, str]) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    shown = {name: _SHOWN[word] if name == "pieces" else f"«\u00a0{word}\u00a0»" for name, word in words.items()}
    left = {name: {key: word for key, word in words.items() if key != name} for name in words}
    return [(text, address("stock.index", left[name])) for name, text in shown.items()]


@blueprint.get("/export.csv")
@allow(Permission.READ_STOCK)
def table() -> ResponseReturnValue:
    """The filtered parts, for a spreadsheet; costs for those who may read them."""
    wanted, _ = _asked()
    costs = _COSTS if _sees_costs() else ()
    name = f"stock_{clock.today().isoformat()}.csv"
    return csv_response(name, (*_HEADER, *costs), _rows(wanted, costs=bool(costs)))


def _rows(wanted: PartFilter, *, costs: bool) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH)):
            for row, more in parts_file.beside(session, page.rows):
                known = (
                    row.reference, row.label, row.unit, row.bin, more.store, row.minimum, row.maximum, more.barcodes,
                    row.supplier, more.sold, row.family, waste_word(row.waste), "oui" if row.active else "non",
                    row.on_hand,
                )  # fmt: skip
                yield (*known, row.deposit, row.average_cost, row.value) if costs else known


@blueprint.get("/<path:reference>")
@allow(Permission.READ_STOCK)
def show(reference: str) -> str:
    """One part and its movements, the latest first."""
    with reading() as session:
        part = queries.part(session, reference)
        page = queries.movements(session, part.id, key_asked())
        codes = queries.barcodes(session, part.id)
        about = catalogue.about(session, part.id)
        kept = reservations.reserved(session, [part.id]).get(part.id, ZERO)
        coming = purchases.expected_of(session, part.id)
    return render_template(
        "stock/show.html",
        part=part,
        moved=page.rows,
        links=around(page, "stock.show", reference=reference),
        codes=codes,
        about=about,
        picture=_picture(part.photo),
        kept=kept,
        coming=coming,
        manages=person().may(Permission.MANAGE_STOCK),
        costs=_sees_costs(),
        value=part.value,
        basis=options().cost_basis,
    )


def _picture(sha256: str | None) -> Kept | None:
    """The photo of a part, None without one or without its file."""
    try:
        return options().photos.kept(sha256) if sha256 else None
    except OSError:
        return None


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
    seen = whole(form.seen.data)
    return Receipt(reference, filled(form.quantity.data), filled(form.cost.data), _NEVER if seen is None else seen)
