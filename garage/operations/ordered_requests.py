"""Parts that the workshop asked for and that an order to a supplier answers, for as long as its line stands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import PartRequest
from garage.db.models.repair_orders import RepairOrder
from garage.domain.errors.base import Conflict
from garage.domain.part_requests import PartRequestState
from garage.domain.permissions import Actor
from garage.operations import journal


def lock(session: Session, request_ids: Sequence[int]) -> None:
    """Parts asked for, ours in the order of their ids until the transaction ends: they come before any supplier."""
    tied = select(PartRequest.id).where(PartRequest.id.in_(request_ids)).order_by(PartRequest.id)
    session.execute(tied.with_for_update())


def answer(session: Session, request_id: int, line_id: int, by: tuple[Actor, datetime]) -> None:
    """A part that the workshop asked for is ordered. Raises Conflict when it was answered meanwhile."""
    asked = session.get(PartRequest, request_id, with_for_update=True, populate_existing=True)
    if asked is None or asked.state is not PartRequestState.ASKED:
        raise Conflict("part_request")
    actor, now = by
    asked.state, asked.purchase_line_id = PartRequestState.ORDERED, line_id
    asked.answered_by_id, asked.answered_at = actor.id, now
    asked.version += 1
    session.flush()
    data = {"label": asked.label, "quantity": str(asked.quantity), "answer": None}
    subject = ("repair_orders", session.get_one(RepairOrder, asked.repair_order_id).number)
    journal.record(session, actor, "part_request.order", subject, data=data, now=now)


def ask_again(session: Session, line_ids: Sequence[int]) -> None:
    """Parts asked for whose line goes away wait for an answer again."""
    tied = select(PartRequest).where(PartRequest.purchase_line_id.in_(line_ids)).order_by(PartRequest.id)
    for asked in session.scalars(tied.with_for_update()):
        if asked.state is PartRequestState.ORDERED:
            asked.state = PartRequestState.ASKED
            asked.answered_by_id = asked.answered_at = None
        asked.purchase_line_id = None
        asked.version += 1
    session.flush()
