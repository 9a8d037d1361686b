"""What befalls one bill: its titre, payments, refunds, offsets, and a settlement voided (rules B11, E14)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.recovery import Settlement
from garage.db.queries import recovery as queries
from garage.db.queries.paging import AnyRow
from garage.db.queries.recovery import Followed
from garage.db.queries.settings import current
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.recovery import NotCollected
from garage.domain.permissions import Permission
from garage.domain.recovery import Open, proposals
from garage.french import formats
from garage.french import recovery as words
from garage.operations import recovery
from garage.operations.recovery import By, PaymentEntry, TitreEntry
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import GarageForm, choices
from garage.web.forms.recovery import CorrectionForm, OffsetForm, PaymentForm, RefundForm, TitreForm, VoidForm
from garage.web.htmx import form_page
from garage.web.notices import done


@dataclass(frozen=True, slots=True)
class Panel:
    """What the page of a bill shows of its life: where it stands, what settled it, what its credit could cover."""

    bill: Followed
    settlements: list[AnyRow]
    last_day: Any
    late: str
    offers: list[tuple[Open, Any]]


def panel(session: Session, number: str) -> Panel | None:
    """The life of a bill; None for a document that has none (internal statement, its credit)."""
    bill = queries.followed(session, number)
    if not bill.titled:
        return None
    due_days = current(session).due_days
    last = bill.last_day(due_days)
    late = (clock.today() - last).days if bill.collected and bill.position.due else 0
    return Panel(
        bill, list(queries.settlements(session, bill.id)), last, words.late(late), _offers(session, bill, due_days)
    )


def _offers(session: Session, bill: Followed, due_days: int) -> list[tuple[Open, Any]]:
    if not bill.collected or not bill.position.credit:
        return []
    others = [
        Open(one.number, one.issued_on, one.titre, one.last_day(due_days), one.position)
        for one in queries.open_of(session, bill.collectivity_id)
    ]
    return proposals(bill.position.credit, others)


def _by() -> By:
    return By(actor(), clock.now(), clock.today())


def _bill(number: str) -> Followed:
    with reading() as session:
        return queries.followed(session, paging.words(number))


def _answer(
    form: GarageForm, template: str, bill: Followed, act: Callable[[Session], None], said: str, **values: Any
) -> ResponseReturnValue:
    """Do what a form asks and come back to the bill, or show the form with what was typed."""
    if form.validate_on_submit():
        try:
            with transaction() as session:
                act(session)
            done(said)
            return redirect(url_for("invoices.show", number=bill.number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page(template, form, bill=bill, words=words, **values)


@allow(Permission.ISSUE_INVOICES)
def titre(number: str) -> ResponseReturnValue:
    """The titre of a bill: given, or corrected with a reason."""
    bill = _bill(number)
    if not bill.titled:
        raise NotCollected(bill.number)
    today = clock.today()
    if bill.titre is None:
        form: TitreForm = TitreForm(data={"year": today.year, "amount": bill.position.gross})
    else:
        form = CorrectionForm(
            data={
                "number": bill.titre, "year": bill.titre_year, "bordereau": bill.bordereau or "",
                "done_on": bill.titled_on, "amount": bill.position.gross,
            }
        )  # fmt: skip

    def act(session: Session) -> None:
        entry = TitreEntry(
            str(form.number.data), int(form.year.data), form.done_on.data, form.bordereau.data or None, form.amount.data
        )
        if isinstance(form, CorrectionForm):
            recovery.correct_titre(session, bill.number, entry, str(form.reason.data), _by())
        else:
            recovery.give_titre(session, bill.number, entry, _by())

    return _answer(form, "recovery/titre.html", bill, act, "Titre enregistré")


def _entry(form: PaymentForm | RefundForm | OffsetForm) -> PaymentEntry:
    return PaymentEntry(filled(form.amount.data), form.done_on.data, form.reference.data or None)


@allow(Permission.ISSUE_INVOICES)
def payment(number: str) -> ResponseReturnValue:
    """A payment received; what is above the rest is asked about."""
    bill = _collected(number)
    form = PaymentForm(data={"amount": bill.position.due or None})
    form.above = bool(form.overpaid.data)

    def act(session: Session) -> None:
        entry = PaymentEntry(
            filled(form.amount.data), form.done_on.data, form.reference.data or None,
            overpaid=bool(form.overpaid.data), overpaid_reason=form.overpaid_reason.data,
        )  # fmt: skip
        recovery.pay(session, bill.number, entry, _by())

    return _answer(form, "recovery/payment.html", bill, act, "Paiement enregistré")


def _collected(number: str) -> Followed:
    bill = _bill(number)
    if not bill.collected:
        raise NotCollected(bill.number)
    return bill


@allow(Permission.ISSUE_INVOICES)
def refund(number: str) -> ResponseReturnValue:
    """What was given back of the credit a bill left."""
    bill = _collected(number)
    form = RefundForm(data={"amount": bill.position.credit or None})
    return _answer(
        form,
        "recovery/refund.html",
        bill,
        lambda session: recovery.refund(session, bill.number, _entry(form), _by()),
        "Remboursement enregistré",
    )


@allow(Permission.ISSUE_INVOICES)
def offset(number: str) -> ResponseReturnValue:
    """A credit that covers another bill of the same collectivity, chosen and done by hand (E14)."""
    bill = _collected(number)
    with reading() as session:
        offers = _offers(session, bill, current(session).due_days)
        others = queries.open_of(session, bill.collectivity_id)
    first = offers[0] if offers else None
    form = OffsetForm(data={"target": first[0].number, "amount": first[1]} if first else {})
    payable = [
        (one.number, f"{one.number}, reste {formats.euros(one.position.due)}") for one in others if one.id != bill.id
    ]
    form.target.choices = choices([("", "Choisir une facture"), *payable])
    return _answer(
        form,
        "recovery/offset.html",
        bill,
        lambda session: recovery.offset(session, (bill.number, str(form.target.data)), _entry(form), _by()),
        "Compensation enregistrée",
        others=others,
    )


@allow(Permission.ISSUE_INVOICES)
def void(settlement_id: int) -> ResponseReturnValue:
    """A settlement voided with its reason; it stays to be read."""
    with reading() as session:
        known = session.get(Settlement, settlement_id)
        if known is None:
            raise NotFound("settlement", str(settlement_id))
        bill = queries.by_ids(session, [known.invoice_id])[known.invoice_id]
        row = next(one for one in queries.settlements(session, bill.id) if one.id == settlement_id)
    form = VoidForm()

    def act(session: Session) -> None:
        recovery.void(session, settlement_id, str(form.reason.data), _by())

    return _answer(form, "recovery/void.html", bill, act, "Règlement annulé", row=row)
