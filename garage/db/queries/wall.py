"""What the wall screen shows: today's orders by mechanic, what waits and since when, what comes next. No price."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderStateChange, RepairOrder
from garage.db.queries.paging import AnyRow
from garage.db.queries.repair_orders import listed
from garage.domain.repair_orders import OrderState

_WAITING = (OrderState.BLOCKED, OrderState.WAITING_PART, OrderState.WAITING_AGREEMENT)
_NOT_BEGUN = (OrderState.DRAFT, OrderState.REQUESTED, OrderState.PLANNED)


def waiting(session: Session) -> Sequence[AnyRow]:
    """Orders that cannot go on, the longest waiting first; `since` is when they entered their state."""
    since = select(func.max(OrderStateChange.at)).where(OrderStateChange.order_id == RepairOrder.id).scalar_subquery()
    wanted = listed().add_columns(since.label("since")).where(RepairOrder.state.in_(_WAITING))
    return session.execute(wanted.order_by(since, RepairOrder.number)).all()


def arrivals(session: Session, day: date) -> Sequence[AnyRow]:
    """Orders not begun whose first day on the plan is this one."""
    first = select(func.min(Assignment.day)).where(Assignment.order_id == RepairOrder.id).scalar_subquery()
    wanted = listed().where(RepairOrder.state.in_(_NOT_BEGUN), first == day)
    return session.execute(wanted.order_by(RepairOrder.promised_on, RepairOrder.number)).all()
