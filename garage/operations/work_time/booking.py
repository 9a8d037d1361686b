"""From segments to labour lines: one line per order, person, day and code, as long as it is not billed (rule O3)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.models.invoices import LiveBilling
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.work_time import ClockSegment
from garage.domain.errors.base import GarageError
from garage.domain.errors.repair_orders import LineBilled
from garage.domain.work_time import day_of, minutes_between, pieces
from garage.operations import order_lines
from garage.operations.work_time.segments import By, check_day_room


def minutes_of(segment: ClockSegment) -> int:
    """The minutes of an ended segment; none while it runs or waits to be confirmed."""
    if segment.ended_at is None or segment.to_confirm:
        return 0
    return minutes_between(segment.started_at, segment.ended_at)


class Books:
    """The lines that a change of segments touches, written once at the end.

    The person and the orders are locked by whoever holds the books.
    """

    def __init__(self, session: Session, by: By) -> None:
        self._session, self._by = session, by
        self._lines: dict[int, OrderLine] = {}
        self._fresh: list[ClockSegment] = []

    def untie(self, segment: ClockSegment) -> None:
        """Take the minutes of a segment off its line. Raises LineBilled."""
        if segment.order_line_id is None:
            return
        line = self._session.get_one(OrderLine, segment.order_line_id, populate_existing=True)
        if self._session.get(LiveBilling, line.id):
            raise LineBilled(self._number(line.order_id), line.rank)
        self._lines[line.id] = line
        segment.order_line_id = None

    def tie(self, segment: ClockSegment) -> None:
        """Count the minutes of an ended segment."""
        if minutes_of(segment):
            self._fresh.append(segment)

    def settle(self) -> None:
        """Write the lines, those that shrink first: a day never counts the same minutes twice.

        Raises OrderClosed, ImpossibleDay, BadMinutes, UnknownTariffCode, DayOverfull.
        """
        lineless = [segment for segment in self._fresh if segment.order_id is not None and not self._join(segment)]
        self._session.flush()
        totals = [(line, self._total(line)) for line in self._lines.values()]
        for line, total in sorted(totals, key=lambda one: one[1] - (one[0].minutes or 0)):
            self._give(line, total)
        for segment in lineless:
            self._begin_line(segment)
        for segment in self._fresh:
            if segment.order_id is None:
                check_day_room(self._session, segment.user_id, day_of(segment.started_at, PARIS), 0)
        self._session.flush()

    def _join(self, segment: ClockSegment) -> bool:
        """Put a segment on a line that is there already, if one is."""
        known = (line for line in self._lines.values() if _belongs(segment, line))
        line = next(known, None) or self._line_of(segment)
        if line is None:
            return False
        self._lines[line.id] = line
        segment.order_line_id = line.id
        return True

    def _line_of(self, segment: ClockSegment) -> OrderLine | None:
        """The clock's own line for the same order, person, day and code, that no bill holds."""
        return self._session.scalar(
            select(OrderLine)
            .join(ClockSegment, ClockSegment.order_line_id == OrderLine.id)
            .where(
                OrderLine.order_id == segment.order_id, OrderLine.mechanic_id == segment.user_id,
                OrderLine.done_on == day_of(segment.started_at, PARIS), OrderLine.code == segment.code,
                OrderLine.non_billable_reason.is_(None),
                ~select(LiveBilling.order_line_id).where(LiveBilling.order_line_id == OrderLine.id).exists(),
            )
            .order_by(OrderLine.id)
            .limit(1)
        )  # fmt: skip

    def _total(self, line: OrderLine) -> int:
        tied = self._session.scalars(select(ClockSegment).where(ClockSegment.order_line_id == line.id))
        return sum(minutes_of(segment) for segment in tied)

    def _give(self, line: OrderLine, minutes: int) -> None:
        if not minutes:
            order_lines.remove(self._session, self._number(line.order_id), line.rank, self._by.actor, self._by.now)
        elif minutes != line.minutes:
            order_lines.change_minutes(self._session, line, minutes, self._entry(line.order_id, line.done_on))

    def _begin_line(self, segment: ClockSegment) -> None:
        if self._join(segment):  # another segment of the same change began it
            self._session.flush()
            line = self._session.get_one(OrderLine, segment.order_line_id)
            self._give(line, self._total(line))
            return
        entry = self._entry(segment.order_id or 0, day_of(segment.started_at, PARIS))
        line = order_lines.add_labour(self._session, entry, segment.code or "", minutes_of(segment), segment.user_id)
        segment.order_line_id = line.id
        self._lines[line.id] = line
        self._session.flush()

    def _entry(self, order_id: int, day: date) -> order_lines.Entry:
        return order_lines.Entry(self._number(order_id), day, self._by.actor, self._by.now, self._by.today)

    def _number(self, order_id: int) -> str:
        return self._session.get_one(RepairOrder, order_id).number


def _belongs(segment: ClockSegment, line: OrderLine) -> bool:
    here = (segment.order_id, segment.user_id, segment.code, day_of(segment.started_at, PARIS))
    return here == (line.order_id, line.mechanic_id, line.code, line.done_on)


def count(session: Session, segment: ClockSegment, by: By) -> bool:
    """Put an ended segment on its order; what the order does not take any more stays on no line, for the head.

    A clock can always be stopped: its order may have been checked or cancelled meanwhile.
    """
    books = Books(session, by)
    books.tie(segment)
    try:
        books.settle()
    except GarageError:
        segment.order_line_id = None
        session.flush()
        return False
    return True


def split(session: Session, segment: ClockSegment) -> list[ClockSegment]:
    """Cut an ended segment at each civil midnight (rule E20): itself, and those that follow it."""
    if segment.ended_at is None:
        return [segment]
    first, *rest = pieces(segment.started_at, segment.ended_at, PARIS)
    segment.ended_at = first[1]
    more = [
        ClockSegment(
            user_id=segment.user_id,
            order_id=segment.order_id,
            work_id=segment.work_id,
            activity=segment.activity,
            code=segment.code,
            started_at=start,
            ended_at=end,
            created_at=segment.created_at,
        )
        for start, end in rest
    ]
    session.add_all(more)
    session.flush()
    return [segment, *more]
