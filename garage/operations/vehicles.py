"""The fleet: register a vehicle, read its meter (rule O6)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.vehicles import MeterReading, Vehicle
from garage.domain.errors.base import CodeTaken
from garage.domain.errors.repair_orders import MeterBackwards
from garage.domain.permissions import Actor
from garage.domain.vehicles import MeterUnit, VehicleType, read_registration
from garage.operations import journal


@dataclass(frozen=True, slots=True)
class Registration:
    """A vehicle as it is entered."""

    fleet_number: str
    collectivity_id: int
    type: VehicleType
    registration: str | None = None
    vin: str | None = None
    national_kind: str | None = None
    make: str | None = None
    model: str | None = None
    energy: str | None = None
    first_registered_on: date | None = None
    meter_unit: MeterUnit = MeterUnit.KM


def register(session: Session, entered: Registration, actor: Actor, now: datetime) -> Vehicle:
    """A new vehicle under its fleet number. Raises CodeTaken."""
    if session.scalar(select(Vehicle.id).where(Vehicle.fleet_number == entered.fleet_number)):
        raise CodeTaken(entered.fleet_number)
    plate = read_registration(entered.registration) if entered.registration else None
    row = Vehicle(**asdict(entered) | {"registration": plate})
    session.add(row)
    session.flush()
    journal.record(session, actor, "vehicle.register", ("vehicles", row.fleet_number), data={}, now=now)
    return row


def read_meter(
    session: Session,
    vehicle_id: int,
    value: int,
    read_on: date,
    *,
    reason: str | None = None,
    order_id: int | None = None,
) -> None:
    """Keep a reading in whole kilometres or hours; one that goes back needs a reason (rule O6).

    Raises MeterBackwards.
    """
    vehicle = session.get_one(Vehicle, vehicle_id, with_for_update=True)
    last = session.scalar(
        select(MeterReading.value)
        .where(MeterReading.vehicle_id == vehicle_id, MeterReading.read_on <= read_on)
        .order_by(MeterReading.read_on.desc(), MeterReading.id.desc())
        .limit(1)
    )
    if last is not None and value < last and not (reason or "").strip():
        raise MeterBackwards(last, value)
    session.add(MeterReading(vehicle_id=vehicle_id, read_on=read_on, value=value, reason=reason, order_id=order_id))
    vehicle.meter = value
    session.flush()
