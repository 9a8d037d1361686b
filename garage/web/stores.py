"""Stores and their bins on screen: the list, a new one, renamed, closed once empty, opened again (rule S1)."""

from collections.abc import Callable, Iterator
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import store_files
from garage.db.queries import stores as queries
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.permissions import Permission
from garage.operations import stores
from garage.operations.stores import MAIN, By
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import GarageForm
from garage.web.forms.stores import BinForm, StoreForm
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked
from garage.web.notices import done

blueprint = Blueprint("stores", __name__, url_prefix="/magasins")
_STORE: Final = "/<int(max=2147483647):store_id>"
_HEADER: Final = ("Magasin", "Nom", "Casier", "Pièces en stock", "État")
_BIN: Final = "/casiers/<int(max=2147483647):bin_id>"


def _by() -> By:
    return By(actor(), clock.now())


@blueprint.get("")
@allow(Permission.READ_STOCK)
def index() -> str:
    """Every store, what it holds."""
    with reading() as session:
        rows = queries.every(session)
    return render_template("stores/index.html", rows=rows, manages=person().may(Permission.MANAGE_STOCK))


@blueprint.get("/export.csv")
@allow(Permission.READ_STOCK)
def table() -> ResponseReturnValue:
    """Every bin of every store, as an import reads it."""
    return csv_response(f"casiers_{clock.today().isoformat()}.csv", _HEADER, _rows())


def _rows() -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for row in store_files.bins(session):
            open_now = row.active and row.open is not False
            yield row.store, row.name, row.code, row.parts, "ouvert" if open_now else "fermé"


@blueprint.get(_STORE)
@allow(Permission.READ_STOCK)
def show(store_id: int) -> str:
    """The bins of a store by code."""
    with reading() as session:
        store = queries.one(session, store_id)
        page = queries.bins(session, store_id, key_asked())
    return render_template(
        "stores/show.html",
        store=store,
        rows=page.rows,
        links=around(page, "stores.show", store_id=store_id),
        manages=person().may(Permission.MANAGE_STOCK),
        main=store_id == MAIN,
    )


@blueprint.route("/nouveau", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new() -> ResponseReturnValue:
    """A new store."""
    form = StoreForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = stores.add_store(session, form.code.data or "", form.name.data or "", _by()).id
            done(f"{form.name.data} créé")
            return redirect(url_for("stores.show", store_id=made), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("stores/form.html", form, store=None)


@blueprint.route(f"{_STORE}/modifier", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def change(store_id: int) -> ResponseReturnValue:
    """Another code or name."""
    with reading() as session:
        store = queries.one(session, store_id)
    form = StoreForm(data={"code": store.code, "name": store.name, "seen": f"{store.code}|{store.name}"})

    def act(session: Session) -> None:
        entered = form.code.data or "", form.name.data or ""
        stores.change_store(session, store_id, entered, form.seen.data or "", _by())

    return _answer(form, store_id, act, "Magasin modifié") or form_page("stores/form.html", form, store=store)


@blueprint.route(f"{_STORE}/casiers/nouveau", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new_bin(store_id: int) -> ResponseReturnValue:
    """A new bin of a store."""
    with reading() as session:
        store = queries.one(session, store_id)
    form = BinForm()

    def act(session: Session) -> None:
        stores.add_bin(session, store_id, form.code.data or "", _by())

    said = f"Casier {form.code.data} créé"
    return _answer(form, store_id, act, said) or form_page("stores/bin.html", form, store=store, bin=None)


@blueprint.route(f"{_BIN}/modifier", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def rename_bin(bin_id: int) -> ResponseReturnValue:
    """Another code for a bin."""
    with reading() as session:
        found = queries.bin_row(session, bin_id)
        store = queries.one(session, found.store_id)
    form = BinForm(data={"code": found.code, "seen": found.code})

    def act(session: Session) -> None:
        stores.rename_bin(session, bin_id, form.code.data or "", form.seen.data or "", _by())

    said = f"Casier {found.code} renommé {form.code.data}"
    return _answer(form, store.id, act, said) or form_page("stores/bin.html", form, store=store, bin=found)


def _answer(form: GarageForm, store_id: int, act: Callable[[Session], None], said: str) -> ResponseReturnValue | None:
    """Do what a form asks and go to the store; None when the form is to be shown."""
    if form.validate_on_submit():
        try:
            with transaction() as session:
                act(session)
            done(said)
            return redirect(url_for("stores.show", store_id=store_id), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return None


@blueprint.post(f"{_STORE}/fermer")
@allow(Permission.MANAGE_STOCK)
def close(store_id: int) -> ResponseReturnValue:
    """Close a store whose bins are all closed."""
    with transaction() as session:
        stores.close_store(session, store_id, _by())
    done("Magasin fermé", undo=url_for("stores.reopen", store_id=store_id))
    return redirect(url_for("stores.show", store_id=store_id), 303)


@blueprint.post(f"{_STORE}/rouvrir")
@allow(Permission.MANAGE_STOCK)
def reopen(store_id: int) -> ResponseReturnValue:
    """Open a store again."""
    with transaction() as session:
        stores.close_store(session, store_id, _by(), active=True)
    done("Magasin rouvert", undo=url_for("stores.close", store_id=store_id))
    return redirect(url_for("stores.show", store_id=store_id), 303)


@blueprint.post(f"{_BIN}/fermer")
@allow(Permission.MANAGE_STOCK)
def close_bin(bin_id: int) -> ResponseReturnValue:
    """Close a bin that holds nothing."""
    return _turn(bin_id, active=False)


@blueprint.post(f"{_BIN}/rouvrir")
@allow(Permission.MANAGE_STOCK)
def reopen_bin(bin_id: int) -> ResponseReturnValue:
    """Open a bin again."""
    return _turn(bin_id, active=True)


def _turn(bin_id: int, *, active: bool) -> ResponseReturnValue:
    with transaction() as session:
        stores.close_bin(session, bin_id, _by(), active=active)
    with reading() as session:
        found = queries.bin_row(session, bin_id)
    back = "stores.close_bin" if active else "stores.reopen_bin"
    done(f"Casier {found.code} {'rouvert' if active else 'fermé'}", undo=url_for(back, bin_id=bin_id))
    return redirect(url_for("stores.show", store_id=found.store_id), 303)
