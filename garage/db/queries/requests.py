"""Reads of requests: the list by key, one whole, what its requester may follow, those of an order or a vehicle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.order_records import Photo
from garage.db.models.repair_orders import OrderStateChange, RepairOrder
from garage.db.models.requests import Request
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.repair_orders import OPEN_STATES
from garage.domain.requests import GOING_ON, RequestState, Step, step_of, steps_since

PAGE: Final = 24


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What a list is asked for: one state or all, one collectivity's or everybody's, one vehicle's or all."""

    state: RequestState | None = None
    collectivity_id: int | None = None
    vehicle_id: int | None = None


def _listed() -> AnySelect:
    return (
        select(
            Request.id, Request.number, Request.follow_token, Request.state, Request.what, Request.urgent,
            Request.object_label, Request.collectivity_id, Request.vehicle_id, Request.created_at, Request.answer,
            Request.answered_at, Request.contact_name, Request.contact_email, Request.contact_phone,
            Collectivity.name.label("collectivity"), Vehicle.fleet_number, Vehicle.registration, Vehicle.make,
            Vehicle.model, Vehicle.tag, RepairOrder.id.label("order_id"), RepairOrder.number.label("order_number"),
            RepairOrder.state.label("order_state"), RepairOrder.promised_on, User.name.label("answered_by"),
        )
        .join(Collectivity, Collectivity.id == Request.collectivity_id)
        .outerjoin(Vehicle, Vehicle.id == Request.vehicle_id)
        .outerjoin(RepairOrder, RepairOrder.id == Request.order_id)
        .outerjoin(User, User.id == Request.answered_by_id)
    )  # fmt: skip


def page(session: Session, wanted: RequestFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of requests, the newest number first."""
    statement = _listed()
    if wanted.state is not None:
        statement = statement.where(Request.state == wanted.state)
    if wanted.collectivity_id is not None:
        statement = statement.where(Request.collectivity_id == wanted.collectivity_id)
    if wanted.vehicle_id is not None:
        statement = statement.where(Request.vehicle_id == wanted.vehicle_id)
    number = Request.number
    if key.value is not None:
        statement = statement.where(number > key.value if key.backwards else number < key.value)
    rows = session.execute(statement.order_by(number.asc() if key.backwards else number.desc()).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.number))


def fleet_number(session: Session, vehicle_id: int, collectivity_id: int | None = None) -> str | None:
    """What a vehicle is called where a list is cut down to it; nothing of another collectivity's."""
    known = select(Vehicle.fleet_number).where(Vehicle.id == vehicle_id)
    if collectivity_id is not None:
        known = known.where(Vehicle.collectivity_id == collectivity_id)
    return session.scalar(known)


def waiting(session: Session) -> int:
    """How many requests nobody has answered."""
    return session.scalar(select(func.count()).where(Request.state == RequestState.RECEIVED)) or 0


def one(session: Session, number: str, collectivity_id: int | None = None) -> AnyRow:
    """A request whole; for a collectivity, its own alone. Raises NotFound, NotVisible when it is another's."""
    row = session.execute(_listed().where(Request.number == number)).one_or_none() if number.isprintable() else None
    if row is None:
        raise NotFound("request", number)
    if collectivity_id not in (None, row.collectivity_id):
        raise NotVisible("request", number)
    return row


def of_order(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The requests that an order answers, oldest first."""
    return session.execute(_listed().where(Request.order_id == order_id).order_by(Request.number)).all()


def photos(session: Session, request_id: int) -> Sequence[AnyRow]:
    """The photos sent with a request, in their order."""
    kept = select(Photo.id, Photo.sha256, Photo.width, Photo.height).where(Photo.request_id == request_id)
    return session.execute(kept.where(Photo.removed_at.is_(None)).order_by(Photo.id)).all()


def step(row: AnyRow) -> Step:
    """How far a request of a list is."""
    return step_of(row.state, row.order_state)


def reported_vehicle(session: Session, tag: str) -> AnyRow:
    """The vehicle of a label, as little of it as a street may read. Raises NotFound."""
    columns = select(
        Vehicle.id, Vehicle.tag, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, Vehicle.type
    )
    found = session.execute(columns.where(Vehicle.tag == tag)).one_or_none() if tag and tag.isprintable() else None
    if found is None:
        raise NotFound("vehicle", tag)
    return found


def under_way_since(session: Session, vehicle_id: int) -> datetime | None:
    """When the last request that is not finished was received for a vehicle; nothing else of it is told."""
    open_work = (Request.state == RequestState.ACCEPTED) & RepairOrder.state.in_(OPEN_STATES)
    return session.scalar(
        select(func.max(Request.created_at))
        .outerjoin(RepairOrder, RepairOrder.id == Request.order_id)
        .where(Request.vehicle_id == vehicle_id, or_(Request.state == RequestState.RECEIVED, open_work))
    )


@dataclass(frozen=True, slots=True)
class Followed:
    """What whoever holds the token may read: no price, nobody's name."""

    id: int
    number: str
    step: Step
    what: str
    urgent: bool
    received_at: datetime
    steps: tuple[tuple[Step, datetime], ...]
    answer: str | None
    promised_on: date | None
    registration: str | None
    thing: str
    email: bool


def followed(session: Session, token: str) -> Followed:
    """A request by its follow-up token, its steps oldest first. Raises NotFound."""
    row = session.execute(_listed().where(Request.follow_token == token)).one_or_none() if token.isprintable() else None
    if row is None:
        raise NotFound("request", token)
    reached = step(row)
    made = Followed(
        id=row.id,
        number=row.number,
        step=reached,
        what=row.what,
        urgent=row.urgent,
        received_at=row.created_at,
        steps=((Step.ASKED, row.created_at),),
        answer=row.answer if reached is Step.REFUSED else None,
        promised_on=row.promised_on if reached in GOING_ON else None,
        registration=row.registration,
        thing=thing(row),
        email=bool(row.contact_email),
    )
    if row.state is RequestState.REFUSED:
        return replace(made, steps=(*made.steps, (Step.REFUSED, row.answered_at)))
    if row.order_id is None:
        return made
    change = OrderStateChange
    changes = session.execute(
        select(change.state, change.at).where(change.order_id == row.order_id).order_by(change.id)
    ).all()
    return replace(made, steps=(*made.steps, *steps_since(row.answered_at, ((one.state, one.at) for one in changes))))


def thing(row: AnyRow) -> str:
    """Make and model, else the object in words, else the fleet number."""
    return row.object_label or " ".join(word for word in (row.make, row.model) if word) or row.fleet_number


def open_orders(session: Session, row: AnyRow) -> Sequence[AnyRow]:
    """The orders already open on the very thing of a request, the newest first: it may be tied to one of them."""
    same = RepairOrder.vehicle_id == row.vehicle_id
    if row.vehicle_id is None:
        same = RepairOrder.vehicle_id.is_(None) & (RepairOrder.object_label == row.object_label)
    return session.execute(
        select(RepairOrder.number, RepairOrder.state, RepairOrder.opened_on, RepairOrder.reason)
        .where(same, RepairOrder.collectivity_id == row.collectivity_id, RepairOrder.state.in_(OPEN_STATES))
        .order_by(RepairOrder.number.desc())
        .limit(PAGE)
    ).all()


def own_vehicles(session: Session, collectivity_id: int) -> Sequence[AnyRow]:
    """A collectivity's vehicles by fleet number: what a list offers."""
    return session.execute(
        select(Vehicle.id, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model)
        .where(Vehicle.collectivity_id == collectivity_id)
        .order_by(Vehicle.fleet_number)
    ).all()
