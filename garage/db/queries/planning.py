"""Reads of the plan: who has which orders on which days, the hours of each, what waits to be planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.journal import JournalEntry
from garage.db.models.order_works import OrderWork
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.models.work_time import DayCapacity
from garage.db.queries.paging import AnyRow, AnySelect
from garage.domain.errors.base import NotFound
from garage.domain.order_works import WorkState
from garage.domain.permissions import Role
from garage.domain.planning import Slot, capacity, estimate
from garage.domain.repair_orders import WORK_LEFT, OrderState

# Open, and the work itself not finished: what the head has to check needs nobody's hours any more.
LEFT: Final = WORK_LEFT
WAITING: Final = 20
_HANDS: Final = (Role.MECHANIC, Role.HEAD)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the plan; `usual` minutes in a day."""

    id: int
    name: str
    usual: int
    active: bool = True


_to_do = (
    select(func.sum(OrderWork.standard_minutes))
    .where(OrderWork.order_id == RepairOrder.id, OrderWork.state == WorkState.TODO)
    .correlate(RepairOrder)
    .scalar_subquery()
)


def _orders() -> AnySelect:
    return (
        select(
            RepairOrder.id, RepairOrder.number, RepairOrder.state, RepairOrder.object_label, RepairOrder.opened_on,
            RepairOrder.promised_on, RepairOrder.expected_on, RepairOrder.reason, RepairOrder.vehicle_id,
            Collectivity.name.label("collectivity"), Vehicle.fleet_number, Vehicle.registration, Vehicle.make,
            Vehicle.model,
        )
        .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
    )  # fmt: skip


def _cards() -> AnySelect:
    columns = _orders().add_columns(
        Assignment.user_id, Assignment.day, Assignment.minutes, User.name.label("person"), Assignment.order_id
    )
    joined = columns.join(Assignment, Assignment.order_id == RepairOrder.id).join(User, User.id == Assignment.user_id)
    return joined.where(RepairOrder.state != OrderState.CANCELLED)


def cards(session: Session, first: date, last: date) -> Sequence[AnyRow]:
    """What is planned on these days, both included, the soonest promised first within a day."""
    wanted = _cards().where(Assignment.day.between(first, last))
    return session.execute(
        wanted.order_by(Assignment.day, RepairOrder.promised_on.is_(None), RepairOrder.promised_on, RepairOrder.number)
    ).all()


def mine(session: Session, user_id: int, day: date) -> Sequence[AnyRow]:
    """What somebody is to work on, on one day: open orders, with the minutes meant for each."""
    wanted = _cards().where(Assignment.user_id == user_id, Assignment.day == day, RepairOrder.state.in_(LEFT))
    return session.execute(
        wanted.order_by(RepairOrder.promised_on.is_(None), RepairOrder.promised_on, RepairOrder.number)
    ).all()


def unplanned(session: Session, today: date, limit: int = WAITING) -> Sequence[AnyRow]:
    """Orders with work left and nobody from today on: the soonest promised, then the oldest first; one more tells more.

    `usual` is what their works to do usually take, in minutes, or None.
    """
    coming = select(Assignment.id).where(Assignment.order_id == RepairOrder.id, Assignment.day >= today)
    return session.execute(
        _orders()
        .add_columns(_to_do.label("usual"))
        .where(RepairOrder.state.in_(LEFT), ~coming.exists())
        .order_by(RepairOrder.promised_on.is_(None), RepairOrder.promised_on, RepairOrder.number)
        .limit(limit + 1)
    ).all()


def order(session: Session, number: str) -> AnyRow:
    """One order as the plan shows it. Raises NotFound."""
    wanted = _orders().add_columns(_to_do.label("usual")).where(RepairOrder.number == number)
    row = session.execute(wanted).one_or_none() if number.isprintable() else None
    if row is None:
        raise NotFound("order", number)
    return row


def slots(session: Session, order_id: int) -> Sequence[AnyRow]:
    """Everything planned for an order, by day then person."""
    columns = select(Assignment.user_id, Assignment.day, Assignment.minutes, User.name.label("person"))
    columns = columns.join(User, User.id == Assignment.user_id).where(Assignment.order_id == order_id)
    return session.execute(columns.order_by(Assignment.day, User.name, User.id)).all()


def estimated(row: AnyRow) -> int:
    """The minutes to propose for an order read by `order` or `unplanned`."""
    return estimate(int(row.usual) if row.usual is not None else None)


def people(session: Session, first: date, last: date) -> list[Person]:
    """Mechanics by name, and whoever else has something on these days."""
    held = select(Assignment.user_id).where(Assignment.day.between(first, last))
    wanted = (User.active & (User.role == Role.MECHANIC)) | User.id.in_(held)
    rows = session.execute(
        select(User.id, User.name, User.daily_minutes, User.active).where(wanted).order_by(User.name, User.id)
    )
    return [Person(*row) for row in rows]


def hands(session: Session) -> list[Person]:
    """Everybody whom work may be given to, mechanics first, by name."""
    columns = select(User.id, User.name, User.daily_minutes, User.active)
    able = columns.where(User.active, User.role.in_(_HANDS))
    rows = session.execute(able.order_by(User.role != Role.MECHANIC, User.name, User.id))
    return [Person(*row) for row in rows]


def person(session: Session, user_id: int) -> Person:
    """Somebody whom work may be given to. Raises NotFound."""
    found = session.execute(
        select(User.id, User.name, User.daily_minutes, User.active).where(
            User.id == user_id, User.active, User.role.in_(_HANDS)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("user", str(user_id))
    return Person(*found)


def special_days(session: Session, first: date, last: date) -> dict[tuple[int, date], int]:
    """The minutes set for one person and one day, on these days, both included."""
    rows = session.execute(
        select(DayCapacity.user_id, DayCapacity.day, DayCapacity.minutes).where(DayCapacity.day.between(first, last))
    )
    return {(row.user_id, row.day): row.minutes for row in rows}


def capacity_of(session: Session, one: Person, day: date) -> int:
    """The minutes somebody has on a day."""
    special = session.scalar(select(DayCapacity.minutes).where(DayCapacity.user_id == one.id, DayCapacity.day == day))
    return capacity(day, one.usual, special)


def slot(session: Session, order_id: int, user_id: int, day: date) -> Slot | None:
    """What somebody has of an order on a day."""
    minutes = session.scalar(
        select(Assignment.minutes).where(
            Assignment.order_id == order_id, Assignment.user_id == user_id, Assignment.day == day
        )
    )
    return None if minutes is None else Slot(user_id, day, minutes)


def last_act(session: Session, subject: str, key: str) -> AnyRow | None:
    """The last act of the plan about a thing: who, when, what."""
    wanted = JournalEntry.action.in_(("plan.add", "plan.move", "plan.remove", "plan.capacity"))
    return session.execute(
        select(JournalEntry.actor, JournalEntry.at, JournalEntry.action, JournalEntry.data)
        .where(JournalEntry.subject == subject, JournalEntry.subject_key == key, wanted)
        .order_by(JournalEntry.id.desc())
        .limit(1)
    ).first()
