"""The plan of the week: what each mechanic is to do on which day, what waits to be planned, hours of a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from garage import clock
from garage.db.queries import planning as queries
from garage.db.queries import reservations
from garage.db.queries.paging import AnyRow
from garage.db.queries.planning import Person
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.workshop import Disagreement, PlanChanged
from garage.domain.permissions import Permission
from garage.domain.planning import Load, Slot, Week, holiday, is_worked
from garage.french import formats
from garage.french import planning as french
from garage.french.labels import label
from garage.french.refusals import sentence
from garage.french.store import readiness
from garage.operations import planning
from garage.operations.planning import By
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.forms.planning import CapacityForm, PlanForm, RemoveForm
from garage.web.htmx import form_page
from garage.web.lists import typed
from garage.web.notices import done
from garage.web.paging import whole
from garage.web.planning_board import Board, as_typed, board, read, written

blueprint = Blueprint("planning", __name__, url_prefix="/planning")

_VIEWS: Final = ("grille", "liste")
# What waits is shown at once up to here, the rest on demand: a week has many things to tab through already.
_FIRST: Final = 12
_HEADER: Final = (
    "Jour", "Mécanicien", "Numéro", "État", "Parc", "Immatriculation", "Véhicule ou objet", "Collectivité",
    "Minutes prévues", "Promis le",
)  # fmt: skip
blueprint.add_app_template_filter(french.short_hours, "heures_courtes")
blueprint.add_app_template_filter(french.load, "charge")
blueprint.add_app_template_filter(french.day_name, "jour_nom")
blueprint.add_app_template_filter(french.week, "semaine")
blueprint.add_app_template_filter(written, "case_planning")
blueprint.add_app_template_filter(as_typed, "duree_saisie")


def _week() -> Week:
    """The week of the address; without one, that of the next day on which the workshop is open."""
    return Week.read(typed("semaine")) or Week.of(_next_day())


def _view() -> str:
    asked = request.values.get("vue", "")
    return asked if asked in _VIEWS else ""


def _by(*, undoing: bool = False) -> By:
    return By(actor(), clock.now(), clock.today(), undoing=undoing)


@blueprint.get("")
@allow(Permission.MANAGE_WORKSHOP)
def index() -> str:
    """The week as a grid, or the same as a list; what waits beside it."""
    week, today = _week(), clock.today()
    with reading() as session:
        shown = board(session, week, today)
        waiting = queries.unplanned(session, today)
        ready = _ready(session, {row.id for row in waiting} | shown.orders)
    return render_template(
        "planning/index.html",
        board=shown,
        waiting=waiting[: queries.WAITING],
        more=len(waiting) > queries.WAITING,
        first=_FIRST,
        estimated=queries.estimated,
        ready=ready,
        view=_view(),
        here=Week.of(today),
    )


def _ready(session: Session, order_ids: set[int]) -> dict[int, str]:
    """Whether the parts kept for these orders are there, in words; orders that keep none are left out."""
    return {order: readiness(kept) for order, kept in reservations.of_orders(session, order_ids).items()}


@blueprint.get("/export.csv")
@allow(Permission.MANAGE_WORKSHOP)
def table() -> ResponseReturnValue:
    """The week for a spreadsheet."""
    week = _week()
    with reading() as session:
        shown = board(session, week, clock.today())
    return csv_response(f"planning_{week}.csv", _HEADER, _rows(shown))


def _rows(shown: Board) -> Iterator[tuple[Cell, ...]]:
    for day, held in shown.by_day():
        for person, cell in held:
            for row in (card.row for card in cell.cards):
                thing = row.object_label or " ".join(word for word in (row.make, row.model) if word)
                yield (
                    day, person.name, row.number, label(row.state), row.fleet_number, row.registration, thing,
                    row.collectivity, row.minutes, row.promised_on,
                )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    """What the page of an order's card shows."""

    order: AnyRow
    hands: list[Person]
    slots: Any
    board: Board
    ready: str


def _read_order(number: str, seen: Slot | None) -> _Read:
    """The order, and the week in which a place is looked for: the one asked for, else the card's, else the next."""
    week = Week.read(typed("semaine")) or Week.of(seen.day if seen else _next_day())
    with reading() as session:
        order = queries.order(session, number)
        week_board = board(session, week, clock.today())
        ready = _ready(session, {order.id}).get(order.id, "")
        return _Read(order, queries.hands(session), queries.slots(session, order.id), week_board, ready)


def _next_day() -> date:
    """Today, or the next day on which the workshop is open."""
    return next(day for day in (clock.today() + timedelta(days=n) for n in range(30)) if is_worked(day))


@blueprint.route("/ordre/<number>", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP)
def card(number: str) -> ResponseReturnValue:
    """Give an order to somebody on a day, or change a card: the form, and where a dropped card is sent."""
    seen = read(request.values.get("vu"))
    shown = _read_order(number, seen)
    form = PlanForm(formdata=request.values if request.method == "POST" else None, data=_proposed(shown, seen))
    names = [(one.id, one.name) for one in shown.hands]
    form.person.choices = choices([("", "Choisir un mécanicien"), *names])
    if form.validate_on_submit():
        wanted = Slot(whole(form.person.data) or 0, form.day.data, form.time.data)
        try:
            return _placed(number, seen, wanted, undone=bool(form.defait.data))
        except PlanChanged as refusal:
            return _disagreement(refusal, wanted)
        except NotFound:
            form.person.errors = ["Cette personne ne peut plus être planifiée\u00a0: choisissez-en une autre"]
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page(
        "planning/card.html", form, order=shown.order, slots=shown.slots, seen=seen, view=_view(), board=shown.board,
        plannable=shown.order.state in queries.LEFT, here=Week.of(clock.today()), ready=shown.ready,
    )  # fmt: skip


def _proposed(shown: _Read, seen: Slot | None) -> dict[str, Any]:
    """The card as it is; for a new one the next day of work, and what its works usually take.

    The address may name a person and a day: a free place that was pressed.
    """
    values: dict[str, Any] = {"vue": _view(), "vu": written(seen) if seen else ""}
    if seen:
        values |= {"person": str(seen.user_id), "day": seen.day, "time": seen.minutes}
    else:
        values |= {"day": _next_day(), "time": queries.estimated(shown.order)}
    place = read(f"{typed('person')}_{typed('day')}_0")
    return values | ({"person": str(place.user_id), "day": place.day} if place else {})


def _placed(number: str, seen: Slot | None, wanted: Slot, *, undone: bool) -> Response:
    by = _by(undoing=undone)
    with transaction() as session:
        if seen is None:
            planning.plan(session, number, wanted, by)
        else:
            planning.move(session, number, seen, wanted, by)
        said = _said(session, number, seen, wanted)
    back: dict[str, Any] = {"vu": written(wanted), "vue": _view(), "defait": 1}
    if undone:
        undo = None
    elif seen is None:
        undo = url_for("planning.remove", number=number, **back)
    else:
        undo = _address_of(number, seen, back)
    done(said, undo=undo)
    return _back(wanted.day)


def _address_of(number: str, slot: Slot, back: dict[str, Any]) -> str:
    """Where to post so that a card stands there."""
    values: dict[str, Any] = {"person": slot.user_id, "day": slot.day.isoformat(), "time": as_typed(slot.minutes)}
    return url_for("planning.card", number=number, **values, **back)


def _said(session: Session, number: str, seen: Slot | None, wanted: Slot) -> str:
    """What was done, and the day that it fills too much."""
    person = queries.person(session, wanted.user_id)
    act = "planifié" if seen is None else "déplacé"
    if seen and (seen.user_id, seen.day) == (wanted.user_id, wanted.day):
        act = "prévu"
    said = f"{number} {act}\u00a0: {person.name}, {french.day_name(wanted.day)}, {french.short_hours(wanted.minutes)}"
    planned = sum(row.minutes for row in queries.mine(session, wanted.user_id, wanted.day))
    load = Load(planned, queries.capacity_of(session, person, wanted.day))
    if not load.over:
        return said
    why = f" ({_closed(wanted.day)})" if _closed(wanted.day) and not load.capacity else ""
    return f"{said}. Journée trop pleine\u00a0: {french.load(load)}{why}"


def _closed(day: date) -> str:
    """The name of the holiday that a day is, if it is one."""
    found = holiday(day)
    return french.holiday_name(found) if found else ""


def _back(day: date) -> Response:
    view = _view()
    words: dict[str, Any] = {"vue": view} if view else {}
    return redirect(url_for("planning.index", semaine=str(Week.of(day)), **words), 303)


def _disagreement(refusal: PlanChanged, wanted: Slot | None) -> Response:
    """Both plans: what somebody else made of it, and what was wanted here."""
    with reading() as session:
        order = queries.order(session, refusal.number)
        slots = queries.slots(session, order.id)
        names = {one.id: one.name for one in queries.hands(session)}
    page = render_template(
        "planning/changed.html", order=order, slots=slots, wanted=wanted, refusal=refusal, names=names, view=_view(),
        sentence=sentence(refusal), free=wanted is None or all(_place(row) != _place(wanted) for row in slots),
    )  # fmt: skip
    return make_response(page, 409)


def _place(one: Any) -> tuple[int, date]:
    return one.user_id, one.day


@blueprint.post("/ordre/<number>/retirer")
@allow(Permission.MANAGE_WORKSHOP)
def remove(number: str) -> ResponseReturnValue:
    """Take a card off the plan."""
    form = RemoveForm(formdata=request.values)
    seen = read(form.vu.data)
    if not form.validate_on_submit() or seen is None:
        raise NotFound("order", number)
    undone = bool(form.defait.data)
    try:
        with transaction() as session:
            planning.unplan(session, number, seen, _by(undoing=undone))
    except PlanChanged as refusal:
        return _disagreement(refusal, None)
    undo = None if undone else _address_of(number, seen, {"vue": _view(), "defait": 1})
    done(f"{number} retiré du planning", undo=undo)
    return _back(seen.day)


@blueprint.route("/heures/<int(max=2147483647):user_id>/<day>", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP)
def hours(user_id: int, day: str) -> ResponseReturnValue:
    """The hours somebody has on a day: 0 when absent; no reason is asked for."""
    on = _day(day)
    with reading() as session:
        person = queries.person(session, user_id)
        special = queries.special_days(session, on, on).get((user_id, on))
        planned = queries.mine(session, user_id, on)
    seen = "" if special is None else str(special)
    form = CapacityForm(
        formdata=request.values if request.method == "POST" else None,
        data={"vu": seen, "vue": _view(), "time": special},
    )
    if form.validate_on_submit():
        try:
            return _hours_set(person, on, form)
        except Disagreement as refusal:
            form.time.errors = [f"{sentence(refusal)} Envoyez de nouveau pour garder les vôtres."]
            form.vu.data = refusal.seen
        except GarageError as refusal:
            form.refuse(refusal)
    usual = person.usual if is_worked(on) else 0
    return form_page(
        "planning/hours.html", form, person=person, day=on, usual=usual, special=special, planned=planned,
        week=Week.of(on), view=_view(), closed=_closed(on),
    )  # fmt: skip


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else date.min
    except ValueError:
        found = date.min
    if not 1900 <= found.year <= 9000:
        raise NotFound("day", text)
    return found


def _hours_set(person: Person, on: date, form: CapacityForm) -> Response:
    seen = whole(form.vu.data)
    minutes = form.time.data
    with transaction() as session:
        planning.set_capacity(session, person.id, on, minutes, seen, _by())
    told = "heures habituelles" if minutes is None else french.short_hours(minutes) if minutes else "absence"
    back: dict[str, Any] = {
        "time": "" if seen is None else as_typed(seen),
        "vu": "" if minutes is None else minutes,
        "vue": _view(),
    }
    undo = None if form.defait.data else url_for("planning.hours", user_id=person.id, day=on, defait=1, **back)
    done(f"{person.name}, {formats.long_day(on)}\u00a0: {told}", undo=undo)
    return _back(on)
