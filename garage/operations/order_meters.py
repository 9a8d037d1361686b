"""A meter read on an order: seen by two people, going back or leaping ahead, taken back (rule O6)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import RepairOrder
from garage.db.models.vehicles import MeterReading, Vehicle
from garage.db.queries import order_records
from garage.domain.errors.workshop import Disagreement, NoMeterHere
from garage.domain.meters import check_reading
from garage.domain.repair_orders import check_writable
from garage.domain.vehicles import MeterUnit
from garage.french.formats import NBSP, count
from garage.french.labels import label
from garage.operations import journal, repair_orders, vehicles
from garage.operations.order_records import By

_ACTS = ("order.meter", "order.correct_meter", "order.meter_back", "order.open")


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading in whole kilometres or hours on the day it was made.

    `seen` is the order's meter as the page showed it, "" when it had none, None when nobody knows.
    """

    value: int
    day: date
    reason: str | None = None
    confirmed: bool = False
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What an order's meter was before a reading, and what it counts."""

    before: int | None
    unit: MeterUnit


def read(session: Session, number: str, reading: Reading, by: By) -> Read:
    """Read the meter on an order.

    Raises NotFound, NoMeterHere, OrderClosed, Disagreement when a colleague gave another value meanwhile,
    MeterBackwards without a reason, MeterLeap unless confirmed (rule O6).
    """
    order = repair_orders.locked(session, number)
    if order.vehicle_id is None:
        raise NoMeterHere(number)
    vehicle = session.get_one(Vehicle, order.vehicle_id, with_for_update=True)
    before = order.meter
    if reading.value == before:
        return Read(before, vehicle.meter_unit)
    check_writable(order.state, number, by.actor.role)
    _check_seen(session, order, reading, vehicle.meter_unit)
    day = max(reading.day, order.opened_on)
    last = _last(session, vehicle.id, day)
    reason = (reading.reason or "").strip() or None
    check_reading(reading.value, last, vehicle.meter_unit, reason=reason, confirmed=reading.confirmed)
    vehicles.read_meter(session, vehicle.id, reading.value, day, reason=reason, order_id=order.id)
    _write(session, order, vehicle, reading.value)
    data = {"meter": reading.value, "before": before, "reason": reason, "day": day.isoformat()}
    action = "order.correct_meter" if reason else "order.meter"
    journal.record(session, by.author, action, ("repair_orders", number), data=data, now=by.now)
    return Read(before, vehicle.meter_unit)


def take_back(session: Session, number: str, value: int, former: int | None, by: By) -> None:
    """Take back the reading that has just been made: the order's meter and the vehicle's are what they were.

    Raises NotFound, NoMeterHere, OrderClosed, Disagreement when another value was read since.
    """
    order = repair_orders.locked(session, number)
    if order.vehicle_id is None:
        raise NoMeterHere(number)
    check_writable(order.state, number, by.actor.role)
    vehicle = session.get_one(Vehicle, order.vehicle_id, with_for_update=True)
    if order.meter != value:
        raise _disagreement(session, order, former, vehicle.meter_unit)
    made = select(MeterReading).where(MeterReading.order_id == order.id, MeterReading.value == value)
    row = session.scalars(made.order_by(MeterReading.id.desc()).limit(1)).one_or_none()
    if row is not None:
        session.delete(row)
        session.flush()
    _write(session, order, vehicle, former)
    data = {"meter": former, "before": value}
    journal.record(session, by.author, "order.meter_back", ("repair_orders", number), data=data, now=by.now)


def _last(session: Session, vehicle_id: int, day: date) -> tuple[int, date] | None:
    """The last reading made on a day or before it."""
    known = select(MeterReading.value, MeterReading.read_on).where(
        MeterReading.vehicle_id == vehicle_id, MeterReading.read_on <= day
    )
    row = session.execute(known.order_by(MeterReading.read_on.desc(), MeterReading.id.desc()).limit(1)).one_or_none()
    return (row.value, row.read_on) if row else None


def _write(session: Session, order: RepairOrder, vehicle: Vehicle, value: int | None) -> None:
    """The order has this meter; the vehicle has its latest reading, which may be another order's."""
    order.meter = value
    order.version += 1
    last = order_records.last_reading(session, vehicle.id)
    vehicle.meter = last.value if last else None
    session.flush()


def _check_seen(session: Session, order: RepairOrder, reading: Reading, unit: MeterUnit) -> None:
    present = "" if order.meter is None else str(order.meter)
    if reading.seen is not None and reading.seen != present:
        raise _disagreement(session, order, reading.value, unit)


def _disagreement(session: Session, order: RepairOrder, mine: int | None, unit: MeterUnit) -> Disagreement:
    last = order_records.last_act(session, order.number, _ACTS)
    return Disagreement(
        label="le compteur",
        theirs=_shown(order.meter, unit),
        who=last.actor if last else "Un collègue",
        at=last.at if last else order.created_at,
        mine=_shown(mine, unit),
        seen="" if order.meter is None else str(order.meter),
    )


def _shown(value: int | None, unit: MeterUnit) -> str:
    return "rien" if value is None else f"{count(value)}{NBSP}{label(unit)}"
