"""Reads of core deposits for the screens: what is to be sent back, or credited (rule S1). Columns, not entities."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import CoreDeposit
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, id_of
from garage.db.types import ScaledDecimal
from garage.domain.errors.base import NotFound
from garage.domain.parts import DepositState

PAGE: Final = 24
OPEN: Final = (DepositState.OWED, DepositState.SENT)
_EUROS: Final = ScaledDecimal(2)


def _listed() -> AnySelect:
    return (
        select(
            CoreDeposit.id, CoreDeposit.quantity, CoreDeposit.amount, CoreDeposit.state, CoreDeposit.paid_on,
            CoreDeposit.sent_on, CoreDeposit.sent_reference, CoreDeposit.credited_on, CoreDeposit.credit_reference,
            CoreDeposit.credited_amount, CoreDeposit.reason, CoreDeposit.version, Part.reference, Part.label, Part.unit,
            Supplier.id.label("supplier_id"), Supplier.name.label("supplier"), GoodsReceipt.delivery_note,
        )
        .join(Part, Part.id == CoreDeposit.part_id)
        .outerjoin(Supplier, Supplier.id == CoreDeposit.supplier_id)
        .outerjoin(ReceiptLine, ReceiptLine.id == CoreDeposit.receipt_line_id)
        .outerjoin(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
    )  # fmt: skip


def page(session: Session, states: Sequence[DepositState], key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of deposits in these states, the first paid first."""
    columns = _listed().where(CoreDeposit.state.in_(states))
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(CoreDeposit.id < bound if key.backwards else CoreDeposit.id > bound)
    order = CoreDeposit.id.desc() if key.backwards else CoreDeposit.id.asc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


def one(session: Session, deposit_id: int) -> AnyRow:
    """One deposit. Raises NotFound."""
    row = session.execute(_listed().where(CoreDeposit.id == deposit_id)).one_or_none()
    if row is None:
        raise NotFound("deposit", str(deposit_id))
    return row


def owed(session: Session) -> dict[DepositState, tuple[int, Decimal]]:
    """How many deposits are open and what they come to in euros, by state."""
    rows = session.execute(
        select(CoreDeposit.state, func.count().label("n"), func.sum(CoreDeposit.amount, type_=_EUROS).label("amount"))
        .where(CoreDeposit.state.in_(OPEN))
        .group_by(CoreDeposit.state)
    )
    return {row.state: (row.n, row.amount) for row in rows}


def waiting(session: Session) -> int:
    """How many deposits are not credited yet."""
    return session.scalar(select(func.count()).select_from(CoreDeposit).where(CoreDeposit.state.in_(OPEN))) or 0
