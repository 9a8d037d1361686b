"""Reads for what is entered on orders: collectivities, vehicles and their meters, people, tariff codes, usual parts."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.models.users import User
from garage.db.models.vehicles import MeterReading, Vehicle
from garage.db.queries.paging import AnyRow
from garage.db.queries.repair_orders import matching_vehicles
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Role
from garage.domain.repair_orders import OPEN_STATES
from garage.domain.tariffs import GridStatus, TariffNature

SHOWN: Final = 20
_LAST_ORDERS: Final = 50


def collectivities(session: Session) -> Sequence[AnyRow]:
    """Code and name of every collectivity, by name."""
    return session.execute(select(Collectivity.code, Collectivity.name).order_by(Collectivity.name)).all()


def collectivity(session: Session, code: str) -> AnyRow:
    """Id, code, name and whether it asks for an engagement number. Raises NotFound."""
    columns = select(Collectivity.id, Collectivity.code, Collectivity.name, Collectivity.engagement_required)
    row = session.execute(columns.where(Collectivity.code == code)).one_or_none()
    if row is None:
        raise NotFound("collectivity", code)
    return row


def vehicles(session: Session, text: str, collectivity_code: str) -> Sequence[AnyRow]:
    """The first vehicles of a search, of one collectivity when its code is given; one more than SHOWN tells more."""
    wanted = matching_vehicles(text).with_only_columns(
        Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, Collectivity.name.label("collectivity")
    )
    wanted = wanted.join(Collectivity, Collectivity.id == Vehicle.collectivity_id)
    if collectivity_code:
        wanted = wanted.where(Collectivity.code == collectivity_code)
    return session.execute(wanted.limit(SHOWN + 1)).all()


def vehicle(session: Session, fleet_number: str) -> AnyRow:
    """One vehicle with its collectivity and the day of its last meter reading. Raises NotFound."""
    last = (
        select(MeterReading.read_on)
        .where(MeterReading.vehicle_id == Vehicle.id)
        .order_by(MeterReading.read_on.desc(), MeterReading.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = select(
        Vehicle.id, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, Vehicle.meter,
        Vehicle.meter_unit, Collectivity.code.label("collectivity_code"), last.label("read_on"),
    )  # fmt: skip
    columns = columns.join(Collectivity, Collectivity.id == Vehicle.collectivity_id)
    row = session.execute(columns.where(Vehicle.fleet_number == fleet_number)).one_or_none()
    if row is None:
        raise NotFound("vehicle", fleet_number)
    return row


def open_orders_of(session: Session, vehicle_id: int) -> Sequence[AnyRow]:
    """The orders of a vehicle that are still open, the newest first."""
    columns = select(RepairOrder.number, RepairOrder.state, RepairOrder.reason)
    mine = columns.where(RepairOrder.vehicle_id == vehicle_id, RepairOrder.state.in_(OPEN_STATES))
    return session.execute(mine.order_by(RepairOrder.number.desc()).limit(5)).all()


def mechanics(session: Session) -> Sequence[AnyRow]:
    """Active people who may do the work, by name."""
    columns = select(User.id, User.name).where(User.active, User.role.in_((Role.MECHANIC, Role.HEAD)))
    return session.execute(columns.order_by(User.name, User.id)).all()


def codes(session: Session, nature: TariffNature, span: tuple[date, date]) -> list[tuple[str, str, str]]:
    """Code, label and unit of a nature in the published grids of these days, both included; the latest words win."""
    first, last = span
    rows = session.execute(
        select(TariffGridLine.code, TariffGridLine.label, TariffGridLine.unit)
        .join(TariffGrid, TariffGrid.id == TariffGridLine.grid_id)
        .where(
            TariffGridLine.nature == nature,
            TariffGrid.status == GridStatus.PUBLISHED,
            TariffGrid.starts_on <= last,
            TariffGrid.ends_on.is_(None) | (TariffGrid.ends_on > first),
        )
        .order_by(TariffGrid.starts_on)
    )
    return sorted({row.code: (row.code, row.label, row.unit) for row in rows}.values())


def usual_parts(session: Session, vehicle_id: int | None, collectivity_id: int) -> list[int]:
    """Ids of the parts most often put on the last orders of a vehicle; without one, on its collectivity's objects."""
    orders = select(RepairOrder.id).order_by(RepairOrder.number.desc()).limit(_LAST_ORDERS)
    if vehicle_id is None:
        orders = orders.where(RepairOrder.collectivity_id == collectivity_id, RepairOrder.vehicle_id.is_(None))
    else:
        orders = orders.where(RepairOrder.vehicle_id == vehicle_id)
    last = orders.subquery()
    often = (
        select(OrderLine.part_id)
        .join(last, last.c.id == OrderLine.order_id)
        .where(OrderLine.part_id.is_not(None))
        .group_by(OrderLine.part_id)
        .order_by(func.count().desc(), func.max(OrderLine.id).desc())
        .limit(SHOWN)
    )
    return [part for part in session.scalars(often) if part is not None]
