"""Core deposits (consignes) on screen: what is open, opened by hand, sent back, credited, abandoned (rule S1)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import core_deposits as queries
from garage.db.queries import purchases
from garage.db.queries.paging import FIRST, AnyRow, Key, every
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.errors.parts import DepositOver
from garage.domain.parts import DepositState
from garage.domain.permissions import Permission
from garage.french.labels import label
from garage.french.parts import DEPOSIT_TONES
from garage.operations import core_deposits
from garage.operations.core_deposits import By, Paid
from garage.web import paging
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.stores import AbandonForm, CreditForm, DepositForm, PaidForm, SendForm
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked, typed
from garage.web.notices import done
from garage.web.reorder import part_meant

blueprint = Blueprint("core_deposits", __name__, url_prefix="/consignes")
_ALL: Final = "toutes"
_BATCH: Final = 500
_ONE: Final = "/<int(max=2147483647):deposit_id>"
_HEADER: Final = (
    "Pièce", "Désignation", "Fournisseur", "Bon de livraison", "Quantité", "Consigne", "État", "Payée le",
    "Renvoyée le", "Bon de renvoi", "Créditée le", "Avoir", "Montant crédité", "Motif",
)  # fmt: skip


def _states() -> tuple[DepositState, ...]:
    return tuple(DepositState) if typed("etat") == _ALL else queries.OPEN


def _key() -> Key:
    """The page asked for; a key that is no number is none."""
    key = key_asked()
    return key if paging.whole(key.value) is not None else FIRST


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> str:
    """What is still to come back, the oldest first; everything when asked."""
    states = _states()
    every = states != queries.OPEN
    with reading() as session:
        page = queries.page(session, states, _key())
        owed = queries.owed(session)
    return render_template(
        "core_deposits/index.html",
        rows=page.rows,
        links=around(page, "core_deposits.index", **({"etat": _ALL} if every else {})),
        every=every,
        owed=owed,
        tones=DEPOSIT_TONES,
        manages=person().may(Permission.MANAGE_STOCK),
    )


@blueprint.get("/export.csv")
@allow(Permission.READ_VALUE)
def table() -> ResponseReturnValue:
    """Every deposit, for a spreadsheet."""
    return csv_response(f"consignes_{clock.today().isoformat()}.csv", _HEADER, _rows())


def _rows() -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, tuple(DepositState), key, _BATCH)):
            for row in page.rows:
                yield (
                    row.reference, row.label, row.supplier, row.delivery_note, row.quantity, row.amount,
                    label(row.state), row.paid_on, row.sent_on, row.sent_reference, row.credited_on,
                    row.credit_reference, row.credited_amount, row.reason,
                )  # fmt: skip


@blueprint.route("/nouvelle", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new() -> ResponseReturnValue:
    """A deposit paid elsewhere than on a receipt, or forgotten there."""
    with reading() as session:
        sellers, last = purchases.suppliers(session), core_deposits.last(session)
    form = PaidForm(data={"reference": typed("piece"), "quantity": Decimal(1), "on": clock.today(), "seen": str(last)})
    form.supplier.choices = choices([("", "Choisissez"), *sellers])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                core_deposits.open_by_hand(session, _paid(session, form), By(actor(), clock.now(), clock.today(), 0))
            done("Consigne ouverte")
            return redirect(url_for("core_deposits.index"), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("core_deposits/new.html", form)


def _paid(session: Session, form: PaidForm) -> Paid:
    return Paid(
        part_meant(session, form.reference.data or ""), paging.whole(form.supplier.data) or 0,
        filled(form.quantity.data), filled(form.deposit.data), form.on.data, form.reason.data or "",
        paging.whole(form.seen.data) or 0,
    )  # fmt: skip


@blueprint.route(f"{_ONE}/renvoi", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def send(deposit_id: int) -> ResponseReturnValue:
    """The old part went back."""
    row = _row(deposit_id, (DepositState.OWED,))
    form = SendForm(data={"on": clock.today(), "quantity": row.quantity, "seen": str(row.version)})

    def act(session: Session) -> None:
        core_deposits.send(session, deposit_id, form.on.data, form.reference.data or None, _by(form))

    return _answer(form, row, act, ("Renvoyer la consigne", "Enregistrer le renvoi", "Renvoi enregistré"))


@blueprint.route(f"{_ONE}/avoir", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def credit(deposit_id: int) -> ResponseReturnValue:
    """The supplier credited it."""
    row = _row(deposit_id, queries.OPEN)
    form = CreditForm(
        data={"on": clock.today(), "quantity": row.quantity, "amount": row.amount, "seen": str(row.version)}
    )

    def act(session: Session) -> None:
        credited = form.reference.data or None, filled(form.amount.data)
        core_deposits.credit(session, deposit_id, form.on.data, credited, _by(form))

    return _answer(form, row, act, ("Créditer la consigne", "Enregistrer l’avoir", "Avoir de consigne enregistré"))


@blueprint.route(f"{_ONE}/abandon", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def abandon(deposit_id: int) -> ResponseReturnValue:
    """It will not come back."""
    row = _row(deposit_id, queries.OPEN)
    form = AbandonForm(data={"quantity": row.quantity, "seen": str(row.version)})

    def act(session: Session) -> None:
        core_deposits.abandon(session, deposit_id, form.reason.data or "", _by(form))

    return _answer(form, row, act, ("Abandonner la consigne", "Abandonner la consigne", "Consigne abandonnée"))


def _row(deposit_id: int, states: tuple[DepositState, ...]) -> AnyRow:
    """The deposit, as long as it may still take the act. Raises NotFound, DepositOver."""
    with reading() as session:
        row = queries.one(session, deposit_id)
    if row.state not in states:
        raise DepositOver(row.state)
    return row


def _by(form: DepositForm) -> By:
    return By(actor(), clock.now(), clock.today(), paging.whole(form.seen.data) or 0)


def _answer(
    form: DepositForm, row: AnyRow, act: Callable[[Session], Any], words: tuple[str, str, str]
) -> ResponseReturnValue:
    """Do what a form asks and come back to the list; `words`: title, button, what was done."""
    title, button, said = words
    if form.validate_on_submit():
        try:
            with transaction() as session:
                core_deposits.part_off(session, row.id, form.quantity.data, _by(form))
                act(session)
            done(f"{said}, {row.label}")
            return redirect(url_for("core_deposits.index"), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("core_deposits/act.html", form, row=row, title=title, button=button)
