"""Reads what is to be ordered: parts that will fall short of their minimum, and parts that the workshop asked for."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import PartRequest, Reservation
from garage.db.models.parts import PartSupplier
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.queries.paging import AnySelect
from garage.db.queries.purchases import NOTHING, to_come
from garage.db.types import ScaledDecimal
from garage.domain.part_requests import PartRequestState
from garage.domain.purchases import proposed
from garage.domain.repair_orders import WORK_LEFT


@dataclass(frozen=True, slots=True)
class Short:
    """A part under its minimum once what is reserved is taken and what is expected has come; quantities of 3 decimals.

    `proposed` goes up to its maximum in whole packs; `price` is the supplier's last one, in euros.
    """

    part_id: int
    reference: str
    label: str
    unit: str
    minimum: Decimal
    maximum: Decimal | None
    on_hand: Decimal
    reserved: Decimal
    expected: Decimal
    supplier_id: int
    pack: Decimal | None
    price: Decimal | None
    supplier_reference: str | None

    @property
    def proposed(self) -> Decimal:
        """How much to order."""
        return proposed(self.on_hand - self.reserved + self.expected, self.minimum, self.maximum, self.pack)


@dataclass(frozen=True, slots=True)
class Asked:
    """A known part that the workshop asked for, for an order; quantities of 3 decimals."""

    id: int
    part_id: int
    reference: str
    label: str
    unit: str
    quantity: Decimal
    order: str
    order_id: int
    needed_on: date | None
    on_hand: Decimal
    reserved: Decimal
    supplier_id: int
    price: Decimal | None

    @property
    def available(self) -> Decimal:
        """What may be taken of it."""
        return self.on_hand - self.reserved

    @property
    def short(self) -> bool:
        """Whether the store has not enough of it."""
        return self.available < self.quantity


@dataclass(slots=True)
class Group:
    """What is to be ordered from one supplier; number 0 is nobody's."""

    supplier_id: int
    supplier: str
    short: list[Short] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


def _reserved() -> AnySelect:
    return (
        select(Reservation.part_id, func.sum(Reservation.quantity, type_=ScaledDecimal(3)).label("quantity"))
        .join(RepairOrder, RepairOrder.id == Reservation.repair_order_id)
        .where(RepairOrder.state.in_(WORK_LEFT))
        .group_by(Reservation.part_id)
    )


def short(session: Session) -> list[Short]:
    """The parts in use that will be under their minimum, by reference; drafts of orders count as expected (rule S1)."""
    kept, coming = _reserved().subquery(), to_come(drafts=True).subquery()
    reserved, expected = func.coalesce(kept.c.quantity, NOTHING), func.coalesce(coming.c.quantity, NOTHING)
    rows: Any = session.execute(
        select(
            Part.id, Part.reference, Part.label, Part.unit, Part.minimum, Part.maximum, Part.on_hand,
            reserved, expected, func.coalesce(Part.supplier_id, 0), PartSupplier.pack, PartSupplier.price,
            PartSupplier.reference,
        )
        .outerjoin(kept, kept.c.part_id == Part.id)
        .outerjoin(coming, coming.c.part_id == Part.id)
        .outerjoin(
            PartSupplier, (PartSupplier.part_id == Part.id) & (PartSupplier.supplier_id == Part.supplier_id)
        )
        .where(Part.active, Part.minimum.is_not(None), Part.on_hand - reserved + expected < Part.minimum)
        .order_by(Part.reference)
    )  # fmt: skip
    return [Short(*row) for row in rows]


def asked(session: Session) -> list[Asked]:
    """The known parts that the workshop asked for and nobody answered, the first needed first."""
    kept = _reserved().subquery()
    rows: Any = session.execute(
        select(
            PartRequest.id, Part.id, Part.reference, Part.label, Part.unit, PartRequest.quantity, RepairOrder.number,
            RepairOrder.id, PartRequest.needed_on, Part.on_hand, func.coalesce(kept.c.quantity, NOTHING),
            func.coalesce(Part.supplier_id, 0), PartSupplier.price,
        )
        .join(Part, Part.id == PartRequest.part_id)
        .join(RepairOrder, RepairOrder.id == PartRequest.repair_order_id)
        .outerjoin(kept, kept.c.part_id == Part.id)
        .outerjoin(
            PartSupplier, (PartSupplier.part_id == Part.id) & (PartSupplier.supplier_id == Part.supplier_id)
        )
        .where(PartRequest.state == PartRequestState.ASKED)
        .order_by(PartRequest.needed_on.is_(None), PartRequest.needed_on, PartRequest.id)
    )  # fmt: skip
    return [Asked(*row) for row in rows]


def groups(session: Session) -> list[Group]:
    """What is to be ordered by preferred supplier, by name; what has no supplier comes last."""
    names = {row.id: row.name for row in session.execute(select(Supplier.id, Supplier.name))}
    found: dict[int, Group] = {}

    def of(supplier_id: int) -> Group:
        return found.setdefault(supplier_id, Group(supplier_id, names.get(supplier_id, "")))

    for one in short(session):
        of(one.supplier_id).short.append(one)
    for request in asked(session):
        of(request.supplier_id).asked.append(request)
    return sorted(found.values(), key=lambda group: (group.supplier_id == 0, group.supplier))


def waiting(session: Session) -> int:
    """How many parts are to be ordered."""
    return len(short(session)) + len(asked(session))
