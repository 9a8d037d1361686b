"""Reads for a quarter's run: who has checked work, and that work as frozen values (rule B1).

Everything here reads columns, not entities: a run over thousands of lines spends its time printing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.credit_notes import CreditDraft
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder, LiveBilling, Numbering
from garage.db.models.questions import Question
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.vehicles import Vehicle
from garage.domain.collectivities import Terms
from garage.domain.invoices.bill import BillCited, BillKind, Party, Replaced
from garage.domain.invoices.composition import Debtor, FirstBill, FreedBy, ReadyOrder
from garage.domain.invoices.credit_notes import CreditPurpose
from garage.domain.repair_orders import LineNature, OrderState, Work

# What a run asks once per bill is built once: SQLAlchemy spends longer building such a statement than running it.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_DEBTOR = select(
    Collectivity.id, Collectivity.code, Collectivity.is_issuer, Collectivity.engagement_required, Collectivity.siret,
    Collectivity.code_service, Collectivity.code_service_required, Collectivity.name, Collectivity.address,
    Collectivity.postal_code, Collectivity.city, Collectivity.siren,
).where(Collectivity.id == bindparam("id"))  # fmt: skip
_CONVENTIONS = (
    select(*Convention.__table__.columns)
    .where(Convention.collectivity_id == bindparam("id"))
    .order_by(Convention.starts_on)
)
_QUESTIONED = exists().where(
    Question.order_id == RepairOrder.id, Question.invoice_id.is_(None), Question.answered_at.is_(None)
)
_ORDERS: Select[*tuple[Any, ...]] = (
    select(
        RepairOrder.id, RepairOrder.number, RepairOrder.engagement, RepairOrder.opened_on, RepairOrder.closed_on,
        Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model, RepairOrder.object_label,
        RepairOrder.meter, Vehicle.meter_unit, RepairOrder.requester, RepairOrder.service, RepairOrder.reason,
        RepairOrder.floor_waived_at, _QUESTIONED.label("questioned"),
    )
    .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
    .where(RepairOrder.id.in_(_IDS))
)  # fmt: skip
_WORKS = (
    select(
        OrderLine.order_id, OrderLine.id, OrderLine.rank, OrderLine.nature, OrderLine.done_on, OrderLine.code,
        OrderLine.label, Part.reference, Part.label.label("part_label"), Part.unit, OrderLine.minutes,
        OrderLine.quantity, OrderLine.cost, OrderLine.supplier, OrderLine.supplier_invoice,
        OrderLine.non_billable_reason, LiveBilling.invoice_id,
    )
    .outerjoin(Part, Part.id == OrderLine.part_id)
    .outerjoin(LiveBilling, LiveBilling.order_line_id == OrderLine.id)
    .where(OrderLine.order_id.in_(_IDS))
    .order_by(OrderLine.order_id, OrderLine.rank)
)  # fmt: skip
_FIRST_BILLS = (
    select(
        InvoiceOrder.order_id, Invoice.id, Invoice.number, Invoice.issued_on, Invoice.kind, InvoiceOrder.lines_until_id
    )
    .join(Invoice, Invoice.id == InvoiceOrder.invoice_id)
    .where(
        InvoiceOrder.order_id.in_(_IDS),
        Invoice.kind != BillKind.CREDIT_NOTE,
        exists().where(
            InvoiceLine.invoice_order_id == InvoiceOrder.id,
            LiveBilling.order_line_id == InvoiceLine.order_line_id,
            LiveBilling.invoice_id == InvoiceLine.invoice_id,
        ),
    )
    .order_by(InvoiceOrder.id.desc())
)
_CREDIT, _FIRST = aliased(Invoice), aliased(Invoice)
_FREED = (
    select(
        InvoiceOrder.order_id, InvoiceLine.order_line_id, _CREDIT.id, _CREDIT.number, _CREDIT.issued_on,
        _CREDIT.reason, _FIRST.number.label("first_number"), _FIRST.issued_on.label("first_on"),
        _FIRST.kind.label("first_kind"),
    )
    .join(_CREDIT, _CREDIT.id == InvoiceOrder.invoice_id)
    .join(CreditDraft, CreditDraft.credit_note_id == _CREDIT.id)
    .join(_FIRST, _FIRST.id == _CREDIT.credited_invoice_id)
    .join(InvoiceLine, InvoiceLine.invoice_order_id == InvoiceOrder.id)
    .where(InvoiceOrder.order_id.in_(_IDS), CreditDraft.purpose == CreditPurpose.REBILL)
    .order_by(_CREDIT.id)
)  # fmt: skip
_LEFT = select(RepairOrder.id).where(
    RepairOrder.id.in_(_IDS),
    exists().where(
        OrderLine.order_id == RepairOrder.id,
        ~exists().where(LiveBilling.order_line_id == OrderLine.id),
    ),
)
_LAST_ISSUE_DAY = select(func.max(Numbering.last_issued_on)).where(
    Numbering.series == bindparam("series"), Numbering.last > 0
)
_ISSUER = select(Collectivity).where(Collectivity.is_issuer)


@dataclass(frozen=True, slots=True)
class Group:
    """The checked orders of one collectivity that share an engagement number (rule B2)."""

    debtor_id: int
    code: str
    is_issuer: bool
    engagement: str | None


def _ready(until: date) -> ColumnElement[bool]:
    return (RepairOrder.state == OrderState.DONE) & (RepairOrder.closed_on <= until) & RepairOrder.settled_at.is_(None)


def ready_groups(session: Session, until: date) -> list[Group]:
    """Groups with checked orders finished on or before a day, in the order of their numbers (rule B3)."""
    rows = session.execute(
        select(Collectivity.id, Collectivity.code, Collectivity.is_issuer, RepairOrder.engagement)
        .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
        .where(_ready(until))
        .distinct()
    )
    groups = [Group(*row) for row in rows]
    return sorted(groups, key=lambda group: (group.code, group.engagement or ""))


def oldest_ready_day(session: Session) -> date | None:
    """The earliest closing day of a checked order that is not billed whole."""
    return session.scalar(select(func.min(RepairOrder.closed_on)).where(_ready(date.max)))


def debtor(session: Session, collectivity_id: int) -> Debtor:
    """A collectivity with the conventions that price its work, by first day."""
    row = session.execute(_DEBTOR, {"id": collectivity_id}).one()
    conventions = session.execute(_CONVENTIONS, {"id": collectivity_id})
    return Debtor(
        row.id, row.code, row.is_issuer, row.engagement_required,
        tuple(terms_of(convention) for convention in conventions),
        row.siret, row.code_service, row.code_service_required,
        Party(row.code, row.name, row.address, row.postal_code, row.city, row.siren, row.siret),
    )  # fmt: skip


def terms_of(row: Any) -> Terms:
    """A convention's row as the value the rules read."""
    return Terms(
        row.id, row.starts_on, row.ends_on, row.category, row.regime, row.structure_fee, row.reference,
        row.legal_basis, row.signed_on, row.goods_taxed,
    )  # fmt: skip


def hold(session: Session, debtor_id: int) -> None:
    """Keep a debtor's conventions as they are until the transaction ends: who changes one locks its row (rule C3)."""
    session.execute(
        select(Collectivity.id).where(Collectivity.id == debtor_id).with_for_update(read=True, key_share=True)
    )


def ready_order_ids(session: Session, group: Group, until: date, *, lock: bool) -> list[int]:
    """Ids of a group's checked orders in id order; locked until the transaction ends when asked."""
    statement = select(RepairOrder.id).where(*_of_group(group, until)).order_by(RepairOrder.id)
    return list(session.scalars(statement.with_for_update() if lock else statement))


def _of_group(group: Group, until: date) -> tuple[ColumnElement[bool], ...]:
    return (
        RepairOrder.collectivity_id == group.debtor_id,
        RepairOrder.engagement.is_(None) if group.engagement is None else RepairOrder.engagement == group.engagement,
        _ready(until),
    )


def ready_orders(session: Session, order_ids: Sequence[int]) -> list[ReadyOrder]:
    """These checked orders with their lines not billed yet; one billed whole is left out."""
    orders = session.execute(_ORDERS, {"ids": order_ids}).all()
    works, last_line = _works(session, order_ids)
    first, freed = _first_bills(session, order_ids), _freed(session, order_ids)
    return [
        replace(
            _ready_order(row, tuple(works[row.id]), last_line.get(row.id, 0), first.get(row.id)), freed=freed[row.id]
        )
        for row in orders
        if works[row.id] or row.id not in last_line
    ]


def _ready_order(row: Row[Any], works: tuple[Work, ...], last_line_id: int, first: FirstBill | None) -> ReadyOrder:
    label = " ".join(word for word in (row.make, row.model) if word) or None
    return ReadyOrder(
        row.id, row.number, row.engagement, row.opened_on, row.closed_on, row.fleet_number, row.registration,
        label, row.object_label, row.meter, row.meter_unit.value if row.meter_unit else None, row.requester,
        row.service, row.reason, works, last_line_id, row.floor_waived_at is not None, first,
        row.questioned,
    )  # fmt: skip


def _works(session: Session, order_ids: Sequence[int]) -> tuple[dict[int, list[Work]], dict[int, int]]:
    """Unbilled lines of each order by rank, and the id of its last line of all."""
    rows = session.execute(_WORKS, {"ids": order_ids})
    works: dict[int, list[Work]] = defaultdict(list)
    last: dict[int, int] = {}
    for row in rows:
        last[row.order_id] = max(last.get(row.order_id, 0), row.id)
        if row.invoice_id is None:
            works[row.order_id].append(work_of(row))
    return works, last


def work_of(row: Any) -> Work:
    """A line's row, joined with its part, as the value the rules read."""
    part = row.nature is LineNature.PART
    return Work(
        row.id, row.rank, row.nature, row.done_on, row.reference if part else row.code,
        row.label or row.part_label, row.unit, row.minutes, row.quantity, row.cost, row.supplier,
        row.supplier_invoice, row.non_billable_reason,
    )  # fmt: skip


def _first_bills(session: Session, order_ids: Sequence[int]) -> dict[int, FirstBill]:
    rows = session.execute(_FIRST_BILLS, {"ids": order_ids})
    return {row.order_id: FirstBill(row.id, row.number, row.issued_on, row.lines_until_id, row.kind) for row in rows}


def _freed(session: Session, order_ids: Sequence[int]) -> dict[int, dict[int, FreedBy]]:
    """By order and line, the last credit note that freed a line to be billed again (rule B8)."""
    freed: dict[int, dict[int, FreedBy]] = defaultdict(dict)
    for row in session.execute(_FREED, {"ids": order_ids}):
        first = BillCited(row.first_number, row.first_on, row.first_kind)
        credit = BillCited(row.number, row.issued_on, BillKind.CREDIT_NOTE)
        freed[row.order_id][row.order_line_id] = FreedBy(row.id, Replaced(first, credit, row.reason))
    return freed


def orders_left(session: Session, order_ids: Sequence[int]) -> list[int]:
    """Those of these orders that still have a line not billed."""
    return list(session.scalars(_LEFT, {"ids": order_ids}))


def last_issue_day(session: Session, series: str) -> date | None:
    """The day of the last bill of a series, whatever the year (rule B3); None before the first."""
    return session.scalar(_LAST_ISSUE_DAY, {"series": series})


def issuer(session: Session) -> Collectivity | None:
    """The collectivity that issues the bills (rule C2)."""
    return session.scalar(_ISSUER)
