"""Reads of the time spent over a period: what went on orders, what did not, by person and day. Alphabetical order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.db.models.work_time import ClockSegment
from garage.db.queries.paging import AnyRow
from garage.domain.permissions import Role
from garage.domain.work_time import Activity, bounds, day_of, minutes_between


@dataclass(frozen=True, slots=True)
class Spent:
    """Minutes of a person on a day: on an order under a code, or at something else."""

    user_id: int
    person: str
    day: date
    number: str | None
    code: str | None
    activity: Activity | None
    minutes: int


def spent(session: Session, first: date, last: date, user_id: int | None = None) -> list[Spent]:
    """All the time of these days, both included, by name, day, then order, code or activity."""
    found = [*_on_orders(session, first, last, user_id), *_elsewhere(session, first, last, user_id)]
    return sorted(found, key=lambda one: (one.person, one.user_id, one.day, one.number or "~", one.code or ""))


def _on_orders(session: Session, first: date, last: date, user_id: int | None) -> list[Spent]:
    minutes = func.sum(OrderLine.minutes).label("minutes")
    rows = (
        select(OrderLine.mechanic_id, User.name, OrderLine.done_on, RepairOrder.number, OrderLine.code, minutes)
        .join(User, User.id == OrderLine.mechanic_id)
        .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .where(OrderLine.minutes.is_not(None), OrderLine.done_on.between(first, last))
        .group_by(OrderLine.mechanic_id, User.name, OrderLine.done_on, RepairOrder.number, OrderLine.code)
    )
    if user_id is not None:
        rows = rows.where(OrderLine.mechanic_id == user_id)
    return [
        Spent(row.mechanic_id or 0, row.name, row.done_on, row.number, row.code, None, int(row.minutes))
        for row in session.execute(rows)
    ]


def _elsewhere(session: Session, first: date, last: date, user_id: int | None) -> list[Spent]:
    since, until = bounds(first, PARIS)[0], bounds(last, PARIS)[1]
    rows = (
        select(ClockSegment.user_id, User.name, ClockSegment.activity, ClockSegment.started_at, ClockSegment.ended_at)
        .join(User, User.id == ClockSegment.user_id)
        .where(
            ClockSegment.activity.is_not(None), ClockSegment.ended_at.is_not(None), ~ClockSegment.to_confirm,
            ClockSegment.started_at >= since, ClockSegment.started_at < until,
        )
    )  # fmt: skip
    if user_id is not None:
        rows = rows.where(ClockSegment.user_id == user_id)
    total: dict[tuple[int, str, date, Activity], int] = {}
    for row in session.execute(rows):
        key = (row.user_id, row.name, day_of(row.started_at, PARIS), row.activity)
        total[key] = total.get(key, 0) + minutes_between(row.started_at, row.ended_at)
    return [
        Spent(user, name, day, None, None, activity, minutes) for (user, name, day, activity), minutes in total.items()
    ]


def nobody_s(session: Session, first: date, last: date) -> int:
    """Minutes of these days written on orders without saying whose."""
    total = select(func.coalesce(func.sum(OrderLine.minutes), 0))
    return session.scalar(total.where(OrderLine.mechanic_id.is_(None), OrderLine.done_on.between(first, last))) or 0


def people(session: Session) -> Sequence[AnyRow]:
    """Whoever works or worked in the workshop, by name."""
    columns = select(User.id, User.name).where(User.role.in_((Role.MECHANIC, Role.HEAD)))
    return session.execute(columns.order_by(User.name, User.id)).all()
