"""Reads of the frozen valuations of 31 December, from their own lines (rule S6)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock_years import StockYear, StockYearLine
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow, AnySelect

PAGE: Final = 48
_BATCH: Final = 500


def _told() -> AnySelect:
    return select(
        StockYear.year, StockYear.value, StockYear.parts, StockYear.sha256, StockYear.frozen_at,
        User.name.label("frozen_by"),
    ).outerjoin(User, User.id == StockYear.frozen_by_id)  # fmt: skip


def years(session: Session) -> Sequence[AnyRow]:
    """The frozen years, the last first, with who froze them."""
    return session.execute(_told().order_by(StockYear.year.desc())).all()


def year(session: Session, wanted: int) -> AnyRow | None:
    """One of them."""
    return session.execute(_told().where(StockYear.year == wanted)).one_or_none()


def families(session: Session, wanted: int) -> list[tuple[str, Decimal]]:
    """The value of each family in a frozen valuation, the greatest first."""
    sums = select(StockYearLine.family, func.sum(StockYearLine.value)).where(StockYearLine.year == wanted)
    rows = session.execute(sums.group_by(StockYearLine.family))
    return sorted(((row[0], row[1]) for row in rows), key=lambda pair: (-pair[1], pair[0]))


def lines(session: Session, wanted: int, after: int = 0, size: int = PAGE) -> Sequence[StockYearLine]:
    """The lines after a rank, as they were frozen."""
    columns = select(StockYearLine).where(StockYearLine.year == wanted, StockYearLine.rank > after)
    return session.scalars(columns.order_by(StockYearLine.rank).limit(size)).all()


def every_line(session: Session, wanted: int) -> Iterator[StockYearLine]:
    """All of them, read batch after batch."""
    after = 0
    while batch := lines(session, wanted, after, _BATCH):
        yield from batch
        after = batch[-1].rank
