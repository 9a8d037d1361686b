"""Reads of one part: its card, each movement with what it left and its cause; where it was fitted (rules S2, S6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Date, and_, func, or_, select, tuple_, type_coerce
from sqlalchemy.orm import Session, aliased

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Bin, StockMovement, Store
from garage.db.models.suppliers import Supplier
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, whole
from garage.domain.money import ZERO
from garage.domain.stock import MovementKind
from garage.domain.stock_value import cost_of_day
from garage.french.formats import day, unit_price
from garage.french.stock_value import unlike

PAGE: Final = 48
_ORDER: Final = (StockMovement.moved_on, StockMovement.id)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a movement comes from, in words, and the page that tells it: of which kind, under which key."""

    text: str = ""
    kind: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class CardRow:
    """A movement and what it leaves: quantity, weighted average cost, worth in euros; without kind, what was before."""

    moved_on: date
    kind: MovementKind | None
    quantity: Decimal
    unit_cost: Decimal
    on_hand: Decimal
    average_cost: Decimal | None
    worth: Decimal
    cause: Cause
    place: str = ""
    actor: str | None = None
    reason: str | None = None
    told: AnyRow | None = None

    @property
    def note(self) -> str:
        """Why quantity × unit cost is not what the value won; nothing where it is."""
        row = self.told
        return "" if row is None else unlike(row.kind, row.value_change, row.variance, through=row.through)


def before(session: Session, part_id: int, first: date, movement_id: int = 0) -> CardRow:
    """What was there of a part before a day, or before a movement of that day."""
    mine = and_(StockMovement.part_id == part_id, tuple_(*_ORDER) < (first, movement_id))
    sums = select(func.sum(StockMovement.quantity), func.sum(StockMovement.value_change)).where(mine)
    quantity, worth = session.execute(sums).one()
    quantity, worth = quantity or Decimal(0), worth or ZERO
    last = (
        select(StockMovement.average_cost)
        .where(mine)
        .order_by(StockMovement.moved_on.desc(), StockMovement.id.desc())
        .limit(1)
    )
    average = session.scalar(last)
    cost = None if average is None else cost_of_day(quantity, worth, average)
    return CardRow(first, None, Decimal(0), Decimal(0), quantity, cost, worth, Cause())


def _told() -> AnySelect:
    origin = aliased(StockMovement)
    return (
        select(
            StockMovement.id, StockMovement.moved_on, StockMovement.kind, StockMovement.quantity,
            StockMovement.unit_cost, StockMovement.average_cost, StockMovement.value_change, StockMovement.reason,
            StockMovement.through, StockMovement.variance, User.name.label("actor"),
            RepairOrder.number.label("order_number"), GoodsReceipt.id.label("receipt_id"), GoodsReceipt.delivery_note,
            Supplier.name.label("supplier"), StockCount.number.label("count_number"), StockCount.id.label("count_id"),
            origin.moved_on.label("origin_on"), origin.unit_cost.label("origin_cost"),
            Store.name.label("store"), Bin.code.label("bin"),
        )
        .join(Bin, Bin.id == StockMovement.bin_id)
        .join(Store, Store.id == Bin.store_id)
        .outerjoin(User, User.id == StockMovement.actor_id)
        .outerjoin(OrderLine, OrderLine.id == StockMovement.order_line_id)
        .outerjoin(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .outerjoin(ReceiptLine, ReceiptLine.id == StockMovement.receipt_line_id)
        .outerjoin(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
        .outerjoin(Supplier, Supplier.id == GoodsReceipt.supplier_id)
        .outerjoin(CountLine, CountLine.id == StockMovement.count_line_id)
        .outerjoin(StockCount, StockCount.id == CountLine.count_id)
        .outerjoin(origin, origin.id == StockMovement.origin_id)
    )  # fmt: skip


def card(
    session: Session, part_id: int, span: tuple[date, date], after: tuple[date, int] | None = None, size: int = PAGE
) -> tuple[list[CardRow], tuple[date, int] | None]:
    """The movements of a part over a span of days in their order, what each leaves; where the next page begins."""
    first, last = span
    told = _told().where(StockMovement.part_id == part_id, StockMovement.moved_on <= last)
    told = told.where(StockMovement.moved_on >= first)
    if after is not None:
        told = told.where(tuple_(*_ORDER) > after)
    rows = session.execute(told.order_by(*_ORDER).limit(size + 1)).all()
    shown = rows[:size]
    if not shown:
        return [], None
    left = before(session, part_id, shown[0].moved_on, shown[0].id)
    on_hand, worth, found = left.on_hand, left.worth, []
    for row in shown:
        on_hand, worth = on_hand + row.quantity, worth + row.value_change
        found.append(
            CardRow(
                row.moved_on, row.kind, row.quantity, row.unit_cost, on_hand, row.average_cost, worth, _cause(row),
                f"{row.store}, {row.bin}" if row.bin else row.store, row.actor, row.reason,
                row,
            )
        )  # fmt: skip
    return found, (shown[-1].moved_on, shown[-1].id) if len(rows) > size else None


def _cause(row: AnyRow) -> Cause:
    if row.receipt_id is not None:
        return Cause(f"Bon {row.delivery_note}, {row.supplier}", "receipt", str(row.receipt_id))
    if row.order_number:
        return Cause(f"Ordre {row.order_number}", "order", row.order_number)
    if row.count_id is not None:
        return Cause(f"Inventaire {row.count_number}", "count", str(row.count_id))
    if row.kind is MovementKind.PRICE and row.origin_on is not None:
        received = f"Entrée du {day(row.origin_on)} à {unit_price(row.origin_cost)} €"
        return Cause(f"{received}, corrigée à {unit_price(row.unit_cost)} €")
    return Cause(row.reason or "")


def first_day(session: Session, part_id: int) -> date | None:
    """The day of a part's first movement."""
    return session.scalar(select(func.min(StockMovement.moved_on)).where(StockMovement.part_id == part_id))


def fitted(session: Session, part_id: int, key: Key = FIRST, size: int = 24) -> Page:
    """A page of where a part was fitted, the last first, with the next time on the same vehicle: day and meter."""
    placed = (
        select(
            OrderLine.order_id, func.max(OrderLine.id).label("id"), func.max(OrderLine.done_on).label("done_on"),
            func.sum(OrderLine.quantity).label("quantity"),
        )
        .where(OrderLine.part_id == part_id)
        .group_by(OrderLine.order_id)
        .subquery()
    )  # fmt: skip
    following: dict[str, Any] = {
        "partition_by": func.coalesce(RepairOrder.vehicle_id, -RepairOrder.id),
        "order_by": (placed.c.done_on, placed.c.id),
    }
    lines = (
        select(
            placed.c.id, placed.c.done_on, placed.c.quantity, RepairOrder.number, RepairOrder.vehicle_id,
            RepairOrder.object_label, RepairOrder.meter,
            type_coerce(func.lead(placed.c.done_on).over(**following), Date).label("next_on"),
            func.lead(RepairOrder.meter).over(**following).label("next_meter"),
        )
        .join(RepairOrder, RepairOrder.id == placed.c.order_id)
    ).subquery()  # fmt: skip
    columns = select(
        lines, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, Vehicle.meter_unit
    ).outerjoin(Vehicle, Vehicle.id == lines.c.vehicle_id)
    found = day_and_id(key.value)
    if found is not None:
        when = found[0]
        if key.backwards:
            bound = or_(lines.c.done_on > when, and_(lines.c.done_on == when, lines.c.id > found[1]))
        else:
            bound = or_(lines.c.done_on < when, and_(lines.c.done_on == when, lines.c.id < found[1]))
        columns = columns.where(bound)
    order = (lines.c.done_on, lines.c.id) if key.backwards else (lines.c.done_on.desc(), lines.c.id.desc())
    rows = session.execute(columns.order_by(*order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: f"{row.done_on.isoformat()}_{row.id}")


def day_and_id(text: str | None) -> tuple[date, int] | None:
    """A key written `2026-10-12_7`, or nothing."""
    written, _, row = (text or "").partition("_")
    try:
        return None if (found := whole(row)) is None else (date.fromisoformat(written), found)
    except ValueError:
        return None


def lasted(rows: Sequence[AnyRow]) -> list[tuple[AnyRow, int | None, int | None]]:
    """Each fitting with the days and the kilometres (or hours) to the next one on the same vehicle, where known."""
    found = []
    for row in rows:
        days = (row.next_on - row.done_on).days if row.next_on else None
        known = row.next_on and row.meter is not None and row.next_meter is not None
        found.append((row, days, row.next_meter - row.meter if known else None))
    return found
