"""Reads for the page where parts are put on an order: what is on it, what was used on vehicles alike, how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.invoices import LiveBilling
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Bin, Part, StockMovement, Store
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import AnyRow
from garage.db.types import ScaledDecimal
from garage.domain.repair_orders import LineNature
from garage.french import formats

_LAST_ORDERS: Final = 200
_LAST_LINES: Final = 400


@dataclass(frozen=True, slots=True)
class Posed:
    """The last parts put on an order, and how many there are in all."""

    lines: Sequence[AnyRow]
    total: int


def posed(session: Session, order_id: int, most: int) -> Posed:
    """The lines of parts of an order that are not billed, the last first."""
    mine = (
        OrderLine.order_id == order_id,
        OrderLine.nature == LineNature.PART,
        OrderLine.id.not_in(select(LiveBilling.order_line_id)),
    )
    rows = session.execute(
        select(
            OrderLine.id, OrderLine.rank, OrderLine.quantity, OrderLine.label, OrderLine.bought_for_order,
            Part.reference, Part.label.label("part_label"), Part.unit,
        )
        .join(Part, Part.id == OrderLine.part_id)
        .where(*mine)
        .order_by(OrderLine.id.desc())
        .limit(most)
    ).all()  # fmt: skip
    return Posed(rows, session.scalar(select(func.count()).select_from(OrderLine).where(*mine)) or 0)


def taken_from(session: Session, line_id: int) -> Sequence[AnyRow]:
    """The bins that a line of an order took its part from and did not give back to, with how much."""
    gone = func.sum(-StockMovement.quantity, type_=ScaledDecimal(3))
    columns = select(Bin.code, Bin.store_id, Store.name.label("store"), gone.label("quantity"))
    moved = columns.join(Store, Store.id == Bin.store_id).join(StockMovement, StockMovement.bin_id == Bin.id)
    mine = moved.where(StockMovement.order_line_id == line_id, ~StockMovement.through)
    by_bin = mine.group_by(Bin.id, Bin.code, Bin.store_id, Store.name).having(gone > Decimal(0))
    return session.execute(by_bin.order_by(Bin.store_id, Bin.code)).all()


@dataclass(frozen=True, slots=True)
class Removed:
    """A line that was taken away and did not come back: its former id, its words, who took it away and when."""

    id: int
    words: str
    actor: str
    at: datetime


def removed(session: Session, number: str, most: int) -> list[Removed]:
    """The lines taken away from an order, the last first, as the journal tells them.

    Hours are corrected on their own pages, and the line of a work comes and goes with its tick.
    """
    told = select(JournalEntry.action, JournalEntry.data, JournalEntry.actor, JournalEntry.at).where(
        JournalEntry.subject == "repair_orders",
        JournalEntry.subject_key == number,
        JournalEntry.action.in_(("order.remove_line", "order.restore_line")),
    )
    rows = session.execute(told.order_by(JournalEntry.id.desc())).all()
    back = {row.data.get("of") for row in rows if row.action == "order.restore_line"}
    gone = [row for row in rows if row.action == "order.remove_line" and _may_come_back(row.data, back)]
    labels = select(Part.id, Part.label).where(Part.id.in_({row.data["part_id"] for row in gone[:most]}))
    parts = {row.id: row.label for row in session.execute(labels)}
    return [Removed(row.data["id"], _words(row.data, parts), row.actor, row.at) for row in gone[:most]]


def _may_come_back(data: dict[str, Any], back: set[int]) -> bool:
    by_hand = data["nature"] != LineNature.LABOUR and data.get("work_id") is None
    return by_hand and data.get("id") not in {None, *back}


def _words(data: dict[str, Any], parts: dict[int, str]) -> str:
    name = data["label"] or parts.get(data["part_id"]) or data["code"] or data["supplier"] or "Travail externe"
    return f"{formats.quantity(Decimal(data['quantity']))} × {name}"


def used_on_alike(session: Session, vehicle_id: int | None, most: int) -> list[int]:
    """Ids of the parts last put on vehicles of the same make and model, or without model of the same type."""
    mine = session.get(Vehicle, vehicle_id) if vehicle_id is not None else None
    if mine is None:
        return []
    alike = (Vehicle.make == mine.make, Vehicle.model == mine.model) if mine.model else (Vehicle.type == mine.type,)
    orders = (
        select(RepairOrder.id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(*alike, RepairOrder.vehicle_id != mine.id)
        .order_by(RepairOrder.number.desc())
        .limit(_LAST_ORDERS)
        .subquery()
    )
    last = func.max(OrderLine.id)
    used = (
        select(OrderLine.part_id)
        .join(orders, orders.c.id == OrderLine.order_id)
        .where(OrderLine.part_id.is_not(None))
        .group_by(OrderLine.part_id)
        .order_by(last.desc())
        .limit(most)
    )
    return [part for part in session.scalars(used) if part is not None]


def last_quantities(session: Session, part_ids: Sequence[int], vehicle_id: int | None) -> dict[int, Decimal]:
    """How much of each part was taken last: on that vehicle, else on its model, else anywhere."""
    if not part_ids:
        return {}
    mine = session.get(Vehicle, vehicle_id) if vehicle_id is not None else None
    newest = (
        select(
            OrderLine.id,
            func.row_number().over(partition_by=OrderLine.part_id, order_by=OrderLine.id.desc()).label("n"),
        )
        .where(OrderLine.part_id.in_(part_ids))
        .subquery()
    )
    rows = session.execute(
        select(OrderLine.part_id, OrderLine.quantity, RepairOrder.vehicle_id, Vehicle.make, Vehicle.model)
        .join(newest, newest.c.id == OrderLine.id)
        .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(newest.c.n <= _LAST_LINES)
        .order_by(OrderLine.id.desc())
    )
    best: dict[int, tuple[int, Decimal]] = {}
    for row in rows:
        near = _nearness(row, mine)
        if row.part_id not in best or near > best[row.part_id][0]:
            best[row.part_id] = near, row.quantity
    return {part: quantity for part, (_, quantity) in best.items()}


def _nearness(row: AnyRow, mine: Vehicle | None) -> int:
    if mine is None:
        return 0
    if row.vehicle_id == mine.id:
        return 2
    return 1 if mine.model and (row.make, row.model) == (mine.make, mine.model) else 0
