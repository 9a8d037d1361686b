"""Core deposits (consignes): opened on receipt or by hand, sent back, credited or abandoned (rule S1)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import CoreDeposit
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.domain.errors.base import Conflict, ImpossibleDay, NotFound, ReasonMissing
from garage.domain.errors.parts import AboveDeposit, BadDeposit, BeforeRemoval, CreditTooHigh, DepositOver
from garage.domain.money import cents
from garage.domain.parts import DepositState
from garage.domain.permissions import Actor
from garage.domain.repair_orders import check_quantity, first_day_of_entry
from garage.operations import journal

_MOST: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, when, and the version of the deposit that was read; 0 for a new one."""

    actor: Actor
    now: datetime
    today: date
    version: int


def open_for(session: Session, receipt_line: ReceiptLine, deposit: Decimal, now: datetime) -> CoreDeposit:
    """The deposit paid on a received line, `deposit` euros for one unit, rounded to the cent for the whole line.

    Raises NotFound.
    """
    del now
    receipt = session.get(GoodsReceipt, receipt_line.receipt_id)
    if receipt is None:
        raise NotFound("receipt", str(receipt_line.receipt_id))
    opened = CoreDeposit(
        part_id=receipt_line.part_id,
        supplier_id=receipt.supplier_id,
        receipt_line_id=receipt_line.id,
        quantity=receipt_line.quantity,
        amount=cents(receipt_line.quantity * deposit),
        state=DepositState.OWED,
        paid_on=receipt.received_on,
    )
    session.add(opened)
    session.flush()
    return opened


@dataclass(frozen=True, slots=True)
class Paid:
    """A deposit that no receipt opened: its part, whose it is, quantity (3 decimals), euros for the whole, day and why.

    `seen` is the last deposit that its form was made after: the same form again opens nothing more.
    """

    part_id: int
    supplier_id: int
    quantity: Decimal
    amount: Decimal
    paid_on: date
    reason: str
    seen: int


def last(session: Session) -> int:
    """The id of the last deposit opened; 0 when there is none."""
    return session.scalar(select(func.max(CoreDeposit.id))) or 0


def open_by_hand(session: Session, paid: Paid, by: By) -> CoreDeposit:
    """A deposit paid elsewhere than on a receipt of the garage, or forgotten there; its part's stock does not move.

    Raises NotFound, BadQuantity, BadDeposit, ImpossibleDay, ReasonMissing.
    """
    part = session.get(Part, paid.part_id, with_for_update={"key_share": True})
    if part is None or session.get(Supplier, paid.supplier_id) is None:
        raise NotFound("part", str(paid.part_id)) if part is None else NotFound("supplier", str(paid.supplier_id))
    check_quantity(paid.quantity)
    if not 0 < paid.amount <= _MOST or cents(paid.amount) != paid.amount:
        raise BadDeposit(paid.amount, _MOST)
    first = first_day_of_entry(by.today)
    if not first <= paid.paid_on <= by.today:
        raise ImpossibleDay(paid.paid_on, first)
    reason = paid.reason.strip()
    if not reason:
        raise ReasonMissing(DepositState.OWED)
    told = {
        "part_id": part.id, "supplier_id": paid.supplier_id, "quantity": paid.quantity, "amount": paid.amount,
        "paid_on": paid.paid_on, "reason": reason,
    }  # fmt: skip
    same = select(CoreDeposit).where(CoreDeposit.id > paid.seen, CoreDeposit.receipt_line_id.is_(None))
    known = session.scalar(same.filter_by(**told).limit(1))
    if known is not None:
        return known
    opened = CoreDeposit(state=DepositState.OWED, **told)
    session.add(opened)
    session.flush()
    data = {"deposit": opened.id, "to": DepositState.OWED.value, "amount": str(paid.amount), "reason": reason}
    journal.record(session, by.actor, "deposit.change", ("parts", part.reference), data=data, now=by.now)
    return opened


def part_off(session: Session, deposit_id: int, quantity: Decimal | None, by: By) -> None:
    """Leave of a deposit so much (3 decimals) for the act that follows: the rest waits as a deposit of its own.

    The euros follow the quantity, to the cent, and the rest takes what remains. Nothing told, or the whole, parts
    nothing. Raises NotFound, Conflict, DepositOver, BadQuantity, AboveDeposit.
    """
    row = _open(session, deposit_id, by, (DepositState.OWED, DepositState.SENT))
    if quantity is None or quantity == row.quantity:
        return
    check_quantity(quantity)
    if quantity > row.quantity:
        raise AboveDeposit(quantity, row.quantity)
    share = cents(row.amount * quantity / row.quantity)
    rest = CoreDeposit(
        part_id=row.part_id,
        supplier_id=row.supplier_id,
        receipt_line_id=row.receipt_line_id,
        quantity=row.quantity - quantity,
        amount=row.amount - share,
        state=row.state,
        paid_on=row.paid_on,
        sent_on=row.sent_on,
        sent_reference=row.sent_reference,
        reason=row.reason,
    )
    row.quantity, row.amount = quantity, share
    session.add(rest)
    session.flush()


def send(session: Session, deposit_id: int, sent_on: date, reference: str | None, by: By) -> CoreDeposit:
    """The old part went back to the supplier. Raises NotFound, Conflict, DepositOver, ImpossibleDay, BeforeRemoval."""
    row = _open(session, deposit_id, by, (DepositState.OWED,))
    _check_day(sent_on, row.paid_on, by.today)
    row.sent_on, row.sent_reference = sent_on, reference or None
    return _moved(session, row, DepositState.SENT, by, {"reference": reference or None})


def credit(
    session: Session, deposit_id: int, credited_on: date, credited: tuple[str | None, Decimal], by: By
) -> CoreDeposit:
    """The supplier gave it back: its credit's reference and amount in euros, what was paid at most.

    Raises NotFound, Conflict, DepositOver, CreditTooHigh, ImpossibleDay, BeforeRemoval.
    """
    row = _open(session, deposit_id, by, (DepositState.OWED, DepositState.SENT))
    _check_day(credited_on, row.sent_on or row.paid_on, by.today)
    reference, amount = credited
    if not 0 < amount <= row.amount:
        raise CreditTooHigh(amount, row.amount)
    row.credited_on, row.credit_reference, row.credited_amount = credited_on, reference or None, amount
    return _moved(session, row, DepositState.CREDITED, by, {"reference": reference or None, "amount": str(amount)})


def abandon(session: Session, deposit_id: int, reason: str, by: By) -> CoreDeposit:
    """It will not come back, and why. Raises NotFound, Conflict, DepositOver, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(DepositState.ABANDONED)
    row = _open(session, deposit_id, by, (DepositState.OWED, DepositState.SENT))
    row.reason = reason.strip()
    return _moved(session, row, DepositState.ABANDONED, by, {"reason": row.reason, "amount": str(row.amount)})


def _open(session: Session, deposit_id: int, by: By, states: tuple[DepositState, ...]) -> CoreDeposit:
    row = session.get(CoreDeposit, deposit_id, with_for_update=True)
    if row is None:
        raise NotFound("deposit", str(deposit_id))
    if row.state not in states:
        raise DepositOver(row.state)
    if row.version != by.version:
        raise Conflict("deposit")
    return row


def _check_day(day: date, first: date, today: date) -> None:
    if day > today:
        raise ImpossibleDay(day)
    if day < first:
        raise BeforeRemoval(day, first)


def _moved(session: Session, row: CoreDeposit, state: DepositState, by: By, data: dict[str, Any]) -> CoreDeposit:
    told = {"deposit": row.id, "from": row.state.value, "to": state.value, **data}
    row.state = state
    row.version += 1
    session.flush()
    reference = session.get_one(Part, row.part_id).reference
    journal.record(session, by.actor, "deposit.change", ("parts", reference), data=told, now=by.now)
    return row
