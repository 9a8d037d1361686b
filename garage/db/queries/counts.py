"""Reads of counts: what lies where, the counts with their precision, the lines of one, differences by bin or family."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Subquery, and_, case, func, select, union
from sqlalchemy.orm import Session, aliased

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.journal import JournalEntry
from garage.db.models.stock import Bin, BinStock, Part, StockMovement, Store
from garage.db.models.users import User
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, id_of
from garage.db.queries.past_costs import average_on
from garage.domain.counts import OPEN, AbcClass, CountKind, CountState, Turn, abc_classes, due
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO
from garage.domain.stock import MovementKind

PAGE: Final = 24
LINES: Final = 60
_DIFFERS: Final = CountLine.counted != CountLine.expected


@dataclass(frozen=True, slots=True)
class Scope:
    """What a count looks at: everything, a store, bins, a family, or these parts wherever they lie."""

    kind: CountKind
    store_id: int | None = None
    bin_ids: tuple[int, ...] = ()
    family: str | None = None
    part_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftTo:
    """A count that was open already, and how many places of a later one it kept."""

    id: int
    number: str
    places: int


def _places() -> CompoundSelect[Any]:
    """Each part with each bin that holds some of it, or where it usually lies."""
    held = select(BinStock.part_id, BinStock.bin_id).where(BinStock.quantity != Decimal(0))
    return union(held, select(Part.id, Part.bin_id).where(Part.active, Part.bin_id.is_not(None)))


def to_count(scope: Scope) -> AnySelect:
    """The parts and bins of a scope that no open count has yet, by store, bin and reference."""
    place, rows = _scoped(scope)
    busy = select(CountLine.id).join(StockCount, StockCount.id == CountLine.count_id)
    return rows.where(~busy.where(StockCount.state.in_(OPEN), *_there(place)).exists())


def taken(session: Session, scope: Scope) -> dict[str, int]:
    """How many places of a scope each open count has already, by its number."""
    place, rows = _scoped(scope)
    others = rows.join(CountLine, and_(*_there(place))).join(StockCount, StockCount.id == CountLine.count_id)
    found = others.where(StockCount.state.in_(OPEN)).with_only_columns(StockCount.number, func.count()).order_by(None)
    counted = session.execute(found.group_by(StockCount.number).order_by(StockCount.number))
    return {row[0]: row[1] for row in counted}


def _there(place: Subquery) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return CountLine.part_id == place.c.part_id, CountLine.bin_id == place.c.bin_id


def _scoped(scope: Scope) -> tuple[Subquery, AnySelect]:
    """Every part with every bin, and those of a scope, by store, bin and reference."""
    place = _places().subquery()
    wanted: dict[CountKind, ColumnElement[bool]] = {
        CountKind.STORE: Bin.store_id == scope.store_id,
        CountKind.BINS: Bin.id.in_(scope.bin_ids),
        CountKind.FAMILY: Part.family == scope.family,
        CountKind.ROLLING: Part.id.in_(scope.part_ids),
    }
    rows = (
        select(place.c.part_id, place.c.bin_id)
        .join(Part, Part.id == place.c.part_id)
        .join(Bin, Bin.id == place.c.bin_id)
        .order_by(Bin.store_id, Bin.code, Part.reference)
    )
    return place, rows.where(wanted[scope.kind]) if scope.kind in wanted else rows


def left_out(session: Session, number: str) -> list[LeftTo]:
    """The open counts that a count left places to when it was opened."""
    mine = (JournalEntry.subject == "stock_counts", JournalEntry.subject_key == number)
    data = session.scalar(select(JournalEntry.data).where(*mine, JournalEntry.action == "count.open")) or {}
    left: dict[str, int] = data.get("left") or {}
    rows = session.execute(select(StockCount.id, StockCount.number).where(StockCount.number.in_(left)))
    return [LeftTo(row.id, row.number, left[row.number]) for row in sorted(rows, key=lambda row: str(row.number))]


def proposal(session: Session, today: date, size: int | None = None) -> list[Turn]:
    """The parts whose turn has come, the oldest count first; classes by the value issued over 12 months (PA-12).

    What was issued and taken back does not count as issued; parts that lie nowhere are left out.
    """
    since = date(today.year - 1, today.month, min(today.day, 28))
    found = select(StockMovement.part_id, StockMovement.value_change).where(
        StockMovement.moved_on >= since,
        StockMovement.kind.in_((MovementKind.ISSUE, MovementKind.RETURN)),
        StockMovement.through.is_(False),
    )
    moved = found.cte("moved").prefix_with("MATERIALIZED")
    sums = select(moved.c.part_id, func.sum(moved.c.value_change).label("value")).group_by(moved.c.part_id)
    spent = {row.part_id: -row.value for row in session.execute(sums)}
    last = (
        select(CountLine.part_id, func.max(CountLine.counted_at).label("at"))
        .join(StockCount, StockCount.id == CountLine.count_id)
        .where(StockCount.state == CountState.APPROVED, CountLine.counted_at.is_not(None))
    )
    counted = {row.part_id: row.at.date() for row in session.execute(last.group_by(CountLine.part_id))}
    lying = select(to_count(Scope(CountKind.FULL)).order_by(None).subquery().c.part_id).distinct()
    parts = list(session.scalars(lying))
    classes = abc_classes({one: spent.get(one, ZERO) for one in parts})
    return due((Turn(one, classes.get(one, AbcClass.C), counted.get(one)) for one in parts), today, size)


def parts(session: Session, part_ids: Sequence[int]) -> dict[int, AnyRow]:
    """What people call these parts, by id."""
    rows = session.execute(select(Part.id, Part.reference, Part.label).where(Part.id.in_(part_ids)))
    return {row.id: row for row in rows}


def stores(session: Session) -> Sequence[AnyRow]:
    """The stores in use."""
    return session.execute(select(Store.id, Store.name).where(Store.active).order_by(Store.id)).all()


def families(session: Session) -> list[str]:
    """The families of parts."""
    named = select(Part.family).where(Part.family.is_not(None), Part.family != "").distinct()
    return sorted(str(one) for one in session.scalars(named))


def waiting(session: Session) -> int:
    """Counts that wait for approval."""
    return session.scalar(select(func.count()).where(StockCount.state == CountState.TO_APPROVE)) or 0


def page(session: Session, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of counts, the latest first."""
    columns = select(
        StockCount.id, StockCount.number, StockCount.title, StockCount.state, StockCount.counted_on,
        StockCount.approved_at,
    )  # fmt: skip
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(StockCount.id > bound if key.backwards else StockCount.id < bound)
    order = StockCount.id.asc() if key.backwards else StockCount.id.desc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


@dataclass(frozen=True, slots=True)
class Sums:
    """Of a count: lines, those counted, found right, waiting for a second count; euros its movements wrote."""

    lines: int = 0
    counted: int = 0
    right: int = 0
    again: int = 0
    value: Decimal = ZERO


def sums(session: Session, count_ids: Sequence[int]) -> dict[int, Sums]:
    """The sums of counts, by id."""
    counted = func.count(CountLine.counted)
    right = func.sum(case((CountLine.counted == CountLine.expected, 1), else_=0))
    again = func.sum(case((CountLine.recount, 1), else_=0))
    rows = session.execute(
        select(CountLine.count_id, func.count().label("lines"), counted.label("counted"), right.label("right"),
               again.label("again"))
        .where(CountLine.count_id.in_(count_ids))
        .group_by(CountLine.count_id)
    ).all()  # fmt: skip
    written = (
        select(CountLine.count_id, func.sum(StockMovement.value_change).label("value"))
        .join(CountLine, CountLine.id == StockMovement.count_line_id)
        .where(CountLine.count_id.in_(count_ids), StockMovement.count_line_id > 0)
        .group_by(CountLine.count_id)
    )
    values = {row.count_id: row.value for row in session.execute(written)}
    return {
        row.count_id: Sums(row.lines, row.counted, row.right, row.again, values.get(row.count_id, ZERO)) for row in rows
    }


def one(session: Session, count_id: int) -> AnyRow:
    """One count. Raises NotFound."""
    approver = aliased(User)
    row = session.execute(
        select(
            StockCount.id, StockCount.number, StockCount.title, StockCount.state, StockCount.counted_on,
            StockCount.opened_at, StockCount.approved_at, StockCount.reason, StockCount.version,
            User.name.label("opened_by"), approver.name.label("approved_by"),
        )
        .outerjoin(User, User.id == StockCount.opened_by_id)
        .outerjoin(approver, approver.id == StockCount.approved_by_id)
        .where(StockCount.id == count_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("count", str(count_id))
    return row


def listed() -> AnySelect:
    """The columns of a line with the words of its part and bin; `value_change` and `moved_cost` are of its movement.

    `seen_cost` is the part's average when it was counted; `past_cost`, that of the count's day when it moved since;
    `on_hand`, `average_cost` and `worth` are of today.
    """
    first, seen = aliased(User), aliased(StockMovement)
    return (
        select(
            CountLine.id, CountLine.part_id, CountLine.bin_id, CountLine.expected, CountLine.counted,
            CountLine.counted_at, CountLine.first_counted, CountLine.recount, CountLine.reason, CountLine.version,
            Part.reference, Part.label, Part.unit, Part.family, Part.average_cost, Bin.code.label("bin"),
            Bin.store_id, Store.name.label("store"), Store.code.label("store_code"), User.name.label("counted_by"),
            first.name.label("first_counted_by"), Part.on_hand, Part.value.label("worth"),
            StockMovement.value_change, StockMovement.unit_cost.label("moved_cost"), StockMovement.moved_on,
            seen.average_cost.label("seen_cost"), average_on(Part.id, StockCount.counted_on).label("past_cost"),
        )
        .join(StockCount, StockCount.id == CountLine.count_id)
        .join(Part, Part.id == CountLine.part_id)
        .join(Bin, Bin.id == CountLine.bin_id)
        .join(Store, Store.id == Bin.store_id)
        .outerjoin(User, User.id == CountLine.counted_by_id)
        .outerjoin(StockMovement, StockMovement.count_line_id == CountLine.id)
        .outerjoin(first, first.id == CountLine.first_counted_by_id)
        .outerjoin(seen, seen.id == CountLine.seen_movement_id)
    )  # fmt: skip


WHICH: Final[dict[str, ColumnElement[bool]]] = {
    "a-compter": CountLine.counted.is_(None),
    "comptees": CountLine.counted.is_not(None),
    "a-recompter": CountLine.recount.is_(True),
    "ecarts": _DIFFERS,
}


def lines(session: Session, count_id: int, which: str = "", key: Key = FIRST, size: int = LINES) -> Page:
    """A page of the lines of a count in the order of its sheet; `which` is a key of WHICH, else all."""
    columns = listed().where(CountLine.count_id == count_id)
    if which in WHICH:
        columns = columns.where(WHICH[which])
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(CountLine.id < bound if key.backwards else CountLine.id > bound)
    order = CountLine.id.desc() if key.backwards else CountLine.id.asc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


def every_line(session: Session, count_id: int) -> Sequence[AnyRow]:
    """All the lines of a count in the order of its sheet."""
    return session.execute(listed().where(CountLine.count_id == count_id).order_by(CountLine.id)).all()


def left_in(session: Session, count_id: int, bin_id: int | None, size: int) -> Sequence[AnyRow]:
    """The first lines still to count, or to count again, of a bin or of all: those to count again before."""
    left = listed().where(CountLine.count_id == count_id).order_by(CountLine.id)
    if bin_id is not None:
        left = left.where(CountLine.bin_id == bin_id)
    again = session.execute(left.where(CountLine.recount).limit(size)).all()
    new = left.where(CountLine.counted.is_(None), ~CountLine.recount).limit(size - len(again))
    return [*again, *session.execute(new).all()]


def of_part(session: Session, count_id: int, part_id: int) -> Sequence[AnyRow]:
    """The lines of a part in a count."""
    mine = and_(CountLine.count_id == count_id, CountLine.part_id == part_id)
    return session.execute(listed().where(mine).order_by(CountLine.id)).all()


def place(session: Session, part_id: int, bin_id: int) -> AnyRow:
    """A part and a bin in words, whether it is on a sheet or not. Raises NotFound."""
    row = session.execute(
        select(
            Part.id.label("part_id"), Part.reference, Part.label, Part.unit, Bin.id.label("bin_id"),
            Bin.code.label("bin"), Bin.store_id, Store.name.label("store"),
        )
        .select_from(Part)
        .join(Bin, Bin.id == bin_id)
        .join(Store, Store.id == Bin.store_id)
        .where(Part.id == part_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("part", str(part_id))
    return row


def usual_bin(session: Session, part_id: int) -> int | None:
    """Where a part usually lies, if anywhere."""
    return session.scalar(select(Part.bin_id).where(Part.id == part_id))


def bin_words(session: Session, bin_id: int) -> AnyRow | None:
    """A bin and its store."""
    return session.execute(
        select(Bin.id, Bin.code.label("bin"), Bin.store_id, Store.name.label("store"))
        .join(Store, Store.id == Bin.store_id)
        .where(Bin.id == bin_id)
    ).one_or_none()


def differing(session: Session, count_id: int) -> Sequence[AnyRow]:
    """The lines whose count differs from what was expected, in the order of the sheet."""
    return session.execute(listed().where(CountLine.count_id == count_id, _DIFFERS).order_by(CountLine.id)).all()
