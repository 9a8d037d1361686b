"""Who owes an order, put right once nothing of it is billed; a line freed by a credit note, put right too (O2, B8)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import LiveBilling
from garage.db.models.repair_orders import OrderLine
from garage.db.models.work_time import ClockSegment
from garage.db.queries import credit_notes as queries
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.credit_notes import LineClocked, SameDebtor
from garage.domain.errors.repair_orders import LineBilled
from garage.domain.invoices.credit_notes import check_debtor_change
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import LineNature, OrderState, check_minutes, check_writable
from garage.operations import journal, repair_orders
from garage.operations.collectivities import check_convention


@dataclass(frozen=True, slots=True)
class NewDebtor:
    """Who owes an order from now on, under which engagement and service of theirs, and why it changes."""

    collectivity_id: int
    reason: str
    engagement: str | None = None
    service: str | None = None


def change_debtor(session: Session, number: str, version: int, wanted: NewDebtor, actor: Actor, now: datetime) -> None:
    """Have another collectivity owe a checked order of which nothing is billed; its vehicle stays whose it is.

    Raises NotFound, Conflict, DebtorFixed, SameDebtor, ReasonMissing, NoConvention on the opening day unless the head
    acts (rule C4).
    """
    order = repair_orders.locked(session, number, version)
    check_debtor_change(number, order.state, billed=queries.order_billed(session, order.id))
    reason = " ".join(wanted.reason.split())
    if not reason:
        raise ReasonMissing(OrderState.DONE)
    owner = session.get(Collectivity, wanted.collectivity_id)
    if owner is None:
        raise NotFound("collectivity", str(wanted.collectivity_id))
    if owner.id == order.collectivity_id:
        raise SameDebtor(number)
    if actor.role is not Role.HEAD:
        check_convention(session, owner, order.opened_on)
    before = session.get_one(Collectivity, order.collectivity_id)
    data = {"from": before.code, "to": owner.code, "reason": reason, "engagement": order.engagement}
    order.collectivity_id = owner.id
    order.engagement = (wanted.engagement or "").strip() or None
    order.service = (wanted.service or "").strip() or None
    order.version += 1
    session.flush()
    journal.record(session, actor, "order.debtor", ("repair_orders", number), data=data, now=now)


@dataclass(frozen=True, slots=True)
class Correction:
    """A line put right: whole minutes when it is labour, and why it is not charged, empty when it is (rule O3)."""

    minutes: int | None = None
    non_billable_reason: str = ""


def correct_line(session: Session, number: str, line_id: int, wanted: Correction, actor: Actor, now: datetime) -> None:
    """Put right a line that no bill holds: its minutes, or whether it is charged (rules O2, O3).

    Raises NotFound, OrderClosed, LineBilled, BadMinutes, LineClocked when its minutes are a clock's.
    """
    order = repair_orders.locked(session, number)
    check_writable(order.state, number, actor.role)
    line = session.scalar(select(OrderLine).where(OrderLine.id == line_id, OrderLine.order_id == order.id))
    if line is None:
        raise NotFound("line", f"{number}/{line_id}")
    if session.get(LiveBilling, line.id):
        raise LineBilled(number, line.rank)
    data = {"rank": line.rank, "minutes": line.minutes, "free": line.non_billable_reason}
    if line.nature is LineNature.LABOUR and wanted.minutes is not None and wanted.minutes != line.minutes:
        check_minutes(wanted.minutes)
        clocked = select(ClockSegment.id).where(ClockSegment.order_line_id == line.id).limit(1)
        if session.scalar(clocked) is not None:
            raise LineClocked(number, line.rank)
        line.minutes = wanted.minutes
    line.non_billable_reason = " ".join(wanted.non_billable_reason.split()) or None
    order.version += 1
    session.flush()
    data |= {"to_minutes": line.minutes, "to_free": line.non_billable_reason}
    journal.record(session, actor, "order.correct_line", ("repair_orders", number), data=data, now=now)
