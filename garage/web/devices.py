"""The devices of the workshop: share this one, rename, withdraw; PINs of the crew. Signing is in operators."""

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import devices as queries
from garage.domain.devices import DeviceKind
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.devices import DeviceGone
from garage.domain.permissions import Permission
from garage.operations import devices, pins
from garage.web import seats
from garage.web.access import actor, allow, device_or
from garage.web.context import reading, transaction
from garage.web.forms.devices import DeviceForm, EmptyForm, GivenPinForm, NewDeviceForm, WaitingForm
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("devices", __name__, url_prefix="/appareils")
_ALARMS_OF = timedelta(days=7)
_ID = "<int(max=2147483647):device_id>"


@blueprint.get("")
@allow(Permission.MANAGE_WORKSHOP, Permission.MANAGE_PEOPLE)
def index() -> str:
    """Tablets and screens, PINs of the crew, and PINs that were tried too often this week."""
    with reading() as session:
        return render_template(
            "devices/index.html",
            devices=queries.page(session),
            crew=queries.crew(session),
            alarms=queries.alarms(session, clock.now() - _ALARMS_OF),
            here=seats.device(),
        )


@blueprint.route("/nouveau", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP, Permission.MANAGE_PEOPLE)
def new() -> ResponseReturnValue:
    """Make this very device a shared one: the session of whoever does it ends here."""
    form = NewDeviceForm()
    here = seats.device()
    if form.validate_on_submit():
        try:
            kind = DeviceKind(form.kind.data)
            with transaction() as session:
                replaced = here.id if here else None
                _, token = devices.register(session, form.name.data or "", kind, replaced, actor(), clock.now())
            return _shared(kind, token)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("devices/new.html", form, here=here)


def _shared(kind: DeviceKind, token: str) -> ResponseReturnValue:
    seats.leave(None)
    front = url_for("wall.index" if kind is DeviceKind.SCREEN else "operators.index")
    answer = make_response(redirect(front, 303))
    seats.become(answer, token)
    return answer


@blueprint.route(f"/{_ID}", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP, Permission.MANAGE_PEOPLE)
def rename(device_id: int) -> ResponseReturnValue:
    """Another name for a device."""
    with reading() as session:
        device = queries.one(session, device_id)
    if device.revoked_at:
        raise DeviceGone(device.name)
    form = DeviceForm(data={"name": device.name})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                named = devices.rename(session, device_id, form.name.data or "", actor(), clock.now())
            done(f"Appareil renommé : {named.name}")
            return redirect(url_for("devices.index"), 303)
        except (NotFound, DeviceGone):
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("devices/rename.html", form, device=device)


@blueprint.route(f"/{_ID}/retirer", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP, Permission.MANAGE_PEOPLE)
def revoke(device_id: int) -> ResponseReturnValue:
    """Withdraw a device for good: first what that means."""
    with reading() as session:
        device = queries.one(session, device_id)
    if device.revoked_at:
        raise DeviceGone(device.name)
    form = EmptyForm()
    if form.validate_on_submit():
        with transaction() as session:
            devices.revoke(session, device_id, actor(), clock.now())
        done(f"Appareil retiré : {device.name}")
        return redirect(url_for("devices.index"), 303)
    return form_page("devices/revoke.html", form, device=device, here=seats.device())


@blueprint.route("/codes/<int(max=2147483647):user_id>", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP)
def give_pin(user_id: int) -> ResponseReturnValue:
    """A new PIN for somebody of the crew, who stands beside and types it."""
    with reading() as session:
        hand = queries.hand(session, user_id)
    form = GivenPinForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                pins.give(session, user_id, form.pin.data or "", actor(), clock.now())
            done(f"Nouveau code enregistré pour {hand.name}")
            return redirect(url_for("devices.index"), 303)
        except NotFound:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("devices/pin.html", form, hand=hand)


@blueprint.post("/present")
@device_or()
def present() -> ResponseReturnValue:
    """A device gives news: how many entries it keeps to send (`attente`)."""
    form = WaitingForm()
    here = seats.device()
    if here is None or not form.validate():
        return {"etat": "refusee"}, 422
    with transaction() as session:
        devices.seen(session, here.id, clock.now(), form.attente.data)
    return "", 204
