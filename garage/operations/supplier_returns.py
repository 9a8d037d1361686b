"""Goods of a receipt sent back to their supplier, and the credit that is awaited for them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.purchases import GoodsReceipt, ReceiptLine, SupplierReturn
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.queries import supplier_returns as queries
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.purchases import AboveReceived, CreditDiffers, CreditKnown, WentToOrder
from garage.domain.money import cents
from garage.domain.recovery import check_amount
from garage.domain.repair_orders import check_day, check_quantity
from garage.domain.stock import MovementKind
from garage.operations import journal, stock, stock_returns
from garage.operations.purchases import By
from garage.operations.stock import Movement


@dataclass(frozen=True, slots=True)
class SentBack:
    """So much of a receipt line that goes back (3 decimals), why, and on which slip of ours or theirs.

    `seen` is what had gone back of the line when the form was made: sent twice, the form writes one return.
    """

    receipt_line_id: int
    quantity: Decimal
    reason: str
    returned_on: date
    seen: Decimal
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """The supplier's credit note: its number, day, euros, and why it is not what the goods had cost."""

    reference: str
    credited_on: date
    amount: Decimal
    reason: str | None = None


def send_back(session: Session, back: SentBack, by: By) -> SupplierReturn:
    """Send goods of a receipt back: out of stock at the present weighted average, a credit is awaited (rules S2, S3).

    What went straight to an order goes back once the order gave it to the stock. Raises NotFound, ReasonMissing,
    BadQuantity, ImpossibleDay, AboveReceived, WentToOrder, NothingOnHand, YearFrozen.
    """
    if not back.reason.strip():
        raise ReasonMissing(MovementKind.SUPPLIER_RETURN)
    check_quantity(back.quantity)
    line = session.get(ReceiptLine, back.receipt_line_id, with_for_update={"key_share": True}, populate_existing=True)
    if line is None:
        raise NotFound("line", str(back.receipt_line_id))
    gone = queries.sent_back(session, line.id)
    if gone != back.seen:
        same = _same(session, back, by)
        if same is not None:
            return same
    check_day(back.returned_on, by.today, session.get_one(GoodsReceipt, line.receipt_id).received_on)
    if line.order_line_id is not None and stock_returns.returned(session, line.order_line_id) < gone + back.quantity:
        order_id = session.get_one(OrderLine, line.order_line_id).order_id
        raise WentToOrder(session.get_one(RepairOrder, order_id).number)
    if back.quantity > line.quantity - gone:
        raise AboveReceived(line.quantity - gone, back.quantity)
    movement = Movement(back.returned_on, by.actor, by.now, back.reason.strip(), receipt_line_id=line.id)
    moved = stock.send_back(session, line.part_id, back.quantity, movement)
    made = SupplierReturn(
        receipt_line_id=line.id,
        movement_id=moved[0].id,
        quantity=back.quantity,
        reference=(back.reference or "").strip() or None,
        reason=back.reason.strip(),
        returned_on=back.returned_on,
        recorded_by_id=by.actor.id,
        recorded_at=by.now,
    )
    session.add(made)
    session.flush()
    _tell(session, "goods.send_back", line, {"quantity": str(back.quantity), "reason": made.reason}, by)
    return made


def _same(session: Session, back: SentBack, by: By) -> SupplierReturn | None:
    """The return that this very form wrote."""
    known = select(SupplierReturn).where(
        SupplierReturn.receipt_line_id == back.receipt_line_id,
        SupplierReturn.quantity == back.quantity,
        SupplierReturn.returned_on == back.returned_on,
        SupplierReturn.reason == back.reason.strip(),
        SupplierReturn.recorded_by_id == by.actor.id,
    )
    return session.scalar(known.order_by(SupplierReturn.id.desc()).limit(1))


def credited(session: Session, return_id: int, credit: Credit, by: By) -> SupplierReturn:
    """The credit came; one that is not what the goods had cost says why. The same one again changes nothing.

    Raises NotFound, BadAmount, ImpossibleDay, CreditKnown, CreditDiffers.
    """
    made = session.get(SupplierReturn, return_id, with_for_update=True, populate_existing=True)
    if made is None:
        raise NotFound("supplier_return", str(return_id))
    told = (credit.reference.strip(), credit.credited_on, credit.amount)
    if made.credited_on is not None:
        if (made.credit_reference, made.credited_on, made.credited_amount) == told:
            return made
        raise CreditKnown(made.credited_on)
    check_amount(credit.amount)
    check_day(credit.credited_on, by.today, made.returned_on)
    line = session.get_one(ReceiptLine, made.receipt_line_id)
    expected = cents(made.quantity * line.cost)
    reason = (credit.reason or "").strip() if credit.amount != expected else ""
    if credit.amount != expected and not reason:
        raise CreditDiffers(credit.amount, expected)
    made.credit_reference, made.credited_on, made.credited_amount = told
    made.credit_reason = reason or None
    session.flush()
    data = {"reference": told[0], "amount": str(credit.amount), "expected": str(expected), "reason": reason}
    _tell(session, "goods.credited", line, data, by)
    return made


def _tell(session: Session, action: str, line: ReceiptLine, data: dict[str, str], by: By) -> None:
    reference = session.get_one(Part, line.part_id).reference
    journal.record(session, by.actor, action, ("parts", reference), data=data, now=by.now)
