"""An order opened in one gesture from a vehicle's page (rules O1, C4)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.vehicles import Vehicle
from garage.db.queries.fleet import RESUMABLE
from garage.domain.errors.base import NotFound
from garage.domain.errors.collectivities import NoConvention
from garage.domain.permissions import Actor
from garage.domain.repair_orders import OrderKind
from garage.operations.collectivities import check_convention
from garage.operations.repair_orders import NewOrder, open_order


@dataclass(frozen=True, slots=True)
class Opening:
    """The order one goes to, and whether it was opened just now."""

    number: str
    new: bool


def open_at_once(
    session: Session, fleet_number: str, key: str, actor: Actor, at: tuple[date, datetime, date]
) -> Opening:
    """Open a breakdown order for a vehicle without a word asked; `at` is its day, the instant and today.

    Two people press at once, or somebody opened one since the page was made: there is one order, and it is theirs.
    An order that only waits for the head's check is no reason not to open another.
    `key` makes a repeated sending give the same order. Raises NotFound, ImpossibleDay, NoConvention (rule C4).
    """
    day, now, today = at
    vehicle = session.scalar(select(Vehicle).where(Vehicle.fleet_number == fleet_number).with_for_update())
    if vehicle is None:
        raise NotFound("vehicle", fleet_number)
    already = session.scalar(
        select(RepairOrder.number)
        .where(RepairOrder.vehicle_id == vehicle.id, RepairOrder.state.in_(RESUMABLE))
        .order_by(RepairOrder.number.desc())
        .limit(1)
    )
    if already is not None:
        return Opening(already, new=False)
    entered = NewOrder(vehicle.collectivity_id, day, OrderKind.BREAKDOWN, vehicle_id=vehicle.id, form_token=key or None)
    return Opening(open_order(session, entered, actor, now, today).number, new=True)


def uncovered(session: Session, collectivity_id: int, day: date) -> NoConvention | None:
    """What would refuse an order opened on a day for a collectivity: no convention covers it (rule C4)."""
    try:
        check_convention(session, session.get_one(Collectivity, collectivity_id), day)
    except NoConvention as refusal:
        return refusal
    return None
