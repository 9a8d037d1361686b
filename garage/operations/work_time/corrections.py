"""Time put right afterwards: a forgotten clock's end, another start, order or code, a missed segment, one too many.

Each keeps old and new in the journal, with its reason; a mechanic corrects his own time, the head anybody's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.work_time import ClockSegment
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.workshop import ClockBackwards, ClockNotForgotten, ClockNotYours, Disagreement
from garage.domain.permissions import Permission, Role, may
from garage.domain.repair_orders import check_day, check_writable
from garage.domain.work_time import Activity, check_span, day_of, forgotten, told_end, whole_minute
from garage.french.times import stretch
from garage.operations.work_time import codes, segments
from garage.operations.work_time.booking import Books, split
from garage.operations.work_time.running import Job
from garage.operations.work_time.segments import By


@dataclass(frozen=True, slots=True)
class Stretch:
    """A job from one instant to another; without end it runs on."""

    job: Job
    start: datetime
    end: datetime | None


def confirm(session: Session, segment_id: int, at: time, by: By) -> ClockSegment:
    """Tell when a forgotten clock ended: a time of its day, or of the night after (rule O4).

    Raises NotFound, ClockNotYours, ClockNotForgotten, ClockBackwards, ClockInFuture, ClockOverlap, OrderClosed.
    """
    segment = _theirs(session, segment_id, by)
    left = segment.ended_at is None and forgotten(segment.started_at, by.now, PARIS)
    if not segment.to_confirm and not left:
        raise ClockNotForgotten
    before = segments.told(session, segment)
    _end(session, segment, at, by)
    segments.record(session, "clock.confirm", segment, by, before=before)
    return segment


def stop_for(session: Session, segment_id: int, at: time, reason: str, by: By) -> ClockSegment:
    """The head stops somebody's clock at a time, with a reason (WO-05, WO-06).

    Raises NotFound, ClockNotYours, ClockNotForgotten when it is stopped already, ReasonMissing, ClockBackwards,
    ClockInFuture, ClockOverlap.
    """
    words = _reason(reason)
    segment = _theirs(session, segment_id, by)
    if not may(by.actor.role, Permission.MANAGE_WORKSHOP):
        raise ClockNotYours
    if segment.ended_at is not None and not segment.to_confirm:
        raise ClockNotForgotten
    before = segments.told(session, segment)
    _end(session, segment, at, by)
    segments.record(session, "clock.stop_for", segment, by, before=before, reason=words)
    return segment


def correct(
    session: Session, segment_id: int, wanted: Stretch, reason: str, by: By, seen: str | None = None
) -> list[ClockSegment]:
    """Give a segment another start, end, order, activity or code; its minutes follow, cut at midnight (rule E20).

    Raises NotFound, ClockNotYours, ReasonMissing, Disagreement when it is no longer as it was `seen`, LineBilled,
    OrderClosed, ImpossibleDay, ClockBackwards, ClockInFuture, ClockOverlap, DayOverfull, UnknownTariffCode.
    """
    words = _reason(reason)
    order = _order(session, wanted.job)
    segment = _theirs(session, segment_id, by, [order.id if order else None])
    _check_seen(session, segment, wanted, seen)
    start = whole_minute(wanted.start)
    end = whole_minute(wanted.end) if wanted.end is not None else None
    if end is None and segment.ended_at is not None:
        raise ClockBackwards(start)
    _check(session, (start, end), order, by)
    segments.check_room(session, segment.user_id, (start, end), (segment.id,))
    before = segments.told(session, segment)
    books = Books(session, by)
    books.untie(segment)
    _change(session, segment, wanted.job, order, start)
    segment.started_at, segment.ended_at, segment.to_confirm = start, end, False
    session.flush()
    parts = _tied(session, segment, books)
    segments.record(session, "clock.correct", segment, by, before=before, reason=words)
    return parts


def add(session: Session, user_id: int, wanted: Stretch, reason: str | None, by: By) -> list[ClockSegment]:
    """Write down by hand a segment that no clock measured.

    Raises NotFound, ClockNotYours, OrderClosed, ImpossibleDay, ClockBackwards, ClockInFuture, ClockOverlap,
    DayOverfull, NoLabourCode.
    """
    _check_whose(user_id, by)
    if wanted.end is None:
        raise NotFound("segment", "")
    order = _order(session, wanted.job)
    segments.lock_person(session, user_id)
    segments.lock_orders(session, [order.id if order else None])
    start, end = whole_minute(wanted.start), whole_minute(wanted.end)
    _check(session, (start, end), order, by)
    segments.check_room(session, user_id, (start, end), ())
    segment = ClockSegment(user_id=user_id, started_at=start, ended_at=end, created_at=by.now)
    _change(session, segment, wanted.job, order, start)
    session.add(segment)
    session.flush()
    parts = _tied(session, segment, Books(session, by))
    segments.record(session, "clock.add", segment, by, reason=(reason or "").strip() or None)
    return parts


def remove(session: Session, segment_id: int, reason: str, by: By) -> ClockSegment:
    """Take away a segment, with its minutes; the journal keeps it.

    Raises NotFound, ClockNotYours, ReasonMissing, LineBilled, OrderClosed.
    """
    words = _reason(reason)
    segment = _theirs(session, segment_id, by)
    before = segments.told(session, segment)
    books = Books(session, by)
    books.untie(segment)
    books.settle()
    segments.record(session, "clock.remove", segment, by, before=before, after=None, reason=words)
    session.delete(segment)
    session.flush()
    return segment


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonMissing(Activity.WORKSHOP)
    return text.strip()


def _check_whose(user_id: int, by: By) -> None:
    if by.actor.id != user_id and by.actor.role is not Role.HEAD:
        raise ClockNotYours


def _theirs(session: Session, segment_id: int, by: By, orders: Iterable[int | None] = ()) -> ClockSegment:
    segment = segments.locked(session, segment_id, [*orders])
    _check_whose(segment.user_id, by)
    return segment


def _order(session: Session, job: Job) -> RepairOrder | None:
    if job.order is None:
        return None
    order = session.scalar(select(RepairOrder).where(RepairOrder.number == job.order))
    if order is None:
        raise NotFound("order", job.order)
    return order


def _check(session: Session, span: tuple[datetime, datetime | None], order: RepairOrder | None, by: By) -> None:
    start, end = span
    check_span(start, end if end is not None else max(by.now, start), by.now)
    if order is not None:
        session.refresh(order)
        check_writable(order.state, order.number, by.actor.role)
        check_day(day_of(start, PARIS), by.today, order.opened_on)


def _change(session: Session, segment: ClockSegment, job: Job, order: RepairOrder | None, start: datetime) -> None:
    """What the segment is on; its code is chosen afresh when the order changes and none is asked for."""
    stays = order is not None and segment.order_id == order.id
    asked = job.code or (segment.code if stays and job.work_id is None else None)
    segment.order_id = order.id if order is not None else None
    segment.activity = job.activity if order is None else None
    segment.work_id = job.work_id if not stays or job.work_id is not None else segment.work_id
    segment.code = None
    if order is not None:
        day = day_of(start, PARIS)
        segment.code = codes.of_job(session, order.id, segment.user_id, (segment.work_id, asked), day)


def _end(session: Session, segment: ClockSegment, at: time, by: By) -> None:
    end = told_end(segment.started_at, at, PARIS)
    check_span(segment.started_at, end, by.now)
    segments.check_room(session, segment.user_id, (segment.started_at, end), (segment.id,))
    segment.ended_at, segment.to_confirm = end, False
    session.flush()
    _tied(session, segment, Books(session, by))


def _tied(session: Session, segment: ClockSegment, books: Books) -> list[ClockSegment]:
    """Cut at midnight, each piece counted on its day."""
    parts = split(session, segment)
    for part in parts:
        books.tie(part)
    books.settle()
    return parts


def _check_seen(session: Session, segment: ClockSegment, wanted: Stretch, seen: str | None) -> None:
    """Somebody else may have corrected it since the page was made: both are shown (PL-04)."""
    present = stretch(segment.started_at, segment.ended_at)
    mine = stretch(wanted.start, wanted.end)
    if not seen or present in (seen, mine):
        return
    last = session.execute(
        select(JournalEntry.actor, JournalEntry.at)
        .where(JournalEntry.subject == "clock_segments", JournalEntry.subject_key == str(segment.id))
        .order_by(JournalEntry.id.desc())
        .limit(1)
    ).one_or_none()
    who, at = last if last is not None else ("", segment.created_at)
    raise Disagreement("les heures", present, who, at, mine, present)
