"""A free line of a supplier's invoice (transport, a sum for several orders) and its shares to the cent (rule E9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.queries import supplier_matching as matching
from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.errors.supplier_invoices import (
    BadFreeAmount,
    BadShares,
    DepositShared,
    LabelMissing,
    NotExternal,
    NotToBill,
    SameTarget,
    SentOtherwise,
    ShareNotExact,
    ShareTooSmall,
)
from garage.domain.money import cents, round_half_up
from garage.domain.repair_orders import LineNature, OrderState
from garage.domain.supplier_invoices import shares
from garage.operations import supplier_invoices
from garage.operations.supplier_invoices import By

_ONE: Final = Decimal(1)
_GREATEST: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Target:
    """An order that bears a share: on a line whose cost is awaited, or on a new one; `weight` None shares equally."""

    order: str
    rank: int | None = None
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FreeLine:
    """What is printed, its net in euros, the orders that bear it: none when the garage does.

    A net below zero (a discount), or a core deposit (`deposit_id`), is borne by no order. `form_token` makes a
    repeated sending give the same lines.
    """

    label: str
    net: Decimal
    targets: Sequence[Target] = ()
    reason: str | None = None
    form_token: str | None = None
    deposit_id: int | None = None


def add(session: Session, invoice_id: int, free: FreeLine, by: By) -> None:
    """Write a free line, or its shares to the cent: the last takes the remainder (rule E9). Costs come on acceptance.

    Raises NotFound, InvoiceAccepted, LabelMissing, BadFreeAmount, BadShares, ShareTooSmall, SameTarget, NotExternal,
    ShareNotExact, OrderClosed, DepositShared, NotToBill, SentOtherwise when the same form says something else.
    """
    label = " ".join(free.label.split())[:200]
    if not label:
        raise LabelMissing
    if not free.net or abs(free.net) >= _GREATEST or (free.net < 0 and (free.targets or free.deposit_id)):
        raise BadFreeAmount(free.net)
    if free.deposit_id and free.targets:
        raise DepositShared
    orders = _orders(session, free.targets)
    invoice = supplier_invoices.locked(session, invoice_id)
    if _sent(session, invoice, free, label):
        return
    if free.deposit_id and free.deposit_id not in {row.id for row in matching.deposits(session, invoice.supplier_id)}:
        raise NotToBill(label)
    alone = {"reason": free.reason, "deposit_id": free.deposit_id}
    parts = _parts(free, orders, session) if free.targets else [((_ONE, free.net, free.net), alone)]
    for amounts, target in parts:
        supplier_invoices.add_line(session, invoice, label, amounts, target | {"form_token": free.form_token})
    supplier_invoices.changed(session, invoice)
    data = {"label": label, "net": str(free.net), "orders": [one.order for one in free.targets]}
    supplier_invoices.tell(session, invoice, "supplier_invoice.free_line", data, by)


def _sent(session: Session, invoice: SupplierInvoice, free: FreeLine, label: str) -> bool:
    """Whether this very form wrote its lines already."""
    if not free.form_token:
        return False
    same = [row for row in supplier_invoices.lines_of(session, invoice.id) if row.form_token == free.form_token]
    if same and (same[0].label, sum((row.net for row in same), Decimal(0))) != (label, free.net):
        raise SentOtherwise(invoice.number)
    return bool(same)


def _orders(session: Session, targets: Sequence[Target]) -> dict[str, RepairOrder]:
    """The orders of the shares, ours in the order of their ids. Raises NotFound, OrderClosed."""
    wanted = {one.order for one in targets}
    rows = select(RepairOrder).where(RepairOrder.number.in_(wanted)).order_by(RepairOrder.id).with_for_update()
    found = {order.number: order for order in session.scalars(rows.execution_options(populate_existing=True))}
    for number in sorted(wanted):
        if number not in found:
            raise NotFound("order", number)
        if found[number].state is OrderState.CANCELLED:
            raise OrderClosed(number, found[number].state)
    return found


def _parts(
    free: FreeLine, orders: dict[str, RepairOrder], session: Session
) -> list[tuple[tuple[Decimal, Decimal, Decimal], dict[str, Any]]]:
    """Each share as a line: quantity, price and net, and what bears it."""
    try:
        sums = shares(free.net, [one.weight for one in free.targets])
    except ValueError:
        raise BadShares from None
    written = []
    used: set[tuple[str, int]] = set()
    for one, share in zip(free.targets, sums, strict=True):
        if share <= 0:
            raise ShareTooSmall(one.order)
        if one.rank is None:
            written.append(((_ONE, share, share), {"repair_order_id": orders[one.order].id}))
            continue
        if (one.order, one.rank) in used:
            raise SameTarget(one.order, one.rank)
        used.add((one.order, one.rank))
        line, quantity = _awaiting(session, orders[one.order], one.rank)
        price = round_half_up(share / quantity, 4)
        if cents(price * quantity) != share:
            raise ShareNotExact(one.order, one.rank, share, quantity)
        written.append(((quantity, price, share), {"order_line_id": line.id}))
    return written


def _awaiting(session: Session, order: RepairOrder, rank: int) -> tuple[OrderLine, Decimal]:
    """A line of work bought outside that awaits its cost, and its quantity. Raises NotFound, NotExternal."""
    line = session.scalar(select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.rank == rank))
    if line is None:
        raise NotFound("line", f"{order.number}/{rank}")
    borne = select(SupplierInvoiceLine.id).where(SupplierInvoiceLine.order_line_id == line.id).limit(1)
    if line.nature is not LineNature.EXTERNAL or line.cost is not None or session.scalar(borne) is not None:
        raise NotExternal(order.number, rank)
    return line, line.quantity or _ONE
