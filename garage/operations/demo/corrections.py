"""What the demonstration corrects among its past bills: one taken back whole for another commune, one lowered (B8)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceOrder
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import credit_notes as queries
from garage.domain.collectivities import CollectivityKind
from garage.domain.errors.collectivities import NoConvention
from garage.domain.invoices.bill import BilledNature, BillKind
from garage.domain.invoices.credit_notes import CreditPurpose, whole
from garage.domain.periods import Quarter
from garage.operations import credit_notes, credit_notes_issue, order_debtors
from garage.operations.credit_notes import By, Wanted
from garage.operations.demo.courses import engagement
from garage.operations.demo.people import Team
from garage.operations.order_debtors import NewDebtor

WRONG_DEBTOR = "Véhicule prêté à une autre commune (exemple fictif)"
TOO_LONG = "Temps de trajet compté deux fois (exemple fictif)"
IN_DISCUSSION = "Durée contestée par la mairie (exemple fictif)"
_HALF_AN_HOUR = Decimal(30)


def correct(session: Session, quarter: Quarter, team: Team, day: date, now: datetime) -> None:
    """Correct bills of a billed quarter, the evening that the next one is billed; a last draft is left to review."""
    by = By(team.accounting, now, day)
    bills = _bills(session, quarter)
    if len(bills) < 3:
        return
    _give_to_another(session, bills[0], team, by)
    _issue(session, _lower(session, bills[-1], TOO_LONG, by), by)
    _lower(session, bills[-2], IN_DISCUSSION, by)


def _bills(session: Session, quarter: Quarter) -> Sequence[int]:
    """The invoices of communes, those of the fewest orders first."""
    orders = func.count(InvoiceOrder.id)
    return session.scalars(
        select(Invoice.id)
        .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .where(
            Invoice.quarter == str(quarter),
            Invoice.kind == BillKind.INVOICE,
            Collectivity.kind == CollectivityKind.COMMUNE,
        )
        .group_by(Invoice.id)
        .order_by(orders, Invoice.id)
    ).all()


def _give_to_another(session: Session, bill_id: int, team: Team, by: By) -> None:
    """A whole bill is taken back, and its orders are owed by the next commune that has a convention."""
    bill = queries.creditable(session, bill_id)
    wanted = Wanted(CreditPurpose.REBILL, whole(bill), WRONG_DEBTOR)
    _issue(session, credit_notes.prepare(session, bill_id, wanted, by), by)
    for number in sorted({line.order for line in bill.lines}):
        order = session.scalars(select(RepairOrder).where(RepairOrder.number == number)).one()
        for owner_id, code in _others(session, order.collectivity_id):
            try:
                new = NewDebtor(owner_id, WRONG_DEBTOR, engagement(code, order.opened_on))
                order_debtors.change_debtor(session, number, order.version, new, team.accounting, by.now)
            except NoConvention:
                continue
            break


def _others(session: Session, owner_id: int) -> list[tuple[int, str]]:
    """The other communes, in code order from this one on."""
    rows = session.execute(
        select(Collectivity.id, Collectivity.code)
        .where(Collectivity.kind == CollectivityKind.COMMUNE)
        .order_by(Collectivity.code)
    ).all()
    mine = session.get_one(Collectivity, owner_id).code
    after = [(row.id, row.code) for row in rows if row.code > mine]
    return after + [(row.id, row.code) for row in rows if row.code < mine]


def _lower(session: Session, bill_id: int, reason: str, by: By) -> int:
    """Half an hour too much on the longest labour line of a bill."""
    labour = [
        line
        for line in queries.creditable(session, bill_id).lines
        if line.nature is BilledNature.LABOUR and not line.free
    ]
    longest = max(labour, key=lambda line: (line.billed, -line.id))
    wanted = {longest.id: min(_HALF_AN_HOUR, longest.billed)}
    return credit_notes.prepare(session, bill_id, Wanted(CreditPurpose.REDUCE, wanted, reason), by)


def _issue(session: Session, draft_id: int, by: By) -> None:
    credit_notes_issue.issue(session, draft_id, queries.draft(session, draft_id).version, by.today, by)
