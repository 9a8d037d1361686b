"""The stock's value added up by day and by month, so that the value of any day is read from few rows (rule S6)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from garage.db.models.stock import Part, StockMovement
from garage.db.models.stock_years import StockDay, StockMonth, StockTotals
from garage.db.queries.paging import AnySelect
from garage.db.queries.stock_value import Won, won
from garage.domain.stock import MovementKind
from garage.domain.stock_value import Change

# So many movements that are not added up yet are read fast.
_LONG: Final = 500
_EUROS: Final = ("value_change", "variance", "paid")
_Key = tuple[date, str, MovementKind]


def hold(session: Session) -> StockTotals:
    """Nobody else adds up, and no movement is being written, until the end of this transaction.

    So that no id below the last one belongs to a movement still to be committed.
    """
    totals = session.get_one(StockTotals, 1, with_for_update=True, populate_existing=True)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE stock_movements IN SHARE MODE"))
    return totals


def bring_up_to_date(session: Session) -> int:
    """Add the movements that are not added up yet; how many ids it went on by. Doing it again adds nothing."""
    totals = hold(session)
    last = session.scalar(select(func.max(StockMovement.id))) or 0
    gone_on = last - totals.until_id
    if gone_on > 0:
        _add(session, won(StockMovement.id > totals.until_id, StockMovement.id <= last))
        totals.until_id = last
        session.flush()
    return max(gone_on, 0)


def hold_family(session: Session, reference: str, after: str | None) -> None:
    """Nobody else adds up while a part changes family: call it before the part is locked, as movements lock it last."""
    before = session.scalar(select(Part.family).where(Part.reference == reference))
    if (before or "") != (after or ""):
        session.get_one(StockTotals, 1, with_for_update=True, populate_existing=True)


def change_family(session: Session, part_id: int, before: str | None, after: str | None) -> None:
    """A part changes family: what it won goes with it, for every past day; call it where the family is written."""
    if (before or "") == (after or ""):
        return
    totals = session.get_one(StockTotals, 1, with_for_update=True, populate_existing=True)
    mine = won(StockMovement.part_id == part_id, StockMovement.id <= totals.until_id)
    rows = [Won(*row) for row in session.execute(mine)]
    for family, sign in ((before, -1), (after, 1)):
        moved = [
            Won(one.day, family or "", one.kind, sign * one.value, sign * one.variance, sign * one.paid) for one in rows
        ]
        _write(session, moved)


def is_long(session: Session) -> bool:
    """Whether many movements are not added up yet."""
    until = session.scalar(select(StockTotals.until_id)) or 0
    beyond = select(StockMovement.id).where(StockMovement.id > until).limit(_LONG + 1)
    return len(session.scalars(beyond).all()) > _LONG


def _add(session: Session, sums: AnySelect) -> None:
    _write(session, [Won(*row) for row in session.execute(sums)])


def _write(session: Session, rows: Iterable[Won]) -> None:
    months: defaultdict[_Key, Change] = defaultdict(Change)
    days: dict[_Key, Change] = {}
    for one in rows:
        change = Change(one.value, one.variance, one.paid)
        if change != Change():
            days[one.day, one.family, one.kind] = change
            months[one.day.replace(day=1), one.family, one.kind] += change
    _upsert(session, StockDay, StockDay.day, days)
    _upsert(session, StockMonth, StockMonth.month, months)


def _upsert(
    session: Session,
    table: type[StockDay] | type[StockMonth],
    when: InstrumentedAttribute[date],
    sums: dict[_Key, Change],
) -> None:
    if not sums:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    told = {name: getattr(table, name) + getattr(statement.excluded, name) for name in _EUROS}
    added = statement.on_conflict_do_update(index_elements=[when.key, "family", "kind"], set_=told)
    rows = [
        {
            when.key: first, "family": family, "kind": kind,
            "value_change": change.value, "variance": change.variance, "paid": change.paid,
        }
        for (first, family, kind), change in sums.items()
    ]  # fmt: skip
    session.execute(added, rows)
