"""What a scanned or typed code leads to: our own labels first, then numbers, plates, barcodes and bins.

Who may see what it leads to is asked elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, PartBarcode
from garage.db.models.vehicles import Vehicle, VehicleBarcode
from garage.db.models.work_time import ClockSegment
from garage.db.queries import bins
from garage.db.queries.bins import NamedBin
from garage.db.queries.fleet import RESUMABLE
from garage.db.queries.repair_orders import numbers_meant
from garage.domain.tags import Reading, Thing, bin_code, read, read_us_keys
from garage.domain.vehicles import read_registration

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """One thing a code leads to, and the words by which people know it.

    `key` is what its address holds: fleet number, reference, order number, or the name of the bin. `vehicle_id` is that
    of a vehicle, or of an order's.
    """

    thing: Thing
    key: str
    title: str
    id: int | None = None
    plate: str | None = None
    detail: str | None = None
    collectivity_id: int | None = None
    vehicle_id: int | None = None


def resolve(session: Session, scanned: str) -> tuple[Found, ...]:
    """What a code leads to: nothing, one thing, or several that it may mean, the likeliest first.

    Looked for in this order: our labels (nothing else then), order number, plate, fleet number, a part's barcode, its
    reference, a vehicle's barcode, bin.
    """
    readings = (read(scanned), read_us_keys(scanned))
    for reading in readings:
        found = _meant(session, reading) if reading and reading.text else ()
        if found:
            return found
    return ()


def own(session: Session, reading: Reading) -> tuple[Found, ...]:
    """What one of our own labels leads to: a vehicle, a part, an order, or a bin by its code."""
    if reading.bin:
        return _bins(bins.labelled(session, reading.bin))
    if not reading.tag:
        return ()
    return (
        _vehicles(session, Vehicle.tag == reading.tag)
        or _parts(session, Part.tag == reading.tag)
        or _orders(session, RepairOrder.tag == reading.tag)
    )


def _meant(session: Session, reading: Reading) -> tuple[Found, ...]:
    ours = own(session, reading)
    if ours:
        return ours
    stages: Sequence[Callable[[], tuple[Found, ...]]] = (
        lambda: _orders(session, RepairOrder.number.in_(numbers_meant(session, reading.text))),
        lambda: _vehicles(session, _plate_is(reading.text)),
        lambda: _vehicles(session, _same(Vehicle.fleet_number, reading.text)),
        lambda: _parts(session, Part.id.in_(select(PartBarcode.part_id).where(PartBarcode.code.in_(reading.codes)))),
        lambda: _parts(session, _same(Part.reference, reading.text)),
        lambda: _vehicles(
            session, Vehicle.id.in_(select(VehicleBarcode.vehicle_id).where(VehicleBarcode.code.in_(reading.codes)))
        ),
        lambda: _bins(bins.called(session, reading.text)),
    )
    return tuple(dict.fromkeys(one for stage in stages for one in stage()))


def _plate_is(text: str) -> ColumnElement[bool]:
    compact = read_registration(text).replace("-", "").replace(" ", "")
    plate = func.replace(func.replace(func.upper(Vehicle.registration), "-", ""), " ", "")
    return and_(plate == compact, plate != "")


def _same(column: Any, text: str) -> ColumnElement[bool]:
    """A key typed in any case; databases raise plain letters alone."""
    return or_(column == text, func.upper(column) == text.upper())


def _vehicles(session: Session, wanted: ColumnElement[bool]) -> tuple[Found, ...]:
    rows = session.execute(
        select(
            Vehicle.id, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model,
            Vehicle.collectivity_id, Collectivity.name,
        )
        .join(Collectivity, Collectivity.id == Vehicle.collectivity_id)
        .where(wanted)
        .order_by(Vehicle.fleet_number)
        .limit(SHOWN)
    )  # fmt: skip
    return tuple(
        Found(
            Thing.VEHICLE,
            row.fleet_number,
            " ".join(word for word in (row.make, row.model) if word) or row.fleet_number,
            row.id,
            row.registration,
            f"{row.name}, parc {row.fleet_number}",
            row.collectivity_id,
            row.id,
        )
        for row in rows
    )


def _parts(session: Session, wanted: ColumnElement[bool]) -> tuple[Found, ...]:
    rows = session.execute(
        select(Part.id, Part.reference, Part.label, Part.bin).where(wanted).order_by(Part.reference).limit(SHOWN)
    )
    return tuple(
        Found(
            Thing.PART,
            row.reference,
            row.label,
            row.id,
            detail=f"réf. {row.reference}" + (f", casier {row.bin}" if row.bin else ""),
        )
        for row in rows
    )


def _orders(session: Session, wanted: ColumnElement[bool]) -> tuple[Found, ...]:
    rows = session.execute(
        select(
            RepairOrder.id, RepairOrder.number, RepairOrder.object_label, RepairOrder.collectivity_id,
            RepairOrder.vehicle_id, Vehicle.registration, Vehicle.make, Vehicle.model, Vehicle.fleet_number,
            Collectivity.name,
        )
        .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(wanted)
        .order_by(RepairOrder.number.desc())
        .limit(SHOWN)
    )  # fmt: skip
    found = []
    for row in rows:
        what = row.object_label or " ".join(word for word in (row.make, row.model) if word) or row.fleet_number
        detail = f"{what}, {row.name}"
        title, whose = f"Ordre {row.number}", (row.collectivity_id, row.vehicle_id)
        found.append(Found(Thing.ORDER, row.number, title, row.id, row.registration, detail, *whose))
    return tuple(found)


def _bins(found: Sequence[NamedBin]) -> tuple[Found, ...]:
    return tuple(Found(Thing.BIN, one.key, f"Casier {one.title}", one.id, detail=bin_code(one.key)) for one in found)


def open_orders_of_mine(session: Session, vehicle_id: int, user_id: int) -> list[str]:
    """Numbers of the orders of a vehicle to take up again that somebody logged time on, opened, or is planned on."""
    touched = or_(
        RepairOrder.created_by_id == user_id,
        RepairOrder.id.in_(select(ClockSegment.order_id).where(ClockSegment.user_id == user_id)),
        RepairOrder.id.in_(select(OrderLine.order_id).where(OrderLine.mechanic_id == user_id)),
        RepairOrder.id.in_(select(Assignment.order_id).where(Assignment.user_id == user_id)),
    )
    mine = select(RepairOrder.number).where(
        RepairOrder.vehicle_id == vehicle_id, RepairOrder.state.in_(RESUMABLE), touched
    )
    return list(session.scalars(mine.order_by(RepairOrder.number)))
