"""A fault reported from a vehicle's label without an account, or asked for by an agent; and its follow-up page."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from garage import clock
from garage.db.queries import requests as queries
from garage.domain.errors.base import GarageError, NotVisible
from garage.domain.errors.requests import TooManyRequests
from garage.domain.errors.workshop import BadPhoto, PhotoNotKept
from garage.domain.permissions import Actor, Permission
from garage.domain.requests import MOST_PHOTOS, Step
from garage.french.refusals import sentence
from garage.operations import requests
from garage.operations.requests import ANYBODY, NewRequest
from garage.photos import Kept
from garage.web.access import actor, allow, person_or_nobody, public
from garage.web.context import options, reading, transaction
from garage.web.forms.requests import AskForm, ReportForm
from garage.web.lists import typed

# Each step with its tone and icon; its word is its label.
TONES: Final = {
    Step.ASKED: ("gris", "hand-stop"),
    Step.ACCEPTED: ("bleu", "check"),
    Step.PLANNED: ("bleu", "calendar"),
    Step.IN_WORKSHOP: ("vert", "tool"),
    Step.WAITING: ("ambre", "hourglass"),
    Step.READY: ("neutre", "check"),
    Step.INVOICED: ("neutre", "lock"),
    Step.REFUSED: ("rouge", "x"),
    Step.CANCELLED: ("barre", "x"),
}
_Show = Callable[[ReportForm], str]


@dataclass(frozen=True, slots=True)
class _Subject:
    """Who asks, and for which vehicle when the address says so."""

    actor: Actor
    vehicle_id: int | None = None


@public
def report(tag: str) -> ResponseReturnValue:
    """From the label of a vehicle: what happens, a photo, how to answer. No account, nothing of its history."""
    with reading() as session:
        vehicle = queries.reported_vehicle(session, tag)
        known = queries.under_way_since(session, vehicle.id)
    since = clock.paris_day(known) if known else None
    someone = person_or_nobody()
    form = ReportForm(data=_known_contact())
    # Whoever holds the label may report, whatever their collectivity.
    asks = _Subject(replace(someone.actor, collectivity_id=None) if someone else ANYBODY, vehicle.id)

    def page(sent: ReportForm) -> str:
        return render_template("requests/report.html", form=sent, vehicle=vehicle, known=since)

    return _unlisted(_answer(form, asks, page))


@allow(Permission.READ_OWN)
def ask() -> ResponseReturnValue:
    """The same by an agent of a collectivity, for one of its vehicles or for an object in words."""
    own = actor().collectivity_id
    if own is None:
        raise NotVisible("request", "")
    with reading() as session:
        vehicles = queries.own_vehicles(session, own)
    offered = [(str(one.id), _option(one)) for one in vehicles]
    form = AskForm(offered, data=_known_contact() | {"vehicle": typed("vehicule")})
    chosen = form.vehicle.data or ""
    asks = _Subject(actor(), int(chosen) if chosen in dict(offered) else None)
    return _answer(form, asks, lambda sent: render_template("requests/ask.html", form=sent))


def _option(vehicle: Any) -> str:
    words = (vehicle.registration, vehicle.make, vehicle.model, vehicle.fleet_number)
    return " ".join(word for word in words if word)


def _known_contact() -> dict[str, Any]:
    someone = person_or_nobody()
    return {"name": someone.name, "email": someone.email or ""} if someone else {}


def _answer(form: ReportForm, asks: _Subject, show: _Show) -> ResponseReturnValue:
    """The blank form, the form with what is wrong, or the request made."""
    if not form.is_submitted():
        return show(form)
    try:
        with transaction() as session:
            requests.note_attempt(session, request.remote_addr or "", clock.now())
        right, photos = form.validate(), _photos(form)
        if right and not any(field.errors for field in form.photos):
            with transaction() as session:
                made = requests.receive(session, _entered(form, asks, photos), asks.actor, clock.now(), clock.today())
                token = made.follow_token
            return redirect(url_for("requests.received", token=token), 303)
    except TooManyRequests as refusal:
        form.form_errors.append(sentence(refusal))
        wait = max(1, int((refusal.retry_at - clock.now()).total_seconds()))
        return make_response(show(form), 429, {"Retry-After": str(wait)})
    except GarageError as refusal:
        form.refuse(refusal)
    return make_response(show(form), 422)


def _entered(form: ReportForm, asks: _Subject, photos: tuple[Kept, ...]) -> NewRequest:
    return NewRequest(
        name=form.name.data or "",
        email=form.email.data or "",
        phone=form.phone.data or "",
        signs=tuple(form.signs.data or ()),
        text=form.what.data or "",
        urgent=bool(form.urgent.data),
        vehicle_id=asks.vehicle_id,
        object_label=form.object_label.data or "" if isinstance(form, AskForm) else "",
        photos=photos,
        form_token=form.form_token.data or None,
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="photos-demande")


def _photos(form: ReportForm) -> tuple[Kept, ...]:
    """The photos sent now, after those of the same form sent before with a fault: they are not sent twice."""
    try:
        before = [Kept(*values) for values in _signer().loads(form.kept_photos.data or "")]
    except (BadSignature, TypeError, ValueError):
        before = []
    kept = {} if form.drop_photos.data else {one.sha256: one for one in before}
    for field in form.photos:
        content = field.data.read() if field.data else b""
        if not content:
            continue
        try:
            photo = options().photos.keep(content)
        except (BadPhoto, PhotoNotKept) as refusal:
            field.errors = [sentence(refusal)]
        else:
            kept[photo.sha256] = photo
    photos = tuple(kept.values())[:MOST_PHOTOS]
    values = [(one.sha256, one.width, one.height, one.size) for one in photos]
    form.kept_photos.data = str(_signer().dumps(values)) if values else ""
    form.kept_count, form.drop_photos.data = len(photos), False
    return photos


@public
def received(token: str) -> Response:
    """The request arrived: its number, where to follow it, what comes next."""
    with reading() as session:
        followed = queries.followed(session, token)
    address = (options().public_url or request.url_root.rstrip("/")) + url_for("requests.follow", token=token)
    return _unlisted(
        render_template("requests/received.html", followed=followed, address=address, mails=options().sends_mails)
    )


@public
def follow(token: str) -> Response:
    """How far a request is, for whoever has its address: no price, nobody's name."""
    with reading() as session:
        followed = queries.followed(session, token)
        photos = queries.photos(session, followed.id)
    return _unlisted(
        render_template("requests/follow.html", followed=followed, photos=photos, token=token, tones=TONES, step=Step)
    )


@public
def follow_photo(token: str, photo_id: int) -> Response:
    """A photo sent with the request."""
    with reading() as session:
        followed = queries.followed(session, token)
        return _unlisted(picture(queries.photos(session, followed.id), photo_id))


def picture(photos: Any, photo_id: int) -> Response:
    """One of these photos, or its small twin when the address says «petite»; 404 when it is none of them."""
    found = next((photo for photo in photos if photo.id == photo_id), None)
    if found is None:
        abort(404)
    store = options().photos
    path = store.thumbnail(found.sha256) if "petite" in request.args else store.path(found.sha256)
    if not path.exists():
        abort(404)
    return Response(path.read_bytes(), mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


def _unlisted(answer: ResponseReturnValue) -> Response:
    """What no search engine may keep."""
    response = make_response(answer)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
