"""Reads for the sheet of fluids: what is poured or cut, and the orders it may go to."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import AnyRow
from garage.db.queries.repair_orders import matching_vehicles
from garage.db.queries.stock import listed
from garage.domain.repair_orders import WORK_LEFT

# Units of what is poured or cut out of a drum or a coil.
UNITS: Final = ("l", "ml", "cl", "litre", "litres", "m", "cm", "mètre", "mètres", "m²", "kg", "g")
_MOST: Final = 60


def parts(session: Session) -> Sequence[AnyRow]:
    """The parts in litres, metres or kilograms, by name."""
    bulk = listed().where(Part.active, func.lower(Part.unit).in_(UNITS))
    return session.execute(bulk.order_by(Part.label, Part.reference).limit(_MOST)).all()


def orders(session: Session, text: str, most: int) -> Sequence[AnyRow]:
    """Orders with work left, those in progress and the newest first; of a number or a vehicle when words are typed."""
    wanted = (
        select(
            RepairOrder.number, RepairOrder.state, RepairOrder.object_label, RepairOrder.vehicle_id,
            Collectivity.name.label("collectivity"), Vehicle.fleet_number, Vehicle.registration, Vehicle.make,
            Vehicle.model,
        )
        .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(RepairOrder.state.in_(WORK_LEFT))
    )  # fmt: skip
    if text:
        vehicles = matching_vehicles(text).with_only_columns(Vehicle.id).order_by(None)
        named = RepairOrder.number.contains(text.upper(), autoescape=True)
        wanted = wanted.where(named | RepairOrder.vehicle_id.in_(vehicles))
    return session.execute(wanted.order_by(RepairOrder.id.desc()).limit(most)).all()
