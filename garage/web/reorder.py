"""What to reorder on screen: groups by supplier, each turned into a draft; a part ordered for one repair order."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Final

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import purchases as purchase_queries
from garage.db.queries import reorder as queries
from garage.db.queries import repair_orders, stock, tags
from garage.db.queries.reorder import Group
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.purchases import NoSupplier, NothingOrdered
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.domain.repair_orders import WORK_LEFT
from garage.domain.tags import Thing
from garage.operations import purchases
from garage.operations.purchases import By
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.purchases import ForOrderForm, GroupForm, group_form
from garage.web.htmx import form_page
from garage.web.lists import typed
from garage.web.notices import done

blueprint = Blueprint("reorder", __name__, url_prefix="/a-commander")

# A group longer than that is ordered in several times: a form of thousands of fields helps nobody.
_SHOWN: Final = 100
_HEADER: Final = (
    "Fournisseur", "Référence", "Désignation", "Unité", "En stock", "Réservé", "Attendu", "Minimum", "Maximum",
    "À commander", "Prix", "Ordre",
)  # fmt: skip


def by() -> By:
    """Whoever acts, now."""
    return By(actor(), clock.now(), clock.today())


def part_meant(session: Session, code: str) -> int:
    """The part that a typed or scanned code is. Raises NotFound."""
    found = [one.id for one in tags.resolve(session, code) if one.thing is Thing.PART and one.id is not None]
    if not found:
        raise NotFound("part", code)
    return found[0]


@blueprint.get("")
@allow(Permission.MANAGE_STOCK)
def index() -> ResponseReturnValue:
    """Every group with its form."""
    with reading() as session:
        groups = queries.groups(session)
        suppliers = purchase_queries.suppliers(session)
    return _page([_form(group, suppliers) for group in groups], None, groups)


def _form(group: Group, suppliers: Iterable[tuple[int, str]]) -> GroupForm:
    form = group_form(Group(group.supplier_id, group.supplier, group.short[:_SHOWN], group.asked[:_SHOWN]))
    if not group.supplier_id:
        form.supplier.choices = choices([("", "Choisissez"), *suppliers])
    return form


def _page(forms: list[GroupForm], wrong: GroupForm | None, groups: list[Group]) -> ResponseReturnValue:
    shown = [wrong if wrong and wrong.group.supplier_id == one.group.supplier_id else one for one in forms]
    hidden = {group.supplier_id: max(len(group.short), len(group.asked)) - _SHOWN for group in groups}
    count = sum(len(group.short) + len(group.asked) for group in groups)
    with reading() as session:
        drafted = purchase_queries.drafted(session)
    begun = [(number, list(rows)) for number, rows in groupby(drafted, key=lambda row: row.number)]
    return form_page("reorder/index.html", wrong or GroupForm(), forms=shown, hidden=hidden, count=count, begun=begun)


@blueprint.post("/<int(max=2147483647):supplier_id>")
@allow(Permission.MANAGE_STOCK)
def turn(supplier_id: int) -> ResponseReturnValue:
    """The ticked lines of a group become a draft order."""
    with reading() as session:
        groups = queries.groups(session)
        suppliers = purchase_queries.suppliers(session)
    group = next((one for one in groups if one.supplier_id == supplier_id), Group(supplier_id, ""))
    form = _form(group, suppliers)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                chosen = supplier_id or int(form.supplier.data)
                made = purchases.gather(session, chosen, form.wanted, by(), form.form_token.data)
                if not purchase_queries.lines(session, made.id):
                    raise NothingOrdered
                number = made.number
            done(f"Commande {number} préparée")
            return redirect(url_for("purchases.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return _page([_form(one, suppliers) for one in groups], form, groups)


@blueprint.get("/export.csv")
@allow(Permission.MANAGE_STOCK)
def table() -> ResponseReturnValue:
    """The same, for a spreadsheet."""
    return csv_response(f"a-commander_{clock.today().isoformat()}.csv", _HEADER, _rows())


def _rows() -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        groups = queries.groups(session)
    for group in groups:
        for one in group.short:
            yield (
                group.supplier, one.reference, one.label, one.unit, one.on_hand, one.reserved, one.expected,
                one.minimum, one.maximum, one.proposed, one.price, None,
            )  # fmt: skip
        for asked in group.asked:
            yield (
                group.supplier, asked.reference, asked.label, asked.unit, None, None, None, None, None,
                asked.quantity, asked.price, asked.order,
            )  # fmt: skip


@blueprint.route("/ordre/<number>", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def for_order(number: str) -> ResponseReturnValue:
    """A part ordered for a repair order: it goes straight there when it comes."""
    with reading() as session:
        order = repair_orders.order(session, number)
        if order.state not in WORK_LEFT:
            raise OrderClosed(order.number, order.state)
        suppliers = purchase_queries.suppliers(session)
        asked = typed("piece")
        seen = purchase_queries.last_line(session, order.id)
        form = ForOrderForm(data={"reference": asked, "quantity": Decimal(1), "seen": str(seen)})
        form.supplier.choices = choices([("", "Le fournisseur habituel de la pièce"), *suppliers])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = _order(session, form, order.id)
            done(f"Pièce ajoutée à la commande {made}")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("reorder/for_order.html", form, order=order)


def _order(session: Session, form: ForOrderForm, order_id: int) -> str:
    """Put the part on the draft of its supplier, once; returns the number of the order."""
    part = stock.some(session, [part_meant(session, form.reference.data or "")])[0]
    told = form.supplier.data or ""
    supplier_id = int(told) if told.isdecimal() else purchase_queries.preferred(session, part.id)
    if supplier_id is None:
        raise NoSupplier(part.reference)
    quantity = filled(form.quantity.data) or ZERO
    seen = paging.whole(form.seen.data) or 0
    same = purchase_queries.line_since(session, seen, (order_id, part.id, quantity))
    if same is not None:
        return same
    line = purchases.add_line(session, supplier_id, part.id, quantity, by(), repair_order_id=order_id)
    return purchase_queries.number_of(session, line.purchase_order_id)
