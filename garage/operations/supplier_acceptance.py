"""Accepting a supplier's invoice: prices of receipts corrected, costs brought to the orders, once (E8, E9, S3, S5)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.models.suppliers import Supplier
from garage.db.queries import supplier_invoices as queries
from garage.db.queries import supplier_matching as matching
from garage.domain.errors.base import Conflict
from garage.domain.errors.supplier_invoices import (
    GapUnexplained,
    InvoiceDisputed,
    InvoiceTotalDiffers,
    NoInvoiceLine,
)
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.repair_orders import OrderState
from garage.domain.supplier_invoices import Effect
from garage.french.supplier_invoices import borne, complement, price_reason
from garage.operations import order_costs, order_lines, stock, supplier_invoices, supplier_prices
from garage.operations.order_costs import Cost
from garage.operations.order_lines import Entry, External
from garage.operations.supplier_invoices import By
from garage.operations.supplier_review import Looked, Review, review

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Told:
    """What the head says of lines, by id: why one is accepted; `to_order`, dearer ones whose order bears it (E8)."""

    reasons: Mapping[int, str]
    to_order: Collection[int] = ()

    def bears(self, one: Looked) -> bool:
        """Whether the order of this line bears what was billed dearer."""
        return one.may_go_to_order and one.row.id in self.to_order

    def reason(self, one: Looked) -> str | None:
        """Why a line is accepted, as typed now, before, or by the choice that was made."""
        typed = self.reasons.get(one.row.id, "").strip() or one.row.reason
        return typed or (borne(one.dearer, one.row.order_number) if self.bears(one) else None)


def accept(session: Session, invoice_id: int, seen: str, told: Told, by: By) -> Review:
    """Accept an invoice as its check page showed it (`seen`), with the reasons of what needs one, by line.

    Prices of goods in stock are corrected (S3), costs of orders completed, new lines written on them, all or nothing.
    Raises NotFound, InvoiceAccepted, InvoiceDisputed, Conflict when anything changed since, NoInvoiceLine,
    InvoiceTotalDiffers, GapUnexplained, and what those operations refuse: OrderClosed, YearFrozen.
    """
    _lock_orders(session, invoice_id)
    invoice = supplier_invoices.locked(session, invoice_id)
    if invoice.state is SupplierInvoiceState.DISPUTED:
        raise InvoiceDisputed(invoice.number)
    _lock_parts(session, invoice_id)
    looked = review(session, queries.one(session, invoice_id))
    _check(invoice, looked, seen, told)
    supplier = session.get_one(Supplier, invoice.supplier_id).name
    invoice.state, invoice.note = SupplierInvoiceState.ACCEPTED, None
    invoice.accepted_by_id, invoice.accepted_at = by.actor.id, by.now
    for one in looked.lines:
        session.get_one(SupplierInvoiceLine, one.row.id).reason = told.reason(one)
    for one in sorted(looked.lines, key=lambda line: (line.row.order_id or 0, line.row.rank)):
        _to_order(session, one, (supplier, invoice), by)
        if told.bears(one):
            _new_line(session, one, (supplier, invoice), by)
    for one in sorted(looked.lines, key=lambda line: (line.row.part_id or 0, line.row.rank)):
        _to_stock(session, one, price_reason(invoice.number, supplier), by)
    supplier_invoices.changed(session, invoice)
    supplier_invoices.tell(session, invoice, "supplier_invoice.accept", _told(looked, told), by)
    return looked


def _lock_orders(session: Session, invoice_id: int) -> None:
    rows = queries.lines(session, [invoice_id])
    supplier_invoices.lock_orders(session, [], [row.order_id for row in rows if row.order_id])


def _lock_parts(session: Session, invoice_id: int) -> None:
    """The parts billed, before their costs are read: nobody corrects a price or sends goods back meanwhile."""
    ids = {row.part_id for row in queries.lines(session, [invoice_id]) if row.part_id}
    session.execute(select(Part.id).where(Part.id.in_(ids)).order_by(Part.id).with_for_update(key_share=True))


def _check(invoice: SupplierInvoice, looked: Review, seen: str, told: Told) -> None:
    if not looked.lines:
        raise NoInvoiceLine(invoice.number)
    if looked.total != invoice.net:
        raise InvoiceTotalDiffers(looked.total, invoice.net)
    if looked.seen != seen:
        raise Conflict("supplier_invoice")
    for one in looked.lines:
        if one.reason_needed and not told.reason(one):
            raise GapUnexplained(one.row.id, one.row.label)


def _told(looked: Review, told: Told) -> dict[str, Any]:
    """What the journal keeps: the sum, and each line that did not fit with its effect and reason."""
    odd = [
        {
            "line": one.row.label,
            "gaps": {gap.gap.value: str(gap.by) for gap in one.gaps},
            "effect": one.effect.value,
            "variance": str(one.price.variance) if one.price else None,
            "to_order": str(one.dearer) if told.bears(one) else None,
            "reason": told.reason(one),
        }
        for one in looked.lines
        if one.gaps
    ]
    return {"net": str(looked.total), "lines": len(looked.lines), "differences": odd}


def _to_stock(session: Session, one: Looked, reason: str, by: By) -> None:
    if one.price is not None:
        movement = stock.Movement(by.today, by.actor, by.now, reason, receipt_line_id=one.row.receipt_line_id)
        stock.correct_price(session, one.price.movement_id, one.price.cost_after, movement)
        supplier_prices.follow(session, one.row.receipt_line_id, one.row.price)


def _to_order(session: Session, one: Looked, billing: tuple[str, SupplierInvoice], by: By) -> None:
    supplier, invoice = billing
    if one.effect in (Effect.NEW_LINE, Effect.COMPLEMENT):
        _new_line(session, one, billing, by)
    elif one.row.line_id and one.row.order_state is not OrderState.CANCELLED:
        line = session.get_one(OrderLine, one.row.line_id)
        if matching.billed(session, [line.id]):
            return
        cost = one.row.price if one.effect is Effect.SETS_COST else line.cost
        versions = (Cost(line.supplier, line.supplier_invoice, line.cost), Cost(supplier, invoice.number, cost))
        order_costs.set_cost(session, one.row.order_number, line.rank, versions, by.actor, by.now)


def _new_line(session: Session, one: Looked, billing: tuple[str, SupplierInvoice], by: By) -> None:
    """A share of a sum, or what a line costs more than its order knew (E8), as work bought outside of its own."""
    supplier, invoice = billing
    more = one.effect is not Effect.NEW_LINE
    order = session.get_one(RepairOrder, one.row.order_id)
    day = one.row.done_on if more else _day(order, invoice.dated_on)
    words = complement(one.row.label) if more else one.row.label
    token = f"supplier-invoice-line-{one.row.id}"
    entry = Entry(order.number, day, by.actor, by.now, by.today, label=words, form_token=token)
    outside = External(supplier, invoice.number, _ONE, one.dearer if more else one.row.net)
    made = order_lines.add_external(session, entry, outside)
    if not more:
        session.get_one(SupplierInvoiceLine, one.row.id).order_line_id = made.id


def _day(order: RepairOrder, dated_on: date) -> date:
    """The day of the invoice, within the days of the order."""
    return max(order.opened_on, min(dated_on, order.closed_on or dated_on))
