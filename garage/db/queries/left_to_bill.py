"""Reads what stood done and not billed at the end of a day, from what is dated: bills, credit notes, states (rule Y1).

A line counts from the day it was done, even if it was entered later. One billed after that day counts as it was first
billed: what a credit note freed may be lowered, corrected or given another debtor without changing a past day.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder, LiveBilling
from garage.db.models.questions import Question
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.vehicles import Vehicle
from garage.db.queries.billing import terms_of, work_of
from garage.db.queries.paging import AnyRow, AnySelect
from garage.domain.collectivities import Terms
from garage.domain.invoices.bill import BillKind
from garage.domain.invoices.composition import Debtor, FirstBill, ReadyOrder
from garage.domain.repair_orders import OrderState, Work

_BATCH = 5000
_CHECKED = (OrderState.DONE, OrderState.INVOICED)


@dataclass(slots=True)
class OrdersLeft:
    """The orders of a collectivity with lines not billed: checked ones, and those still open."""

    debtor: Debtor
    name: str
    checked: list[ReadyOrder] = field(default_factory=list)
    begun: list[ReadyOrder] = field(default_factory=list)


def orders_left(session: Session, day: date, end: datetime) -> list[OrdersLeft]:
    """By collectivity's code, the orders with lines done by a day and on no live bill that day; `end` is its midnight.

    A bill counts from its day of issue, a credit note that freed lines from its own. An order is in the state it had
    that day, or the first one known when it was entered later; cancelled or settled by then, it is left out.
    The number of statements does not grow with the number of collectivities.
    """
    billed_later = _billed_later(session, day)
    works = _works(session, day, billed_later)
    debtors = {one.order_id: one.collectivity_id for one in billed_later.values()}
    found = {one.debtor.id: one for one in _collectivities(session)}
    wanted = sorted(works)
    for some in (wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH)):
        states, first = _states(session, some, end), _first_bills(session, some, day)
        for row in session.execute(_orders(some, end)):
            state = states.get(row.id, row.state)
            if state is OrderState.CANCELLED:
                continue
            order = _order(row, tuple(works[row.id]), first.get(row.id), day)
            left = found[debtors.get(row.id, row.collectivity_id)]
            (left.checked if state in _CHECKED else left.begun).append(order)
    return [one for one in found.values() if one.checked or one.begun]


def _billed_later(session: Session, day: date) -> dict[int, AnyRow]:
    """How lines done by a day stand on the first bill issued after it, by line."""
    rows = session.execute(
        select(
            InvoiceLine.order_line_id, InvoiceOrder.order_id, Invoice.collectivity_id, InvoiceLine.minutes,
            InvoiceLine.quantity, InvoiceLine.cost, InvoiceLine.non_billable_reason,
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .where(
            Invoice.kind != BillKind.CREDIT_NOTE, Invoice.issued_on > day, InvoiceLine.done_on <= day,
            InvoiceLine.order_line_id.is_not(None),
        )
        .order_by(Invoice.issued_on.desc(), InvoiceLine.id.desc())
    )  # fmt: skip
    return {row[0]: row for row in rows if row[0] is not None}


def _as_billed(work: Work, row: AnyRow | None) -> Work:
    if row is None:
        return work
    quantity = None if work.minutes is not None else row.quantity
    return replace(
        work, minutes=row.minutes, quantity=quantity, cost=row.cost, non_billable_reason=row.non_billable_reason
    )


def _works(session: Session, day: date, billed_later: dict[int, AnyRow]) -> dict[int, list[Work]]:
    rows = session.execute(
        select(
            OrderLine.order_id, OrderLine.id, OrderLine.rank, OrderLine.nature, OrderLine.done_on, OrderLine.code,
            OrderLine.label, Part.reference, Part.label.label("part_label"), Part.unit, OrderLine.minutes,
            OrderLine.quantity, OrderLine.cost, OrderLine.supplier, OrderLine.supplier_invoice,
            OrderLine.non_billable_reason,
        )
        .outerjoin(Part, Part.id == OrderLine.part_id)
        .where(OrderLine.done_on <= day, ~_billed(day))
        .order_by(OrderLine.order_id, OrderLine.rank)
    )  # fmt: skip
    works: dict[int, list[Work]] = defaultdict(list)
    for row in rows:
        works[row.order_id].append(_as_billed(work_of(row), billed_later.get(row.id)))
    return works


def _billed(day: date) -> ColumnElement[bool]:
    """Whether a line stood on a live bill at the end of a day: one issued by then and not freed by then."""
    bill, line = aliased(Invoice), aliased(InvoiceLine)
    credit, credited = aliased(Invoice), aliased(InvoiceLine)
    live = exists().where(LiveBilling.order_line_id == OrderLine.id, LiveBilling.invoice_id == bill.id)
    freed_later = exists().where(
        credited.credited_line_id == line.id, credit.id == credited.invoice_id, credit.issued_on > day
    )
    return exists().where(
        line.order_line_id == OrderLine.id,
        bill.id == line.invoice_id,
        bill.kind != BillKind.CREDIT_NOTE,
        bill.issued_on <= day,
        live | freed_later,
    )


def _orders(order_ids: Sequence[int], end: datetime) -> AnySelect:
    questioned = exists().where(
        Question.order_id == RepairOrder.id,
        Question.invoice_id.is_(None),
        Question.asked_at < end,
        Question.answered_at.is_(None) | (Question.answered_at >= end),
    )
    return (
        select(
            RepairOrder.id, RepairOrder.collectivity_id, RepairOrder.number, RepairOrder.engagement,
            RepairOrder.opened_on, RepairOrder.closed_on, RepairOrder.state, RepairOrder.object_label,
            Vehicle.fleet_number, Vehicle.registration,
            (RepairOrder.floor_waived_at < end).label("waived"), questioned.label("questioned"),
        )
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(RepairOrder.id.in_(order_ids), RepairOrder.settled_at.is_(None) | (RepairOrder.settled_at >= end))
        .order_by(RepairOrder.number)
    )  # fmt: skip


def _order(row: AnyRow, works: tuple[Work, ...], first: FirstBill | None, day: date) -> ReadyOrder:
    closed_on = row.closed_on if row.closed_on and row.closed_on <= day else day
    return ReadyOrder(
        row.id, row.number, row.engagement, row.opened_on, closed_on, row.fleet_number, row.registration, None,
        row.object_label, None, None, None, None, None, works, 0, bool(row.waived), first, row.questioned,
    )  # fmt: skip


def _states(session: Session, order_ids: Sequence[int], end: datetime) -> dict[int, OrderState]:
    """The last state entered before an instant; the first one known when there was none yet."""
    rows = session.execute(
        select(OrderStateChange.order_id, OrderStateChange.state, OrderStateChange.at)
        .where(OrderStateChange.order_id.in_(order_ids))
        .order_by(OrderStateChange.order_id, OrderStateChange.id)
    )
    states: dict[int, OrderState] = {}
    for row in rows:
        if row.at < end or row.order_id not in states:
            states[row.order_id] = row.state
    return states


def _first_bills(session: Session, order_ids: Sequence[int], day: date) -> dict[int, FirstBill]:
    rows = session.execute(
        select(
            InvoiceOrder.order_id, Invoice.id, Invoice.number, Invoice.issued_on, InvoiceOrder.lines_until_id,
            Invoice.kind,
        )
        .join(Invoice, Invoice.id == InvoiceOrder.invoice_id)
        .where(
            InvoiceOrder.order_id.in_(order_ids), Invoice.kind != BillKind.CREDIT_NOTE, Invoice.issued_on <= day
        )
        .order_by(InvoiceOrder.id.desc())
    )  # fmt: skip
    return {row[0]: FirstBill(*row[1:]) for row in rows}


def _collectivities(session: Session) -> Iterator[OrdersLeft]:
    conventions: dict[int, list[Terms]] = defaultdict(list)
    for row in session.execute(select(*Convention.__table__.columns).order_by(Convention.starts_on)):
        conventions[row.collectivity_id].append(terms_of(row))
    for body in session.execute(select(*Collectivity.__table__.columns).order_by(Collectivity.code)):
        debtor = Debtor(
            body.id, body.code, body.is_issuer, body.engagement_required, tuple(conventions[body.id]), body.siret,
            body.code_service, body.code_service_required,
        )  # fmt: skip
        yield OrdersLeft(debtor, body.name)
