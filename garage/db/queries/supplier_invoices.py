"""Reads of suppliers' invoices: the list by key, one, its lines with what they bill, every line for the CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from garage.db.models.parts import CoreDeposit
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.models.suppliers import Supplier
from garage.db.models.users import User
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut
from garage.domain.errors.base import NotFound
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.stock import MovementKind
from garage.french.plain import plain_text

PAGE: Final = 24
_BATCH: Final = 500
_Line = SupplierInvoiceLine


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices: a state, words of the number or of the supplier's name."""

    state: SupplierInvoiceState | None = None
    text: str = ""


def _listed() -> AnySelect:
    accepted = aliased(User)
    return (
        select(
            SupplierInvoice.id, SupplierInvoice.number, SupplierInvoice.dated_on, SupplierInvoice.net,
            SupplierInvoice.vat, SupplierInvoice.state, SupplierInvoice.note, SupplierInvoice.photo,
            SupplierInvoice.version, SupplierInvoice.supplier_id, SupplierInvoice.recorded_at,
            SupplierInvoice.accepted_at, Supplier.name.label("supplier"), User.name.label("recorded_by"),
            accepted.name.label("accepted_by"),
        )
        .join(Supplier, Supplier.id == SupplierInvoice.supplier_id)
        .outerjoin(User, User.id == SupplierInvoice.recorded_by_id)
        .outerjoin(accepted, accepted.id == SupplierInvoice.accepted_by_id)
    )  # fmt: skip


def _wanted(rows: AnySelect, wanted: InvoiceFilter) -> AnySelect:
    if wanted.state is not None:
        rows = rows.where(SupplierInvoice.state == wanted.state)
    if wanted.text:
        words = plain_text(wanted.text).split()
        named = and_(*(Supplier.search_text.contains(word, autoescape=True) for word in words))
        number = func.upper(SupplierInvoice.number).contains(wanted.text.strip().upper(), autoescape=True)
        rows = rows.where(named | number)
    return rows


def page(
    session: Session, wanted: InvoiceFilter, key: tuple[date, int] | None, *, backwards: bool = False, size: int = PAGE
) -> Page:
    """A page of invoices, the latest dated first; `key` is the day and id of the invoice it begins after."""
    rows = _wanted(_listed(), wanted)
    order = (SupplierInvoice.dated_on, SupplierInvoice.id)
    if key is not None:
        rows = rows.where(tuple_(*order) > key if backwards else tuple_(*order) < key)
    rows = rows.order_by(*order) if backwards else rows.order_by(*(column.desc() for column in order))
    found = session.execute(rows.limit(size + 1)).all()
    place = FIRST if key is None else Key("key", backwards=backwards)
    return cut(found[::-1] if backwards else found, place, size, lambda row: f"{row.dated_on.isoformat()}_{row.id}")


def one(session: Session, invoice_id: int) -> AnyRow:
    """An invoice. Raises NotFound."""
    row = session.execute(_listed().where(SupplierInvoice.id == invoice_id)).one_or_none()
    if row is None:
        raise NotFound("supplier_invoice", str(invoice_id))
    return row


def lines(session: Session, invoice_ids: Sequence[int]) -> Sequence[AnyRow]:
    """The lines of invoices by rank, with the goods, the order and its line that they bill."""
    through = aliased(OrderLine)
    order_line = func.coalesce(_Line.order_line_id, ReceiptLine.order_line_id)
    order = func.coalesce(through.order_id, _Line.repair_order_id)
    return session.execute(
        select(
            _Line.id, _Line.invoice_id, _Line.rank, _Line.label, _Line.quantity, _Line.price, _Line.net,
            _Line.receipt_line_id, _Line.order_line_id, _Line.repair_order_id, _Line.reason, _Line.form_token,
            _Line.deposit_id, CoreDeposit.amount.label("deposit"),
            ReceiptLine.quantity.label("received"), ReceiptLine.order_line_id.label("went_to"),
            GoodsReceipt.delivery_note, GoodsReceipt.received_on, GoodsReceipt.id.label("receipt_id"),
            Part.reference, Part.unit, Part.id.label("part_id"),
            RepairOrder.number.label("order_number"), RepairOrder.state.label("order_state"),
            RepairOrder.id.label("order_id"), through.id.label("line_id"), through.rank.label("line_rank"),
            through.nature, through.cost, through.quantity.label("line_quantity"), through.supplier,
            through.supplier_invoice, through.done_on,
        )
        .outerjoin(ReceiptLine, ReceiptLine.id == _Line.receipt_line_id)
        .outerjoin(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
        .outerjoin(through, through.id == order_line)
        .outerjoin(RepairOrder, RepairOrder.id == order)
        .outerjoin(CoreDeposit, CoreDeposit.id == _Line.deposit_id)
        .outerjoin(Part, Part.id == func.coalesce(ReceiptLine.part_id, through.part_id, CoreDeposit.part_id))
        .where(_Line.invoice_id.in_(invoice_ids))
        .order_by(_Line.invoice_id, _Line.rank)
    ).all()  # fmt: skip


def corrections(session: Session, invoice: AnyRow) -> dict[int, AnyRow]:
    """The euros that accepting an invoice put on the stock, and apart as variance, by line received."""
    mine = select(_Line.receipt_line_id).where(_Line.invoice_id == invoice.id, _Line.receipt_line_id.is_not(None))
    rows = select(StockMovement.receipt_line_id, StockMovement.value_change, StockMovement.variance).where(
        StockMovement.receipt_line_id.in_(mine),
        StockMovement.kind == MovementKind.PRICE,
        StockMovement.recorded_at == invoice.accepted_at,
    )
    return {row.receipt_line_id: row for row in session.execute(rows)}


def every_line(session: Session, wanted: InvoiceFilter) -> Iterator[tuple[AnyRow, AnyRow | None]]:
    """Each invoice with each of its lines, or with none, read by batches; the latest dated first."""
    key: tuple[date, int] | None = None
    while True:
        found = page(session, wanted, key, size=_BATCH)
        billed: dict[int, list[AnyRow]] = {}
        for row in lines(session, [invoice.id for invoice in found.rows]):
            billed.setdefault(row.invoice_id, []).append(row)
        for invoice in found.rows:
            if invoice.id not in billed:
                yield invoice, None
            for line in billed.get(invoice.id, ()):
                yield invoice, line
        if not found.next:
            return
        key = (found.rows[-1].dated_on, found.rows[-1].id)


def suppliers(session: Session) -> Sequence[str]:
    """The names of the suppliers in use."""
    return sorted(session.scalars(select(Supplier.name).where(Supplier.active)), key=plain_text)


def waiting(session: Session) -> int:
    """How many invoices are not accepted yet."""
    open_states = (SupplierInvoiceState.TO_CHECK, SupplierInvoiceState.DISPUTED)
    rows = select(func.count()).select_from(SupplierInvoice).where(SupplierInvoice.state.in_(open_states))
    return session.scalar(rows) or 0
