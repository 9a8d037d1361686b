"""The e-mails of the garage: each one, its attempts, what became of it; one given up may be sent again."""

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import bill_mails
from garage.db.queries import mails as queries
from garage.domain.mails import MailState, state_of
from garage.domain.permissions import Permission
from garage.french.labels import label
from garage.french.request_words import mail_error
from garage.operations import mails
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import options, reading, transaction
from garage.web.forms.fields import choices
from garage.web.forms.requests import RequestFilters
from garage.web.lists import typed
from garage.web.notices import done

blueprint = Blueprint("mails", __name__, url_prefix="/courriers")
_PAGE: Final = 50
_STATES: Final = {
    "a-envoyer": MailState.WAITING,
    "envoyes": MailState.SENT,
    "abandonnes": MailState.GIVEN_UP,
    "remplaces": MailState.SUPERSEDED,
}
_TONES: Final = {
    MailState.WAITING: ("gris", "clock"),
    MailState.SENT: ("neutre", "check"),
    MailState.GIVEN_UP: ("rouge", "alert-circle"),
    MailState.SUPERSEDED: ("barre", "x"),
}


@blueprint.get("")
@allow(Permission.READ_JOURNAL)
def index() -> str:
    """E-mails, the latest first."""
    asked = typed("etat") if typed("etat") in _STATES else ""
    with reading() as session:
        rows = queries.page(session, _PAGE + 1, paging.whole(request.args.get("avant")), _STATES.get(asked))
        lost = queries.given_up(session)
        attempts = bill_mails.attempts(session, [row.id for row in rows])
    filters = RequestFilters(data={"etat": asked})
    filters.etat.choices = choices([("", "Tous"), *((word, label(state)) for word, state in _STATES.items())])
    return render_template(
        "mails/index.html",
        rows=rows[:_PAGE],
        older=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
        lost=lost,
        attempts=attempts,
        asked=asked,
        filters=filters,
        sends=options().sends_mails,
        state_of=state_of,
        states=MailState,
        tones=_TONES,
        error=mail_error,
    )


@blueprint.post("/<int(max=2147483647):mail_id>/renvoyer")
@allow(Permission.READ_JOURNAL)
def send_again(mail_id: int) -> ResponseReturnValue:
    """Try anew a mail that was given up."""
    with transaction() as session:
        recipient = mails.send_again(session, mail_id, actor(), clock.now())
    done(f"Le courrier à {recipient} partira dans la minute")
    return redirect(url_for("mails.index"), 303)
