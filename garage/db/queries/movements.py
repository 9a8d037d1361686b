"""Reads of the movements of the stock: the journal by key, one movement, what was issued beyond the stock (S2, S4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, TextClause, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import BY_ACTOR, BY_BIN, BY_KIND, IN_THE_RED, Bin, BinStock, Part, StockMovement, Store
from garage.db.models.suppliers import Supplier
from garage.db.models.users import User
from garage.db.queries.bins import called
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut
from garage.db.queries.stock_cards import day_and_id
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO
from garage.domain.stock import MovementKind
from garage.french.plain import plain_text
from garage.french.store import NO_BIN

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class MovementFilter:
    """Which movements a list asks for; `reference`, `order` and `bin` as they are written, `last` included."""

    reference: str = ""
    order: str = ""
    kind: MovementKind | None = None
    bin: str = ""
    person_id: int | None = None
    first: date | None = None
    last: date | None = None


def _listed() -> AnySelect:
    return (
        select(
            StockMovement.id, StockMovement.kind, StockMovement.quantity, StockMovement.unit_cost,
            StockMovement.average_cost, StockMovement.on_hand, StockMovement.value_change, StockMovement.variance,
            StockMovement.moved_on, StockMovement.recorded_at, StockMovement.reason, StockMovement.forced,
            StockMovement.through, StockMovement.part_id, StockMovement.order_line_id, Part.reference,
            Part.label, Part.unit, Bin.code.label("bin"), Bin.store_id, Store.name.label("store"),
            User.name.label("actor"), RepairOrder.number.label("order_number"),
            GoodsReceipt.id.label("receipt_id"), GoodsReceipt.delivery_note, Supplier.name.label("supplier"),
            StockCount.id.label("count_id"), StockCount.number.label("count_number"),
        )
        .join(Part, Part.id == StockMovement.part_id)
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
    )  # fmt: skip


def page(session: Session, wanted: MovementFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of movements, the latest day first; those of a day as they were written, the last first."""
    columns = _filtered(session, _listed(), wanted)
    order = (StockMovement.moved_on, StockMovement.id)
    bound = day_and_id(key.value)
    if bound is not None:
        columns = columns.where(tuple_(*order) > bound if key.backwards else tuple_(*order) < bound)
    columns = columns.where(*_days(wanted, key, bound))
    columns = columns.order_by(*order) if key.backwards else columns.order_by(*(column.desc() for column in order))
    rows = session.execute(columns.limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: f"{row.moved_on.isoformat()}_{row.id}")


def _filtered(session: Session, columns: AnySelect, wanted: MovementFilter) -> AnySelect:
    if wanted.reference:
        mine = select(Part.id).where(Part.reference == wanted.reference)
        columns = columns.where(StockMovement.part_id == mine.scalar_subquery())
    if wanted.bin:
        columns = columns.where(StockMovement.bin_id.in_(_bins_called(session, wanted.bin)))
    if wanted.order:
        lines = select(OrderLine.id).join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        found = session.scalars(lines.where(RepairOrder.number == wanted.order)).all()
        columns = columns.where(StockMovement.order_line_id.in_(found))
    told = ((StockMovement.kind, wanted.kind), (StockMovement.actor_id, wanted.person_id))
    return columns.where(*(column == value for column, value in told if value is not None), *_index(wanted))


def _days(wanted: MovementFilter, key: Key, bound: tuple[date, int] | None) -> list[ColumnElement[bool]]:
    """The days asked for, but for the end that the key already tells: SQLite would read from there all over again."""
    told = []
    past_first = bound is not None and key.backwards and wanted.first is not None and bound[0] >= wanted.first
    if wanted.first is not None and not past_first:
        told.append(StockMovement.moved_on >= wanted.first)
    before_last = bound is not None and not key.backwards and wanted.last is not None and bound[0] <= wanted.last
    if wanted.last is not None and not before_last:
        told.append(StockMovement.moved_on <= wanted.last)
    return told


def _index(wanted: MovementFilter) -> list[TextClause]:
    """The index of the journal to read, unless a part or an order leaves few movements."""
    if wanted.reference or wanted.order:
        return []
    if wanted.bin:
        return [BY_BIN]
    if wanted.person_id is not None:
        return [BY_ACTOR]
    return [BY_KIND] if wanted.kind not in (None, MovementKind.RECEIPT, MovementKind.ISSUE) else []


def _bins_called(session: Session, text: str) -> Sequence[int]:
    """Ids of the bins that a typed word may mean; «Sans casier» means what lies in a store outside its bins."""
    if plain_text(text) == plain_text(NO_BIN):
        return session.scalars(select(Bin.id).where(Bin.code == "")).all()
    return session.scalars(select(Bin.id).where(Bin.code == text)).all() or [one.id for one in called(session, text)]


def movement(session: Session, movement_id: int) -> AnyRow:
    """One movement. Raises NotFound."""
    row = session.execute(_listed().where(StockMovement.id == movement_id)).one_or_none()
    if row is None:
        raise NotFound("movement", str(movement_id))
    return row


def bins(session: Session) -> Sequence[AnyRow]:
    """Every open bin with its store, by store then code."""
    columns = select(Bin.id, Bin.code, Bin.store_id, Store.name.label("store")).join(Store, Store.id == Bin.store_id)
    return session.execute(columns.where(Store.active, Bin.active).order_by(Bin.store_id, Bin.code)).all()


def bins_of(session: Session, part_id: int) -> Sequence[AnyRow]:
    """The bins that hold a part, or less than nothing of it, with how much."""
    columns = (
        select(Bin.id, Bin.code, Bin.store_id, Store.name.label("store"), BinStock.quantity)
        .join(Store, Store.id == Bin.store_id)
        .join(BinStock, BinStock.bin_id == Bin.id)
        .where(BinStock.part_id == part_id, BinStock.quantity != ZERO)
    )
    return session.execute(columns.order_by(Bin.store_id, Bin.code)).all()


def people(session: Session) -> Sequence[AnyRow]:
    """Who ever moved stock, by name."""
    moved = select(StockMovement.id).where(StockMovement.actor_id == User.id, BY_ACTOR)
    return session.execute(select(User.id, User.name).where(moved.exists()).order_by(User.name)).all()


def in_the_red(session: Session) -> Sequence[AnyRow]:
    """Parts of which a bin, and so maybe the whole, holds less than nothing: issues beyond the stock to settle (S4)."""
    columns = select(Part.id, Part.reference, Part.label, Part.unit, Part.on_hand, Part.average_cost)
    missing = select(BinStock.part_id).where(IN_THE_RED)
    return session.execute(columns.where(Part.id.in_(missing)).order_by(Part.reference)).all()


def forced(session: Session, part_ids: Sequence[int]) -> Sequence[AnyRow]:
    """The forced issues of these parts since each was last at zero or above, the first one first (rule S4)."""
    there = aliased(StockMovement)
    last = select(func.coalesce(func.max(there.id), 0)).where(
        there.part_id == StockMovement.part_id, there.on_hand >= ZERO
    )
    mine = _listed().where(
        StockMovement.part_id.in_(part_ids), StockMovement.forced, StockMovement.id > last.scalar_subquery()
    )
    return session.execute(mine.order_by(StockMovement.id)).all()


def waiting(session: Session) -> int:
    """How many parts have issues beyond the stock to settle."""
    return len(in_the_red(session))
