"""Suppliers on screen: the list with its search, one with the parts it sells, create and change (rule S1)."""

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import store_files
from garage.db.queries import suppliers as queries
from garage.db.queries.paging import every
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.permissions import Permission
from garage.operations import suppliers
from garage.web import paging
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.stores import SupplierForm
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import around, key_asked, typed
from garage.web.notices import done

blueprint = Blueprint("suppliers", __name__, url_prefix="/fournisseurs")
_BATCH: Final = 500
_ONE: Final = "/<int(max=2147483647):supplier_id>"
_HEADER: Final = ("Nom", "Courriel", "Téléphone", "Adresse", "Numéro client", "Délai jours", "Actif", "Pièces")
_OFFERS: Final = ("Référence", "Fournisseur", "Référence fournisseur", "Prix", "Conditionnement")


@blueprint.get("")
@allow(Permission.READ_STOCK)
def index() -> ResponseReturnValue:
    """The suppliers by name; a search finds those that serve no more too."""
    text = typed("q")
    with reading() as session:
        page = queries.page(session, text, key_asked())
    return page_or_fragment(
        "suppliers/index.html",
        "suppliers/_list.html",
        page=page,
        links=around(page, "suppliers.index", **({"q": text} if text else {})),
        text=text,
        manages=person().may(Permission.MANAGE_STOCK),
        costs=person().may(Permission.READ_VALUE),
    )


@blueprint.get("/export.csv")
@allow(Permission.READ_STOCK)
def table() -> ResponseReturnValue:
    """The same for a spreadsheet."""
    return csv_response(f"fournisseurs_{clock.today().isoformat()}.csv", _HEADER, _rows(typed("q")))


def _rows(text: str) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, text, key, _BATCH)):
            addresses = store_files.addresses(session, [row.id for row in page.rows])
            for row in page.rows:
                yield (
                    row.name, row.email, row.phone, addresses[row.id], row.customer_number, row.delivery_days,
                    "oui" if row.active else "non", row.parts,
                )  # fmt: skip


@blueprint.get("/references.csv")
@allow(Permission.READ_VALUE)
def offers() -> ResponseReturnValue:
    """Who sells what, under which reference and at which price, as an import reads it."""
    return csv_response(f"references_{clock.today().isoformat()}.csv", _OFFERS, _offers())


def _offers() -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for row in store_files.offers(session):
            yield row.reference, row.supplier, row.theirs, row.price, row.pack


@blueprint.route("/nouveau", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new() -> ResponseReturnValue:
    """A new supplier."""
    form = SupplierForm(data={"name": typed("nom"), "active": True})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = suppliers.create(session, form.sheet, actor(), clock.now()).id
            done(f"{form.name.data} ajouté")
            return redirect(url_for("suppliers.show", supplier_id=made), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("suppliers/form.html", form, supplier=None)


@blueprint.get(_ONE)
@allow(Permission.READ_STOCK)
def show(supplier_id: int) -> str:
    """One supplier and the parts bought from it."""
    with reading() as session:
        supplier = queries.one(session, supplier_id)
        page = queries.parts(session, supplier_id, key_asked())
    return render_template(
        "suppliers/show.html",
        supplier=supplier,
        rows=page.rows,
        links=around(page, "suppliers.show", supplier_id=supplier_id),
        manages=person().may(Permission.MANAGE_STOCK),
        costs=person().may(Permission.READ_VALUE),
        basis=options().cost_basis,
    )


@blueprint.route(f"{_ONE}/modifier", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def change(supplier_id: int) -> ResponseReturnValue:
    """Change a supplier, unless somebody else did meanwhile."""
    with reading() as session:
        supplier = queries.one(session, supplier_id)
    form = SupplierForm(data={**vars(supplier), "seen": str(supplier.version)})
    if form.validate_on_submit():
        try:
            version = paging.whole(form.seen.data) or 0
            with transaction() as session:
                suppliers.change(session, supplier_id, form.sheet, version, (actor(), clock.now()))
            done(f"{form.name.data} modifié")
            return redirect(url_for("suppliers.show", supplier_id=supplier_id), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("suppliers/form.html", form, supplier=supplier)
