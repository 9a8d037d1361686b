"""What the demonstration's finance office does with the bills: settings, titres, payments. All made up."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice
from garage.db.models.recovery import Titre
from garage.db.queries import recovery as queries
from garage.domain.invoices.bill import BillKind
from garage.domain.money import cents
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor
from garage.domain.settings import BillingSettings, Imputation, Magnus, Pes
from garage.domain.tariffs import TariffNature
from garage.operations import recovery, settings
from garage.operations.recovery import By, PaymentEntry, TitreEntry

_TO_TITRE, _TO_PAYMENT = timedelta(days=10), timedelta(days=38)
_LATE, _IN_PART = 5, 3  # of the last quarter, one bill out of five stays unpaid and one is paid by half


def decide(session: Session, actor: Actor, now: datetime) -> None:
    """The settings of a garage that hands over and follows its bills; accounts are examples of the M57."""
    hours = Imputation("70878", "020", "GM01")
    goods = Imputation("7088", "020", "GM02")
    natures = {nature: goods if nature is TariffNature.PARTS else hours for nature in TariffNature}
    wanted = BillingSettings(
        imputations=natures,
        magnus=Magnus(collectivity="FICTIF", budget="PRINCIPAL"),
        pes=Pes(post="000000", collectivity_code="001", budget_code="00", budget_label="BUDGET FICTIF"),
    )
    settings.save(session, wanted, actor, now)


def recover(session: Session, quarter: Quarter, by: By, *, in_time: bool) -> None:
    """The quarter's invoices get their titres, then their payments, unless a few are late or paid in part."""
    today = by.today
    found = queries.by_ids(session, session.scalars(_invoices(quarter)))
    for place, bill in enumerate(sorted(found.values(), key=lambda one: one.number), 1):
        titled_on, paid_on = bill.issued_on + _TO_TITRE, bill.issued_on + _TO_PAYMENT
        if titled_on > today or not bill.position.due:
            continue
        titre = TitreEntry(_next_titre(session, titled_on.year), titled_on.year, titled_on)
        recovery.give_titre(session, bill.number, titre, by)
        if paid_on > today or (place % _LATE == 0 and not in_time):
            continue
        due = bill.position.due
        amount = cents(due / 2) if place % _LATE == _IN_PART and not in_time else due
        entry = PaymentEntry(amount, paid_on, f"Virement fictif {bill.number}")
        recovery.pay(session, bill.number, entry, by)


def _invoices(quarter: Quarter) -> Select[int]:
    return (
        select(Invoice.id)
        .where(Invoice.quarter == str(quarter), Invoice.kind == BillKind.INVOICE)
        .order_by(Invoice.year, Invoice.sequence)
    )


def _next_titre(session: Session, year: int) -> str:
    return str(401 + (session.scalar(select(func.count()).select_from(Titre).where(Titre.year == year)) or 0))
