"""The demonstration's counts: a shelf counted and approved, the fluids at the year's end, the year frozen. Made up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.stock import Bin
from garage.db.queries.counts import Scope
from garage.db.queries.stock_value import Values
from garage.domain.counts import CountKind, CountReason
from garage.domain.permissions import Actor
from garage.operations import count_approval, counting, stock, stock_totals, stock_years, stores
from garage.operations.count_approval import Approval
from garage.operations.counting import Entry, Opening
from garage.operations.demo.seasons import after, before
from garage.operations.demo.workshop import Workshop

_FLUIDS: Final = "Huiles et fluides"
# Which lines of a count differ from the books, and by how much.
_FOUND: Final = {1: Decimal(-1), 4: Decimal(1), 7: Decimal(-1)}
_OPENED, _HANDED, _APPROVED = 13 * 60 + 5, 16 * 60, 17 * 60 + 20


def write(workshop: Workshop, today: date) -> None:
    """Write everything that the history reaches into the agenda."""
    _OneDay(workshop, "Rayon A3 (fictif)", lambda session: shelf(session, "A3-")).write(before(today, 13), today)
    new_year = date(today.year, 1, 1)
    if workshop.agenda.first < new_year:
        title = f"Fin d’année {new_year.year - 1}, fluides (fictif)"
        fluids = _OneDay(workshop, title, lambda _: Scope(CountKind.FAMILY, family=_FLUIDS))
        fluids.write(before(new_year, 1), today)
        workshop.agenda.note(after(date(new_year.year, 1, 14), 0), _APPROVED, partial(_freeze, workshop))


@dataclass(slots=True)
class _OneDay:
    """A count of one day: opened, counted by a mechanic, approved by the accountant."""

    workshop: Workshop
    title: str
    scope: Callable[[Session], Scope]
    id: int = 0

    def write(self, day: date, today: date) -> None:
        if self.workshop.agenda.first <= day < today:
            for minute, act in ((_OPENED, self._open), (_HANDED, self._count), (_APPROVED, self._approve)):
                self.workshop.agenda.note(day, minute, act)

    def _open(self, session: Session, now: datetime) -> None:
        opening = Opening(self.scope(session), self.title, now.date())
        self.id = counting.open_count(session, opening, self.workshop.team.head, now, now.date()).id

    def _count(self, session: Session, now: datetime) -> None:
        first, second = self.workshop.team.mechanics[:2]
        for place, line in enumerate(_lines(session, self.id)):
            found = found_of(session, line, _FOUND.get(place, Decimal(0)))
            enter(session, line, found, (first, now))
            if line.recount:
                enter(session, line, found, (second, now))
        counting.hand_over(session, self.id, first, now)

    def _approve(self, session: Session, now: datetime) -> None:
        approval = Approval(session.get_one(StockCount, self.id).version, other=CountReason.UNRECORDED_ISSUE)
        count_approval.approve(session, self.id, approval, self.workshop.team.accounting, now)
        self.workshop.shelf.look_again(session)


def _freeze(workshop: Workshop, session: Session, now: datetime) -> None:
    year, by = now.year - 1, stock_years.By(workshop.team.accounting, now, now.date())
    stock_totals.bring_up_to_date(session)
    stock_years.freeze(session, year, Values.of(session).total(date(year, 12, 31)), by)


def shelf(session: Session, start: str) -> Scope:
    """The bins of the main store whose code begins so."""
    bins = select(Bin.id).where(Bin.store_id == stores.MAIN, Bin.code.startswith(start)).order_by(Bin.code)
    return Scope(CountKind.BINS, bin_ids=tuple(session.scalars(bins)))


def begin(session: Session, by: tuple[Actor, Actor], now: datetime) -> None:
    """A count that goes on: a mechanic found half of a shelf so far, one part of it must be counted again."""
    head, hand = by
    opening = Opening(shelf(session, "A5-"), "Rayon A5 (fictif)", now.date())
    made = counting.open_count(session, opening, head, now, now.date())
    lines = _lines(session, made.id)
    for place, line in enumerate(lines[: len(lines) // 2]):
        enter(session, line, found_of(session, line, _FOUND.get(place, Decimal(0))), (hand, now))


def _lines(session: Session, count_id: int) -> list[CountLine]:
    return list(session.scalars(select(CountLine).where(CountLine.count_id == count_id).order_by(CountLine.id)))


def found_of(session: Session, line: CountLine, more: Decimal) -> Decimal:
    """What was found: what the books say of the bin, and so much more or less."""
    return max(stock.in_bin(session, line.part_id, line.bin_id) + more, Decimal(0))


def enter(session: Session, line: CountLine, found: Decimal, by: tuple[Actor, datetime]) -> None:
    """A line of the sheet filled in."""
    counting.enter(session, line.count_id, Entry(line.part_id, line.bin_id, found, line.version), *by)
