"""Reads of the waste register: its slips, and what was issued beside what was taken away (rule S1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import WasteSlip
from garage.db.models.stock import Part, StockMovement
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.db.types import ScaledDecimal
from garage.domain.errors.base import NotFound
from garage.domain.parts import WasteClass
from garage.domain.stock import MovementKind

_QUANTITY: Final = ScaledDecimal(3)
_ORDERS: Final = (MovementKind.ISSUE, MovementKind.RETURN)


@dataclass(frozen=True, slots=True)
class Compared:
    """So much of a class, in one unit, issued to orders and taken away in a period (3 decimals)."""

    waste: WasteClass
    unit: str
    issued: Decimal
    removed: Decimal


def slips(session: Session, span: tuple[date, date], waste: WasteClass | None = None) -> Sequence[AnyRow]:
    """The slips of these days, both included, the latest first."""
    columns = (
        select(
            WasteSlip.id, WasteSlip.waste, WasteSlip.number, WasteSlip.removed_on, WasteSlip.quantity, WasteSlip.unit,
            WasteSlip.carrier, WasteSlip.destination, WasteSlip.treated_on, WasteSlip.note, User.name.label("by"),
        )
        .outerjoin(User, User.id == WasteSlip.recorded_by_id)
        .where(WasteSlip.removed_on.between(*span))
    )  # fmt: skip
    if waste is not None:
        columns = columns.where(WasteSlip.waste == waste)
    return session.execute(columns.order_by(WasteSlip.removed_on.desc(), WasteSlip.id.desc())).all()


def one(session: Session, slip_id: int) -> WasteSlip:
    """One slip. Raises NotFound."""
    found = session.get(WasteSlip, slip_id)
    if found is None:
        raise NotFound("slip", str(slip_id))
    return found


def compared(session: Session, span: tuple[date, date]) -> list[Compared]:
    """What was issued to orders, less what came back, beside what was taken away, by class and unit."""
    moved = session.execute(
        select(Part.waste, Part.unit, func.sum(-StockMovement.quantity, type_=_QUANTITY).label("quantity"))
        .join(Part, Part.id == StockMovement.part_id)
        .where(Part.waste.is_not(None), StockMovement.kind.in_(_ORDERS), StockMovement.moved_on.between(*span))
        .group_by(Part.waste, Part.unit)
    )
    gone = session.execute(
        select(WasteSlip.waste, WasteSlip.unit, func.sum(WasteSlip.quantity, type_=_QUANTITY).label("quantity"))
        .where(WasteSlip.removed_on.between(*span))
        .group_by(WasteSlip.waste, WasteSlip.unit)
    )
    issued = {(row.waste, row.unit): row.quantity for row in moved}
    removed = {(row.waste, row.unit): row.quantity for row in gone}
    order = list(WasteClass)
    keys = sorted({*issued, *removed}, key=lambda key: (order.index(key[0]), key[1]))
    return [Compared(*key, issued.get(key, Decimal(0)), removed.get(key, Decimal(0))) for key in keys]


def waiting(session: Session) -> int:
    """How many slips have no day of treatment yet."""
    return session.scalar(select(func.count()).select_from(WasteSlip).where(WasteSlip.treated_on.is_(None))) or 0
