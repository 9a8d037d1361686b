"""Reads for credit notes: what is left of a bill, what was credited, those in preparation, what bills have to do
with each other. Amounts in euros."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.credit_notes import CreditDraft, CreditDraftLine
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder, InvoiceVat, LiveBilling
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow, AnySelect
from garage.domain.errors.base import NotFound
from garage.domain.invoices.bill import BilledNature, BillKind, VatShare
from garage.domain.invoices.credit_notes import (
    OPEN_STATES,
    Creditable,
    CreditableBill,
    CreditableFee,
    CreditPurpose,
)
from garage.domain.money import ZERO

_NONE = Decimal(0)


def creditable(session: Session, invoice_id: int) -> CreditableBill:
    """An issued bill with what was credited of each line, fee and rate (rule B8). Raises NotFound."""
    head = session.execute(select(Invoice.kind, Invoice.number).where(Invoice.id == invoice_id)).one_or_none()
    if head is None:
        raise NotFound("invoice", str(invoice_id))
    taken = _taken(session, invoice_id)
    lines: list[Creditable] = []
    fees: list[CreditableFee] = []
    rows = session.execute(
        select(*InvoiceLine.__table__.columns, InvoiceOrder.number.label("order_number"))
        .outerjoin(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .where(InvoiceLine.invoice_id == invoice_id)
        .order_by(InvoiceLine.position)
    )
    for row in rows:
        group = (row.grid_starts_on, row.convention_starts_on, row.vat_rate)
        minutes, quantity, net = taken.get(row.id, (0, _NONE, ZERO))
        if row.nature is BilledNature.STRUCTURE:
            fees.append(CreditableFee(row.id, group, row.unit_price, row.net, net))
            continue
        hours = row.minutes is not None
        billed, credited = (Decimal(row.minutes), Decimal(minutes)) if hours else (row.quantity, quantity)
        lines.append(
            Creditable(
                row.id, row.order_number, row.rank, row.nature, billed, row.unit_price, row.net, row.vat_rate, group,
                row.non_billable_reason is not None, credited, net, row.unit,
            )
        )  # fmt: skip
    shares = _shares(session, InvoiceVat.invoice_id == invoice_id)
    notes = select(Invoice.id).where(Invoice.credited_invoice_id == invoice_id)
    credited_shares = _shares(session, InvoiceVat.invoice_id.in_(notes))
    return CreditableBill(head.kind, head.number, tuple(lines), tuple(fees), shares, credited_shares)


def _taken(session: Session, invoice_id: int) -> dict[int, tuple[int, Decimal, Decimal]]:
    """Minutes, quantity and net that issued credit notes took of each line of a bill."""
    rows = session.execute(
        select(
            InvoiceLine.credited_line_id,
            func.sum(InvoiceLine.minutes),
            func.sum(InvoiceLine.quantity),
            func.sum(InvoiceLine.net),
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.credited_invoice_id == invoice_id)
        .group_by(InvoiceLine.credited_line_id)
    )
    return {int(row[0] or 0): (int(row[1] or 0), row[2], row[3]) for row in rows}


def _shares(session: Session, condition: Any) -> tuple[VatShare, ...]:
    rows = session.execute(
        select(InvoiceVat.rate, func.sum(InvoiceVat.net), func.sum(InvoiceVat.vat))
        .where(condition)
        .group_by(InvoiceVat.rate)
        .order_by(InvoiceVat.rate)
    )
    return tuple(VatShare(*row) for row in rows)


def credited_so_far(session: Session, invoice_ids: Iterable[int]) -> dict[int, Decimal]:
    """What issued credit notes took back of each of these bills, gross; a bill without any is not in it."""
    rows = session.execute(
        select(Invoice.credited_invoice_id, func.sum(Invoice.gross))
        .where(Invoice.credited_invoice_id.in_(list(invoice_ids)))
        .group_by(Invoice.credited_invoice_id)
    )
    return {int(row[0] or 0): row[1] or _NONE for row in rows}


def _drafts() -> Select[*tuple[Any, ...]]:
    preparer, reviewer, credit = aliased(User), aliased(User), aliased(Invoice)
    return (
        select(
            *CreditDraft.__table__.columns, Invoice.number, Invoice.issued_on, Invoice.kind, Invoice.quarter,
            Invoice.collectivity_id, Collectivity.name, preparer.name.label("prepared_by"),
            reviewer.name.label("reviewed_by"), credit.number.label("credit_number"),
            credit.issued_on.label("credit_on"), credit.gross.label("credit_gross"),
        )
        .join(Invoice, Invoice.id == CreditDraft.invoice_id)
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .outerjoin(preparer, preparer.id == CreditDraft.prepared_by_id)
        .outerjoin(reviewer, reviewer.id == CreditDraft.reviewed_by_id)
        .outerjoin(credit, credit.id == CreditDraft.credit_note_id)
    )  # fmt: skip


def draft(session: Session, draft_id: int) -> AnyRow:
    """A credit note in preparation, issued or dropped, with its bill and people. Raises NotFound."""
    row = session.execute(_drafts().where(CreditDraft.id == draft_id)).one_or_none()
    if row is None:
        raise NotFound("credit_draft", str(draft_id))
    return row


def in_preparation(session: Session, invoice_id: int | None = None) -> Sequence[AnyRow]:
    """Credit notes that wait to be reviewed or issued, the oldest first; of one bill when asked."""
    statement = _drafts().where(CreditDraft.state.in_(OPEN_STATES)).order_by(CreditDraft.id)
    if invoice_id is not None:
        statement = statement.where(CreditDraft.invoice_id == invoice_id)
    return session.execute(statement).all()


def waiting(session: Session) -> int:
    """How many credit notes are in preparation."""
    return session.scalar(select(func.count(CreditDraft.id)).where(CreditDraft.state.in_(OPEN_STATES))) or 0


def wanted(session: Session, draft_id: int) -> dict[int, Decimal]:
    """The measure that a credit note in preparation takes of each billed line, by its id."""
    rows = session.execute(select(CreditDraftLine).where(CreditDraftLine.draft_id == draft_id)).scalars()
    return {row.invoice_line_id: _measure(row) for row in rows}


def _measure(row: CreditDraftLine) -> Decimal:
    return Decimal(row.minutes) if row.minutes is not None else row.quantity or _NONE


def taken_by_others(session: Session, invoice_id: int, draft_id: int | None = None) -> dict[int, int]:
    """The lines of a bill that a credit note in preparation takes back, another than a given one: its id by line's."""
    statement = (
        select(CreditDraftLine.invoice_line_id, func.min(CreditDraft.id))
        .join(CreditDraft, CreditDraft.id == CreditDraftLine.draft_id)
        .where(CreditDraft.invoice_id == invoice_id, CreditDraft.state.in_(OPEN_STATES))
        .group_by(CreditDraftLine.invoice_line_id)
    )
    if draft_id is not None:
        statement = statement.where(CreditDraft.id != draft_id)
    return {int(row[0] or 0): int(row[1] or 0) for row in session.execute(statement)}


def coming_back(session: Session, invoice_id: int) -> dict[int, Decimal]:
    """What already went back to stock of each billed part and waits for its credit note (rule S5)."""
    rows = session.execute(
        select(CreditDraftLine.invoice_line_id, func.sum(CreditDraftLine.quantity))
        .join(CreditDraft, CreditDraft.id == CreditDraftLine.draft_id)
        .where(
            CreditDraft.invoice_id == invoice_id,
            CreditDraft.purpose == CreditPurpose.PART_RETURN,
            CreditDraft.state.in_(OPEN_STATES),
        )
        .group_by(CreditDraftLine.invoice_line_id)
    )
    return {int(row[0] or 0): row[1] or _NONE for row in rows}


@dataclass(frozen=True, slots=True)
class Linked:
    """A bill that has to do with another one, and how: `order` when it is by one of its orders."""

    number: str
    kind: BillKind
    issued_on: date
    gross: Decimal
    reason: str | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """What became of a bill: credited, completed, replaced; and what it corrects, completes or replaces itself."""

    corrects: tuple[Linked, ...]
    credits: tuple[Linked, ...]
    complements: tuple[Linked, ...]
    completes: tuple[Linked, ...]
    replaced_by: tuple[Linked, ...]
    replaces: tuple[Linked, ...]

    @property
    def some(self) -> bool:
        """Whether it is tied to any."""
        return any((self.corrects, self.credits, self.complements, self.completes, self.replaced_by, self.replaces))

    @property
    def credited(self) -> Decimal:
        """What was credited in all, gross."""
        return sum((one.gross for one in self.credits), ZERO)


def links(session: Session, invoice_id: int, collectivity_id: int | None = None) -> Links:
    """How a bill is tied to others; a reader of one collectivity sees its own bills only."""
    other, credit, place = aliased(Invoice), aliased(Invoice), aliased(InvoiceOrder)
    by_order: AnySelect = (
        select(other.number, other.kind, other.issued_on, other.gross, other.reason, place.number)
        .select_from(place)
        .order_by(other.series, other.year, other.sequence, place.position)
    )
    own = [] if collectivity_id is None else [other.collectivity_id == collectivity_id]

    def found(statement: AnySelect) -> tuple[Linked, ...]:
        return tuple(Linked(*row) for row in session.execute(statement.where(*own)))

    notes: AnySelect = select(other.number, other.kind, other.issued_on, other.gross, other.reason)
    notes = notes.where(other.credited_invoice_id == invoice_id).order_by(other.year, other.sequence)
    onto = by_order.join(other, other.id == place.invoice_id)
    freed = place.freed_by_id == credit.id
    first: AnySelect = select(other.number, other.kind, other.issued_on, other.gross, other.reason)
    first = first.join(credit, credit.credited_invoice_id == other.id).where(credit.id == invoice_id)
    return Links(
        found(first),
        found(notes),
        found(onto.where(place.complement_of_id == invoice_id)),
        found(by_order.join(other, other.id == place.complement_of_id).where(place.invoice_id == invoice_id)),
        found(onto.join(credit, freed).where(credit.credited_invoice_id == invoice_id)),
        found(
            by_order.join(credit, freed)
            .join(other, other.id == credit.credited_invoice_id)
            .where(place.invoice_id == invoice_id)
        ),
    )


def orders_of(session: Session, invoice_id: int) -> Sequence[AnyRow]:
    """The orders on a bill in its order: number, state now, heading, whether a line of them is on a live bill."""
    billed = exists().where(LiveBilling.order_line_id == OrderLine.id, OrderLine.order_id == RepairOrder.id)
    return session.execute(
        select(
            InvoiceOrder.number, InvoiceOrder.fleet_number, InvoiceOrder.object_label, InvoiceOrder.vehicle_label,
            RepairOrder.state, RepairOrder.collectivity_id, Collectivity.name.label("debtor"), billed.label("billed"),
        )
        .join(RepairOrder, RepairOrder.id == InvoiceOrder.order_id)
        .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
        .where(InvoiceOrder.invoice_id == invoice_id)
        .order_by(InvoiceOrder.position)
    ).all()  # fmt: skip


def was_billed(session: Session, order_line_id: int) -> bool:
    """Whether a line ever stood on an issued bill, credited or not."""
    stood = select(InvoiceLine.id).where(InvoiceLine.order_line_id == order_line_id).limit(1)
    return session.scalar(stood) is not None


def order_billed(session: Session, order_id: int) -> bool:
    """Whether a line of an order stands on a live bill."""
    live = select(LiveBilling.order_line_id).join(OrderLine, OrderLine.id == LiveBilling.order_line_id)
    return session.scalar(live.where(OrderLine.order_id == order_id).limit(1)) is not None
