"""Counts of the stock: opened, entered line by line, handed over, sent back, given up (rules S2, S3; PA-11, PA-12).

What the books say is read under the part's lock at the instant it is counted: stock goes on living meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Integer, func, insert, literal, select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountHand, CountLine, StockCount
from garage.db.models.stock import Bin, Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.queries.counts import Scope, taken, to_count
from garage.db.queries.settings import current
from garage.domain.counts import OPEN, CountState, Limits, check_counted, needs_second
from garage.domain.errors.base import ImpossibleDay, NotFound, ReasonMissing
from garage.domain.errors.counts import (
    CountClosed,
    CountedMeanwhile,
    InAnotherCount,
    NothingCounted,
    NothingToCount,
    SecondCountMissing,
)
from garage.domain.errors.stock import YearFrozen
from garage.domain.permissions import Actor
from garage.operations import journal, numbering, stock

SERIES: Final = "INV"
_BACK: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Opening:
    """A count to open: what it looks at, its title, the day its differences will be dated; a token makes it once."""

    scope: Scope
    title: str
    counted_on: date
    form_token: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What was found of a part in a bin (3 decimals); `seen` is the version of the line read, 0 when it had none."""

    part_id: int
    bin_id: int
    counted: Decimal
    seen: int


def open_count(session: Session, opening: Opening, actor: Actor, now: datetime, today: date) -> StockCount:
    """Open a count under its number, INV-YYYY-NNNNN, with a line for each part in each bin of its scope.

    What another open count has is left to it, and the journal says how much.
    Raises ImpossibleDay, YearFrozen, NothingToCount.
    """
    first = today - _BACK
    if not first <= opening.counted_on <= today:
        raise ImpossibleDay(opening.counted_on, first)
    frozen = session.scalar(select(func.max(StockYear.year)))
    if frozen is not None and opening.counted_on.year <= frozen:
        raise YearFrozen(frozen)
    numbering.lock(session, [SERIES], today)
    if opening.form_token:
        sent = session.scalar(select(StockCount).where(StockCount.form_token == opening.form_token))
        if sent is not None:
            return sent
    number = f"{SERIES}-{today.year:04d}-{numbering.next_in_series(session, SERIES, today):05d}"
    count = StockCount(
        number=number, title=opening.title, state=CountState.COUNTING, counted_on=opening.counted_on,
        opened_by_id=actor.id, opened_at=now, form_token=opening.form_token,
    )  # fmt: skip
    session.add(count)
    session.flush()
    left = taken(session, opening.scope)
    places = to_count(opening.scope)
    fixed = (literal(count.id, Integer), literal(False), literal(1, Integer), literal(0, Integer))  # noqa: FBT003
    columns = ["part_id", "bin_id", "count_id", "recount", "version", "seen_movement_id"]
    session.execute(insert(CountLine).from_select(columns, places.add_columns(*fixed)))
    lines = session.scalar(select(func.count()).where(CountLine.count_id == count.id)) or 0
    if not lines:
        raise NothingToCount
    data = {"title": count.title, "lines": lines} | ({"left": left} if left else {})
    journal.record(session, actor, "count.open", ("stock_counts", number), data=data, now=now)
    return count


def enter(session: Session, count_id: int, entry: Entry, actor: Actor, now: datetime) -> CountLine:
    """Keep what was found, and what the books say at this instant; a part that is not on the sheet is added.

    Beyond the limits of the settings a second count is asked, which replaces the first; the first is kept.
    Raises NotFound, CountClosed, BadCount, InAnotherCount, CountedMeanwhile.
    """
    check_counted(entry.counted)
    lock_open(session, count_id)
    part = stock.locked(session, entry.part_id)
    if session.get(Bin, entry.bin_id) is None:
        raise NotFound("bin", str(entry.bin_id))
    place = (CountLine.part_id == entry.part_id, CountLine.bin_id == entry.bin_id)
    line = session.scalar(
        select(CountLine).where(CountLine.count_id == count_id, *place).execution_options(populate_existing=True)
    )
    if line is None:
        elsewhere = select(StockCount.number).join(CountLine, CountLine.count_id == StockCount.id)
        other = session.scalar(elsewhere.where(StockCount.state.in_(OPEN), *place))
        if other is not None:
            raise InAnotherCount(part.reference, other)
        line = CountLine(count_id=count_id, part_id=part.id, bin_id=entry.bin_id, version=0, recount=False)
        session.add(line)
    elif line.version != entry.seen and line.counted is not None:
        if (line.counted, line.counted_by_id) == (entry.counted, actor.id):
            return line
        raise CountedMeanwhile(part.reference, line.counted)
    write(session, line, part, entry.counted, (actor, now))
    return line


def write(session: Session, line: CountLine, part: Part, counted: Decimal, by: tuple[Actor, datetime]) -> None:
    """Put a quantity on a line whose count and part are locked, and keep who counted it."""
    new, who = line.counted is None, by[0].id
    if line.recount and line.first_counted is None:
        line.first_expected, line.first_counted = line.expected, line.counted
        line.first_counted_by_id = line.counted_by_id
    line.expected = stock.in_bin(session, part.id, line.bin_id)
    line.counted = counted
    line.counted_by_id, line.counted_at = by[0].id, by[1]
    last = select(func.max(StockMovement.id)).where(StockMovement.part_id == part.id)
    line.seen_movement_id = session.scalar(last) or 0
    settings = current(session)
    limits = Limits(settings.recount_euros, settings.recount_percent)
    beyond = needs_second(line.expected, counted, part.average_cost, limits)
    line.recount = beyond and line.first_counted is None
    line.version = (line.version or 0) + 1
    session.flush()
    if who is not None and (new or session.get(CountHand, (line.id, who)) is None):
        session.add(CountHand(line_id=line.id, user_id=who))
        session.flush()


def lock_open(session: Session, count_id: int, *, alone: bool = False) -> StockCount:
    """A count that is being counted, kept so until the transaction ends. Raises NotFound, CountClosed.

    Several people may enter at once; `alone` keeps them out.
    """
    return _in_state(session, count_id, (CountState.COUNTING,), alone=alone)


def lock_in(session: Session, count_id: int, *states: CountState) -> StockCount:
    """A count in one of these states, to ourselves. Raises NotFound, CountClosed."""
    return _in_state(session, count_id, states, alone=True)


def _in_state(session: Session, count_id: int, states: tuple[CountState, ...], *, alone: bool) -> StockCount:
    count = session.get(StockCount, count_id, with_for_update={"read": not alone}, populate_existing=True)
    if count is None:
        raise NotFound("count", str(count_id))
    if count.state not in states:
        raise CountClosed(count.number, count.state)
    return count


def hand_over(session: Session, count_id: int, actor: Actor, now: datetime) -> None:
    """Counting is over: the count waits for its approval; lines that nobody counted stay out of it.

    Raises NotFound, CountClosed, NothingCounted, SecondCountMissing.
    """
    count = lock_in(session, count_id, CountState.COUNTING)
    mine = select(func.count()).where(CountLine.count_id == count_id)
    counted = session.scalar(mine.where(CountLine.counted.is_not(None))) or 0
    if not counted:
        raise NothingCounted(count.number)
    if again := session.scalar(mine.where(CountLine.recount)) or 0:
        raise SecondCountMissing(again)
    _pass(session, count, CountState.TO_APPROVE)
    _tell(session, count, "count.hand_over", {"lines": counted}, (actor, now))


def send_back(session: Session, count_id: int, actor: Actor, now: datetime) -> None:
    """Have a count that waits for approval counted further. Raises NotFound, CountClosed."""
    count = lock_in(session, count_id, CountState.TO_APPROVE)
    _pass(session, count, CountState.COUNTING)
    _tell(session, count, "count.send_back", {}, (actor, now))


def count_again(session: Session, count_id: int, line_id: int, actor: Actor, now: datetime) -> None:
    """Ask for one more count of a line; the whole count is counted further. Raises NotFound, CountClosed."""
    count = lock_in(session, count_id, CountState.TO_APPROVE)
    line = session.get(CountLine, line_id, with_for_update=True)
    if line is None or line.count_id != count_id or line.counted is None:
        raise NotFound("line", str(line_id))
    line.recount = True
    _pass(session, count, CountState.COUNTING)
    reference = session.get_one(Part, line.part_id).reference
    _tell(session, count, "count.count_again", {"reference": reference}, (actor, now))


def cancel(session: Session, count_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Give a count up, with the reason: nothing is written to stock. Raises NotFound, CountClosed, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(CountState.CANCELLED)
    count = lock_in(session, count_id, *OPEN)
    count.reason = reason.strip()
    _pass(session, count, CountState.CANCELLED)
    _tell(session, count, "count.cancel", {"reason": count.reason}, (actor, now))


def _pass(session: Session, count: StockCount, state: CountState) -> None:
    count.state = state
    count.version += 1
    session.flush()


def _tell(
    session: Session, count: StockCount, act: str, data: dict[str, int | str], by: tuple[Actor, datetime]
) -> None:
    journal.record(session, by[0], act, ("stock_counts", count.number), data=data, now=by[1])
