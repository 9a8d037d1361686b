"""Who stands at a shared tablet: names, PIN or badge, lock. The place itself is in seats, rules in operations."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.models.users import User
from garage.db.queries import devices as queries
from garage.db.queries.devices import Hand, Known
from garage.domain.devices import PIN_LIMIT, DeviceKind
from garage.domain.errors.base import GarageError
from garage.domain.errors.devices import PinThrottled, UnknownBadge, WrongPin
from garage.french.plain import plain_text
from garage.operations import devices, pins
from garage.web import navigation, seats
from garage.web.access import device_or, local_path, public, signed_in
from garage.web.context import reading, transaction
from garage.web.forms.devices import BadgeForm, PinForm
from garage.web.forms.fields import GarageForm
from garage.web.htmx import page_or_fragment
from garage.web.paging import words
from garage.web.sign_in import signed_in_as, throttled

blueprint = Blueprint("operators", __name__)
_MANY = 12
_TABLET = (DeviceKind.TABLET,)


@blueprint.get("/operateurs")
@device_or(kinds=_TABLET)
def index() -> ResponseReturnValue:
    """The names of whoever works here; a search when there are many."""
    sought = words(request.args.get("q"))
    return page_or_fragment("operators/index.html", "operators/_names.html", **_names(sought), form=BadgeForm())


@blueprint.get("/operateurs/<int(max=2147483647):user_id>")
@device_or(kinds=_TABLET)
def ask(user_id: int) -> ResponseReturnValue:
    """The pad on which one types the PIN, for a browser without scripts."""
    return _pad(user_id, PinForm(), None)


@blueprint.post("/operateurs/<int(max=2147483647):user_id>")
@device_or(kinds=_TABLET)
def enter(user_id: int) -> ResponseReturnValue:
    """Open the tablet with a PIN."""
    form = PinForm()
    if not form.validate():
        return _pad(user_id, form, None)
    try:
        with transaction() as session:
            attempt = pins.try_pin(session, user_id, form.pin.data or "", _here().id, clock.now())
        if attempt.user is None:
            raise WrongPin(attempt.left)
    except GarageError as refusal:
        form.refuse(refusal)
        return _pad(user_id, form, refusal)
    return _open(attempt.user, seats.PIN)


@blueprint.post("/operateurs/badge")
@device_or(kinds=_TABLET)
def badge() -> ResponseReturnValue:
    """Open the tablet with a badge: the scanner types it in the field of the page."""
    form = BadgeForm()
    refusal: GarageError | None = None
    if form.validate():
        try:
            with transaction() as session:
                attempt = pins.try_badge(session, form.badge.data or "", _here().id, clock.now())
            if attempt.user is not None:
                return _open(attempt.user, seats.BADGE)
            refusal = UnknownBadge()
        except PinThrottled as too_many:
            refusal = too_many
        form.refuse(refusal)
    page = render_template("operators/index.html", **_names(""), form=form)
    return make_response(page, *_answer(refusal))


@blueprint.post("/verrouiller")
@public
def lock() -> ResponseReturnValue:
    """Leave the device to the next one; the page is kept for whoever left it. Elsewhere it does nothing."""
    here = seats.device()
    if here is None:
        return redirect(url_for("pages.home"), 303)
    seats.leave(local_path(request.form.get("retour")))
    return redirect(url_for("operators.index" if here.kind is DeviceKind.TABLET else "sign_in.sign_in"), 303)


@blueprint.post("/touche")
@signed_in
def touched() -> ResponseReturnValue:
    """Somebody touches the screen without leaving the page: the ten minutes begin again."""
    seats.touch()
    return "", 204


def _here() -> Known:
    here = seats.device()
    if here is None:
        raise RuntimeError("device_or let in something that is no device")
    return here


def _open(user: User, proof: str) -> ResponseReturnValue:
    back = local_path(seats.page_left(user.id))
    someone = signed_in_as(user, proof)
    here = _here()
    with transaction() as session:
        devices.seen(session, here.id, clock.now())
    key = seats.sit(someone, user, proof, here)
    answer = make_response(redirect(back or navigation.first_address(someone.role), 303))
    seats.keep_place(answer, key)
    return answer


def _names(sought: str) -> dict[str, object]:
    with reading() as session:
        hands = [one for one in queries.crew(session) if one.pin or one.badge]
    plain = plain_text(sought)
    found = [one for one in hands if plain in plain_text(one.name)]
    return {
        "hands": found,
        "sought": sought,
        "many": len(hands) > _MANY,
        "here": _here(),
        "pin_form": PinForm(formdata=None),
        "densite": "atelier",
    }


def _pad(user_id: int, form: GarageForm, refusal: GarageError | None) -> ResponseReturnValue:
    with reading() as session:
        hand: Hand = queries.hand(session, user_id)
    waits = isinstance(refusal, PinThrottled) or (isinstance(refusal, WrongPin) and refusal.left == 0)
    page = render_template(
        "operators/pin.html", form=form, hand=hand, here=_here(), densite="atelier", waits=waits, limit=PIN_LIMIT
    )
    if refusal is None:
        return make_response(page, 422 if form.errors else 200)
    return make_response(page, *_answer(refusal))


def _answer(refusal: GarageError | None) -> tuple[int, dict[str, str]]:
    return throttled(refusal) if isinstance(refusal, PinThrottled) else (422, {})
