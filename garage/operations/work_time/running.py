"""The clock itself: start a job, which ends the one before at that very minute; stop; undo either (rule O4)."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.models.repair_orders import OrderStateChange, RepairOrder
from garage.db.models.work_time import ClockSegment
from garage.domain.errors.base import NotFound
from garage.domain.errors.workshop import ClockChanged, ClockInFuture, ClockOverlap
from garage.domain.repair_orders import OPEN_STATES, OrderState, check_day, check_writable
from garage.domain.work_time import Activity, day_of, forgotten, provisional_end, whole_minute
from garage.operations import repair_orders
from garage.operations.work_time import codes, segments
from garage.operations.work_time.booking import Books, count, minutes_of
from garage.operations.work_time.segments import By


@dataclass(frozen=True, slots=True)
class Job:
    """What one works at: an order by its number, one of its works perhaps, under a code; or time of no order."""

    order: str | None = None
    activity: Activity | None = None
    work_id: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A clock that was stopped: what it was on, from when, its minutes; or what is to be said about it.

    `segment_id` is none when less than a minute had gone by: nothing is left of it. `cut_at` is where it was cut
    already when its end was only waiting to be known.
    """

    job: Job
    segment_id: int | None
    started_at: datetime
    minutes: int
    to_confirm: bool = False
    uncounted: bool = False
    cut_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A clock that was started: `already` when it ran on that job; `stopped` is the one it took over from."""

    segment_id: int
    already: bool = False
    to_confirm: bool = False
    stopped: Stopped | None = None


def start(session: Session, user_id: int, job: Job, at: datetime, by: By) -> Started:
    """Start somebody's clock on a job at a minute; the one that runs ends there and loses nothing (WO-02).

    Entered late, before what is known already, it is cut where the next segment begins and waits for its end.
    Raises NotFound, OrderClosed, ImpossibleDay, ClockOverlap, ClockInFuture, NoLabourCode.
    """
    at = whole_minute(at)
    if at > by.now:
        raise ClockInFuture(at)
    last, order = _before(session, user_id, job, at)
    if order is not None:
        check_writable(order.state, order.number, by.actor.role)
        check_day(day_of(at, PARIS), by.today, order.opened_on)
    if (
        last is not None
        and last.ended_at is None
        and _same(last, job, order)
        and not forgotten(last.started_at, at, PARIS)
    ):
        return Started(last.id, already=True)
    code = _code(session, user_id, job, order, at)
    stopped = _give_way(session, last, at, by)
    made = _begin(session, user_id, replace(job, code=code), order, (at, by.now))
    if order is not None and made.ended_at is None:
        _take_up(session, order, at, by)
    segments.record(session, "clock.start", made, by)
    return Started(made.id, to_confirm=made.to_confirm, stopped=stopped)


def _code(session: Session, user_id: int, job: Job, order: RepairOrder | None, at: datetime) -> str | None:
    if order is None:
        return None
    return codes.of_job(session, order.id, user_id, (job.work_id, job.code), day_of(at, PARIS))


def _begin(
    session: Session, user_id: int, job: Job, order: RepairOrder | None, instants: tuple[datetime, datetime]
) -> ClockSegment:
    """A clock that begins at the first of the instants, written down at the second."""
    made = ClockSegment(
        user_id=user_id,
        order_id=order.id if order is not None else None,
        work_id=job.work_id,
        activity=job.activity,
        code=job.code,
        started_at=instants[0],
        created_at=instants[1],
    )
    _open_end(session, made)
    session.add(made)
    session.flush()
    return made


def stop(session: Session, user_id: int, at: datetime, by: By) -> Stopped | None:
    """Stop somebody's clock at a minute; None when none ran then. A forgotten one waits for its end (rule O4).

    Raises NotFound, ClockOverlap when a known segment ends later than that, ClockInFuture.
    """
    at = whole_minute(at)
    if at > by.now:
        raise ClockInFuture(at)
    last, _ = _before(session, user_id, Job(), at)
    return _give_way(session, last, at, by)


def _before(session: Session, user_id: int, job: Job, at: datetime) -> tuple[ClockSegment | None, RepairOrder | None]:
    """The last segment begun at an instant or before, and the order of a job, with everything locked."""
    segments.lock_person(session, user_id)
    order = None
    if job.order is not None:
        order = session.scalar(select(RepairOrder).where(RepairOrder.number == job.order))
        if order is None:
            raise NotFound("order", job.order)
    last = segments.last_before(session, user_id, at)
    segments.lock_orders(session, [order.id if order else None, last.order_id if last else None])
    return segments.last_before(session, user_id, at), order


def _same(segment: ClockSegment, job: Job, order: RepairOrder | None) -> bool:
    if order is None:
        return segment.activity is not None and segment.activity is job.activity
    return segment.order_id == order.id and job.work_id in (None, segment.work_id)


def _give_way(session: Session, last: ClockSegment | None, at: datetime, by: By) -> Stopped | None:
    """End what ran at an instant; None when nothing did."""
    if last is None:
        return None
    if last.ended_at is not None and not last.to_confirm:
        if at < last.ended_at:
            raise ClockOverlap(last.started_at, last.ended_at)
        return None
    left, cut_at = forgotten(last.started_at, at, PARIS), last.ended_at
    if left and cut_at is not None and cut_at <= at:  # asked about already
        return None
    job = _job(session, last)
    if at == last.started_at:
        segments.record(session, "clock.stop", last, by)
        session.delete(last)
        session.flush()
        return Stopped(job, None, at, 0, cut_at=cut_at)
    last.to_confirm = left
    last.ended_at = provisional_end(last.started_at, at, PARIS) if left else at
    session.flush()
    uncounted = not left and not count(session, last, by)
    segments.record(session, "clock.stop", last, by, uncounted=uncounted)
    return Stopped(job, last.id, last.started_at, minutes_of(last), left, uncounted, cut_at)


def _open_end(session: Session, segment: ClockSegment) -> None:
    """A clock runs, unless something known follows: then it is cut there until its end is told."""
    follows = segments.first_after(session, segment.user_id, segment.started_at, segment.id or 0)
    segment.to_confirm = follows is not None
    segment.ended_at = provisional_end(segment.started_at, follows.started_at, PARIS) if follows else None


def _take_up(session: Session, order: RepairOrder, at: datetime, by: By) -> None:
    """Whoever starts a clock works: the order is in progress, unless it went on since the clock was started."""
    if order.state not in OPEN_STATES - {OrderState.IN_PROGRESS}:
        return
    last = _last_change(session, order.id)
    if last is None or whole_minute(last.at) <= at:
        repair_orders.change_state(session, order.number, OrderState.IN_PROGRESS, by.actor, by.now)


def _last_change(session: Session, order_id: int) -> OrderStateChange | None:
    changes = select(OrderStateChange).where(OrderStateChange.order_id == order_id)
    return session.scalar(changes.order_by(OrderStateChange.id.desc()).limit(1))


def _job(session: Session, segment: ClockSegment) -> Job:
    number = session.scalar(select(RepairOrder.number).where(RepairOrder.id == segment.order_id))
    return Job(number, segment.activity, segment.work_id, segment.code)


@dataclass(frozen=True, slots=True)
class Undo:
    """What a start or a stop did: `begun` is the clock it started, `made_at` that instant, `ended` the one it stopped.

    A clock stopped within its first minute left nothing: `job` and `since` tell it. `cut_at` is that of `Stopped`.
    """

    begun: int | None = None
    made_at: datetime | None = None
    ended: int | None = None
    job: Job | None = None
    since: datetime | None = None
    cut_at: datetime | None = None


def undo(session: Session, user_id: int, done: Undo, by: By) -> ClockSegment | None:
    """Put the clock back as it was before a start or a stop; gives what runs again.

    Raises NotFound, ClockChanged when the clock went on since, ClockOverlap, ClockInFuture, OrderClosed, LineBilled.
    """
    segments.lock_person(session, user_id)
    done = replace(done, cut_at=min(done.cut_at, whole_minute(by.now)) if done.cut_at is not None else None)
    begun = _mine(session, done.begun, user_id)
    if begun is not None and begun.created_at != done.made_at:  # SQLite gives an id again after the last row went
        raise ClockChanged
    ended = _mine(session, done.ended, user_id)
    segments.lock_orders(session, [row.order_id for row in (begun, ended) if row is not None])
    if begun is not None:
        _never_begun(session, begun, by)
    if ended is not None:
        if begun is None and segments.first_after(session, user_id, ended.started_at, ended.id):
            raise ClockChanged
        until = begun.started_at if begun is not None else done.since
        return _run_again(session, ended, (until, done.cut_at), by)
    if done.job is None or done.since is None:
        return None
    since = whole_minute(done.since)
    if since > by.now:
        raise ClockInFuture(since)
    segments.check_room(session, user_id, (since, None), ())
    _, order = _before(session, user_id, done.job, since)
    if order is not None:
        check_writable(order.state, order.number, by.actor.role)
    job = replace(done.job, code=_code(session, user_id, done.job, order, since))
    again = _begin(session, user_id, job, order, (since, by.now))
    _cut_again(again, done.cut_at)
    session.flush()
    segments.record(session, "clock.undo", again, by)
    return again


def _mine(session: Session, key: int | None, user_id: int) -> ClockSegment | None:
    if key is None:
        return None
    row = session.get(ClockSegment, key, populate_existing=True)
    if row is None or row.user_id != user_id:
        raise ClockChanged
    return row


def _never_begun(session: Session, begun: ClockSegment, by: By) -> None:
    """Take back a clock that still runs as it was started, and the state it gave its order."""
    if begun.ended_at is not None and not begun.to_confirm:
        raise ClockChanged
    last = _last_change(session, begun.order_id) if begun.order_id is not None else None
    if last is not None and last.state is OrderState.IN_PROGRESS and last.at == begun.created_at:
        order = session.get_one(RepairOrder, begun.order_id)
        session.delete(last)
        session.flush()
        earlier = _last_change(session, order.id)
        if earlier is not None and order.state is OrderState.IN_PROGRESS:
            order.state = earlier.state
            order.version += 1
    segments.record(session, "clock.undo", begun, by)
    session.delete(begun)
    session.flush()


def _run_again(
    session: Session, ended: ClockSegment, ends: tuple[datetime | None, datetime | None], by: By
) -> ClockSegment:
    """Take back the end of a segment, if it is still the end it was given; where it was cut before, it is again."""
    until, cut_at = ends
    if ended.ended_at is None or (not ended.to_confirm and until is not None and ended.ended_at != until):
        raise ClockChanged
    books = Books(session, by)
    books.untie(ended)
    _open_end(session, ended)
    _cut_again(ended, cut_at)
    books.settle()
    session.flush()
    segments.record(session, "clock.undo", ended, by)
    return ended


def _cut_again(segment: ClockSegment, cut_at: datetime | None) -> None:
    """A clock that was cut and waited for its end does so again."""
    if cut_at is not None and cut_at > segment.started_at:
        segment.ended_at, segment.to_confirm = min(cut_at, segment.ended_at or cut_at), True
