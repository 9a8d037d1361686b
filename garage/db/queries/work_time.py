"""Reads of people's clocks: who runs what, the segments of an order or of somebody's days. Columns, not entities."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.models.work_time import ClockSegment, DayCapacity
from garage.db.queries.paging import AnyRow, AnySelect
from garage.domain.errors.base import NotFound
from garage.domain.planning import capacity
from garage.domain.repair_orders import OPEN_STATES
from garage.domain.work_time import bounds


def _segments() -> AnySelect:
    """A segment with whose it is, and what its order is on."""
    return (
        select(
            ClockSegment.id, ClockSegment.user_id, User.name.label("person"), ClockSegment.order_id,
            ClockSegment.activity, ClockSegment.code, ClockSegment.started_at, ClockSegment.ended_at,
            ClockSegment.to_confirm, ClockSegment.order_line_id, RepairOrder.number, RepairOrder.object_label,
            Vehicle.registration, Vehicle.fleet_number, Vehicle.make, Vehicle.model,
        )
        .join(User, User.id == ClockSegment.user_id)
        .outerjoin(RepairOrder, RepairOrder.id == ClockSegment.order_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
    )  # fmt: skip


def running(session: Session, user_id: int) -> AnyRow | None:
    """Somebody's running clock, if one runs."""
    mine = _segments().where(ClockSegment.user_id == user_id, ClockSegment.ended_at.is_(None))
    return session.execute(mine).one_or_none()


def all_running(session: Session) -> Sequence[AnyRow]:
    """Every running clock, by name: nobody without one is told."""
    return session.execute(_segments().where(ClockSegment.ended_at.is_(None)).order_by(User.name, User.id)).all()


def of_order(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The segments of an order, the latest first."""
    rows = _segments().where(ClockSegment.order_id == order_id)
    return session.execute(rows.order_by(ClockSegment.started_at.desc(), ClockSegment.id.desc())).all()


def open_on(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The clocks of an order whose end is not known: they run, or wait to be confirmed (rule O5)."""
    rows = _segments().where(ClockSegment.order_id == order_id)
    rows = rows.where(ClockSegment.ended_at.is_(None) | ClockSegment.to_confirm)
    return session.execute(rows.order_by(ClockSegment.started_at)).all()


def to_confirm(session: Session, user_id: int | None = None) -> Sequence[AnyRow]:
    """The forgotten clocks that were cut and whose end is still asked for, somebody's or everybody's."""
    rows = _segments().where(ClockSegment.to_confirm)
    if user_id is not None:
        rows = rows.where(ClockSegment.user_id == user_id)
    return session.execute(rows.order_by(User.name, ClockSegment.started_at)).all()


def of_days(session: Session, user_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """Somebody's segments begun on these civil days, both included, in order."""
    since, until = bounds(first, PARIS)[0], bounds(last, PARIS)[1]
    rows = _segments().where(ClockSegment.user_id == user_id)
    rows = rows.where(ClockSegment.started_at >= since, ClockSegment.started_at < until)
    return session.execute(rows.order_by(ClockSegment.started_at, ClockSegment.id)).all()


def segment(session: Session, key: int) -> AnyRow:
    """One segment. Raises NotFound."""
    row = session.execute(_segments().where(ClockSegment.id == key)).one_or_none()
    if row is None:
        raise NotFound("segment", str(key))
    return row


def by_hand(session: Session, user_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """Somebody's hours of these days that were written on orders without a clock."""
    clocked = select(ClockSegment.id).where(ClockSegment.order_line_id == OrderLine.id)
    return session.execute(
        select(
            OrderLine.done_on, OrderLine.minutes, OrderLine.code, OrderLine.label, RepairOrder.number,
            RepairOrder.object_label, Vehicle.registration, Vehicle.fleet_number, Vehicle.make, Vehicle.model,
        )
        .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(
            OrderLine.mechanic_id == user_id, OrderLine.minutes.is_not(None),
            OrderLine.done_on >= first, OrderLine.done_on <= last, ~clocked.exists(),
        )
        .order_by(OrderLine.done_on, OrderLine.id)
    ).all()  # fmt: skip


def expected(session: Session, user_id: int, day: date) -> int:
    """The minutes somebody is to be there on a day. Raises NotFound."""
    usual = session.scalar(select(User.daily_minutes).where(User.id == user_id))
    if usual is None:
        raise NotFound("user", str(user_id))
    special = session.get(DayCapacity, (user_id, day))
    return capacity(day, usual, special.minutes if special is not None else None)


def last_on_an_order(session: Session, user_id: int) -> AnyRow | None:
    """Somebody's last segment on an order: what «Reprendre» takes up again."""
    rows = _segments().where(ClockSegment.user_id == user_id, ClockSegment.order_id.is_not(None))
    return session.execute(rows.order_by(ClockSegment.started_at.desc()).limit(1)).one_or_none()


def uncounted(session: Session, user_id: int | None = None) -> Sequence[AnyRow]:
    """Ended time whose order did not take it any more: on no line, for the head to settle."""
    rows = _segments().where(
        ClockSegment.order_id.is_not(None), ClockSegment.order_line_id.is_(None), ClockSegment.ended_at.is_not(None),
        ~ClockSegment.to_confirm,
    )  # fmt: skip
    if user_id is not None:
        rows = rows.where(ClockSegment.user_id == user_id)
    return session.execute(rows.order_by(User.name, ClockSegment.started_at)).all()


def follower(session: Session, user_id: int, after: datetime) -> datetime | None:
    """When somebody's next segment begins."""
    rows = select(ClockSegment.started_at).where(ClockSegment.user_id == user_id, ClockSegment.started_at > after)
    return session.scalar(rows.order_by(ClockSegment.started_at).limit(1))


def recent_orders(session: Session, user_id: int, since: datetime, limit: int = 20) -> Sequence[AnyRow]:
    """The open orders somebody worked on since an instant, the latest first."""
    last = (
        select(ClockSegment.order_id, func.max(ClockSegment.started_at).label("last"))
        .where(ClockSegment.user_id == user_id, ClockSegment.started_at >= since, ClockSegment.order_id.is_not(None))
        .group_by(ClockSegment.order_id)
        .subquery()
    )
    return session.execute(
        _named()
        .join(last, last.c.order_id == RepairOrder.id)
        .where(RepairOrder.state.in_(OPEN_STATES))
        .order_by(last.c.last.desc())
        .limit(limit)
    ).all()


def planned_orders(session: Session, user_id: int, first: date, last: date, limit: int = 20) -> Sequence[AnyRow]:
    """The open orders planned for somebody on these days, the latest day first."""
    planned = (
        select(Assignment.order_id, func.max(Assignment.day).label("day"))
        .where(Assignment.user_id == user_id, Assignment.day.between(first, last))
        .group_by(Assignment.order_id)
        .subquery()
    )
    return session.execute(
        _named()
        .join(planned, planned.c.order_id == RepairOrder.id)
        .where(RepairOrder.state.in_(OPEN_STATES))
        .order_by(planned.c.day.desc(), RepairOrder.number)
        .limit(limit)
    ).all()


def _named() -> AnySelect:
    return select(
        RepairOrder.number, RepairOrder.object_label, Vehicle.registration, Vehicle.fleet_number, Vehicle.make,
        Vehicle.model,
    ).outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)  # fmt: skip
