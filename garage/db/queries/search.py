"""One search over what people look for: orders, vehicles, objects in words, parts. The first few of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.vehicles import Vehicle
from garage.db.queries import repair_orders, stock
from garage.db.queries.paging import AnyRow
from garage.db.queries.repair_orders import OrderFilter, matching_vehicles
from garage.french.plain import plain_text

SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, one more than SHOWN in a group telling that there are more."""

    orders: Sequence[AnyRow] = ()
    vehicles: Sequence[AnyRow] = ()
    objects: Sequence[AnyRow] = ()
    parts: Sequence[AnyRow] = ()

    @property
    def count(self) -> int:
        """How many there are, as far as they are shown."""
        return sum(min(len(group), SHOWN) for group in (self.orders, self.vehicles, self.objects, self.parts))


def find(session: Session, text: str, *, stocked: bool) -> Results:
    """Whatever holds a text; parts too for those who may read the stock (`stocked`)."""
    if not plain_text(text).strip():
        return Results()
    found = repair_orders.find(session, text)
    return Results(
        orders=repair_orders.page(session, OrderFilter(), size=SHOWN + 1, found=found).rows,
        vehicles=_vehicles(session, text),
        objects=_objects(session, text),
        parts=stock.search(session, text, SHOWN + 1) if stocked else (),
    )


def _vehicles(session: Session, text: str) -> Sequence[AnyRow]:
    wanted = matching_vehicles(text).with_only_columns(
        Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, Collectivity.name.label("collectivity")
    )
    wanted = wanted.join(Collectivity, Collectivity.id == Vehicle.collectivity_id)
    return session.execute(wanted.limit(SHOWN + 1)).all()


def _objects(session: Session, text: str) -> Sequence[AnyRow]:
    """Objects in words whose words hold those of a text, accents and case apart, with how many orders each has."""
    words = plain_text(text).split()
    known = session.execute(
        select(RepairOrder.object_label, func.count().label("orders"))
        .where(RepairOrder.object_label.is_not(None))
        .group_by(RepairOrder.object_label)
        .order_by(RepairOrder.object_label)
    )
    return [row for row in known if all(word in plain_text(row.object_label) for word in words)][: SHOWN + 1]
