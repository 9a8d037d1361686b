"""Issues a prepared credit note: number, frozen rows, lines freed, in the caller's transaction (B3, B8, O2)."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.credit_notes import CreditDraft
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder, LiveBilling
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.queries import credit_notes as queries
from garage.db.queries.settings import current
from garage.domain.errors.credit_notes import CreditBeforeBill
from garage.domain.errors.invoices import IssuedInFuture
from garage.domain.invoices.bill import SERIES, BilledNature, BillKind
from garage.domain.invoices.credit_notes import (
    Credit,
    Creditable,
    CreditableBill,
    CreditedFee,
    CreditedLine,
    CreditPurpose,
    CreditState,
    check_issuable,
    compute,
)
from garage.domain.money import round_half_up
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.french.credit_notes import ALREADY_TAKEN, freed
from garage.operations import journal
from garage.operations.credit_notes import By, lock_bill, locked
from garage.operations.invoices import Issuing, freeze_rows, head, mention, party
from garage.operations.numbering import next_bill_number

_KIND = BillKind.CREDIT_NOTE


@dataclass(frozen=True, slots=True)
class _Taking:
    """A credit note about to be written: its draft, the bill's row, what may be credited of it, what is."""

    draft: CreditDraft
    first: Invoice
    bill: CreditableBill
    credit: Credit
    reopened: dict[int, str]


def issue(session: Session, draft_id: int, version: int, issued_on: date, by: By) -> int:
    """Number a prepared credit note and freeze it; to bill again, its lines are freed and their orders wait for the
    next run. Returns its id among the bills.

    Raises NotFound, CreditClosed, Conflict, ReviewMissing, IssuedInFuture, CreditBeforeBill, IssuedBeforeLast,
    NoIssuer, and what `compute` raises when another credit note took the lines meanwhile (E15).
    """
    draft = locked(session, draft_id, version)
    lock_bill(session, draft.invoice_id)
    first = session.get_one(Invoice, draft.invoice_id)
    settings = current(session)
    check_issuable(draft.state, reviewed=settings.reviewed_credits)
    if issued_on > by.today:
        raise IssuedInFuture(issued_on)
    if issued_on < first.issued_on:
        raise CreditBeforeBill(issued_on, first.issued_on)
    wanted = queries.wanted(session, draft_id)
    bill = queries.creditable(session, draft.invoice_id)
    credit = compute(bill, draft.purpose, wanted)
    reopened = _lock_orders(session, draft, wanted)
    issuing = Issuing(Quarter.parse(first.quarter), issued_on, by.now, by.actor, None, settings)
    taking = _Taking(draft, first, bill, credit, reopened)
    sequence, number = next_bill_number(session, SERIES[_KIND], issued_on)
    credit_id = _freeze(session, taking, issuing, (SERIES[_KIND], sequence, number))
    _free(session, taking, number, by)
    draft.state, draft.credit_note_id = CreditState.ISSUED, credit_id
    draft.version += 1
    session.flush()
    data = {
        "kind": _KIND.value,
        "quarter": first.quarter,
        "collectivity": first.addressee["code"],
        "gross": str(credit.gross),
        "credited": first.number,
        "reason": draft.reason,
    }
    journal.record(session, by.actor, "invoice.issue", ("invoices", number), data=data, now=by.now)
    return credit_id


def _lock_orders(session: Session, draft: CreditDraft, wanted: dict[int, Decimal]) -> dict[int, str]:
    """The orders that go back to be billed again, locked in id order: number by id; none for another purpose."""
    if draft.purpose is not CreditPurpose.REBILL:
        return {}
    touched = (
        select(InvoiceOrder.order_id)
        .join(InvoiceLine, InvoiceLine.invoice_order_id == InvoiceOrder.id)
        .where(InvoiceLine.id.in_(list(wanted)))
    )
    rows = session.execute(
        select(RepairOrder.id, RepairOrder.number)
        .where(RepairOrder.id.in_(touched))
        .order_by(RepairOrder.id)
        .with_for_update()
    )
    return {row.id: row.number for row in rows}


def _freeze(session: Session, taking: _Taking, issuing: Issuing, named: tuple[str, int, str]) -> int:
    first, credit = taking.first, taking.credit
    today = asdict(party(session.get_one(Collectivity, first.collectivity_id)))
    values = head(session, issuing, _KIND, named) | {
        "collectivity_id": first.collectivity_id,
        "regime": first.regime,
        "engagement": first.engagement,
        "code_service": first.code_service,
        "third_party_code": first.third_party_code,
        "addressee": today | {name: value for name, value in first.addressee.items() if value is not None},
        "conventions": _cited(first.conventions, credit.conventions),
        "grids": _cited(first.grids, credit.grids),
        "net": credit.net,
        "vat": credit.vat,
        "gross": credit.gross,
        "mention": first.mention or mention(issuing.settings, first.regime),
        "late_payment_text": None,
        "credited_invoice_id": first.id,
        "reason": taking.draft.reason,
    }
    credit_id = session.execute(insert(Invoice).values(**values).returning(Invoice.id)).scalar_one()
    orders, places = _order_rows(session, first.id, {one.line.order for one in credit.lines})
    billed = {row["id"]: row for row in _rows(session, InvoiceLine, first.id)}
    lines: list[tuple[int | None, dict[str, Any]]] = [
        (places[one.line.order], _line_row(billed[one.line.id], one)) for one in credit.lines
    ]
    lines += [(None, _fee_row(billed[one.fee.id], one)) for one in credit.fees]
    freeze_rows(session, credit_id, orders, lines, credit.vat_shares)
    return credit_id


def _cited(printed: list[dict[str, Any]], used: set[date]) -> list[dict[str, Any]]:
    """Of what the bill cites, what the credited lines rest on."""
    return [one for one in printed if date.fromisoformat(one["starts_on"]) in used]


def _rows(session: Session, entity: type[InvoiceLine | InvoiceOrder], invoice_id: int) -> list[dict[str, Any]]:
    table = entity.__table__
    rows = session.execute(select(table).where(table.c.invoice_id == invoice_id).order_by(table.c.position))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - a row's public mapping


def _order_rows(session: Session, invoice_id: int, numbers: set[str]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The bill's orders that are credited, as they were printed, and the place of each, from 1."""
    kept = [row for row in _rows(session, InvoiceOrder, invoice_id) if row["number"] in numbers]
    rows = [_without_id(row) | {"complement_of_id": None, "freed_by_id": None} for row in kept]
    return rows, {row["number"]: place for place, row in enumerate(rows, 1)}


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def _line_row(billed: dict[str, Any], one: CreditedLine) -> dict[str, Any]:
    taken = {"minutes": one.minutes, "quantity": one.quantity, "net": one.net, "credited_line_id": one.line.id}
    return _without_id(billed) | taken


def _fee_row(billed: dict[str, Any], one: CreditedFee) -> dict[str, Any]:
    taken = {"quantity": round_half_up(one.base, 3), "net": one.net, "credited_line_id": one.fee.id}
    return _without_id(billed) | taken


def _free(session: Session, taking: _Taking, number: str, by: By) -> None:
    """Take the lines of the orders off the bill; a line lowered before is billed again for what was left of it."""
    if not taking.reopened:
        return
    mine = (
        select(InvoiceLine.id, InvoiceLine.order_line_id)
        .join(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .where(InvoiceOrder.invoice_id == taking.first.id, InvoiceOrder.order_id.in_(list(taking.reopened)))
    )
    lines = {row.id: row.order_line_id for row in session.execute(mine)}
    session.execute(
        delete(LiveBilling).where(
            LiveBilling.invoice_id == taking.first.id, LiveBilling.order_line_id.in_(list(lines.values()))
        ),
        execution_options={"synchronize_session": False},
    )
    for line in taking.bill.lines:
        if line.id in lines and line.credited:
            _lower(session, lines[line.id], line)
    for order_id, order in taking.reopened.items():
        _reopen(session, order_id, order, number, by)


def _lower(session: Session, order_line_id: int, line: Creditable) -> None:
    """What earlier credit notes took of a line is not billed again."""
    row = session.get_one(OrderLine, order_line_id, populate_existing=True)
    if not line.left:
        row.non_billable_reason = row.non_billable_reason or ALREADY_TAKEN
    elif line.nature is BilledNature.LABOUR:
        row.minutes = int(line.left)
    else:
        row.quantity = line.left


def _reopen(session: Session, order_id: int, order: str, number: str, by: By) -> None:
    reason = freed(number)
    state = update(RepairOrder).where(RepairOrder.id == order_id).values(version=RepairOrder.version + 1)
    session.execute(state, execution_options={"synchronize_session": False})
    back = update(RepairOrder).where(RepairOrder.id == order_id, RepairOrder.state == OrderState.INVOICED)
    back = back.values(state=OrderState.DONE).returning(RepairOrder.id)
    if session.execute(back, execution_options={"synchronize_session": False}).first():
        change = OrderStateChange(
            order_id=order_id, state=OrderState.DONE, at=by.now, reason=reason, actor_id=by.actor.id
        )
        session.add(change)
    data = {"credit_note": number}
    journal.record(session, by.actor, "order.freed", ("repair_orders", order), data=data, now=by.now)
