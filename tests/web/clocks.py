"""For the browser’s audits: a mechanic whose clock runs, a day of segments, a clock forgotten, others at work."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.order_works import OrderWork
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.db.session import Database
from garage.domain.order_works import WorkState
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OPEN_STATES, OrderState
from garage.domain.work_time import Activity
from garage.operations.work_time import corrections, running
from garage.operations.work_time.corrections import Stretch
from garage.operations.work_time.running import Job
from garage.operations.work_time.segments import By


def populate(database: Database) -> None:
    """The mechanic of the sign-in page and his head at work, until now."""
    with database.transaction() as session:
        now = clock.now()
        mechanic = session.scalars(select(User).where(User.role == Role.MECHANIC).order_by(User.id)).first()
        head = session.scalars(select(User).where(User.role == Role.HEAD).order_by(User.id)).first()
        assert mechanic is not None
        assert head is not None
        ready = select(RepairOrder).where(RepairOrder.state == OrderState.IN_PROGRESS)
        orders = session.scalars(ready.order_by(RepairOrder.number).limit(6)).all()
        waiting = select(RepairOrder).where(RepairOrder.state.in_(OPEN_STATES), RepairOrder.state == OrderState.BLOCKED)
        orders = [*orders, *session.scalars(waiting.limit(1)).all()]
        _plan(session, orders, mechanic.id, now)
        _work(session, [order.number for order in orders], (mechanic, head), now)


def _plan(session: Session, orders: list[RepairOrder], user_id: int, now: datetime) -> None:
    today = clock.paris_day(now)
    for place, order in enumerate(orders):
        known = {"order_id": order.id, "user_id": user_id, "day": today}
        session.add(Assignment(**known, minutes=60 + 15 * place, created_at=now))
        order.promised_on = today + timedelta(days=place - 1)
    words = ("Remplacer les plaquettes avant et contrôler les disques", "Vidange et filtres", "Feux arrière", "Essai")
    for rank, label in enumerate(words, start=50):
        row: dict[str, Any] = {"order_id": orders[0].id, "rank": rank, "label": label}
        session.add(OrderWork(**row, state=WorkState.TODO, created_at=now))
    session.flush()


def _work(session: Session, numbers: list[str], people: tuple[User, User], now: datetime) -> None:
    mechanic, head = people
    by = By(Actor(mechanic.id, mechanic.name, Role.MECHANIC), now)
    jobs = [Job(order=numbers[1]), Job(activity=Activity.CLEANING), Job(order=numbers[2])]
    for place, job in enumerate(jobs):
        start = now - timedelta(minutes=400 - 90 * place)
        corrections.add(session, mechanic.id, Stretch(job, start, start + timedelta(minutes=75)), None, by)
    running.start(session, mechanic.id, Job(order=numbers[3]), now - timedelta(days=2), by)
    running.start(session, mechanic.id, Job(order=numbers[0]), now - timedelta(minutes=84), by)
    heads = By(Actor(head.id, head.name, Role.HEAD), now)
    running.start(session, head.id, Job(activity=Activity.WORKSHOP), now - timedelta(minutes=12), heads)
