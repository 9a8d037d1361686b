"""Reads for the end of a year: what is still open, bills without titre, credit notes on earlier years."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, LiveBilling
from garage.db.models.recovery import Titre
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.domain.finance_exports import exercise
from garage.domain.invoices.bill import BillKind
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OPEN_STATES, OrderState


@dataclass(frozen=True, slots=True)
class EarlierCredit:
    """A credit note on a bill of an earlier budget year; euros with VAT, as printed."""

    number: str
    issued_on: date
    collectivity: str
    gross: Decimal
    first: str
    first_on: date
    reason: str | None


def to_check(session: Session, until: date) -> int:
    """How many finished orders opened by a day wait for the head's check."""
    return _count(session, RepairOrder.state == OrderState.TO_CHECK, RepairOrder.opened_on <= until)


def begun(session: Session, until: date) -> int:
    """How many open orders, those to check apart, have work done by a day."""
    worked = exists().where(OrderLine.order_id == RepairOrder.id, OrderLine.done_on <= until)
    return _count(session, RepairOrder.state.in_(OPEN_STATES - {OrderState.TO_CHECK}), worked)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(RepairOrder).where(*conditions)) or 0


def untitled(session: Session, year: int) -> tuple[int, Decimal]:
    """How many live invoices of a year's quarters have no titre de recettes yet, and their euros with VAT."""
    quarters = [str(Quarter(year, number)) for number in (1, 2, 3, 4)]
    row = session.execute(
        select(func.count(), func.sum(Invoice.gross, type_=Invoice.gross.type)).where(
            Invoice.kind == BillKind.INVOICE,
            Invoice.quarter.in_(quarters),
            exists().where(LiveBilling.invoice_id == Invoice.id),
            ~exists().where(Titre.invoice_id == Invoice.id),
        )
    ).one()
    return row[0], row[1] or Decimal("0.00")


def earlier_credits(session: Session, year: int) -> list[EarlierCredit]:
    """Credit notes issued in a year on bills of an earlier budget year, by number (rule B8).

    As in the exports to the finance: the year of the first bill's titre or, without titre, of that bill.
    """
    first = aliased(Invoice)
    rows = session.execute(
        select(
            Invoice.number, Invoice.issued_on, Collectivity.name, func.abs(Invoice.gross, type_=Invoice.gross.type),
            first.number, first.issued_on, Invoice.reason, Invoice.quarter, first.quarter, Titre.year,
        )
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .join(first, first.id == Invoice.credited_invoice_id)
        .outerjoin(Titre, Titre.invoice_id == first.id)
        .where(
            Invoice.kind == BillKind.CREDIT_NOTE,
            Invoice.issued_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(Invoice.series, Invoice.sequence)
    )  # fmt: skip
    found = []
    for *told, quarter, first_quarter, titre_year in rows:
        credit = EarlierCredit(*told)
        of_first = titre_year or exercise(credit.first_on, Quarter.parse(first_quarter))
        if of_first < exercise(credit.issued_on, Quarter.parse(quarter)):
            found.append(credit)
    return found
