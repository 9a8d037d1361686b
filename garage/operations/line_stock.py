"""What the store does when a line of an order changes, goes away or comes back (rules S3 to S5, PA-17, PA-18)."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import PartRequest
from garage.db.models.purchases import ReceiptLine
from garage.db.models.repair_orders import OrderLine
from garage.db.queries import supplier_returns
from garage.domain.part_requests import WAITING, PartRequestState
from garage.domain.permissions import Role
from garage.operations import past_stock, reservations, stock, stock_returns
from garage.operations.reservations import By
from garage.operations.stock import Movement


def change(session: Session, line: OrderLine, more: Decimal, reason: str | None, by: By) -> bool:
    """Move the stock of a part's line, `more` below zero for less; False when more would go out at another cost.

    A bought part lies in no bin, but for what came on a delivery and leaves the order: that goes into stock.
    """
    delivered = line.bought_for_order and _delivery(session, line.id) is not None
    part = stock.locked(session, line.part_id or 0)
    forced = bool(reason) and by.actor.role is Role.HEAD
    movement = Movement(line.done_on, by.actor, by.now, reason, line.id, forced=forced)
    cost, holds = line.cost or Decimal(0), (line.quantity or Decimal(0)) + more
    if line.bought_for_order and line.cost is None:
        return True
    if line.bought_for_order and not delivered:
        stock_returns.pass_through(session, part.id, more, cost, movement)
    elif more < 0:
        back = past_stock.last_day(session, line)
        stock_returns.take_back(session, part.id, -more, cost, replace(movement, moved_on=back, forced=False))
    elif stock_returns.returned(session, line.id) >= more:
        reservations.check_free(session, part, line, more, forced=forced)
        stock_returns.issue_again(session, part.id, more, cost, movement)
    elif line.bought_for_order:
        stock_returns.pass_through(session, part.id, more, cost, movement)
    elif part.average_cost == line.cost:
        reservations.check_free(session, part, line, more, forced=forced)
        stock.issue(session, part.id, more, movement)
    else:
        return False
    if more < 0:
        reservations.give_back(session, line, holds, by)
    else:
        reservations.consume(session, line, more, by)
    return True


def take_away(session: Session, line: OrderLine, words: str, by: By) -> dict[str, Any]:
    """A line goes away: what it holds goes back to stock at its cost (S5), the order keeps again what was kept for it.

    A part asked for that it answered waits again. Gives what `put_back` needs, as the journal keeps it.
    """
    delivery = _delivery(session, line.id)
    if line.part_id and line.quantity and (not line.bought_for_order or delivery is not None):
        movement = Movement(past_stock.last_day(session, line), by.actor, by.now, words)
        stock_returns.take_back(session, line.part_id, line.quantity, line.cost or Decimal(0), movement)
    stock_returns.forget_line(session, line.id, words)
    if delivery is not None:
        delivery.order_line_id = None
    kept = reservations.give_back(session, line, Decimal(0), by) if line.part_id else Decimal(0)
    answered = select(PartRequest).where(PartRequest.order_line_id == line.id).order_by(PartRequest.id)
    requests = session.scalars(answered.with_for_update()).all()
    for asked in requests:
        asked.order_line_id = None
        asked.state = PartRequestState.READY if kept >= asked.quantity else PartRequestState.ASKED
        asked.version += 1
    session.flush()
    return {"receipt_line_id": delivery.id if delivery else None, "request_ids": [one.id for one in requests]}


def put_back(session: Session, line: OrderLine, told: Mapping[str, Any], by: By) -> None:
    """A line comes back: its part goes out again at the cost it came back at, its delivery and request are its again.

    `told["forced"]` says why it may go beyond the stock. Raises NothingOnHand, KeptForOthers.
    """
    if line.part_id is None or line.quantity is None:
        return
    delivered = told.get("receipt_line_id")
    if not line.bought_for_order or delivered is not None:
        line.bought_for_order = delivered is not None and _tied(session, delivered, line)
        forced: str | None = told["forced"]
        part = stock.locked(session, line.part_id)
        reservations.check_free(session, part, line, line.quantity, forced=forced is not None)
        movement = Movement(line.done_on, by.actor, by.now, forced, line.id, forced=forced is not None)
        stock_returns.issue_again(session, line.part_id, line.quantity, line.cost or Decimal(0), movement)
    if line.cost is not None or not line.bought_for_order:
        reservations.consume(session, line, line.quantity, by)
    answered = select(PartRequest).where(PartRequest.id.in_(told.get("request_ids", ()))).order_by(PartRequest.id)
    for asked in session.scalars(answered.with_for_update()):
        if asked.state in WAITING and asked.order_line_id is None:
            asked.state, asked.order_line_id = PartRequestState.GIVEN, line.id
            asked.answered_by_id, asked.answered_at = by.actor.id, by.now
            asked.version += 1
    session.flush()


def _delivery(session: Session, line_id: int) -> ReceiptLine | None:
    """The line of the delivery that brought a part straight to this line of an order, ours from now on."""
    rows = select(ReceiptLine).where(ReceiptLine.order_line_id == line_id).with_for_update(key_share=True)
    return session.scalar(rows.limit(1))


def _tied(session: Session, receipt_line_id: int, line: OrderLine) -> bool:
    """Whether what came on a delivery is the order's again: none of it went elsewhere."""
    row = session.get(ReceiptLine, receipt_line_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or row.order_line_id is not None:
        return False
    if row.quantity - supplier_returns.sent_back(session, row.id) < (line.quantity or Decimal(0)):
        return False
    row.order_line_id = line.id
    return True
