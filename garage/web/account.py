"""One's own account: page, PIN, the «Plus» of the workshop's phones, and how long the session still lasts."""

from flask import Blueprint, g, jsonify, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.models.users import User
from garage.domain.errors.base import GarageError
from garage.domain.errors.devices import PinThrottled, WrongProof
from garage.domain.permissions import Permission
from garage.operations import pins
from garage.web import seats, sessions
from garage.web.access import allow, person, person_or_nobody, public, signed_in
from garage.web.context import reading, transaction
from garage.web.forms.devices import OwnPinForm
from garage.web.htmx import form_page
from garage.web.notices import done
from garage.web.sign_in import throttled

blueprint = Blueprint("account", __name__)


@blueprint.app_context_processor
def _lasting() -> dict[str, int]:
    """For the script that warns before the end of a session."""
    return {"duree_session": int(sessions.ORDINARY.total_seconds())}


@blueprint.get("/mon-compte")
@signed_in
def show() -> str:
    """Who one is here, and what opens a shared tablet."""
    with reading() as opened:
        user = opened.get_one(User, person().id)
        return render_template(
            "account/show.html", pin=bool(user.pin_hash), badge=bool(user.badge_hash), stays=sessions.stays()
        )


@blueprint.route("/mon-code", methods=["GET", "POST"])
@allow(Permission.WORK_ON_ORDERS)
def pin() -> ResponseReturnValue:
    """Choose one's own PIN, with the password or the present PIN."""
    form = OwnPinForm()
    status: tuple[int, dict[str, str]] = (422, {})
    if form.validate_on_submit():
        try:
            _choose(form)
            done("Code enregistré")
            return redirect(url_for("account.show"), 303)
        except PinThrottled as refusal:
            form.refuse(refusal)
            status = throttled(refusal)
        except GarageError as refusal:
            form.refuse(refusal)
    page = form_page("account/pin.html", form)
    if form.errors:
        page.status_code = status[0]
        page.headers.update(status[1])
    return page


def _choose(form: OwnPinForm) -> None:
    """The wrong proof is counted before it is told."""
    now, me = clock.now(), person().id
    with transaction() as opened:
        left = pins.try_proof(opened, me, form.current.data or "", now)
    if left is not None:
        raise WrongProof
    with transaction() as opened:
        user = pins.choose(opened, me, form.pin.data or "", now)
    seats.renew_seal(user)


@blueprint.get("/plus")
@allow(Permission.WORK_ON_ORDERS)
def more() -> str:
    """What the bottom navigation of a phone has no room for."""
    return render_template("account/more.html")


@blueprint.get("/session")
@public
def remaining() -> ResponseReturnValue:
    """How many seconds the session still lasts; asking does not renew it."""
    g.renews_nothing = True
    return _left()


@blueprint.post("/session")
@public
def renew() -> ResponseReturnValue:
    """Stay signed in: the session begins again."""
    session.modified = person_or_nobody() is not None
    return _left(renewed=True)


def _left(renewed: bool = False) -> ResponseReturnValue:
    if person_or_nobody() is None:
        return jsonify(reste=0)
    lasts = sessions.lifetime(session) if renewed else sessions.left()
    return jsonify(reste=int(lasts.total_seconds()))
