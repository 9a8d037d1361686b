"""Reads for the closing of a quarter: orders with work begun that are not checked yet, and who has them in hand."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.db.queries.repair_orders import listed
from garage.domain.repair_orders import OPEN_STATES, OrderState

_NOT_BEGUN = (OrderState.DRAFT, OrderState.REQUESTED, OrderState.PLANNED)


def unfinished(session: Session, until: date) -> Sequence[AnyRow]:
    """Open orders up to a day with work begun, by number: since when in their state, who worked on them last."""
    worked = exists().where(OrderLine.order_id == RepairOrder.id)
    since = select(func.max(OrderStateChange.at)).where(OrderStateChange.order_id == RepairOrder.id).scalar_subquery()
    last_hand = (
        select(User.name)
        .join(OrderLine, OrderLine.mechanic_id == User.id)
        .where(OrderLine.order_id == RepairOrder.id)
        .order_by(OrderLine.done_on.desc(), OrderLine.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    planned_hand = (
        select(User.name)
        .join(Assignment, Assignment.user_id == User.id)
        .where(Assignment.order_id == RepairOrder.id)
        .order_by(Assignment.day.desc(), Assignment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return session.execute(
        listed()
        .add_columns(since.label("since"), func.coalesce(last_hand, planned_hand).label("hand"))
        .where(RepairOrder.state.in_(OPEN_STATES), RepairOrder.opened_on <= until)
        .where(RepairOrder.state.not_in(_NOT_BEGUN) | worked)
        .order_by(RepairOrder.number)
    ).all()


def heads(session: Session, numbers: Sequence[str]) -> dict[str, AnyRow]:
    """The heads of these orders by number."""
    return {row.number: row for row in session.execute(listed().where(RepairOrder.number.in_(numbers)))}
