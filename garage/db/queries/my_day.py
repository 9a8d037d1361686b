"""Reads of a mechanic's day: the orders that are his and ready, those that wait, all of the workshop's."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from garage.db.models.order_works import OrderWork
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.work_time import ClockSegment
from garage.db.queries.paging import AnyRow
from garage.db.queries.repair_orders import listed
from garage.domain.order_works import WorkState
from garage.domain.repair_orders import OPEN_STATES, OrderState

SHOWN: Final = 24
READY: Final = frozenset({OrderState.REQUESTED, OrderState.PLANNED, OrderState.IN_PROGRESS})
WAITING: Final = frozenset({OrderState.WAITING_PART, OrderState.WAITING_AGREEMENT, OrderState.BLOCKED})


def mine(session: Session, user_id: int, today: date, states: frozenset[OrderState]) -> Sequence[AnyRow]:
    """The orders of these states planned for somebody until today, or in hand since he worked on them."""
    begun = (OrderState.IN_PROGRESS, *WAITING)
    wanted = RepairOrder.state.in_(states) & (
        _planned(user_id, today) | (RepairOrder.state.in_(begun) & _worked_on(user_id))
    )
    return _cards(session, user_id, today, wanted)


def everybody_s(session: Session, user_id: int, today: date) -> Sequence[AnyRow]:
    """All the open orders of the workshop, those to be checked aside; one more than SHOWN tells more."""
    return _cards(session, user_id, today, RepairOrder.state.in_(OPEN_STATES - {OrderState.TO_CHECK}))


def one(session: Session, user_id: int, today: date, order_id: int) -> AnyRow | None:
    """One order as a card."""
    return next(iter(_cards(session, user_id, today, RepairOrder.id == order_id)), None)


def waiting_count(session: Session, user_id: int, today: date) -> int:
    """How many of somebody's orders wait."""
    wanted = RepairOrder.state.in_(WAITING) & (_planned(user_id, today) | _worked_on(user_id))
    return session.scalar(select(func.count()).select_from(RepairOrder).where(wanted)) or 0


def works_to_do(session: Session, orders: Collection[int]) -> dict[int, list[str]]:
    """The works still to be done on each of these orders, by rank."""
    rows = session.execute(
        select(OrderWork.order_id, OrderWork.label)
        .where(OrderWork.order_id.in_(orders), OrderWork.state == WorkState.TODO)
        .order_by(OrderWork.order_id, OrderWork.rank)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(row.label)
    return found


def _planned(user_id: int, today: date) -> ColumnElement[bool]:
    planned = select(Assignment.id).where(
        Assignment.order_id == RepairOrder.id, Assignment.user_id == user_id, Assignment.day <= today
    )
    return planned.exists()


def _worked_on(user_id: int) -> ColumnElement[bool]:
    clocked = select(ClockSegment.id).where(ClockSegment.order_id == RepairOrder.id, ClockSegment.user_id == user_id)
    written = select(OrderLine.id).where(OrderLine.order_id == RepairOrder.id, OrderLine.mechanic_id == user_id)
    return clocked.exists() | written.exists()


def _cards(session: Session, user_id: int, today: date, wanted: ColumnElement[bool]) -> Sequence[AnyRow]:
    planned = (
        select(func.sum(Assignment.minutes))
        .where(Assignment.order_id == RepairOrder.id, Assignment.user_id == user_id, Assignment.day == today)
        .scalar_subquery()
    )
    return session.execute(
        listed()
        .add_columns(RepairOrder.promised_on.label("promised"), planned.label("planned"))
        .where(wanted)
        .order_by(
            planned.is_(None), RepairOrder.promised_on.is_(None), RepairOrder.promised_on, RepairOrder.number.desc()
        )
        .limit(SHOWN + 1)
    ).all()
