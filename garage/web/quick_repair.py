"""A quick repair: a whole order on one screen, in one transaction, once (WO-22; rules O1 to O3)."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.order_works import Package
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import order_entries, packages, tags
from garage.db.queries import order_records as records
from garage.db.queries import stock as parts_queries
from garage.domain.errors.base import GarageError
from garage.domain.errors.repair_orders import VehicleOrObject
from garage.domain.order_works import NoteKind
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OrderKind
from garage.domain.tags import Thing
from garage.domain.tariffs import TariffNature
from garage.french import formats
from garage.operations import (
    entries,
    order_finishing,
    order_lines,
    order_meters,
    order_records,
    order_works,
    repair_orders,
)
from garage.operations.order_finishing import Ending
from garage.operations.order_meters import Reading
from garage.operations.order_records import By
from garage.operations.order_works import Act, NewWork
from garage.operations.repair_orders import NewOrder
from garage.operations.work_time import codes
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.forms.fields import choices
from garage.web.forms.quick import VEHICLE, QuickForm, blank
from garage.web.htmx import form_page, is_htmx
from garage.web.lists import typed
from garage.web.notices import done

_KIND = "reparation-rapide"
_OFFERED = 12
_PACKAGE, _CODE = "forfait:", "code:"


class _Stopped(Exception):
    """Something typed leads to nothing: the form holds the words, nothing is written."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom the order is for."""

    collectivity_id: int
    vehicle_id: int | None = None
    label: str | None = None


@allow(Permission.WORK_ON_ORDERS)
def quick() -> ResponseReturnValue:
    """One screen, two buttons: finish at once, or leave open."""
    if is_htmx() and request.method == "GET":
        return _offers()
    form = QuickForm(data=blank(typed("vehicule"), typed("collectivite")))
    _lists(form)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                number = _written(session, form)
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
        except _Stopped:
            pass
    with reading() as session:
        objects = records.objects(session)
    heads = person().may(Permission.CHECK_ORDERS)
    return form_page("orders/quick.html", form, objects=objects, heads=heads)


def _lists(form: QuickForm) -> None:
    today = clock.today()
    with reading() as session:
        owners = order_entries.collectivities(session)
        labour = order_entries.codes(session, TariffNature.LABOUR, (today, today))
        flat = order_entries.codes(session, TariffNature.FLAT, (today, today))
        ready = packages.suiting(session, None)
    form.collectivite.choices = choices([("", "Choisir dans la liste"), *((row.code, row.name) for row in owners)])
    form.travail.choices = choices(
        [
            ("", "Choisir dans la liste"),
            *((f"{_PACKAGE}{row.code}", row.label) for row in ready),
            *((f"{_CODE}{code}", text) for code, text, _ in (*labour, *flat)),
        ]
    )


def _offers() -> str:
    """The lines of a list as one types: vehicles, or parts for the fields of parts."""
    text = next((value for value in request.args.values() if value.strip()), "")[:100]
    with reading() as session:
        if "vehicule" in request.args:
            rows = order_entries.vehicles(session, text, "")[:_OFFERED] if text else []
            found = [(row.fleet_number, _vehicle_words(row)) for row in rows]
        else:
            rows = parts_queries.search(session, text, _OFFERED) if text else []
            found = [(row.reference, f"{row.label}, {formats.quantity(row.on_hand)} {row.unit}") for row in rows]
    return render_template("orders/_offers.html", found=found)


def _vehicle_words(row: Any) -> str:
    named = " ".join(word for word in (row.make, row.model) if word)
    return ", ".join(word for word in (row.registration, named, row.collectivity) if word)


def _written(session: Session, form: QuickForm) -> str:
    """All of it or nothing; sent twice, the order that is there already."""
    me, now, today = actor(), clock.now(), clock.today()
    token = form.form_token.data or ""
    data = {name: value for name, value in request.form.items() if name not in ("csrf_token", "form_token")}
    received = entries.Received(token, _KIND, None, person().id, person().id, now, now, data)
    if not entries.begin(session, received):
        known = session.scalar(select(RepairOrder.number).where(RepairOrder.form_token == token))
        if known is not None:
            return known
    subject = _subject(session, form)
    order = repair_orders.open_order(session, _new(form, subject), me, now, today)
    by, act = By(me, me, now, now), Act(order.number, me, me, now, today, now, today)
    if form.meter.data is not None and order.vehicle_id is not None:
        read = Reading(form.meter.data, today, form.reason.data, bool(form.confirme.data))
        order_meters.read(session, order.number, read, by)
    _work(session, order, form, act)
    _parts(session, form, act)
    return _ended(session, order.number, form, by)


def _new(form: QuickForm, subject: _Subject) -> NewOrder:
    return NewOrder(
        collectivity_id=subject.collectivity_id,
        opened_on=clock.today(),
        kind=OrderKind(form.kind.data),
        vehicle_id=subject.vehicle_id,
        object_label=subject.label,
        forced_reason=form.forced_reason.data or None,
        form_token=form.form_token.data or None,
    )


def _subject(session: Session, form: QuickForm) -> _Subject:
    if not form.for_vehicle:
        if not form.objet.data:
            raise VehicleOrObject
        if not form.collectivite.data:
            form.say("collectivite", "Choisissez la collectivité dans la liste")
            raise _Stopped
        return _Subject(order_entries.collectivity(session, form.collectivite.data).id, None, form.objet.data)
    found = [one for one in tags.resolve(session, form.vehicule.data or "") if one.thing is Thing.VEHICLE]
    if not found and form.vehicule.data:
        rows = order_entries.vehicles(session, form.vehicule.data, "")
        found = [one for row in rows for one in tags.resolve(session, row.fleet_number) if one.thing is Thing.VEHICLE]
    if len(found) != 1:
        form.say(VEHICLE, _which([one.key for one in found], form.vehicule.data or ""))
        raise _Stopped
    return _Subject(found[0].collectivity_id or 0, found[0].id)


def _which(keys: list[str], asked: str) -> str:
    if not asked:
        return "Saisissez la plaque ou le numéro de parc, par exemple AB-123-CD"
    if not keys:
        return f"Aucun véhicule ne correspond à «\u00a0{asked}\u00a0»\u00a0: vérifiez la plaque ou le numéro de parc"
    shown = ", ".join(keys[:5]) + ("…" if len(keys) > 5 else "")
    return f"Plusieurs véhicules correspondent\u00a0: {shown}. Saisissez le numéro de parc"


def _work(session: Session, order: RepairOrder, form: QuickForm, act: Act) -> None:
    """What was done, ticked when it is, and the time it took under its code."""
    asked, minutes = form.travail.data or "", form.time.data
    work, code = None, None
    if asked.startswith(_PACKAGE):
        work = order_works.add(session, act, NewWork(package=asked.removeprefix(_PACKAGE)))
        code = session.scalar(select(Package.labour_code).where(Package.id == work.package_id))
    elif asked.startswith(_CODE):
        work = order_works.add(session, act, NewWork(code=asked.removeprefix(_CODE)))
    if work is not None and (minutes or form.suite.data != "ouvert"):
        order_works.tick(session, act, work.id)
    if minutes is not None:
        known = code or codes.of_job(session, order.id, act.author.id or 0, (work.id if work else None, None), act.day)
        order_lines.add_labour(session, _entry(act), known, minutes, act.author.id)


def _entry(act: Act) -> order_lines.Entry:
    return order_lines.Entry(act.order, act.day, act.actor, act.now, act.today)


def _parts(session: Session, form: QuickForm, act: Act) -> None:
    for place, code, quantity in form.parts():
        form.place = place
        found = [one for one in tags.resolve(session, code) if one.thing is Thing.PART]
        if len(found) != 1:
            some = ", ".join(one.key for one in found[:5])
            text = f"Plusieurs pièces correspondent\u00a0: {some}" if found else f"Aucune pièce n’a le code {code}"
            form.say(f"piece_{place}", text)
            raise _Stopped
        order_lines.add_part(session, _entry(act), found[0].id or 0, quantity)
    form.place = 0


def _ended(session: Session, number: str, form: QuickForm, by: By) -> str:
    note = (form.note.data or "").strip()
    if form.suite.data == "ouvert":
        if note:
            order_records.add_note(session, number, NoteKind.NOTE, note, by)
        done(f"Ordre {number} ouvert")
    else:
        order_finishing.finish(session, number, Ending(note or None), by)
        done(f"Ordre {number} terminé, à contrôler")
    return number
