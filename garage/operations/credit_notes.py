"""Credit notes in preparation: prepared on a bill, changed, reviewed by somebody else, dropped (rules B8, S5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from garage.db.models.credit_notes import CreditDraft, CreditDraftLine
from garage.db.models.invoices import Invoice, InvoiceLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.queries import credit_notes as queries
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.credit_notes import AboveRest, CreditClosed, ReturnMade
from garage.domain.invoices.bill import BilledNature
from garage.domain.invoices.credit_notes import (
    OPEN_STATES,
    CreditableBill,
    CreditPurpose,
    CreditState,
    check_reason,
    check_review,
    compute,
)
from garage.domain.permissions import Actor
from garage.operations import journal, stock, stock_returns


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, at which instant, on which civil day."""

    actor: Actor
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a credit note is to take back: a measure (minutes or quantity) by id of billed line, and why.

    `form_token` makes a repeated sending of the same form give the same draft.
    """

    purpose: CreditPurpose
    measures: Mapping[int, Decimal] = field(default_factory=dict)
    reason: str = ""
    form_token: str | None = None


def prepare(session: Session, invoice_id: int, wanted: Wanted, by: By) -> int:
    """Prepare a credit note on an issued bill; returned parts go back to stock at once (rule S5). Gives its id.

    Raises NotFound, ReasonMissing, Conflict when the same form was sent with other figures, and what `compute` raises.
    """
    if wanted.form_token:
        same = session.scalar(select(CreditDraft).where(CreditDraft.form_token == wanted.form_token))
        if same is not None:
            return _same(session, same, invoice_id, wanted)
    reason = check_reason(wanted.reason)
    number = lock_bill(session, invoice_id)
    bill = queries.creditable(session, invoice_id)
    compute(bill, wanted.purpose, wanted.measures)
    draft = CreditDraft(
        invoice_id=invoice_id,
        purpose=wanted.purpose,
        state=CreditState.PREPARED,
        reason=reason,
        prepared_by_id=by.actor.id,
        prepared_at=by.now,
        form_token=wanted.form_token,
    )
    session.add(draft)
    session.flush()
    returns = wanted.purpose is CreditPurpose.PART_RETURN
    _write_lines(session, draft.id, bill, wanted.measures, returns=returns)
    if returns:
        _check_coming_back(session, bill, invoice_id)
        for line, quantity in _parts(session, wanted.measures):
            movement = stock.Movement(by.today, by.actor, by.now, f"{number} : {reason}"[:500], line.id)
            stock_returns.take_back(session, line.part_id or 0, quantity, line.cost or Decimal(0), movement)
    _tell(session, "credit.prepare", draft, number, by)
    return draft.id


def _same(session: Session, sent: CreditDraft, invoice_id: int, wanted: Wanted) -> int:
    before = (sent.invoice_id, sent.purpose, queries.wanted(session, sent.id))
    if before != (invoice_id, wanted.purpose, dict(wanted.measures)):
        raise Conflict("sent")
    return sent.id


def lock_bill(session: Session, invoice_id: int) -> str:
    """Keep every other credit of a bill away until the transaction ends; gives its number. Raises NotFound."""
    number = session.scalar(
        select(Invoice.number).where(Invoice.id == invoice_id).with_for_update(key_share=True, of=Invoice)
    )
    if number is None:
        raise NotFound("invoice", str(invoice_id))
    return number


def _write_lines(
    session: Session, draft_id: int, bill: CreditableBill, measures: Mapping[int, Decimal], *, returns: bool
) -> None:
    labour = {line.id for line in bill.lines if line.nature is BilledNature.LABOUR}
    session.add_all(
        CreditDraftLine(
            draft_id=draft_id,
            invoice_line_id=line_id,
            minutes=int(measure) if line_id in labour else None,
            quantity=None if line_id in labour else measure,
            returns_part=returns,
        )
        for line_id, measure in sorted(measures.items())
    )
    session.flush()


def _check_coming_back(session: Session, bill: CreditableBill, invoice_id: int) -> None:
    """What came back and waits for its credit note, this one included, never passes what is left of a line."""
    coming = queries.coming_back(session, invoice_id)
    for line in bill.lines:
        if coming.get(line.id, 0) > line.left:
            raise AboveRest(line.order, line.rank, line.left, coming[line.id], line.unit)


def _parts(session: Session, measures: Mapping[int, Decimal]) -> Iterable[tuple[OrderLine, Decimal]]:
    """The order lines of billed parts with how much of each; their orders are locked, parts come in id order."""
    rows = session.execute(
        select(OrderLine, InvoiceLine.id)
        .join(InvoiceLine, InvoiceLine.order_line_id == OrderLine.id)
        .where(InvoiceLine.id.in_(list(measures)))
        .order_by(OrderLine.part_id, OrderLine.id)
    ).all()
    orders = sorted({line.order_id for line, _ in rows})
    session.execute(select(RepairOrder.id).where(RepairOrder.id.in_(orders)).order_by(RepairOrder.id).with_for_update())
    return [(line, measures[billed]) for line, billed in rows]


def locked(session: Session, draft_id: int, version: int) -> CreditDraft:
    """A credit note in preparation, locked. Raises NotFound, CreditClosed, Conflict when it changed meanwhile."""
    draft = session.scalar(
        select(CreditDraft).where(CreditDraft.id == draft_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if draft is None:
        raise NotFound("credit_draft", str(draft_id))
    check_open(draft.state)
    if draft.version != version:
        raise Conflict("credit_draft")
    return draft


def check_open(state: CreditState) -> None:
    """Refuse what was issued or dropped: raises CreditClosed."""
    if state not in OPEN_STATES:
        raise CreditClosed(state)


def change(session: Session, draft_id: int, version: int, wanted: Wanted, by: By) -> None:
    """Change what is credited, or why; whoever changes it prepared it, and a review is to be done again.

    Raises NotFound, CreditClosed, Conflict, ReasonMissing, ReturnMade when parts already went back to stock, and what
    `compute` raises.
    """
    draft = locked(session, draft_id, version)
    reason = check_reason(wanted.reason)
    number = lock_bill(session, draft.invoice_id)
    bill = queries.creditable(session, draft.invoice_id)
    returns = draft.purpose is CreditPurpose.PART_RETURN
    if returns and dict(wanted.measures) != queries.wanted(session, draft_id):
        raise ReturnMade
    compute(bill, draft.purpose, wanted.measures)
    session.execute(delete(CreditDraftLine).where(CreditDraftLine.draft_id == draft_id))
    session.expire_all()
    draft.reason, draft.state = reason, CreditState.PREPARED
    draft.prepared_by_id, draft.prepared_at = by.actor.id, by.now
    draft.reviewed_by_id = draft.reviewed_at = None
    draft.version += 1
    _write_lines(session, draft_id, bill, wanted.measures, returns=returns)
    _tell(session, "credit.change", draft, number, by)


def review(session: Session, draft_id: int, version: int, by: By) -> None:
    """Say that a credit note is right: somebody else than who prepared it. Raises what `locked` raises, ReviewOwn."""
    draft = locked(session, draft_id, version)
    check_review(draft.prepared_by_id, by.actor.id)
    draft.state = CreditState.REVIEWED
    draft.reviewed_by_id, draft.reviewed_at = by.actor.id, by.now
    draft.version += 1
    _tell(session, "credit.review", draft, session.get_one(Invoice, draft.invoice_id).number, by)


def drop(session: Session, draft_id: int, version: int, by: By) -> None:
    """Give up a credit note that has no number; returned parts go out again at the cost they came back at (rule S5).

    Raises what `locked` raises, NothingOnHand when the part went elsewhere meanwhile.
    """
    draft = locked(session, draft_id, version)
    number = lock_bill(session, draft.invoice_id)
    if draft.purpose is CreditPurpose.PART_RETURN:
        for line, quantity in _parts(session, queries.wanted(session, draft_id)):
            movement = stock.Movement(by.today, by.actor, by.now, number, line.id)
            stock_returns.issue_again(session, line.part_id or 0, quantity, line.cost or Decimal(0), movement)
    draft.state = CreditState.DROPPED
    draft.version += 1
    _tell(session, "credit.drop", draft, number, by)


def _tell(session: Session, action: str, draft: CreditDraft, number: str, by: By) -> None:
    session.flush()
    data = {"draft": draft.id, "purpose": draft.purpose.value, "reason": draft.reason}
    journal.record(session, by.actor, action, ("credit_drafts", number), data=data, now=by.now)
