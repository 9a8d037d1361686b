"""Lines taken away by mistake and put back as they were, from what the journal kept of them (rules O3, S5)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry
from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.domain.errors.base import NotFound
from garage.domain.errors.workshop import LineRestored
from garage.domain.order_works import WorkState
from garage.domain.permissions import Actor
from garage.domain.repair_orders import LineNature, check_writable
from garage.operations import journal, line_stock, repair_orders, reservations
from garage.operations.order_lines import KEPT_AS_IS
from garage.operations.work_time import segments


def put_back(session: Session, number: str, line_id: int, actor: Actor, now: datetime) -> OrderLine:
    """Put a removed line back under its rank if it is free; a part goes out again at the cost it came back at.

    Raises NotFound, OrderClosed, LineRestored, NothingOnHand when the part went elsewhere meanwhile.
    """
    order = repair_orders.locked(session, number)
    check_writable(order.state, number, actor.role)
    told = _told(session, number, "order.remove_line", "id", line_id)
    if told is None:
        raise NotFound("line", f"{number}/{line_id}")
    if _told(session, number, "order.restore_line", "of", line_id):
        raise LineRestored(told["rank"])
    line = _line(session, order, told)
    session.add(line)
    session.flush()
    segments.restore_line(session, line, told.get("segments", ()), segments.By(actor, now))
    line_stock.put_back(session, line, told, reservations.By(actor, now))
    work = session.get(OrderWork, told["work_id"]) if told["work_id"] else None
    if work is not None and work.state is WorkState.DONE and work.order_line_id is None:
        work.order_line_id = line.id
    order.version += 1
    session.flush()
    data = {"of": line_id, "rank": line.rank}
    journal.record(session, actor, "order.restore_line", ("repair_orders", number), data=data, now=now)
    return line


def _told(session: Session, number: str, action: str, name: str, line_id: int) -> dict[str, Any] | None:
    kept = select(JournalEntry.data).where(
        JournalEntry.subject == "repair_orders", JournalEntry.subject_key == number, JournalEntry.action == action
    )
    return next((data for data in session.scalars(kept) if data.get(name) == line_id), None)


def _line(session: Session, order: RepairOrder, told: dict[str, Any]) -> OrderLine:
    ranks = select(OrderLine.id).where(OrderLine.order_id == order.id, OrderLine.rank == told["rank"])
    last = select(func.max(OrderLine.rank)).where(OrderLine.order_id == order.id)
    free = session.scalar(ranks) is None
    hours = told["nature"] == LineNature.LABOUR
    sent_again = select(OrderLine.id).where(OrderLine.form_token == told["form_token"])
    kept = {name: told[name] for name in KEPT_AS_IS}
    if session.scalar(sent_again) is not None:
        kept["form_token"] = None
    return OrderLine(
        order_id=order.id,
        rank=told["rank"] if free else (session.scalar(last) or 0) + 1,
        nature=LineNature(told["nature"]),
        done_on=date.fromisoformat(told["day"]),
        minutes=int(told["quantity"]) if hours else None,
        quantity=None if hours else Decimal(told["quantity"]),
        cost=None if told["cost"] is None else Decimal(told["cost"]),
        created_at=datetime.fromisoformat(told["created_at"]),
        **kept,
    )
