"""Requests: receive one with its photos, accept it as an order or onto one, refuse it, take the answer back."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.journal import JournalEntry
from garage.db.models.order_records import Photo
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.requests import Request
from garage.db.models.users import SignInFailure
from garage.db.models.vehicles import Vehicle
from garage.db.models.work_time import ClockSegment
from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import VehicleOfAnother, VehicleOrObject
from garage.domain.errors.requests import AnswerMissing, OrderElsewhere, RequestAnswered
from garage.domain.errors.workshop import DayPassed
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OPEN_STATES, OrderKind, OrderState
from garage.domain.requests import (
    KEPT_FOR,
    LIMIT_ADDRESS,
    LIMIT_VEHICLE,
    SERIES,
    WINDOW_ADDRESS,
    WINDOW_VEHICLE,
    RequestState,
    check_contact,
    check_pace,
    check_photos,
    read_phone,
    read_what,
)
from garage.domain.users import read_email, read_name
from garage.operations import journal, repair_orders, request_news
from garage.operations.numbering import next_in_series
from garage.operations.repair_orders import NewOrder
from garage.photos import Kept

ANYBODY: Final = Actor(None, "Signalement sans compte", Role.COLLECTIVITY)
_FORGOTTEN: Final = "Effacé"


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as it is entered, for a vehicle or an object in words; the same form sent again is the same request."""

    name: str
    email: str
    phone: str
    signs: tuple[str, ...] = ()
    text: str = ""
    urgent: bool = False
    vehicle_id: int | None = None
    object_label: str = ""
    photos: tuple[Kept, ...] = ()
    form_token: str | None = None


def note_attempt(session: Session, address: str, now: datetime) -> None:
    """Count a form sent from a machine's address; raises TooManyRequests after 20 in 15 minutes."""
    key = f"request:{address}"
    since = select(SignInFailure.at).where(SignInFailure.key == key, SignInFailure.at > now - WINDOW_ADDRESS)
    check_pace(list(session.scalars(since)), LIMIT_ADDRESS, WINDOW_ADDRESS)
    session.execute(delete(SignInFailure).where(SignInFailure.key == key, SignInFailure.at <= now - WINDOW_ADDRESS))
    session.add(SignInFailure(key=key, at=now))
    session.flush()


def receive(session: Session, entered: NewRequest, actor: Actor, now: datetime, today: date) -> Request:
    """Number a request, keep its photos, and tell whoever asked that it arrived (features RQ-01, RQ-03).

    Raises WhatMissing, BadName, BadEmail, BadPhone, ContactMissing, TooManyPhotos, VehicleOrObject, VehicleOfAnother
    when it is not the asking agent's, NotFound, TooManyRequests for a vehicle asked for 6 times within an hour.
    """
    what = read_what(entered.signs, entered.text)
    name = read_name(entered.name)
    email = read_email(entered.email) if entered.email.strip() else None
    phone = read_phone(entered.phone) if entered.phone.strip() else None
    check_contact(email, phone)
    check_photos(len(entered.photos))
    owner_id = _locked_owner(session, entered, actor)
    row = Request(
        collectivity_id=owner_id,
        vehicle_id=entered.vehicle_id,
        object_label=" ".join(entered.object_label.split()) if entered.vehicle_id is None else None,
        what=what,
        urgent=entered.urgent,
        contact_name=name,
        contact_email=email,
        contact_phone=phone,
        state=RequestState.RECEIVED,
        follow_token=secrets.token_urlsafe(24),
        created_at=now,
    )
    row.form_token = _mark(row, entered.form_token)
    if row.form_token is not None:
        same = session.scalar(select(Request).where(Request.form_token == row.form_token))
        if same is not None:
            return same
    _check_vehicle_pace(session, entered.vehicle_id, now)
    row.number = f"{SERIES}-{today.year:04d}-{next_in_series(session, SERIES, today):05d}"
    session.add(row)
    session.flush()
    _keep_photos(session, row, entered.photos, actor, now)
    data = {"urgent": row.urgent, "photos": len(entered.photos)}
    journal.record(session, actor, "request.receive", ("requests", row.number), data=data, now=now)
    request_news.received(session, row, now)
    return row


def _locked_owner(session: Session, entered: NewRequest, actor: Actor) -> int:
    """Whose it is; the vehicle's or the collectivity's row makes the same form sent twice at once wait for itself."""
    if entered.vehicle_id is not None:
        vehicle = session.get(Vehicle, entered.vehicle_id, with_for_update=True)
        if vehicle is None:
            raise NotFound("vehicle", str(entered.vehicle_id))
        if actor.collectivity_id not in (None, vehicle.collectivity_id):
            raise VehicleOfAnother(vehicle.fleet_number)
        return vehicle.collectivity_id
    if not entered.object_label.strip() or actor.collectivity_id is None:
        raise VehicleOrObject
    return session.get_one(Collectivity, actor.collectivity_id, with_for_update=True).id


def _mark(row: Request, token: str | None) -> str | None:
    """One form with the same words is one request; the same form with other words is another."""
    if not token:
        return None
    words = (token, row.vehicle_id, row.object_label, row.what, row.contact_name, row.contact_email, row.contact_phone)
    return hashlib.sha256("\x1f".join(str(word or "") for word in words).encode()).hexdigest()


def _check_vehicle_pace(session: Session, vehicle_id: int | None, now: datetime) -> None:
    if vehicle_id is not None:
        late = select(Request.created_at).where(
            Request.vehicle_id == vehicle_id, Request.created_at > now - WINDOW_VEHICLE
        )
        check_pace(list(session.scalars(late)), LIMIT_VEHICLE, WINDOW_VEHICLE)


def _keep_photos(session: Session, row: Request, photos: Sequence[Kept], actor: Actor, now: datetime) -> None:
    for one in {photo.sha256: photo for photo in photos}.values():
        session.add(
            Photo(
                request_id=row.id,
                sha256=one.sha256,
                width=one.width,
                height=one.height,
                size=one.size,
                author_id=actor.id,
                taken_at=now,
            )
        )
    session.flush()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How a request is accepted: onto the order of a number, else as a new one with these words."""

    order: str | None = None
    kind: OrderKind = OrderKind.BREAKDOWN
    state: OrderState = OrderState.REQUESTED
    promised_on: date | None = None
    service: str | None = None
    engagement: str | None = None
    forced_reason: str | None = None
    form_token: str | None = None


def accept(session: Session, number: str, how: Acceptance, actor: Actor, now: datetime, today: date) -> RepairOrder:
    """Open the order that does what is asked, or tie the request to one already open on the same thing (RQ-02).

    Raises NotFound, RequestAnswered, OrderElsewhere, DayPassed, and what opening an order raises (NoConvention, …).
    """
    request = _locked(session, number)
    if request.state is RequestState.ACCEPTED and how.form_token and request.order_id is not None:
        same = session.get_one(RepairOrder, request.order_id)
        if how.form_token == same.form_token:
            return same
    if request.state is not RequestState.RECEIVED:
        raise RequestAnswered("request", number)
    if how.promised_on is not None and how.promised_on < today:
        raise DayPassed(how.promised_on)
    order = _tied(session, request, how.order) if how.order else _opened(session, request, how, actor, now, today)
    request.state, request.order_id, request.answer = RequestState.ACCEPTED, order.id, None
    request.answered_by_id, request.answered_at = actor.id, now
    if how.promised_on is not None and how.promised_on != order.promised_on:
        order.promised_on = how.promised_on
        if how.order:
            order.version += 1
    session.flush()
    data = {"order": order.number, "opened": how.order is None}
    journal.record(session, actor, "request.accept", ("requests", number), data=data, now=now)
    request_news.tell(session, order, order.state, now)
    return order


def _locked(session: Session, number: str) -> Request:
    request = session.scalar(
        select(Request).where(Request.number == number).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if request is None:
        raise NotFound("request", number)
    return request


def _tied(session: Session, request: Request, number: str) -> RepairOrder:
    order = repair_orders.locked(session, number)
    same = (order.collectivity_id, order.vehicle_id) == (request.collectivity_id, request.vehicle_id)
    if order.state not in OPEN_STATES or not same:
        raise OrderElsewhere(number)
    return order


def _opened(
    session: Session, request: Request, how: Acceptance, actor: Actor, now: datetime, today: date
) -> RepairOrder:
    entered = NewOrder(
        collectivity_id=request.collectivity_id,
        opened_on=today,
        kind=how.kind,
        vehicle_id=request.vehicle_id,
        object_label=request.object_label,
        reason=request.what + ("\nVéhicule ou matériel immobilisé" if request.urgent else ""),
        requester=request.contact_name,
        service=how.service,
        engagement=how.engagement,
        forced_reason=how.forced_reason,
        form_token=how.form_token,
        state=how.state,
    )
    return repair_orders.open_order(session, entered, actor, now, today)


def refuse(session: Session, number: str, answer: str, actor: Actor, now: datetime) -> None:
    """Give no suite to a request, with an answer for whoever asked. Raises NotFound, AnswerMissing, RequestAnswered."""
    if not answer.strip():
        raise AnswerMissing
    request = _locked(session, number)
    if request.state is RequestState.REFUSED and request.answer == answer.strip():
        return
    if request.state is not RequestState.RECEIVED:
        raise RequestAnswered("request", number)
    request.state, request.answer = RequestState.REFUSED, answer.strip()
    request.answered_by_id, request.answered_at = actor.id, now
    session.flush()
    journal.record(session, actor, "request.refuse", ("requests", number), data={"answer": request.answer}, now=now)
    request_news.refused(session, request, now)


def reopen(session: Session, number: str, actor: Actor, now: datetime) -> str | None:
    """Put an answered request back among those that wait; returns the number of an order that stays open without it.

    An order that the acceptance opened and that nobody has touched since is cancelled with it. A request that waits
    already is left as it is. Raises NotFound.
    """
    request = _locked(session, number)
    if request.state is RequestState.RECEIVED:
        return None
    order_id, opened = request.order_id, _opened_it(session, number)
    request.state, request.order_id, request.answer = RequestState.RECEIVED, None, None
    request.answered_by_id = request.answered_at = None
    session.flush()
    journal.record(session, actor, "request.reopen", ("requests", number), data={}, now=now)
    request_news.reopened(session, request, now)
    if order_id is None:
        return None
    order = repair_orders.locked(session, session.get_one(RepairOrder, order_id).number)
    if opened and _untouched(session, order):
        reason = f"Demande {number} remise à traiter"
        repair_orders.change_state(session, order.number, OrderState.CANCELLED, actor, now, reason=reason)
        return None
    return order.number if order.state in OPEN_STATES else None


def _opened_it(session: Session, number: str) -> bool:
    """Whether the last acceptance opened the order, as it was written then."""
    acts = select(JournalEntry.data).where(JournalEntry.subject == "requests", JournalEntry.subject_key == number)
    last = session.scalar(acts.where(JournalEntry.action == "request.accept").order_by(JournalEntry.id.desc()).limit(1))
    return bool(last and last["opened"])


def _untouched(session: Session, order: RepairOrder) -> bool:
    """Whether nothing was done on an order since it was opened."""
    used = [
        exists().where(OrderLine.order_id == order.id),
        exists().where(ClockSegment.order_id == order.id),
        exists().where(Request.order_id == order.id),
    ]
    moved = select(func.count()).where(OrderStateChange.order_id == order.id)
    return session.scalar(moved) == 1 and not any(session.scalar(select(one)) for one in used)


def forget_requesters(session: Session, now: datetime) -> int:
    """Erase who asked, a year after the request was refused or its work ended; what was asked stays. Returns how many.

    The name on the order, and on its bill, is kept as long as they are.
    """
    ended = (OrderState.DONE, OrderState.INVOICED, OrderState.CANCELLED)
    last = select(func.max(OrderStateChange.at)).where(OrderStateChange.order_id == Request.order_id).scalar_subquery()
    done = select(RepairOrder.id).where(RepairOrder.id == Request.order_id, RepairOrder.state.in_(ended)).exists()
    refused = (Request.state == RequestState.REFUSED) & (Request.answered_at < now - KEPT_FOR)
    worked = (Request.state == RequestState.ACCEPTED) & done & (last < now - KEPT_FOR)
    named = Request.contact_name != _FORGOTTEN
    erased = (
        update(Request)
        .where(named, refused | worked)
        .values(contact_name=_FORGOTTEN, contact_email=None, contact_phone=None)
        .returning(Request.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.execute(erased).all())
