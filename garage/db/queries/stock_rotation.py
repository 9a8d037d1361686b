"""Reads of what does not move and of what turns: dormant parts, issues beside the value held (rule S6)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from garage.db.models.stock import Part, StockMovement
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, whole
from garage.db.queries.stock_value import PAGE, Values
from garage.db.types import ScaledDecimal
from garage.domain.money import ZERO
from garage.domain.stock import MovementKind

# The figures of the greatest value of a part.
_CENTS: Final = 17
_ISSUED: Final = (MovementKind.ISSUE, MovementKind.RETURN)


def _sleeping(since: date) -> list[ColumnElement[bool]]:
    """On hand, already there on a day, and not issued since."""
    mine = StockMovement.part_id == Part.id
    issued = exists().where(
        mine, StockMovement.moved_on > since, StockMovement.kind == MovementKind.ISSUE, StockMovement.through.is_(False)
    )
    there = exists().where(mine, StockMovement.moved_on <= since)
    return [Part.on_hand > Decimal(0), there, ~issued]


def _last(*which: ColumnElement[bool]) -> Any:
    last = select(func.max(StockMovement.moved_on)).where(StockMovement.part_id == Part.id, *which)
    return last.correlate(Part).scalar_subquery()


def dormant(session: Session, since: date, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of the parts that no order took since a day, the greatest value first."""
    issued = (StockMovement.kind == MovementKind.ISSUE, StockMovement.through.is_(False))
    told = select(
        Part.id, Part.reference, Part.label, Part.unit, Part.family, Part.bin, Part.on_hand, Part.value,
        _last().label("moved_on"), _last(*issued).label("issued_on"),
    ).where(*_sleeping(since))  # fmt: skip
    found = _value_and_id(key.value)
    if found is not None:
        value, part_id = found
        if key.backwards:
            told = told.where(or_(Part.value > value, and_(Part.value == value, Part.id < part_id)))
        else:
            told = told.where(or_(Part.value < value, and_(Part.value == value, Part.id > part_id)))
    order = (Part.value.asc(), Part.id.desc()) if key.backwards else (Part.value.desc(), Part.id.asc())
    rows = session.execute(told.order_by(*order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: f"{row.value * 100:.0f}_{row.id}")


def _value_and_id(text: str | None) -> tuple[Decimal, int] | None:
    cents, _, row = (text or "").partition("_")
    part_id = whole(row)
    if part_id is None or not cents.removeprefix("-").isdecimal() or len(cents) > _CENTS:
        return None
    return Decimal(cents).scaleb(-2), part_id


def dormant_sum(session: Session, since: date) -> tuple[int, Decimal]:
    """How many parts are dormant, and their value in euros."""
    row = session.execute(select(func.count(), func.sum(Part.value)).where(*_sleeping(since))).one()
    return row[0], row[1] or ZERO


@dataclass(frozen=True, slots=True)
class Turn:
    """What was issued over a time (net of returns) beside the value at both its ends, in euros."""

    issued: Decimal
    opening: Decimal
    closing: Decimal

    @property
    def mean(self) -> Decimal:
        """The mean of both ends."""
        return (self.opening + self.closing) / 2

    @property
    def times(self) -> Decimal | None:
        """How many times the stock turned: issues ÷ mean; None where nothing was held."""
        return self.issued / self.mean if self.mean > 0 else None

    def days(self, over: int) -> Decimal | None:
        """How many days the stock lasts at that pace, over a time of so many days; None where nothing was issued."""
        return self.mean / self.issued * over if self.issued > 0 else None


def families(session: Session, after: date, until: date) -> dict[str, Turn]:
    """Each family's turn over the days after one until another, the most issued first."""
    values = Values.of(session)
    issued: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for (family, kind), value in values.sums(after, until).items():
        if kind in _ISSUED:
            issued[family] -= value
    opening, closing = values.by_family(after), values.by_family(until)
    names = {*issued, *opening, *closing}
    found = {name: Turn(issued[name], opening.get(name, ZERO), closing.get(name, ZERO)) for name in names}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].issued, pair[0])))


def parts(session: Session, span: tuple[date, date], family: str | None, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of parts by reference, each with its turn's figures; of one family («» is none) or of all."""
    told = _turning(*span)
    if family is not None:
        told = told.where(Part.family == family if family else func.coalesce(Part.family, "") == "")
    if key.value is not None:
        told = told.where(Part.reference < key.value if key.backwards else Part.reference > key.value)
    order = Part.reference.desc() if key.backwards else Part.reference.asc()
    rows = session.execute(told.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.reference))


def _turning(after: date, until: date) -> AnySelect:
    def won(*which: ColumnElement[bool]) -> Any:
        summed = select(func.sum(StockMovement.value_change)).where(StockMovement.part_id == Part.id, *which)
        return type_coerce(summed.correlate(Part).scalar_subquery(), ScaledDecimal(2))

    during = (StockMovement.moved_on > after, StockMovement.moved_on <= until)
    issued = (*during, StockMovement.kind.in_(_ISSUED), StockMovement.through.is_(False))
    return select(
        Part.id, Part.reference, Part.label, Part.unit, Part.family, Part.on_hand, Part.value,
        won(*issued).label("issued"), won(*during).label("won"),
        won(StockMovement.moved_on > until).label("later"),
    )  # fmt: skip


def turns(rows: Sequence[AnyRow]) -> list[tuple[AnyRow, Turn]]:
    """Each part of such a page with its turn."""
    found = []
    for row in rows:
        closing = row.value - (row.later or ZERO)
        found.append((row, Turn(-(row.issued or ZERO), closing - (row.won or ZERO), closing)))
    return found
