"""Reads of the stock's value at any past day: by family, kind and month, by part, by bin (rule S6).

The value of a day is the euros that movements dated up to it won: whole months and days already added up, then the
movements since. That of a part is today's less its later movements.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal_column, or_, select, type_coerce
from sqlalchemy.orm import Session

from garage.db.models.purchases import SupplierReturn
from garage.db.models.stock import Bin, BinStock, Part, StockMovement, Store
from garage.db.models.stock_years import StockDay, StockMonth, StockTotals
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, every, whole
from garage.db.types import ScaledDecimal
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO, cents
from garage.domain.stock import MovementKind
from garage.domain.stock_value import Change, cost_of_day, shared
from garage.french import stock_value as words

PAGE: Final = 24
_BATCH: Final = 500
_NOTHING: Final[ColumnElement[Any]] = literal_column("0")
_Sums = defaultdict[tuple[str, MovementKind], Decimal]
_DAY: Final = timedelta(days=1)


class Won(NamedTuple):
    """Euros of a day, family and kind: what the value won, what the movements cost beyond, what the receipts cost."""

    day: date
    family: str
    kind: MovementKind
    value: Decimal
    variance: Decimal
    paid: Decimal


def first_of_month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def won(*which: ColumnElement[bool]) -> AnySelect:
    """The columns of Won for these movements; they are found first, then added up.

    A part bought for one order leaves the stock as it was: both its movements count as issues, which its receipt would
    only swell.
    """
    kind = case((StockMovement.through, MovementKind.ISSUE), else_=StockMovement.kind).label("kind")
    chosen = (
        select(
            StockMovement.part_id, StockMovement.moved_on, kind, StockMovement.value_change, StockMovement.variance,
            _paid().label("paid"),
        )
        .where(*which)
        .cte("chosen")
        .prefix_with("MATERIALIZED")
    )  # fmt: skip
    family = func.coalesce(Part.family, "")
    sums = select(
        chosen.c.moved_on, family, chosen.c.kind, func.sum(chosen.c.value_change), func.sum(chosen.c.variance),
        func.sum(chosen.c.paid, type_=ScaledDecimal(2)),
    )  # fmt: skip
    return sums.join(Part, Part.id == chosen.c.part_id).group_by(chosen.c.moved_on, family, chosen.c.kind)


def _paid() -> ColumnElement[Any]:
    """What a receipt cost in cents, quantity × unit cost half away from zero, zero for other movements.

    In whole numbers, the last digit of the cost apart: the greatest product has one more than a BIGINT holds.
    """
    quantity, cost = type_coerce(StockMovement.quantity, BigInteger), type_coerce(StockMovement.unit_cost, BigInteger)
    size = func.abs(quantity, type_=BigInteger)
    cents = (size * (cost // 10) + (size * (cost % 10)) // 10 + 5000) // 10000
    signed = case((quantity < 0, -cents), else_=cents)
    return case((StockMovement.kind == MovementKind.RECEIPT, signed), else_=0)


@dataclass(frozen=True, slots=True)
class Values:
    """What is needed to add values up in one reading: the movements that days and months do not hold yet."""

    session: Session
    tail: Sequence[Won]

    @classmethod
    def of(cls, session: Session) -> Self:
        """Read the movements that are not added up yet."""
        until = session.scalar(select(StockTotals.until_id)) or 0
        return cls(session, [Won(*row) for row in session.execute(won(StockMovement.id > until))])

    def sums(self, after: date | None, until: date) -> _Sums:
        """Euros won by family and kind from the day after `after` (from ever: None) to `until`, both ends included."""
        found: _Sums = defaultdict(lambda: ZERO)
        for statement in _between(after, until, "value_change"):
            for family, kind, value in self.session.execute(statement):
                found[family, kind] += value
        for one in self.tail:
            if one.day <= until and (after is None or one.day > after):
                found[one.family, one.kind] += one.value
        return found

    def changes(self, after: date, until: date) -> dict[tuple[str, MovementKind], Change]:
        """The same from the day after `after`, with what the movements cost and what that cost beyond the value."""
        found: defaultdict[tuple[str, MovementKind], Change] = defaultdict(Change)
        for statement in _between(after, until, "value_change", "variance", "paid"):
            for family, kind, *euros in self.session.execute(statement):
                found[family, kind] += Change(*euros)
        for one in self.tail:
            if after < one.day <= until:
                found[one.family, one.kind] += Change(one.value, one.variance, one.paid)
        return found

    def by_family(self, day: date) -> dict[str, Decimal]:
        """The value of each family at the end of a day, the greatest first."""
        totals: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for (family, _), value in self.sums(None, day).items():
            totals[family] += value
        return dict(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))

    def total(self, day: date) -> Decimal:
        """The value at the end of a day."""
        return sum(self.sums(None, day).values(), ZERO)

    def curve(self, day: date, months: int = 12) -> list[tuple[date, Decimal]]:
        """The value at the ends of the months before a day, and at that day."""
        won: defaultdict[date, Decimal] = defaultdict(lambda: ZERO)
        whole = select(StockMonth.month, func.sum(StockMonth.value_change)).group_by(StockMonth.month)
        for month, value in self.session.execute(whole.where(StockMonth.month < first_of_month(day))):
            won[month] += value
        for one in self.tail:
            won[first_of_month(one.day)] += one.value
        ends = [first_of_month(day) - _DAY]
        while len(ends) < months:
            ends.append(first_of_month(ends[-1]) - _DAY)
        points = [(end, sum((won[month] for month in won if month <= end), ZERO)) for end in reversed(ends)]
        return [*points, (day, self.total(day))]


def _between(after: date | None, until: date, *names: str) -> Iterator[AnySelect]:
    """Sums of these columns over the months that lie whole in a time, then over the days around them."""
    months = select(StockMonth.family, StockMonth.kind, *(func.sum(getattr(StockMonth, name)) for name in names))
    days = select(StockDay.family, StockDay.kind, *(func.sum(getattr(StockDay, name)) for name in names))
    last = first_of_month(until + _DAY)
    around: ColumnElement[bool] = and_(StockDay.day >= last, StockDay.day <= until)
    if after is None:
        yield months.where(StockMonth.month < last).group_by(StockMonth.family, StockMonth.kind)
    else:
        start = after + _DAY
        first = start if start.day == 1 else first_of_month(start.replace(day=28) + timedelta(days=4))
        if first < last:
            whole = and_(StockMonth.month >= first, StockMonth.month < last)
            yield months.where(whole).group_by(StockMonth.family, StockMonth.kind)
            around = or_(and_(StockDay.day >= start, StockDay.day < first), around)
        else:
            around = and_(StockDay.day >= start, StockDay.day <= until)
    yield days.where(around).group_by(StockDay.family, StockDay.kind)


def _at(day: date) -> AnySelect:
    """The parts with quantity, value in euros and last weighted average at the end of a day."""
    later = and_(StockMovement.part_id == Part.id, StockMovement.moved_on > day)
    quantity = select(func.coalesce(func.sum(StockMovement.quantity), _NOTHING)).where(later).correlate(Part)
    value = select(func.coalesce(func.sum(StockMovement.value_change), _NOTHING)).where(later).correlate(Part)
    average = (
        select(StockMovement.average_cost)
        .where(StockMovement.part_id == Part.id, StockMovement.moved_on <= day)
        .order_by(StockMovement.moved_on.desc(), StockMovement.id.desc())
        .limit(1)
    )
    return select(
        Part.id, Part.reference, Part.label, func.coalesce(Part.family, "").label("family"), Part.unit,
        type_coerce(Part.on_hand - quantity.scalar_subquery(), ScaledDecimal(3)).label("quantity"),
        type_coerce(Part.value - value.scalar_subquery(), ScaledDecimal(2)).label("value"),
        average.correlate(Part).scalar_subquery().label("average"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartFilter:
    """Which parts of a valuation: a family («» is none), a bin; all without."""

    family: str | None = None
    bin_id: int | None = None

    @property
    def where(self) -> list[ColumnElement[bool]]:
        """As conditions."""
        chosen: list[ColumnElement[bool]] = []
        if self.family is not None:
            chosen.append(Part.family == self.family if self.family else func.coalesce(Part.family, "") == "")
        if self.bin_id is not None:
            chosen.append(Part.id.in_(select(BinStock.part_id).where(BinStock.bin_id == self.bin_id)))
        return chosen


ALL: Final = PartFilter()


def parts(session: Session, day: date, wanted: PartFilter = ALL, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page, by reference, of the parts that were worth something or of which something was there."""
    told = _at(day).where(*wanted.where)
    if key.value is not None:
        told = told.where(Part.reference < key.value if key.backwards else Part.reference > key.value)
    one = told.subquery()
    there = select(one).where(or_(one.c.quantity != Decimal(0), one.c.value != ZERO))
    order = one.c.reference.desc() if key.backwards else one.c.reference.asc()
    rows = session.execute(there.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.reference))


@dataclass(frozen=True, slots=True)
class Line:
    """A part in a bin at the end of a day: quantity (3 decimals), cost of one (4) and value (2) in euros."""

    part_id: int
    bin_id: int
    store: str
    bin: str
    reference: str
    label: str
    family: str
    unit: str
    quantity: Decimal
    average_cost: Decimal
    value: Decimal


def lines(session: Session, day: date, rows: Sequence[AnyRow]) -> list[Line]:
    """The bins of these parts of `parts` at the end of a day; the lines of a part add up to its value, to the cent."""
    held = _held(session, day, [row.id for row in rows])
    found = []
    for row in rows:
        cost = cost_of_day(row.quantity, row.value, row.average)
        bins = [one for one in held[row.id] if one[1]] or [(place, Decimal(0)) for place, _ in held[row.id][:1]]
        values = shared([quantity for _, quantity in bins], cost, row.value)
        found += [
            Line(
                row.id, place.id, place.store, place.code, row.reference, row.label, row.family, row.unit, quantity,
                cost, worth,
            )
            for (place, quantity), worth in zip(bins, values, strict=True)
        ]  # fmt: skip
    return found


def _held(session: Session, day: date, ids: Sequence[int]) -> defaultdict[int, list[tuple[AnyRow, Decimal]]]:
    """What each bin held of these parts at the end of a day, in the order of stores and bins."""
    later: dict[tuple[int, int], Decimal] = {}
    moved = select(StockMovement.part_id, StockMovement.bin_id, func.sum(StockMovement.quantity)).where(
        StockMovement.part_id.in_(ids), StockMovement.moved_on > day
    )
    for part_id, bin_id, quantity in session.execute(moved.group_by(StockMovement.part_id, StockMovement.bin_id)):
        later[part_id, bin_id] = quantity
    found: defaultdict[int, list[tuple[AnyRow, Decimal]]] = defaultdict(list)
    held = (
        select(BinStock.part_id, BinStock.quantity, Bin.id, Bin.code, Store.name.label("store"))
        .join(Bin, Bin.id == BinStock.bin_id)
        .join(Store, Store.id == Bin.store_id)
        .where(BinStock.part_id.in_(ids))
        .order_by(BinStock.part_id, Bin.store_id, Bin.code)
    )
    for row in session.execute(held):
        found[row.part_id].append((row, row.quantity - later.get((row.part_id, row.id), Decimal(0))))
    return found


def every_line(session: Session, day: date, wanted: PartFilter = ALL) -> Iterator[Line]:
    """All the lines of a day by reference, read batch after batch."""
    for page in every(lambda key: parts(session, day, wanted, key, _BATCH)):
        yield from lines(session, day, page.rows)


@dataclass(frozen=True, slots=True)
class Place:
    """A bin, or a whole store, at the end of a day: how many parts it held, and their value in euros."""

    id: int
    store: str
    bin: str
    parts: int
    value: Decimal


def bins(session: Session, day: date, key: Key = FIRST, size: int = PAGE) -> tuple[Page, list[Place]]:
    """A page of the bins that hold or held something, by store and code, and what each was worth."""
    columns = select(Bin.id, Bin.store_id, Bin.code, Store.name.label("store")).join(Store, Store.id == Bin.store_id)
    columns = columns.where(Bin.id.in_(select(BinStock.bin_id)))
    told, _, code = (key.value or "").partition("_")
    store = whole(told)
    if store is not None:
        here = (Bin.store_id == store) & (Bin.code < code if key.backwards else Bin.code > code)
        columns = columns.where(here | (Bin.store_id < store if key.backwards else Bin.store_id > store))
    order = (Bin.store_id.desc(), Bin.code.desc()) if key.backwards else (Bin.store_id, Bin.code)
    rows = session.execute(columns.order_by(*order).limit(size + 1)).all()
    page = cut(rows[::-1] if key.backwards else rows, key, size, lambda row: f"{row.store_id}_{row.code}")
    found = _worth(session, day, BinStock.bin_id.in_([row.id for row in page.rows]))
    return page, [Place(row.id, row.store, row.code, *found.get(row.id, (0, ZERO))) for row in page.rows]


def several_stores(session: Session) -> bool:
    """Whether there are stores to compare."""
    return (session.scalar(select(func.count(Store.id))) or 0) > 1


def stores(session: Session, day: date, total: Decimal, main: int) -> list[Place]:
    """What each store was worth; the main one, which holds most parts, is the total less the others."""
    rows = session.execute(select(Store.id, Store.name).order_by(Store.id)).all()
    elsewhere = session.execute(select(Bin.id, Bin.store_id).where(Bin.store_id != main))
    own = {row.id: row.store_id for row in elsewhere}
    sums: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    counts: defaultdict[int, int] = defaultdict(int)
    for bin_id, (parts_held, value) in _worth(session, day, BinStock.bin_id.in_(list(own))).items():
        if bin_id in own:
            sums[own[bin_id]] += value
            counts[own[bin_id]] += parts_held
    sums[main] = total - sum(sums.values(), ZERO)
    return [Place(row.id, row.name, "", counts[row.id], sums[row.id]) for row in rows]


def _worth(session: Session, day: date, where: ColumnElement[bool]) -> dict[int, tuple[int, Decimal]]:
    """Number of parts and value of each bin that holds one of the parts of some bins; whole for those bins only."""
    ids = list(session.scalars(select(BinStock.part_id).where(where).distinct().order_by(BinStock.part_id)))
    found: dict[int, tuple[int, Decimal]] = {}
    for start in range(0, len(ids), _BATCH):
        told = _at(day).where(Part.id.in_(ids[start : start + _BATCH]))
        for line in lines(session, day, session.execute(told).all()):
            count, value = found.get(line.bin_id, (0, ZERO))
            found[line.bin_id] = (count + (1 if line.quantity else 0), value + line.value)
    return found


def place(session: Session, bin_id: int) -> str:
    """A bin in words: its store, then its code. Raises NotFound."""
    columns = select(Store.name, Bin.code).join(Store, Store.id == Bin.store_id).where(Bin.id == bin_id)
    row = session.execute(columns).one_or_none()
    if row is None:
        raise NotFound("bin", str(bin_id))
    return words.place(row.name, row.code)


def in_the_red(session: Session, day: date, most: int = 20) -> list[AnyRow]:
    """Parts of which more was taken than there was, at the end of a day: at most so many."""
    told = _at(day).subquery()
    return list(session.execute(select(told).where(told.c.quantity < Decimal(0)).limit(most)))


class Credited(NamedTuple):
    """Credits of suppliers that came in a time: euros of the credits, euros at which the goods had left the stock."""

    credit: Decimal
    left: Decimal


def credited(session: Session, after: date, until: date) -> Credited:
    """What suppliers gave back from the day after `after` to `until`, and what those goods were worth in stock."""
    rows = session.execute(
        select(SupplierReturn.credited_amount, SupplierReturn.quantity, StockMovement.unit_cost)
        .join(StockMovement, StockMovement.id == SupplierReturn.movement_id)
        .where(SupplierReturn.credited_on > after, SupplierReturn.credited_on <= until)
    ).all()
    left = sum((cents(row.quantity * row.unit_cost) for row in rows), ZERO)
    return Credited(sum((row.credited_amount or ZERO for row in rows), ZERO), left)
