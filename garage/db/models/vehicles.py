"""The fleet and its meter readings."""

from datetime import date

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.domain.tags import new_tag
from garage.domain.vehicles import MeterUnit, VehicleType


class Vehicle(Base):
    """A vehicle, machine, trailer or piece of equipment under its fleet number; `tag` is the code of its label."""

    __tablename__ = "vehicles"
    __table_args__ = (Index("ix_vehicles_tag", "tag", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fleet_number: Mapped[str] = mapped_column(String(50), unique=True)
    registration: Mapped[str | None] = mapped_column(String(20), index=True)
    vin: Mapped[str | None] = mapped_column(String(30))
    collectivity_id: Mapped[int] = mapped_column(ForeignKey("collectivities.id"), index=True)
    type: Mapped[VehicleType]
    national_kind: Mapped[str | None] = mapped_column(String(20))
    make: Mapped[str | None] = mapped_column(String(100))
    model: Mapped[str | None] = mapped_column(String(100))
    energy: Mapped[str | None] = mapped_column(String(50))
    first_registered_on: Mapped[date | None]
    meter: Mapped[int | None]
    meter_unit: Mapped[MeterUnit]
    tag: Mapped[str] = mapped_column(String(16), default=new_tag, server_default="")


class VehicleBarcode(Base):
    """A code that is not ours (a manufacturer's plate, an old label) and leads to a vehicle."""

    __tablename__ = "vehicle_barcodes"

    code: Mapped[str] = mapped_column(String(100), primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"), index=True)


class MeterReading(Base):
    """A reading, whole kilometres or hours; `reason` explains one that goes back (rule O6)."""

    __tablename__ = "meter_readings"
    __table_args__ = (Index("ix_meter_readings_vehicle_day", "vehicle_id", "read_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"))
    read_on: Mapped[date]
    value: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(500))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("repair_orders.id"), index=True)
