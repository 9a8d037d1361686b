"""Reads of packages: the list, one whole, those that suit a vehicle, and what an order still lacks of their parts."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.order_works import OrderWork, Package, PackageCheck, PackagePart
from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import Part
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import AnyRow, AnySelect
from garage.domain.errors.base import NotFound
from garage.domain.order_works import WorkState

_parts = select(func.count()).select_from(PackagePart).where(PackagePart.package_id == Package.id).correlate(Package)
_points = select(func.count()).select_from(PackageCheck).where(PackageCheck.package_id == Package.id).correlate(Package)


def listed() -> AnySelect:
    """The columns of a package, with how many parts and points it has."""
    return select(
        Package.id, Package.code, Package.label, Package.labour_code, Package.standard_minutes, Package.vehicle_type,
        Package.active, _parts.scalar_subquery().label("parts"), _points.scalar_subquery().label("points"),
    )  # fmt: skip


def every(session: Session) -> Sequence[AnyRow]:
    """Every package by label, those put away last."""
    return session.execute(listed().order_by(Package.active.desc(), Package.label, Package.code)).all()


def suiting(session: Session, vehicle_id: int | None) -> Sequence[AnyRow]:
    """The packages one may choose for a vehicle, or without one: those of its type and those of any, by label."""
    kind = select(Vehicle.type).where(Vehicle.id == vehicle_id).scalar_subquery()
    wanted = listed().where(Package.active, Package.vehicle_type.is_(None) | (Package.vehicle_type == kind))
    return session.execute(wanted.order_by(Package.label, Package.code)).all()


def one(session: Session, code: str) -> AnyRow:
    """One package. Raises NotFound."""
    row = session.execute(listed().where(Package.code == code)).one_or_none() if code.isprintable() else None
    if row is None:
        raise NotFound("package", code)
    return row


def parts(session: Session, package_id: int) -> Sequence[AnyRow]:
    """The parts of a package by reference."""
    return session.execute(
        select(Part.id, Part.reference, Part.label, Part.unit, PackagePart.quantity)
        .join(Part, Part.id == PackagePart.part_id)
        .where(PackagePart.package_id == package_id)
        .order_by(Part.reference)
    ).all()


def points(session: Session, package_id: int) -> Sequence[str]:
    """The points that a package has checked, in order."""
    mine = select(PackageCheck.label).where(PackageCheck.package_id == package_id)
    return session.scalars(mine.order_by(PackageCheck.rank)).all()


def fingerprint(session: Session, package_id: int) -> str:
    """What a form remembers of a package, to tell whether it changed since."""
    row = session.execute(listed().where(Package.id == package_id)).one()
    content = [
        row.code, row.label, row.labour_code, row.standard_minutes, row.vehicle_type,
        [[part.id, str(part.quantity)] for part in parts(session, package_id)], [*points(session, package_id)],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Due:
    """What an order lacks of the parts of one of its packages: the work, and quantities still to take by part."""

    work_id: int
    label: str
    quantities: dict[int, Decimal]


def due(session: Session, order_id: int) -> list[Due]:
    """The parts of an order's packages that are not on it yet, by work; those on it serve the first works first."""
    taken = select(OrderLine.part_id, OrderLine.quantity).where(
        OrderLine.order_id == order_id, OrderLine.part_id.is_not(None)
    )
    there: dict[int, Decimal] = {}
    for line in session.execute(taken):
        there[line.part_id] = there.get(line.part_id, Decimal(0)) + line.quantity
    wanted = session.execute(
        select(OrderWork.id, OrderWork.label, PackagePart.part_id, PackagePart.quantity)
        .join(PackagePart, PackagePart.package_id == OrderWork.package_id)
        .where(OrderWork.order_id == order_id, OrderWork.state.in_((WorkState.TODO, WorkState.DONE)))
        .order_by(OrderWork.rank, PackagePart.part_id)
    )
    found: dict[int, Due] = {}
    for row in wanted:
        served = min(there.get(row.part_id, Decimal(0)), row.quantity)
        there[row.part_id] = there.get(row.part_id, Decimal(0)) - served
        if row.quantity > served:
            mine = found.setdefault(row.id, Due(row.id, row.label, {}))
            mine.quantities[row.part_id] = row.quantity - served
    return [*found.values()]
