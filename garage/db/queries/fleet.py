"""Reads of the fleet for the workshop: the list by key, one vehicle with what is open, past, put off and asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.requests import Request
from garage.db.models.vehicles import MeterReading, Vehicle
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut
from garage.db.queries.repair_orders import matching_vehicles
from garage.domain.errors.base import NotFound
from garage.domain.order_works import WorkState
from garage.domain.repair_orders import OPEN_STATES, OrderState
from garage.domain.requests import RequestState

PAGE: Final = 24
LAST: Final = 5
# Work goes on there; an order to check is still open, but what comes next on the vehicle is another one.
RESUMABLE: Final = OPEN_STATES - {OrderState.TO_CHECK}


@dataclass(frozen=True, slots=True)
class FleetFilter:
    """What the list is asked for: words, plate or fleet number; a collectivity's code."""

    text: str = ""
    collectivity: str = ""


def _columns(wanted: FleetFilter) -> AnySelect:
    last = (
        select(MeterReading.read_on)
        .where(MeterReading.vehicle_id == Vehicle.id)
        .order_by(MeterReading.read_on.desc(), MeterReading.id.desc())
        .limit(1)
        .correlate(Vehicle)
        .scalar_subquery()
    )
    matching: AnySelect = matching_vehicles(wanted.text).order_by(None) if wanted.text else select(Vehicle)
    rows = matching.with_only_columns(
        Vehicle.id, Vehicle.fleet_number, Vehicle.registration, Vehicle.vin, Vehicle.make, Vehicle.model, Vehicle.type,
        Vehicle.energy, Vehicle.meter, Vehicle.meter_unit, Vehicle.tag, Vehicle.collectivity_id,
        Collectivity.code.label("collectivity_code"), Collectivity.name.label("collectivity"), last.label("read_on"),
    ).join(Collectivity, Collectivity.id == Vehicle.collectivity_id)  # fmt: skip
    return rows.where(Collectivity.code == wanted.collectivity) if wanted.collectivity else rows


def page(session: Session, wanted: FleetFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of vehicles by fleet number."""
    rows = _columns(wanted)
    if key.value is not None:
        rows = rows.where(Vehicle.fleet_number < key.value if key.backwards else Vehicle.fleet_number > key.value)
    order = Vehicle.fleet_number.desc() if key.backwards else Vehicle.fleet_number.asc()
    found = session.execute(rows.order_by(order).limit(size + 1)).all()
    return cut(found[::-1] if key.backwards else found, key, size, lambda row: str(row.fleet_number))


def vehicle(session: Session, fleet_number: str) -> AnyRow:
    """One vehicle, its collectivity and the day of its last meter reading. Raises NotFound."""
    row = (
        session.execute(_columns(FleetFilter()).where(Vehicle.fleet_number == fleet_number)).one_or_none()
        if fleet_number.isprintable()
        else None
    )
    if row is None:
        raise NotFound("vehicle", fleet_number)
    return row


def open_orders(session: Session, vehicle_id: int) -> Sequence[AnyRow]:
    """Every order of a vehicle that is still open, those to take up again before those to check, the newest first."""
    found = _orders(session, vehicle_id, opened=True, size=None)
    return sorted(found, key=lambda row: row.state not in RESUMABLE)


def past_orders(session: Session, vehicle_id: int, size: int = LAST) -> Sequence[AnyRow]:
    """The last orders of a vehicle that are over, the newest first."""
    return _orders(session, vehicle_id, opened=False, size=size)


def _orders(session: Session, vehicle_id: int, *, opened: bool, size: int | None) -> Sequence[AnyRow]:
    states = OPEN_STATES if opened else frozenset(OrderState) - OPEN_STATES
    rows = select(
        RepairOrder.number, RepairOrder.state, RepairOrder.opened_on, RepairOrder.closed_on, RepairOrder.reason,
        RepairOrder.works, RepairOrder.meter,
    ).where(RepairOrder.vehicle_id == vehicle_id, RepairOrder.state.in_(states))  # fmt: skip
    return session.execute(rows.order_by(RepairOrder.number.desc()).limit(size)).all()


def put_off(session: Session, vehicle_id: int) -> Sequence[AnyRow]:
    """Works of a vehicle's orders put off to its next visit and not taken over yet, the oldest first."""
    return session.execute(
        select(OrderWork.label, OrderWork.reason, OrderWork.standard_minutes, RepairOrder.number, RepairOrder.opened_on)
        .join(RepairOrder, RepairOrder.id == OrderWork.order_id)
        .where(
            RepairOrder.vehicle_id == vehicle_id,
            RepairOrder.state != OrderState.CANCELLED,
            OrderWork.state == WorkState.POSTPONED,
            OrderWork.resumed_by_id.is_(None),
        )
        .order_by(RepairOrder.number, OrderWork.rank)
    ).all()


def requests(session: Session, vehicle_id: int) -> Sequence[AnyRow]:
    """What was asked for a vehicle and waits for an answer, the urgent first, then the oldest."""
    return session.execute(
        select(Request.number, Request.what, Request.urgent, Request.contact_name, Request.contact_phone,
               Request.created_at)
        .where(Request.vehicle_id == vehicle_id, Request.state == RequestState.RECEIVED)
        .order_by(Request.urgent.desc(), Request.number)
    ).all()  # fmt: skip
