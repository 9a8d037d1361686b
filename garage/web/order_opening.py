"""A new order: first for what, then what is asked (rules O1, C4)."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_entries, order_works
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.errors.workshop import WorkResumed
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OrderKind
from garage.operations import order_works as works
from garage.operations import repair_orders
from garage.operations.order_works import Act
from garage.operations.repair_orders import NewOrder
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.forms.fields import choices
from garage.web.forms.orders import OpenForm, SubjectFilters
from garage.web.htmx import form_page, page_or_fragment
from garage.web.lists import typed
from garage.web.notices import done


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks, for which vehicle if for one, the orders already open for it and the works put off."""

    owner: AnyRow
    vehicle: AnyRow | None
    already: Any
    postponed: Any


@allow(Permission.WORK_ON_ORDERS)
def new() -> ResponseReturnValue:
    """Choose a vehicle, or a collectivity; then fill in the order."""
    if request.method == "GET" and not (typed("vehicule") or (typed("collectivite") and typed("objet"))):
        return _choose()
    form = OpenForm(data=_blank())
    subject = _subject(form)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                entered = _entered(form, subject)
                number = repair_orders.open_order(session, entered, actor(), clock.now(), clock.today()).number
                _resume(session, number, subject)
            done(f"Ordre {number} ouvert")
            return redirect(url_for("orders.show", number=number), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("orders/form.html", form, subject=subject, heads=person().may(Permission.CHECK_ORDERS))


def _choose() -> ResponseReturnValue:
    text, owner = typed("q"), typed("collectivite")
    with reading() as session:
        found = order_entries.vehicles(session, text, owner) if text or owner else []
        owners = order_entries.collectivities(session)
    filters = SubjectFilters(data={"collectivite": owner})
    filters.collectivite.choices = choices([("", "Toutes"), *((row.code, row.name) for row in owners)])
    return page_or_fragment(
        "orders/new.html",
        "orders/_vehicles.html",
        found=found[: order_entries.SHOWN],
        more=len(found) > order_entries.SHOWN,
        asked={"q": text, "collectivite": owner},
        filters=filters,
        owners=owners,
    )


def _blank() -> dict[str, Any]:
    kind = OrderKind.BREAKDOWN if typed("vehicule") else OrderKind.SITE
    return {"collectivity": typed("collectivite"), "vehicle": typed("vehicule"), "kind": kind.value}


def _subject(form: OpenForm) -> Subject:
    """Raises NotFound for a collectivity or a vehicle that is not there."""
    with reading() as session:
        vehicle = order_entries.vehicle(session, form.vehicle.data) if form.vehicle.data else None
        code = form.collectivity.data or (vehicle.collectivity_code if vehicle else "")
        owner = order_entries.collectivity(session, code)
        already = order_entries.open_orders_of(session, vehicle.id) if vehicle else []
        postponed = order_works.postponed(session, vehicle.id) if vehicle else []
    form.collectivity.data = owner.code
    return Subject(owner, vehicle, already, postponed)


def _resume(session: Session, number: str, subject: Subject) -> None:
    """Take up on the new order the works put off that were ticked, among those that still are."""
    wanted = set(request.form.getlist("reprises"))
    act = Act(number, actor(), actor(), clock.now(), clock.today(), clock.now(), clock.today())
    for work in subject.postponed:
        if str(work.id) in wanted:
            with suppress(WorkResumed):
                works.resume(session, act, work.id)


def _entered(form: OpenForm, subject: Subject) -> NewOrder:
    return NewOrder(
        collectivity_id=subject.owner.id,
        opened_on=form.day,
        kind=OrderKind(form.kind.data),
        vehicle_id=subject.vehicle.id if subject.vehicle else None,
        object_label=form.object_label.data,
        reason=form.reason.data,
        meter=form.meter.data,
        meter_reason=form.meter_reason.data,
        requester=form.requester.data,
        service=form.service.data,
        engagement=form.engagement.data,
        forced_reason=form.forced_reason.data,
        form_token=form.form_token.data or None,
    )
