"""Parts put on an order: proposed, looked for, taken out of stock, or bought for it (rules S2 to S4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage.db.queries import movements, order_entries, order_parts, packages, reservations, tags
from garage.db.queries import parts as catalogue
from garage.db.queries import stock as queries
from garage.db.queries.order_parts import Posed
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.domain.tags import Thing
from garage.french import formats
from garage.french.store import lying
from garage.operations import bought_parts, order_lines
from garage.operations.stock import NewPart
from garage.web.access import allow, person
from garage.web.context import options, reading, transaction
from garage.web.forms.entries import number as filled
from garage.web.forms.orders import BoughtForm, PartForm
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import typed
from garage.web.order_lines import added, entry, open_for_work

_SHOWN: Final = 20
_NOTHING: Final[Mapping[int, Decimal | None]] = {}
_POSED: Final = 3
# Units of what is poured, cut or weighed: nobody takes one of it, the last quantity is proposed.
_MEASURED: Final = frozenset({"l", "ml", "cl", "litre", "litres", "m", "cm", "mètre", "mètres", "m²", "kg", "g"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A part one tap away, how much of it the tap puts on the order, how much is kept for other orders."""

    part: AnyRow
    quantity: Decimal
    others: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Section:
    """Parts proposed for one reason; those of a package are put together with one tap (`work_id`)."""

    title: str
    parts: list[Offered]
    work_id: int | None = None

    @property
    def missing(self) -> list[Offered]:
        """Those of which there is not enough left."""
        return [one for one in self.parts if one.part.on_hand - one.others < one.quantity]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the page proposes: sections, how many parts a search found, the one that a code is."""

    sections: list[Section]
    found: int
    more: bool
    exact: bool
    posed: Posed


@allow(Permission.WORK_ON_ORDERS)
def parts(number: str) -> ResponseReturnValue:
    """Parts to choose from: those of the packages, the usual ones, those of vehicles alike; or a search."""
    text = typed("q")
    with reading() as session:
        order = open_for_work(session, number)
        shelf = _searched(session, order, text) if text else _proposed(session, order)
        kept = reservations.of_order(session, order.id)
    return page_or_fragment("orders/parts.html", "orders/_parts.html", order=order, text=text, shelf=shelf, kept=kept)


def _searched(session: Session, order: AnyRow, text: str) -> Shelf:
    """The part that a code or a reference is comes first, alone when nothing else holds these words."""
    codes = [found.id for found in tags.resolve(session, text) if found.thing is Thing.PART]
    exact = queries.some(session, [key for key in codes if key is not None]) if len(codes) == 1 else []
    others = [row for row in queries.search(session, text, _SHOWN + 1) if row.id not in {one.id for one in exact}]
    rows = [*exact, *others]
    section = Section("", _offered(session, order, rows[:_SHOWN]))
    posed = order_parts.posed(session, order.id, _POSED)
    return Shelf([section], len(rows[:_SHOWN]), len(rows) > _SHOWN, bool(exact), posed)


def _proposed(session: Session, order: AnyRow) -> Shelf:
    sections: list[Section] = []
    seen: set[int] = set()
    for due in packages.due(session, order.id):
        rows = queries.some(session, sorted(due.quantities))
        held = reservations.reserved_for_others(session, [row.id for row in rows], order.id)
        offered = [Offered(row, due.quantities[row.id], held.get(row.id, ZERO)) for row in rows]
        sections.append(Section(f"Pièces du forfait «\u00a0{due.label}\u00a0»", offered, due.work_id))
        seen |= set(due.quantities)
    fits = catalogue.fitting(session, order.vehicle_id, _SHOWN)
    fitting = [row for row in queries.some(session, list(fits)) if row.id not in seen]
    if offered := _offered(session, order, fitting, fits):
        sections.append(Section("Pièces de ce modèle", offered))
        seen |= set(fits)
    usual = order_entries.usual_parts(session, order.vehicle_id, order.collectivity_id)
    title = "Pièces habituelles " + ("de ce véhicule" if order.vehicle_id else "des objets de cette collectivité")
    alike = order_parts.used_on_alike(session, order.vehicle_id, _SHOWN)
    for words, ids in ((title, usual), ("Dernières pièces posées sur les véhicules de ce type", alike)):
        wanted = [key for key in ids if key not in seen]
        some = queries.some(session, wanted)
        rows = [row for row in some if row.active and row.reference != bought_parts.OFF_STOCK]
        if rows:
            sections.append(Section(words, _offered(session, order, rows)))
        seen |= set(wanted)
    return Shelf(sections, 0, more=False, exact=False, posed=order_parts.posed(session, order.id, _POSED))


def _offered(
    session: Session, order: AnyRow, rows: list[AnyRow], usual: Mapping[int, Decimal | None] = _NOTHING
) -> list[Offered]:
    """The usual quantity that is told of each, else one; of what is measured, as much as last time."""
    poured = [row.id for row in rows if row.unit.lower() in _MEASURED]
    last = order_parts.last_quantities(session, poured, order.vehicle_id)
    held = reservations.reserved_for_others(session, [row.id for row in rows], order.id)
    told = last | {key: quantity for key, quantity in usual.items() if quantity is not None}
    return [Offered(row, told.get(row.id, Decimal(1)), held.get(row.id, ZERO)) for row in rows]


@allow(Permission.WORK_ON_ORDERS)
def add_part(number: str, reference: str) -> ResponseReturnValue:
    """A quantity of one part; the head may go beyond what is on hand."""
    form = PartForm(data={"quantity": Decimal(1)})
    with reading() as session:
        order = open_for_work(session, number)
        part = queries.part(session, reference)
        kept = [one for one in reservations.of_part(session, part.id) if one.missing < one.quantity]
        bins = movements.bins_of(session, part.id)
    heads = person().may(Permission.CHECK_ORDERS)
    if form.validate_on_submit():
        try:
            quantity = filled(form.quantity.data)
            with transaction() as session:
                new = entry(number, form)
                line = order_lines.add_part(session, new, part.id, quantity, form.forced_reason.data or None)
                added(number, line, f"{formats.quantity(quantity)} × {part.label}")
            return redirect(url_for("orders.parts", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    places = lying(bins, part.unit)
    return form_page("orders/part.html", form, order=order, part=part, heads=heads, kept=kept, places=places)


@allow(Permission.WORK_ON_ORDERS)
def add_bought(number: str) -> ResponseReturnValue:
    """A part that is not in stock, for this order alone; a new reference enters the catalogue.

    A mechanic may leave its cost to the head, without whom the order is not finished (rule O5).
    """
    form = BoughtForm(data=_blank(typed("q")))
    form.cost_known = person().may(Permission.CHECK_ORDERS)
    with reading() as session:
        order = open_for_work(session, number)
    if form.validate_on_submit():
        try:
            quantity = filled(form.quantity.data)
            with transaction() as session:
                line = bought_parts.add(session, entry(number, form), _bought(form), quantity, form.cost.data)
                added(number, line, f"{formats.quantity(quantity)} × {form.label.data}")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/bought.html", form, order=order, basis=options().cost_basis)


def _blank(text: str) -> dict[str, object]:
    """What was looked for in vain: a reference when it holds a figure, else words."""
    name = "reference" if any(letter.isdigit() for letter in text) else "label"
    return {name: text, "quantity": Decimal(1), "unit": "u"}


def _bought(form: BoughtForm) -> NewPart:
    return NewPart(form.reference.data or "", form.label.data or "", unit=form.unit.data or "u")
