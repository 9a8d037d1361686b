"""Rows of the files that people open in a spreadsheet, read a thousand at a time. No layout here (rule E19)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder
from garage.domain.collectivities import Category
from garage.domain.invoices.bill import BilledNature, BillKind
from garage.domain.periods import Quarter


@dataclass(frozen=True, slots=True)
class LineBilled:
    """One line of an issued bill; a structure fee has no order, no day, and its base for a quantity."""

    number: str
    issued_on: date
    collectivity: str
    name: str
    engagement: str | None
    order: str | None
    fleet_number: str | None
    object_label: str | None
    done_on: date | None
    nature: BilledNature
    code: str
    label: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Decimal
    vat_rate: Decimal
    grid: str
    category: Category
    article: str | None
    non_billable_reason: str | None


def billed_lines(session: Session, quarter: Quarter, collectivity_id: int | None = None) -> Iterator[LineBilled]:
    """Every line billed for a quarter, of one collectivity when asked: by series, number and place on the bill.

    What a credit note takes back is below zero, so that a column adds up.
    """
    statement: Select[*tuple[Any, ...]] = (
        select(
            Invoice.number, Invoice.issued_on, Collectivity.code, Collectivity.name, Invoice.engagement,
            InvoiceOrder.number, InvoiceOrder.fleet_number, InvoiceOrder.object_label, InvoiceLine.done_on,
            InvoiceLine.nature, InvoiceLine.code, InvoiceLine.label, InvoiceLine.quantity, InvoiceLine.unit,
            InvoiceLine.unit_price, InvoiceLine.net, InvoiceLine.vat_rate, InvoiceLine.grid, InvoiceLine.category,
            InvoiceLine.article, InvoiceLine.non_billable_reason, Invoice.kind,
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .outerjoin(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .where(Invoice.quarter == str(quarter))
        .order_by(Invoice.series, Invoice.year, Invoice.sequence, InvoiceLine.position)
    )  # fmt: skip
    if collectivity_id is not None:
        statement = statement.where(Invoice.collectivity_id == collectivity_id)
    for row in session.execute(statement.execution_options(yield_per=1000)):
        line = LineBilled(*row[:-1])
        taken_back = row[-1] is BillKind.CREDIT_NOTE
        yield replace(line, quantity=-line.quantity, net=-line.net) if taken_back else line
