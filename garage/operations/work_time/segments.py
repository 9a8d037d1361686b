"""Rows of clocks under the lock of their person: found, counted, told in the journal, freed with their line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.clock import PARIS, paris_day
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.db.models.work_time import ClockSegment
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Actor
from garage.domain.work_time import Span, bounds, check_day, check_free, minutes_between
from garage.operations import journal


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and when it is received; what was entered, and for whom, is told apart."""

    actor: Actor
    now: datetime

    @property
    def today(self) -> date:
        """The civil day in Paris (rule E20)."""
        return paris_day(self.now)


def lock_person(session: Session, user_id: int) -> None:
    """Whoever writes somebody's time waits here for whoever else does, before any order. Raises NotFound."""
    if session.scalar(select(User.id).where(User.id == user_id).with_for_update()) is None:
        raise NotFound("user", str(user_id))


def lock_orders(session: Session, ids: Collection[int | None]) -> None:
    """Lock these orders in id order."""
    wanted = sorted({key for key in ids if key is not None})
    if wanted:
        rows = select(RepairOrder).where(RepairOrder.id.in_(wanted)).order_by(RepairOrder.id).with_for_update()
        session.scalars(rows, execution_options={"populate_existing": True}).all()


def locked(session: Session, segment_id: int, orders: Collection[int | None] = ()) -> ClockSegment:
    """A segment, its person, its order and other orders locked until the transaction ends. Raises NotFound."""
    found = session.execute(
        select(ClockSegment.user_id, ClockSegment.order_id).where(ClockSegment.id == segment_id)
    ).one_or_none()
    if found is None:
        raise NotFound("segment", str(segment_id))
    lock_person(session, found.user_id)
    lock_orders(session, [found.order_id, *orders])
    row = session.get(ClockSegment, segment_id, populate_existing=True)
    if row is None:
        raise NotFound("segment", str(segment_id))
    return row


def last_before(session: Session, user_id: int, at: datetime) -> ClockSegment | None:
    """Somebody's last segment begun at an instant or before."""
    rows = select(ClockSegment).where(ClockSegment.user_id == user_id, ClockSegment.started_at <= at)
    return session.scalar(
        rows.order_by(ClockSegment.started_at.desc(), ClockSegment.id.desc()).limit(1),
        execution_options={"populate_existing": True},
    )


def first_after(session: Session, user_id: int, at: datetime, but: int = 0) -> ClockSegment | None:
    """Somebody's first segment begun after an instant, one left out."""
    rows = select(ClockSegment).where(
        ClockSegment.user_id == user_id, ClockSegment.started_at > at, ClockSegment.id != but
    )
    return session.scalar(rows.order_by(ClockSegment.started_at).limit(1))


def check_room(session: Session, user_id: int, span: tuple[datetime, datetime | None], but: Collection[int]) -> None:
    """Refuse a time that overlaps another segment of the same person (rule O4): raises ClockOverlap."""
    start, end = span
    rows = select(ClockSegment).where(ClockSegment.user_id == user_id, ClockSegment.id.not_in(but))
    rows = rows.where(ClockSegment.ended_at.is_(None) | (ClockSegment.ended_at > start))
    if end is not None:
        rows = rows.where(ClockSegment.started_at < end)
    others = session.scalars(rows.order_by(ClockSegment.started_at).limit(2))
    check_free(start, end, [Span(row.id, row.started_at, row.ended_at, row.to_confirm) for row in others])


def day_minutes(session: Session, user_id: int, day: date) -> int:
    """The minutes somebody has on a civil day: labour lines of orders, and ended time that belongs to none."""
    lines = select(func.coalesce(func.sum(OrderLine.minutes), 0))
    on_orders = session.scalar(lines.where(OrderLine.mechanic_id == user_id, OrderLine.done_on == day)) or 0
    since, until = bounds(day, PARIS)
    rows = session.execute(
        select(ClockSegment.started_at, ClockSegment.ended_at).where(
            ClockSegment.user_id == user_id, ClockSegment.activity.is_not(None), ClockSegment.ended_at.is_not(None),
            ClockSegment.started_at >= since, ClockSegment.started_at < until, ~ClockSegment.to_confirm,
        )
    )  # fmt: skip
    return on_orders + sum(minutes_between(row.started_at, row.ended_at) for row in rows if row.ended_at)


def check_day_room(session: Session, user_id: int, day: date, more: int) -> None:
    """Refuse minutes that would make more than 24 hours of one person's day; locks the person. Raises DayOverfull."""
    lock_person(session, user_id)
    check_day(day_minutes(session, user_id, day) + more, day)


def told(session: Session, segment: ClockSegment) -> dict[str, object]:
    """A segment in plain words, for the journal."""
    number = session.scalar(select(RepairOrder.number).where(RepairOrder.id == segment.order_id))
    return {
        "order": number,
        "activity": segment.activity.value if segment.activity else None,
        "code": segment.code,
        "start": segment.started_at.isoformat(),
        "end": segment.ended_at.isoformat() if segment.ended_at else None,
        "to_confirm": segment.to_confirm,
    }


def record(session: Session, act: str, segment: ClockSegment, by: By, **data: object) -> None:
    """Write what was done to a segment in the journal, with whose it is and what it became."""
    person = session.scalar(select(User.name).where(User.id == segment.user_id))
    values = {"person": person, "after": told(session, segment)} | data
    journal.record(session, by.actor, act, ("clock_segments", str(segment.id)), data=values, now=by.now)


def forget_line(session: Session, line_id: int, by: By) -> list[dict[str, object]]:
    """A labour line is taken away: its segments go with it, told one by one; gives what puts them back."""
    gone = session.scalars(select(ClockSegment).where(ClockSegment.order_line_id == line_id)).all()
    kept = [told(session, row) | {"user_id": row.user_id, "work_id": row.work_id} for row in gone]
    for row, before in zip(gone, kept, strict=True):
        record(session, "clock.remove", row, by, before=before, after=None, reason=None)
        session.delete(row)
    session.flush()
    return kept


def restore_line(session: Session, line: OrderLine, kept: Sequence[Mapping[str, Any]], by: By) -> None:
    """The line is put back: its segments too (rule O4). Raises ClockOverlap when their time is taken since."""
    for words in kept:
        start, end = (datetime.fromisoformat(words[name]) for name in ("start", "end"))
        lock_person(session, words["user_id"])
        check_room(session, words["user_id"], (start, end), ())
        row = ClockSegment(
            user_id=words["user_id"],
            order_id=line.order_id,
            work_id=words["work_id"],
            code=words["code"],
            started_at=start,
            ended_at=end,
            order_line_id=line.id,
            created_at=by.now,
        )
        session.add(row)
        session.flush()
        record(session, "clock.add", row, by)
