"""Bills by e-mail: every sending and its attempts, one sent by hand, those that went to nobody tried anew."""

from dataclasses import dataclass, field
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import bill_mails as queries
from garage.db.queries import invoices, settings
from garage.db.queries.bill_mails import Sending
from garage.db.queries.invoices import IssuedBill
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.questions import NotForMail
from garage.domain.invoices.bill import BillKind
from garage.domain.permissions import Permission
from garage.french.request_words import mail_error
from garage.operations import bill_mails
from garage.web import paging
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.filters import plural
from garage.web.forms.fields import choices
from garage.web.forms.questions import SendForm, SendingFilters
from garage.web.htmx import form_page
from garage.web.lists import typed
from garage.web.notices import done

blueprint = Blueprint("bill_mails", __name__)
_PAGE: Final = 50
_STATES: Final = {
    "a-envoyer": (Sending.WAITING, "À envoyer"),
    "envoyees": (Sending.SENT, "Envoyées"),
    "abandonnees": (Sending.GIVEN_UP, "Abandonnées"),
    "sans-adresse": (Sending.NO_ADDRESS, "Sans adresse"),
}


@dataclass(frozen=True, slots=True)
class Sendings:
    """The sendings of bills as a page shows them: rows, attempts by mail, whether one may send, whether any leaves."""

    rows: list[AnyRow]
    attempts: dict[int, list[AnyRow]] = field(default_factory=dict)
    sends: bool = False
    leaves: bool = False

    became = staticmethod(queries.became)
    error = staticmethod(mail_error)


def of_bill(session: Session, bill: IssuedBill) -> Sendings:
    """Those of a bill: all to accounting, to its collectivity what reached it."""
    rows = queries.of_bill(session, bill.id)
    if not person().may(Permission.PREVIEW_INVOICES):
        return Sendings([row for row in rows if row.sent_at is not None])
    attempts = queries.attempts(session, [row.mail_id for row in rows])
    may_send = bill.kind is not BillKind.INTERNAL_STATEMENT and person().may(Permission.ISSUE_INVOICES)
    return Sendings(rows, attempts, may_send, options().sends_mails)


@blueprint.get("/envois")
@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """Every sending, the latest first."""
    asked = typed("etat") if typed("etat") in _STATES else ""
    state = _STATES[asked][0] if asked else None
    with reading() as session:
        rows = queries.page(session, _PAGE + 1, paging.whole(request.args.get("avant")), state)
        lost = queries.count_of(session, Sending.GIVEN_UP)
        decided = settings.current(session)
        attempts = queries.attempts(session, [row.mail_id for row in rows])
    filters = SendingFilters(data={"etat": asked}, meta={"csrf": False})
    filters.etat.choices = choices([("", "Tous"), *((word, text) for word, (_, text) in _STATES.items())])
    return render_template(
        "bill_mails/index.html",
        sendings=Sendings(rows[:_PAGE], attempts, sends=False, leaves=options().sends_mails),
        older=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
        asked=asked,
        filters=filters,
        lost=lost,
        on=decided.mails_bills,
    )


@blueprint.post("/envois/renvoyer")
@allow(Permission.ISSUE_INVOICES)
def send_given_up() -> ResponseReturnValue:
    """Try anew every bill that went to nobody."""
    with transaction() as session:
        count = bill_mails.send_given_up(session, actor(), clock.now())
    done(f"{plural(count, 'envoi relancé', 'envois relancés')}")
    return redirect(url_for("bill_mails.index"), 303)


@blueprint.route("/factures/<bill:number>/envoyer", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def send(number: str) -> ResponseReturnValue:
    """Send one bill by hand, after a page that says to whom, and what went already."""
    with reading() as session:
        bill = invoices.issued(session, paging.words(number))
        if bill.kind is BillKind.INTERNAL_STATEMENT:
            raise NotForMail(bill.number)
        recipients = bill_mails.recipients(session, bill)
        coming = bill_mails.next_copy(session, bill.id)
        sendings = of_bill(session, bill)
    form = SendForm(data={"copy": coming})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                count = bill_mails.send(session, bill.number, form.copy.data or 0, actor(), clock.now())
            done(f"{bill.number} partira dans la minute, à {plural(count, 'adresse')}")
            return redirect(url_for("invoices.show", number=bill.number), 303)
        except NotFound:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    if form.errors:
        form.copy.raw_data, form.copy.data = None, coming
    return form_page("bill_mails/send.html", form, bill=bill, recipients=recipients, sendings=sendings)
