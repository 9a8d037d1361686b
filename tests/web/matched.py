"""Suppliers' invoices in every state, and what the next morning finds, for the browser's audits."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.purchases import ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.queries import supplier_invoices as queries
from garage.db.session import Database
from garage.domain.money import percent_of
from garage.operations import goods_receipts, order_lines, supplier_invoices, suppliers
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.supplier_acceptance import Told, accept
from garage.operations.supplier_free_lines import FreeLine, Target, add
from garage.operations.supplier_invoices import By, Head, Matched
from garage.operations.supplier_review import review
from tests.factories import garage as make
from tests.web.workshop import HEAD

NAME = "Pièces détachées du Grand Ouest et du Centre-Bretagne"
_BY = By(HEAD, make.NOW, make.TODAY)
_DAY = make.TODAY - timedelta(days=70)
_ORDERS = ("OR-2024-00001", "OR-2024-00002")


def populate(database: Database) -> None:
    """Invoice 1 accepted, 2 with every difference, 3 disputed, 4 without a line."""
    with database.transaction() as session:
        lines = _received(session)
        bought = _bought(session)
        done = _entered(session, "FA-2026-001", "125.00")
        _match(session, done, Matched(Decimal(10), Decimal("12.50"), receipt_line_id=lines[0]))
        accept(session, done, review(session, queries.one(session, done)).seen, Told({}), _BY)
        odd = _entered(session, "FA-2026-0002-COMPLEMENT", "180.50")
        more = Matched(Decimal(6), Decimal(14), receipt_line_id=lines[1])
        _match(session, odd, more, Matched(Decimal(1), Decimal("55.10"), order_line_id=bought))
        targets = [Target(number) for number in _ORDERS]
        add(session, odd, FreeLine("Frais de port et d’emballage", Decimal("31.41"), targets, form_token="port"), _BY)
        add(session, odd, FreeLine("Colis non identifié", Decimal("9.99")), _BY)
        held = _entered(session, "FA-2026-003", "48.00")
        version = session.get_one(supplier_invoices.SupplierInvoice, held).version
        supplier_invoices.dispute(session, held, version, "Un avoir de 12 € sur les filtres mal livrés", _BY)
        _entered(session, "FA-2026-004", "37.50")


def _received(session: Session) -> list[int]:
    sold = suppliers.named(session, NAME, make.NOW)
    parts = [make.part(session, f"GO-{n}", "4", "12.5000", supplier=NAME).id for n in range(3)]
    goods = [Received(part, Decimal(10) / (n or 1), Decimal("12.5")) for n, part in enumerate(parts)]
    made = goods_receipts.receive(session, Delivery(sold, "BL-77421", _DAY, goods), HEAD, make.NOW, make.TODAY)
    rows = select(ReceiptLine.id).where(ReceiptLine.receipt_id == made.id).order_by(ReceiptLine.id)
    return list(session.scalars(rows))


def _bought(session: Session) -> int:
    order = session.scalars(select(RepairOrder).where(RepairOrder.number == _ORDERS[1])).one()
    part = make.part(session, "GO-9", "0", supplier=NAME).id
    line: OrderLine = order_lines.add_bought_part(
        session, make.entry(order, _DAY, label="Flexible de direction"), part, Decimal(1), Decimal("52.30")
    )
    order_lines.add_bought_part(session, make.entry(order, _DAY, label="Collier"), part, Decimal(2), Decimal("3.10"))
    return line.id


def _entered(session: Session, number: str, net: str) -> int:
    head = Head(number, _DAY, Decimal(net), vat=percent_of(Decimal(net), Decimal(20)))
    return supplier_invoices.record(session, NAME, head, _BY).id


def _match(session: Session, invoice_id: int, *lines: Matched) -> None:
    version = session.get_one(supplier_invoices.SupplierInvoice, invoice_id).version
    supplier_invoices.match(session, invoice_id, version, lines, _BY)
