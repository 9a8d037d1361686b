"""What waits for the head: counts by a handful of reads, and the orders or clocks behind each count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.requests import Request
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.models.work_time import ClockSegment
from garage.db.queries import unmatched
from garage.db.queries.order_records import costs_awaited
from garage.db.queries.paging import AnyRow
from garage.db.queries.repair_orders import listed
from garage.domain.repair_orders import OPEN_STATES, OrderState
from garage.domain.requests import RequestState
from garage.domain.work_time import LONGEST_CLOCK, bounds

MOST: Final = 200


def promised_late(today: date) -> ColumnElement[bool]:
    """Open orders promised for a day gone by."""
    return RepairOrder.state.in_(OPEN_STATES) & (RepairOrder.promised_on < today)


def parts_late(today: date) -> ColumnElement[bool]:
    """Orders that wait for a part expected on a day gone by."""
    return (RepairOrder.state == OrderState.WAITING_PART) & (RepairOrder.expected_on < today)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each wait for the head."""

    requests: int
    to_check: int
    blocked: int
    parts_late: int
    promised_late: int
    costs_awaited: int
    clocks: int
    low_stock: int
    unmatched: int


def counts(session: Session, now: datetime, today: date) -> Counts:
    """A handful of reads, each through an index or over a small table."""
    of_orders = session.execute(
        select(
            func.count().filter(RepairOrder.state == OrderState.TO_CHECK).label("to_check"),
            func.count().filter(RepairOrder.state == OrderState.BLOCKED).label("blocked"),
            func.count().filter(parts_late(today)).label("parts_late"),
            func.count().filter(promised_late(today)).label("promised_late"),
        ).where(RepairOrder.state.in_(OPEN_STATES))
    ).one()
    low = select(Part.id).where(Part.active, Part.on_hand < Part.minimum)
    return Counts(
        requests=_count(session, select(Request.id).where(Request.state == RequestState.RECEIVED)),
        to_check=of_orders.to_check,
        blocked=of_orders.blocked,
        parts_late=of_orders.parts_late,
        promised_late=of_orders.promised_late,
        costs_awaited=costs_awaited(session),
        clocks=_count(session, select(ClockSegment.id).where(_left(now, today))),
        low_stock=_count(session, low),
        unmatched=unmatched.waiting(session, today),
    )


def _count(session: Session, rows: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def orders(session: Session, wanted: ColumnElement[bool]) -> Sequence[AnyRow]:
    """The orders behind a count, the soonest promised then the oldest first; one more than MOST tells more."""
    order = (RepairOrder.promised_on.is_(None), RepairOrder.promised_on, RepairOrder.number)
    return session.execute(listed().where(wanted).order_by(*order).limit(MOST + 1)).all()


def _left(now: datetime, today: date) -> ColumnElement[bool]:
    """Clocks whose end must be told: cut already, or running since another day or for over 12 hours (rule O4)."""
    since = max(bounds(today, PARIS)[0], now - LONGEST_CLOCK)
    return or_(ClockSegment.to_confirm, ClockSegment.ended_at.is_(None) & (ClockSegment.started_at < since))


def clocks(session: Session, now: datetime, today: date) -> Sequence[AnyRow]:
    """The forgotten clocks, by name: whose, on which order or activity, since when."""
    return session.execute(
        select(
            User.name.label("person"), ClockSegment.started_at, ClockSegment.activity, ClockSegment.to_confirm,
            RepairOrder.number, RepairOrder.object_label, Vehicle.registration, Vehicle.make, Vehicle.model,
            Vehicle.fleet_number,
        )
        .join(User, User.id == ClockSegment.user_id)
        .outerjoin(RepairOrder, RepairOrder.id == ClockSegment.order_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(_left(now, today))
        .order_by(User.name, ClockSegment.started_at)
        .limit(MOST)
    ).all()  # fmt: skip
