"""Scan anything: where a code leads whoever scanned it, the camera's page, codes nobody knows yet.

Reading and finding belong to domain.tags and queries.tags; here only who goes where. Nothing is written by a GET.
"""

from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from sqlalchemy.orm import Session

from garage.db.queries import bins, order_entries, stock, tags, vehicles
from garage.db.queries.paging import AnyRow
from garage.db.queries.tags import Found
from garage.domain.devices import DeviceKind, badge_code
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Permission
from garage.domain.tags import Thing, read
from garage.web import seats
from garage.web.access import SignedIn, allow, ask_to_sign_in, local_path, person, person_or_nobody, public
from garage.web.context import reading
from garage.web.headers import CONTENT_SECURITY_POLICY
from garage.web.htmx import page_or_fragment
from garage.web.lists import typed
from garage.web.order_lines import open_for_work

blueprint = Blueprint("scan", __name__)

_SHOWN: Final = 20
_IN_A_BIN: Final = 200
# The reader of codes is WebAssembly; this page, that of counts and that of deliveries see through it.
_POLICY: Final = CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
_PERMISSIONS: Final = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"


@blueprint.get("/scanner")
@allow(Permission.WORK_ON_ORDERS)
def index() -> ResponseReturnValue:
    """The camera and the field; with a code, where it leads. `ordre` is the order that read parts go on."""
    number, code = typed("ordre"), request.args.get("q", "").strip()
    if code:
        return _follow(code)
    with reading() as session:
        order = open_for_work(session, number) if number else None
    response = make_response(render_template("scan/index.html", order=order, badge="badge" in request.args))
    return with_camera(response)


def with_camera(response: Response) -> Response:
    """The page, allowed to see through the camera."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Permissions-Policy"] = _PERMISSIONS
    return response


@blueprint.get("/q/<path:code>")
@public
def go(code: str) -> ResponseReturnValue:
    """Where a label leads: each to what is theirs, a stranger to the page where a breakdown is reported."""
    someone = person_or_nobody()
    if someone is None:
        return _stranger(code)
    return _follow(code) if someone.may(Permission.WORK_ON_ORDERS) else redirect(_elsewhere(code, someone), 303)


def _stranger(code: str) -> ResponseReturnValue:
    """Only our own opaque labels tell anything to the street, so that no plate or reference can be tried."""
    wanted = read(code)
    if badge_code(code):
        raise NotFound("code", "")
    here = seats.device()
    if wanted.tag is None or (here is not None and here.kind is DeviceKind.TABLET):
        return ask_to_sign_in()
    with reading() as session:
        found = tags.own(session, wanted)
    if not found:
        raise NotFound("code", wanted.text)
    if found[0].thing is Thing.VEHICLE:
        return redirect(url_for("requests.report", tag=wanted.tag), 303)
    return ask_to_sign_in()


def _elsewhere(code: str, someone: SignedIn) -> str:
    """Where those who do not work in the workshop go. Raises NotFound, NotVisible for another collectivity's."""
    with reading() as session:
        found = tags.resolve(session, code)
        if someone.may(Permission.READ_OWN):
            return _own_vehicle(session, found, someone.collectivity_id)
    for one in found:
        if one.thing is Thing.ORDER and someone.may(Permission.READ_ORDERS):
            return url_for("orders.show", number=one.key)
        if one.thing is Thing.VEHICLE and someone.may(Permission.READ_ORDERS):
            return url_for("orders.index", q=one.key, etat="tous")
    raise NotFound("code", code)


def _own_vehicle(session: Session, found: tuple[Found, ...], collectivity_id: int | None) -> str:
    known = sorted(
        (one for one in found if one.vehicle_id is not None), key=lambda one: one.collectivity_id != collectivity_id
    )
    if not known or collectivity_id is None:
        raise NotFound("code", "")
    vehicle = vehicles.own(session, collectivity_id, known[0].vehicle_id or 0)
    return url_for("vehicles.show", vehicle_id=vehicle.id)


def _follow(code: str) -> ResponseReturnValue:
    """The workshop goes straight to the thing; a part read for an order goes on it."""
    number = typed("ordre")
    if badge_code(code):  # somebody's key: it does not stay in the address
        return redirect(url_for("scan.index", ordre=number or None, badge="oui"), 303)
    with reading() as session:
        order = open_for_work(session, number) if number else None
        found = tags.resolve(session, code)
        if order is not None and len(parts := [one for one in found if one.thing is Thing.PART]) == 1:
            return _for_order(stock.part(session, parts[0].key), order)
        if len(found) == 1:
            return redirect(_address(session, found[0], number), 303)
        addresses = [_address(session, one, number) for one in found]
    if found:
        return render_template("scan/several.html", choices=list(zip(found, addresses, strict=True)), code=code)
    return _unknown(code, number)


def _for_order(part: AnyRow, order: AnyRow) -> str:
    """The page that puts a part on an order: one button, that the scanner presses itself."""
    back = local_path(request.args.get("retour")) or url_for("scan.index", ordre=order.number)
    return render_template("scan/add.html", part=part, order=order, back=back)


def _address(session: Session, one: Found, number: str) -> str:
    if one.thing is Thing.VEHICLE:
        mine = tags.open_orders_of_mine(session, one.id or 0, person().id)
        if len(mine) == 1:
            return url_for("orders.show", number=mine[0])
        return url_for("fleet.show", fleet_number=one.key)
    if one.thing is Thing.PART:
        return url_for("stock.show", reference=one.key)
    if one.thing is Thing.ORDER:
        return url_for("orders.show", number=one.key)
    return url_for("scan.bin_parts", name=one.key, ordre=number or None)


def _unknown(code: str, number: str) -> ResponseReturnValue:
    """Nobody knows this code yet: offer to tie it."""
    return render_template("scan/unknown.html", code=code, shown=read(code).text, number=number), 404


@blueprint.get("/casiers/<path:name>")
@allow(Permission.WORK_ON_ORDERS)
def bin_parts(name: str) -> str:
    """What lies in a bin, and how much of it there; with `ordre`, one tap puts one on the order."""
    number = typed("ordre")
    with reading() as session:
        order = open_for_work(session, number) if number else None
        here = bins.by_key(session, name) if name.isprintable() else None
        if here is None:
            raise NotFound("bin", name)
        found = bins.parts(session, here.id, _IN_A_BIN)
    return render_template("scan/bin.html", bin=here, found=found, order=order)


@blueprint.get("/scanner/associer-piece")
@allow(Permission.WORK_ON_ORDERS)
def tie_part() -> Response:
    """Parts to choose from, for the code that was scanned."""
    text = typed("q")
    with reading() as session:
        found = stock.search(session, text, _SHOWN + 1) if text else []
    return _tying("piece", found, text)


@blueprint.get("/scanner/associer-vehicule")
@allow(Permission.WORK_ON_ORDERS)
def tie_vehicle() -> Response:
    """Vehicles to choose from, for the code that was scanned."""
    text = typed("q")
    with reading() as session:
        found = order_entries.vehicles(session, text, "") if text else []
    return _tying("vehicule", found, text)


def _tying(what: str, found: object, text: str) -> Response:
    code, number = request.args.get("code", "").strip()[:500], typed("ordre")
    rows = list(found)  # type: ignore[call-overload]
    return page_or_fragment(
        f"scan/tie_{what}.html",
        f"scan/_tie_{what}.html",
        found=rows[:_SHOWN],
        more=len(rows) > _SHOWN,
        text=text,
        code=code,
        shown=read(code).text,
        asked={"code": code} | ({"ordre": number} if number else {}),
        back=url_for("scan.index", q=code, ordre=number or None),
    )
