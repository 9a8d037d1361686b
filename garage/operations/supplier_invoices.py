"""A supplier's invoice: entered once by number, its lines matched, disputed until solved (E9). Accepting is apart.

Locks, for all that touches one: the orders it touches by id, the supplier, the invoice, the parts by id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.models.suppliers import Supplier
from garage.db.queries import supplier_matching as matching
from garage.domain.errors.base import Conflict, NotFound, ReasonMissing
from garage.domain.errors.supplier_invoices import (
    BadInvoiceDay,
    InvoiceAccepted,
    InvoiceHasLines,
    InvoiceNotDisputed,
    InvoiceNumberKnown,
    LineMatched,
    NotToBill,
    SentOtherwise,
    SupplierMatched,
)
from garage.domain.money import ZERO
from garage.domain.permissions import Actor
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.repair_orders import first_day_of_entry
from garage.domain.supplier_invoices import check_total, priced
from garage.french.plain import same_number
from garage.operations import journal, suppliers

S = SupplierInvoiceState


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, at what instant, on what civil day in Paris."""

    actor: Actor
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Head:
    """What is printed: number, day, total of the lines and VAT in euros; `photo` is the SHA-256 of a kept one."""

    number: str
    dated_on: date
    net: Decimal
    photo: str | None = None
    vat: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Matched:
    """So much (3 decimals) of goods received or of a line of an order, at a unit price (4), a net (euros), or both."""

    quantity: Decimal
    price: Decimal | None
    net: Decimal | None = None
    receipt_line_id: int | None = None
    order_line_id: int | None = None

    @property
    def key(self) -> tuple[int | None, int | None]:
        """What it bills."""
        return self.receipt_line_id, self.order_line_id


def record(session: Session, supplier: str, head: Head, by: By, form_token: str | None = None) -> SupplierInvoice:
    """Enter an invoice of a known supplier, its number once whatever its case, accents and spaces.

    The same form again gives the same invoice.

    Raises UnknownSupplier, InvoiceNumberKnown, BadInvoiceTotal, BadInvoiceVat, BadInvoiceDay, SentOtherwise when the
    form says something else since.
    """
    checked = _checked(head, by.today)
    sold = session.get_one(Supplier, suppliers.known(session, supplier), with_for_update={"key_share": True})
    if form_token:
        sent = session.scalar(select(SupplierInvoice).where(SupplierInvoice.form_token == form_token))
        if sent is not None:
            if (sent.supplier_id, sent.number, sent.net, sent.vat) != (sold.id, checked["number"], head.net, head.vat):
                raise SentOtherwise(sent.number)
            return sent
    _check_number(session, sold, checked["number"])
    made = SupplierInvoice(
        supplier_id=sold.id,
        state=S.TO_CHECK,
        photo=head.photo,
        recorded_by_id=by.actor.id,
        recorded_at=by.now,
        form_token=form_token,
        **checked,
    )
    session.add(made)
    session.flush()
    data = {"net": str(head.net), "vat": str(head.vat), "day": head.dated_on.isoformat()}
    tell(session, made, "supplier_invoice.record", data, by)
    return made


def _checked(head: Head, today: date) -> dict[str, Any]:
    check_total(head.net, head.vat)
    first = first_day_of_entry(today)
    if not first <= head.dated_on <= today:
        raise BadInvoiceDay(head.dated_on, first)
    return {"number": " ".join(head.number.split()), "dated_on": head.dated_on, "net": head.net, "vat": head.vat}


def _check_number(session: Session, sold: Supplier, number: str, but: int | None = None) -> None:
    known = select(SupplierInvoice.number, SupplierInvoice.dated_on).where(
        SupplierInvoice.supplier_id == sold.id, SupplierInvoice.id != (but or 0)
    )
    for row in session.execute(known):
        if same_number(row.number, number):
            raise InvoiceNumberKnown(row.number, sold.name, row.dated_on)


def locked(session: Session, invoice_id: int, version: int | None = None) -> SupplierInvoice:
    """An invoice and its supplier, ours until the transaction ends. Raises NotFound, InvoiceAccepted, Conflict."""
    sold = session.scalar(select(SupplierInvoice.supplier_id).where(SupplierInvoice.id == invoice_id))
    if sold is None:
        raise NotFound("supplier_invoice", str(invoice_id))
    session.execute(select(Supplier.id).where(Supplier.id == sold).with_for_update(key_share=True))
    rows = select(SupplierInvoice).where(SupplierInvoice.id == invoice_id).with_for_update()
    invoice = session.scalars(rows.execution_options(populate_existing=True)).one()
    if invoice.state is S.ACCEPTED:
        raise InvoiceAccepted(invoice.number)
    if invoice.supplier_id != sold or (version is not None and invoice.version != version):
        raise Conflict("supplier_invoice")
    return invoice


def change(session: Session, invoice_id: int, version: int, head: Head, by: By, supplier: str | None = None) -> None:
    """Correct the head of an invoice that is not accepted; without a photo or a supplier it keeps the one it has.

    Raises NotFound, InvoiceAccepted, Conflict, UnknownSupplier, SupplierMatched when it bills goods or work of its
    present one, InvoiceNumberKnown, BadInvoiceTotal, BadInvoiceVat, BadInvoiceDay.
    """
    sold = None if supplier is None else _both(session, invoice_id, supplier)
    invoice = locked(session, invoice_id)
    checked = _checked(head, by.today) | {"supplier_id": sold or invoice.supplier_id}
    before = {name: getattr(invoice, name) for name in checked}
    if before == checked and head.photo in (None, invoice.photo):
        return
    if invoice.version != version:
        raise Conflict("supplier_invoice")
    if checked["supplier_id"] != invoice.supplier_id:
        _check_free(session, invoice)
    _check_number(session, session.get_one(Supplier, checked["supplier_id"]), checked["number"], invoice.id)
    for name, value in checked.items():
        setattr(invoice, name, value)
    invoice.photo = head.photo or invoice.photo
    changed(session, invoice)
    data = {"before": {k: str(v) for k, v in before.items()}, "after": {k: str(v) for k, v in checked.items()}}
    tell(session, invoice, "supplier_invoice.change", data, by)


def _both(session: Session, invoice_id: int, supplier: str) -> int:
    """The supplier of that name, locked with the one that the invoice has, by id."""
    wanted = suppliers.known(session, supplier)
    present = select(SupplierInvoice.supplier_id).where(SupplierInvoice.id == invoice_id)
    rows = select(Supplier.id).where(Supplier.id.in_(present) | (Supplier.id == wanted)).order_by(Supplier.id)
    session.execute(rows.with_for_update(key_share=True))
    return wanted


def _check_free(session: Session, invoice: SupplierInvoice) -> None:
    if any(row.receipt_line_id or row.order_line_id or row.deposit_id for row in lines_of(session, invoice.id)):
        raise SupplierMatched(invoice.number, session.get_one(Supplier, invoice.supplier_id).name)


def withdraw(session: Session, invoice_id: int, version: int, by: By) -> None:
    """Take away an invoice entered by mistake, once it has no line.

    Raises NotFound, InvoiceAccepted, Conflict, InvoiceHasLines.
    """
    invoice = locked(session, invoice_id, version)
    if lines_of(session, invoice.id):
        raise InvoiceHasLines(invoice.number)
    data = {"net": str(invoice.net), "day": invoice.dated_on.isoformat(), "photo": invoice.photo}
    tell(session, invoice, "supplier_invoice.withdraw", data, by)
    session.delete(invoice)
    session.flush()


def match(session: Session, invoice_id: int, version: int, wanted: Sequence[Matched], by: By) -> None:
    """Say which goods and lines of orders an invoice bills: what it bore of them before is replaced, free lines stay.

    The same again changes nothing. Raises NotFound, InvoiceAccepted, Conflict, NotToBill, BadQuantity, BadCost,
    NotFromPrices.
    """
    lock_orders(session, [one.order_line_id for one in wanted if one.order_line_id])
    invoice = locked(session, invoice_id)
    there = {(row.receipt_line_id, row.order_line_id): row for row in lines_of(session, invoice.id)}
    there = {key: row for key, row in there.items() if key != (None, None) and row.form_token is None}
    values = {one.key: (one.quantity, *priced(one.quantity, one.price, one.net)) for one in wanted}
    if values == {key: (row.quantity, row.price, row.net) for key, row in there.items()}:
        return
    if invoice.version != version:
        raise Conflict("supplier_invoice")
    labels = _to_bill(session, invoice)
    for key in values:
        if key not in labels and key not in there:
            raise NotToBill(_named(session, key))
    gone = [row.id for key, row in there.items() if key not in values]
    session.execute(delete(SupplierInvoiceLine).where(SupplierInvoiceLine.id.in_(gone)))
    for key, (quantity, price, net) in values.items():
        if key in there:
            row = there[key]
            row.quantity, row.price, row.net = quantity, price, net
        else:
            target = {"receipt_line_id": key[0], "order_line_id": key[1]}
            add_line(session, invoice, labels[key], (quantity, price, net), target)
    changed(session, invoice)
    tell(session, invoice, "supplier_invoice.match", {"lines": len(values), "removed": len(gone)}, by)


def _to_bill(session: Session, invoice: SupplierInvoice) -> dict[tuple[int | None, int | None], str]:
    """What an invoice may bill, in words."""
    found: dict[tuple[int | None, int | None], str] = {}
    for row in matching.received_lines(session, invoice.supplier_id, invoice.id):
        found[row.id, None] = f"{row.reference} {row.label}"[:200]
    for row in matching.order_lines(session, invoice.supplier_id, invoice.id, invoice.number):
        found[None, row.id] = (row.label or row.part or row.supplier or row.order_number)[:200]
    return found


def _named(session: Session, key: tuple[int | None, int | None]) -> str:
    line = session.get(OrderLine, key[1]) if key[1] else None
    return (line.label or line.supplier or "") if line else str(key[0] or key[1])


def lock_orders(session: Session, line_ids: Sequence[int], order_ids: Sequence[int] = ()) -> None:
    """Lock the repair orders of these lines, and these ones, in the order of their ids."""
    of_lines = select(OrderLine.order_id).where(OrderLine.id.in_(line_ids))
    wanted = select(RepairOrder.id).where(RepairOrder.id.in_(of_lines) | RepairOrder.id.in_(order_ids))
    session.execute(wanted.order_by(RepairOrder.id).with_for_update())


def lines_of(session: Session, invoice_id: int) -> Sequence[SupplierInvoiceLine]:
    """The lines of an invoice by rank."""
    rows = select(SupplierInvoiceLine).where(SupplierInvoiceLine.invoice_id == invoice_id)
    return session.scalars(rows.order_by(SupplierInvoiceLine.rank)).all()


def add_line(
    session: Session,
    invoice: SupplierInvoice,
    label: str,
    amounts: tuple[Decimal, Decimal, Decimal],
    target: dict[str, Any],
) -> None:
    """A line of so much at a price for a net; `target` is what it bills."""
    last = select(func.max(SupplierInvoiceLine.rank)).where(SupplierInvoiceLine.invoice_id == invoice.id)
    rank = (session.scalar(last) or 0) + 1
    quantity, price, net = amounts
    session.add(
        SupplierInvoiceLine(
            invoice_id=invoice.id, rank=rank, label=label, quantity=quantity, price=price, net=net, **target
        )
    )
    session.flush()


def remove_line(session: Session, invoice_id: int, line_id: int, by: By) -> None:
    """Take a line away; of a sum shared over orders, all the shares. One that is gone already changes nothing.

    Raises NotFound, InvoiceAccepted.
    """
    invoice = locked(session, invoice_id)
    rows = lines_of(session, invoice.id)
    line = next((row for row in rows if row.id == line_id), None)
    if line is None:
        return
    gone = [row for row in rows if row is line or (line.form_token and row.form_token == line.form_token)]
    data = {"label": line.label, "net": str(sum((row.net for row in gone), Decimal(0)))}
    session.execute(delete(SupplierInvoiceLine).where(SupplierInvoiceLine.id.in_([row.id for row in gone])))
    changed(session, invoice)
    tell(session, invoice, "supplier_invoice.remove_line", data, by)


def dispute(session: Session, invoice_id: int, version: int, awaited: str, by: By) -> None:
    """Hold an invoice until the supplier answers; `awaited` says what for. Said again, it tells what is awaited now.

    Raises NotFound, InvoiceAccepted, Conflict, ReasonMissing.
    """
    invoice = locked(session, invoice_id)
    words = awaited.strip()
    if not words:
        raise ReasonMissing(S.DISPUTED)
    if (invoice.state, invoice.note) == (S.DISPUTED, words):
        return
    if invoice.version != version:
        raise Conflict("supplier_invoice")
    invoice.state, invoice.note = S.DISPUTED, words
    changed(session, invoice)
    tell(session, invoice, "supplier_invoice.dispute", {"awaited": words}, by)


def resume(session: Session, invoice_id: int, version: int, answer: str, by: By) -> None:
    """A dispute solved: the invoice is to check again.

    Raises NotFound, InvoiceAccepted, Conflict, ReasonMissing, InvoiceNotDisputed.
    """
    if not answer.strip():
        raise ReasonMissing(S.TO_CHECK)
    invoice = locked(session, invoice_id)
    if invoice.state is not S.DISPUTED:
        raise InvoiceNotDisputed(invoice.number)
    if invoice.version != version:
        raise Conflict("supplier_invoice")
    data = {"awaited": invoice.note, "answer": answer.strip()}
    invoice.state, invoice.note = S.TO_CHECK, None
    changed(session, invoice)
    tell(session, invoice, "supplier_invoice.resume", data, by)


def check_not_matched(session: Session, order: str, rank: int, line_id: int) -> None:
    """Refuse to take away a line of an order that a supplier's invoice bills: raises LineMatched."""
    bearing = (
        select(SupplierInvoice.number)
        .join(SupplierInvoiceLine, SupplierInvoiceLine.invoice_id == SupplierInvoice.id)
        .where(SupplierInvoiceLine.order_line_id == line_id)
    )
    number = session.scalar(bearing.limit(1))
    if number is not None:
        raise LineMatched(order, rank, number)


def changed(session: Session, invoice: SupplierInvoice) -> None:
    """Another version of it, written."""
    invoice.version += 1
    session.flush()


def tell(session: Session, invoice: SupplierInvoice, action: str, data: dict[str, Any], by: By) -> None:
    """In the journal, under the invoice's number."""
    supplier = session.get_one(Supplier, invoice.supplier_id).name
    subject = ("supplier_invoices", invoice.number)
    journal.record(session, by.actor, action, subject, data={"supplier": supplier, **data}, now=by.now)
