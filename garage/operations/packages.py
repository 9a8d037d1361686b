"""Packages of works made ready by the head: labour code, standard time, parts, points to check (rule O3)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from garage.db.models.order_works import Package, PackageCheck, PackagePart
from garage.db.models.stock import Part
from garage.db.queries import order_works
from garage.db.queries import packages as queries
from garage.domain.collectivities import read_code
from garage.domain.errors.base import CodeTaken, Conflict, NotFound
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.permissions import Actor
from garage.domain.repair_orders import check_minutes, check_quantity
from garage.domain.tariffs import TariffNature
from garage.domain.vehicles import VehicleType
from garage.operations import journal


@dataclass(frozen=True, slots=True)
class Content:
    """A package as it is entered: minutes of standard time, parts by reference with their quantity, points in order."""

    code: str
    label: str
    labour_code: str | None = None
    standard_minutes: int | None = None
    vehicle_type: VehicleType | None = None
    parts: tuple[tuple[str, Decimal], ...] = ()
    points: tuple[str, ...] = ()


def create(session: Session, content: Content, actor: Actor, now: datetime) -> Package:
    """A new package. Raises BadCode, CodeTaken, UnknownTariffCode, BadMinutes, BadQuantity, NotFound for a part."""
    package = Package(code=_free_code(session, content.code, None), created_at=now)
    _fill(session, package, content)
    journal.record(session, actor, "package.create", ("packages", package.code), data=_data(content), now=now)
    return package


def change(session: Session, code: str, content: Content, seen: str, actor: Actor, now: datetime) -> Package:
    """Change a package, having `seen` its fingerprint; orders keep the works they took from it as they were.

    Raises NotFound, Conflict when somebody changed it meanwhile, and what `create` raises.
    """
    package = _locked(session, code)
    if queries.fingerprint(session, package.id) != seen:
        raise Conflict("package")
    package.code = _free_code(session, content.code, package.id)
    _fill(session, package, content)
    journal.record(session, actor, "package.change", ("packages", package.code), data=_data(content), now=now)
    return package


def archive(session: Session, code: str, actor: Actor, now: datetime, *, active: bool = False) -> None:
    """Put a package away, or take it out again (`active`); doing it twice changes nothing. Raises NotFound."""
    package = _locked(session, code)
    if package.active is not active:
        package.active = active
        session.flush()
        action = "package.restore" if active else "package.archive"
        journal.record(session, actor, action, ("packages", code), data={}, now=now)


def _locked(session: Session, code: str) -> Package:
    package = session.scalar(
        select(Package).where(Package.code == code).with_for_update(), execution_options={"populate_existing": True}
    )
    if package is None:
        raise NotFound("package", code)
    return package


def _free_code(session: Session, text: str, package_id: int | None) -> str:
    code = read_code(text)
    other = session.scalar(select(Package.id).where(Package.code == code))
    if other is not None and other != package_id:
        raise CodeTaken(code)
    return code


def _fill(session: Session, package: Package, content: Content) -> None:
    labour = content.labour_code
    if labour and order_works.nature_of(session, labour) is not TariffNature.LABOUR:
        raise UnknownTariffCode(labour)
    if content.standard_minutes is not None:
        check_minutes(content.standard_minutes)
    package.label, package.labour_code = content.label.strip(), labour or None
    package.standard_minutes, package.vehicle_type = content.standard_minutes, content.vehicle_type
    session.add(package)
    session.flush()
    session.execute(delete(PackagePart).where(PackagePart.package_id == package.id))
    session.execute(delete(PackageCheck).where(PackageCheck.package_id == package.id))
    for part_id, quantity in _parts(session, content).items():
        session.add(PackagePart(package_id=package.id, part_id=part_id, quantity=quantity))
    points = [" ".join(point.split())[:200] for point in content.points]
    for rank, point in enumerate(filter(None, points), start=1):
        session.add(PackageCheck(package_id=package.id, rank=rank, label=point))
    session.flush()


def _parts(session: Session, content: Content) -> dict[int, Decimal]:
    """The same part twice is one, of both quantities."""
    found: dict[int, Decimal] = {}
    for reference, quantity in content.parts:
        check_quantity(quantity)
        part_id = session.scalar(select(Part.id).where(Part.reference == reference))
        if part_id is None:
            raise NotFound("part", reference)
        found[part_id] = found.get(part_id, Decimal(0)) + quantity
    return found


def _data(content: Content) -> dict[str, object]:
    return {
        "label": content.label,
        "labour_code": content.labour_code,
        "minutes": content.standard_minutes,
        "parts": [[reference, str(quantity)] for reference, quantity in content.parts],
        "points": list(content.points),
    }
