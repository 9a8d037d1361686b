"""Reads for the head's check: the works of an order, its place among those to check."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.domain.repair_orders import OrderState


def works(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The works of an order by rank, and who ticked them."""
    return session.execute(
        select(
            OrderWork.label, OrderWork.state, OrderWork.done_at, OrderWork.reason, OrderWork.standard_minutes,
            User.name.label("done_by"),
        )
        .outerjoin(User, User.id == OrderWork.done_by_id)
        .where(OrderWork.order_id == order_id)
        .order_by(OrderWork.rank)
    ).all()  # fmt: skip


def place_to_check(session: Session, number: str) -> tuple[int, int]:
    """The place of an order among those to check, from 1, and how many there are."""
    waiting = select(func.count()).where(RepairOrder.state == OrderState.TO_CHECK)
    before = session.scalar(waiting.where(RepairOrder.number <= number)) or 0
    return before, session.scalar(waiting) or 0
