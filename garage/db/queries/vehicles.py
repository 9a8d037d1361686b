"""Reads of a collectivity's vehicles: what is under way, their history, their costs once billed.

Every statement is bound to one collectivity: its vehicles, and among their orders those it owes (rule E6).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, extract, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from garage.db.models.invoices import InvoiceLine, LiveBilling
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.vehicles import Vehicle
from garage.db.types import ScaledDecimal
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.repair_orders import OPEN_STATES, OrderState
from garage.domain.vehicles import MeterUnit, VehicleType

_UNSEEN = (OrderState.DRAFT, OrderState.CANCELLED)

_LOWERED = aliased(InvoiceLine)
_TAKEN_BACK = select(func.sum(_LOWERED.net)).where(_LOWERED.credited_line_id == InvoiceLine.id).correlate(InvoiceLine)
# What a line still costs: its net less what credit notes took back of it (rule B8).
_KEPT = type_coerce(InvoiceLine.net - func.coalesce(_TAKEN_BACK.scalar_subquery(), Decimal(0)), ScaledDecimal(2))


@dataclass(frozen=True, slots=True)
class OwnVehicle:
    """A vehicle of a collectivity, with its net cost billed for work done in one year, in euros."""

    id: int
    fleet_number: str
    registration: str | None
    make: str | None
    model: str | None
    type: VehicleType
    meter: int | None
    meter_unit: MeterUnit
    cost: Decimal | None = None

    @property
    def label(self) -> str:
        """Make and model, else what kind of thing it is."""
        return " ".join(word for word in (self.make, self.model) if word)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An order that is not finished, on a vehicle or on an object in words."""

    number: str
    state: OrderState
    opened_on: date
    reason: str | None
    vehicle_id: int | None
    fleet_number: str | None
    registration: str | None
    make: str | None
    model: str | None
    object_label: str | None


@dataclass(frozen=True, slots=True)
class Intervention:
    """An order in a vehicle's history; `amount` is its net billed, in euros, once it is billed."""

    id: int
    number: str
    state: OrderState
    opened_on: date
    closed_on: date | None
    meter: int | None
    reason: str | None
    works: str | None
    minutes: int
    parts: tuple[str, ...]
    amount: Decimal | None


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        Vehicle.id, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, Vehicle.type,
        Vehicle.meter, Vehicle.meter_unit,
    )  # fmt: skip


def fleet(session: Session, collectivity_id: int, year: int, limit: int, after: str | None = None) -> list[OwnVehicle]:
    """A collectivity's vehicles by fleet number, `limit` of them after one, with the year's cost of each."""
    statement = _columns().where(Vehicle.collectivity_id == collectivity_id)
    if after is not None:
        statement = statement.where(Vehicle.fleet_number > after)
    rows = session.execute(statement.order_by(Vehicle.fleet_number).limit(limit)).all()
    costs = _costs(session, collectivity_id, year, [row.id for row in rows])
    return [replace(_vehicle(row), cost=costs.get(row.id)) for row in rows]


def _vehicle(row: Any) -> OwnVehicle:
    return OwnVehicle(*row[:8])


def count(session: Session, collectivity_id: int) -> int:
    """How many vehicles a collectivity has."""
    return session.scalar(select(func.count()).where(Vehicle.collectivity_id == collectivity_id)) or 0


def _billed(collectivity_id: int) -> Select[*tuple[Any, ...]]:
    """Lines on a live bill of a collectivity's orders; a line freed by a credit note is none of them."""
    live = and_(
        LiveBilling.order_line_id == InvoiceLine.order_line_id, LiveBilling.invoice_id == InvoiceLine.invoice_id
    )
    return (
        select()
        .select_from(InvoiceLine)
        .join(LiveBilling, live)
        .join(OrderLine, OrderLine.id == InvoiceLine.order_line_id)
        .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .where(RepairOrder.collectivity_id == collectivity_id)
    )


def _costs(session: Session, collectivity_id: int, year: int, vehicle_ids: Sequence[int]) -> dict[int, Decimal]:
    within = InvoiceLine.done_on.between(date(year, 1, 1), date(year, 12, 31))
    rows = session.execute(
        _billed(collectivity_id)
        .add_columns(RepairOrder.vehicle_id, func.sum(_KEPT))
        .where(RepairOrder.vehicle_id.in_(vehicle_ids), within)
        .group_by(RepairOrder.vehicle_id)
    )
    return {row[0]: row[1] for row in rows}


def under_way(session: Session, collectivity_id: int, limit: int) -> list[UnderWay]:
    """A collectivity's orders that are not finished, the longest open first."""
    rows = session.execute(
        select(
            RepairOrder.number, RepairOrder.state, RepairOrder.opened_on, RepairOrder.reason, RepairOrder.vehicle_id,
            Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, RepairOrder.object_label,
        )
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(RepairOrder.collectivity_id == collectivity_id, RepairOrder.state.in_(OPEN_STATES - {OrderState.DRAFT}))
        .order_by(RepairOrder.opened_on, RepairOrder.number)
        .limit(limit)
    )  # fmt: skip
    return [UnderWay(*values) for values in map(tuple, rows)]


def own(session: Session, collectivity_id: int, vehicle_id: int) -> OwnVehicle:
    """A vehicle of a collectivity. Raises NotFound, NotVisible when it is another's."""
    row = session.execute(_columns().add_columns(Vehicle.collectivity_id).where(Vehicle.id == vehicle_id)).one_or_none()
    if row is None:
        raise NotFound("vehicle", str(vehicle_id))
    if row.collectivity_id != collectivity_id:
        raise NotVisible("vehicle", row.fleet_number)
    return _vehicle(row)


def history(
    session: Session, collectivity_id: int, vehicle_id: int, limit: int, before: tuple[date, int] | None = None
) -> list[Intervention]:
    """What was done on a vehicle for a collectivity, the latest first, before a key (opening day, id)."""
    seen: list[ColumnElement[bool]] = [
        RepairOrder.vehicle_id == vehicle_id,
        RepairOrder.collectivity_id == collectivity_id,
        RepairOrder.state.not_in(_UNSEEN),
    ]
    if before is not None:
        day, key = before
        seen.append((RepairOrder.opened_on < day) | ((RepairOrder.opened_on == day) & (RepairOrder.id < key)))
    orders = session.execute(
        select(
            RepairOrder.id, RepairOrder.number, RepairOrder.state, RepairOrder.opened_on, RepairOrder.closed_on,
            RepairOrder.meter, RepairOrder.reason, RepairOrder.works,
        )
        .where(*seen)
        .order_by(RepairOrder.opened_on.desc(), RepairOrder.id.desc())
        .limit(limit)
    ).all()  # fmt: skip
    ids = [row.id for row in orders]
    minutes, parts, amounts = _minutes(session, ids), _parts(session, ids), _amounts(session, collectivity_id, ids)
    return [Intervention(*row, minutes.get(row.id, 0), tuple(parts[row.id]), amounts.get(row.id)) for row in orders]


def _minutes(session: Session, order_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(OrderLine.order_id, func.sum(OrderLine.minutes))
        .where(OrderLine.order_id.in_(order_ids), OrderLine.minutes.is_not(None))
        .group_by(OrderLine.order_id)
    )
    return {row[0]: int(row[1] or 0) for row in rows}


def _parts(session: Session, order_ids: Sequence[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(OrderLine.order_id, Part.label)
        .join(Part, Part.id == OrderLine.part_id)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.rank)
    )
    parts: dict[int, list[str]] = defaultdict(list)
    for order_id, label in rows:
        if label not in parts[order_id]:
            parts[order_id].append(label)
    return parts


def _amounts(session: Session, collectivity_id: int, order_ids: Sequence[int]) -> dict[int, Decimal]:
    rows = session.execute(
        _billed(collectivity_id)
        .add_columns(RepairOrder.id, func.sum(_KEPT))
        .where(RepairOrder.id.in_(order_ids))
        .group_by(RepairOrder.id)
    )
    return {row[0]: row[1] for row in rows}


def cost_by_year(session: Session, collectivity_id: int, vehicle_id: int) -> list[tuple[int, int, Decimal]]:
    """Year of the work, orders billed and their net in euros, the latest year first."""
    year = extract("year", InvoiceLine.done_on)
    rows = session.execute(
        _billed(collectivity_id)
        .add_columns(year, func.count(RepairOrder.id.distinct()), func.sum(_KEPT))
        .where(RepairOrder.vehicle_id == vehicle_id)
        .group_by(year)
        .order_by(year.desc())
    )
    return [(int(row[0]), row[1], row[2]) for row in rows]
