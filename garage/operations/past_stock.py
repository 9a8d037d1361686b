"""What a part and its bins held at the end of past days: nothing leaves a day that did not hold it (rules S4, S6)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import BinStock, Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.domain.errors.stock import NotThereThen
from garage.domain.money import ZERO
from garage.operations import stores

# A bin by its id; None is the part as a whole.
Place = int | None
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Shortage:
    """A quantity that cannot leave on a day: when and where there was too little, what there was, when it can leave."""

    short_on: date
    place: Place
    held: Decimal
    first: date


@dataclass(slots=True)
class Past:
    """What is on hand of a part now, in all and by bin, and what moved on each day after `day`."""

    day: date
    held: defaultdict[Place, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    later: defaultdict[date, defaultdict[Place, Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Decimal))
    )

    def move(self, bin_id: int, quantity: Decimal, day: date) -> None:
        """One more movement, of so much more or less."""
        for place in (None, bin_id):
            self.held[place] += quantity
            if day > self.day:
                self.later[day][place] += quantity

    def shortage(self, taken: Mapping[Place, Decimal]) -> Shortage | None:
        """Why these quantities cannot all leave on `day` without a later day being left below zero; None when they can.

        What there is too little of even now, after an issue beyond the stock, is no matter of days.
        """
        held = defaultdict(Decimal, self.held)
        asked = {place: quantity for place, quantity in taken.items() if held[place] >= quantity}
        days, found = sorted(self.later, reverse=True), None
        for on, since in zip(days, [*days, self.day][1:], strict=True):
            for place, quantity in self.later[on].items():
                held[place] -= quantity
            lacking = [place for place, quantity in asked.items() if held[place] < quantity]
            if lacking:
                found = Shortage(since, lacking[0], held[lacking[0]], found.first if found else on)
        return found


def first_day(won: Mapping[date, Decimal], on_hand: Decimal, quantity: Decimal, day: date) -> date:
    """The first day from one on that holds a quantity until now, of a part by what it won or lost on each day.

    >>> won = {date(2026, 3, 15): Decimal(6), date(2026, 3, 20): Decimal(-4)}
    >>> first_day(won, Decimal(2), Decimal(2), date(2026, 3, 1))
    datetime.date(2026, 3, 15)
    """
    past = Past(day)
    past.held[None] = on_hand
    for on in won:
        if on > day:
            past.later[on][None] = won[on]
    late = past.shortage({None: quantity})
    return late.first if late else day


def read(session: Session, part_ids: Sequence[int], day: date) -> dict[int, Past]:
    """The past of these parts from a day on: two readings, by the days after it only."""
    pasts = {part_id: Past(day) for part_id in part_ids}
    moved = (StockMovement.part_id, StockMovement.bin_id, StockMovement.moved_on)
    for start in range(0, len(part_ids), _BATCH):
        some = part_ids[start : start + _BATCH]
        held = select(BinStock.part_id, BinStock.bin_id, BinStock.quantity).where(BinStock.part_id.in_(some))
        for part_id, bin_id, quantity in session.execute(held):
            pasts[part_id].move(bin_id, quantity, day)
        since = select(*moved, func.sum(StockMovement.quantity)).where(
            StockMovement.part_id.in_(some), StockMovement.moved_on > day
        )
        for part_id, bin_id, on, quantity in session.execute(since.group_by(*moved)):
            pasts[part_id].later[on][bin_id] += quantity
            pasts[part_id].later[on][None] += quantity
    return pasts


def shortage(
    session: Session, part_id: int, day: date, pieces: Sequence[tuple[int, Decimal]], *, within: bool = False
) -> Shortage | None:
    """Why these quantities cannot leave these bins on a day, None when they can; `within`: they stay in the part."""
    taken: dict[Place, Decimal] = {} if within else {None: sum((piece for _, piece in pieces), ZERO)}
    taken.update(pieces)
    return read(session, [part_id], day)[part_id].shortage(taken)


def check(
    session: Session, part: Part, day: date, pieces: Sequence[tuple[int, Decimal]], *, within: bool = False
) -> None:
    """Refuse a day that does not hold what leaves these bins; `within`: it stays in the part. Raises NotThereThen."""
    late = shortage(session, part.id, day, pieces, within=within)
    if late is not None:
        place = None if late.place in (None, stores.LOOSE) else stores.words(session, late.place)
        raise NotThereThen(part.reference, place, late.short_on, late.held, late.first)


def plan(session: Session, day: date, differences: Sequence[tuple[int, int, int, Decimal]]) -> dict[int, Shortage]:
    """What cannot leave on a day, by key, of differences (key, part, bin, signed quantity) written in this order."""
    pasts = read(session, sorted({part_id for _, part_id, _, quantity in differences if quantity < 0}), day)
    late: dict[int, Shortage] = {}
    for key, part_id, bin_id, quantity in differences:
        past = pasts.get(part_id)
        if past is None:
            continue
        found = past.shortage({None: -quantity, bin_id: -quantity}) if quantity < 0 else None
        if found is not None:
            late[key] = found
        past.move(bin_id, quantity, found.first if found else day)
    return late


def last_day(session: Session, line: OrderLine) -> date:
    """The first open day on which what an order's line took may come back: its own, or the one its stock moved on."""
    moved = select(func.max(StockMovement.moved_on)).where(StockMovement.order_line_id == line.id)
    return open_day(session, max(line.done_on, session.scalar(moved) or line.done_on))


def open_day(session: Session, day: date) -> date:
    """A day, or the first one after it that no frozen year holds (rule S6)."""
    frozen = session.scalar(select(func.max(StockYear.year)))
    return day if frozen is None else max(day, date(frozen + 1, 1, 1))
