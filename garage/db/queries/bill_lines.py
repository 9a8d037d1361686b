"""Reads one line of an issued bill with where it comes from: order, hands, part and what was paid for it (BI-13)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.invoices import InvoiceLine, InvoiceOrder
from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import Part, StockMovement
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import NotFound
from garage.domain.stock import MovementKind


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a billed part came from: the day it left the stock and at what cost, the receipt before it."""

    issued_on: date
    unit_cost: Decimal
    received_on: date | None
    received_cost: Decimal | None
    received_why: str | None


def line(session: Session, invoice_id: int, position: int) -> AnyRow:
    """A billed line by its place on the bill, with its order's number and who worked on it. Raises NotFound."""
    statement = (
        select(
            *InvoiceLine.__table__.columns, InvoiceOrder.number.label("order_number"),
            User.name.label("mechanic"), Part.reference.label("part_reference"),
        )
        .outerjoin(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .outerjoin(OrderLine, OrderLine.id == InvoiceLine.order_line_id)
        .outerjoin(User, User.id == OrderLine.mechanic_id)
        .outerjoin(Part, Part.id == OrderLine.part_id)
        .where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.position == position)
    )  # fmt: skip
    found = session.execute(statement).one_or_none()
    if found is None:
        raise NotFound("invoice_line", str(position))
    return found


def origin(session: Session, order_line_id: int) -> Origin | None:
    """What left the stock for a line, and the last receipt of that part before; None when nothing did."""
    issued = session.scalars(
        select(StockMovement)
        .where(StockMovement.order_line_id == order_line_id, StockMovement.kind == MovementKind.ISSUE)
        .order_by(StockMovement.id)
        .limit(1)
    ).one_or_none()
    if issued is None:
        return None
    received = session.scalars(
        select(StockMovement)
        .where(
            StockMovement.part_id == issued.part_id,
            StockMovement.kind == MovementKind.RECEIPT,
            StockMovement.id < issued.id,
        )
        .order_by(StockMovement.id.desc())
        .limit(1)
    ).one_or_none()
    return Origin(
        issued.moved_on,
        issued.unit_cost,
        received.moved_on if received else None,
        received.unit_cost if received else None,
        received.reason if received else None,
    )
