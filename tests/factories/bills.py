"""Issued bills for tests of what comes after: rows as issuing leaves them, without orders or lines."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice
from garage.domain.collectivities import VatRegime
from garage.domain.invoices.bill import SERIES, BillKind, Party

from .garage import NOW

ISSUED_ON = date(2026, 10, 5)


def invoice(
    session: Session, owner: Collectivity, gross: str, issued_on: date = ISSUED_ON, *, internal: bool = False
) -> str:
    """A bill of this amount, the next of its series; its number."""
    kind = BillKind.INTERNAL_STATEMENT if internal else BillKind.INVOICE
    return _add(session, (kind, owner.id), Decimal(gross), issued_on, None)


def credit_note(session: Session, number: str, gross: str, issued_on: date = date(2026, 10, 12)) -> str:
    """A credit note of this amount on a bill; its number."""
    first = session.scalars(select(Invoice).where(Invoice.number == number)).one()
    return _add(session, (BillKind.CREDIT_NOTE, first.collectivity_id), Decimal(gross), issued_on, first.id)


def _add(
    session: Session, what: tuple[BillKind, int], gross: Decimal, issued_on: date, credited_invoice_id: int | None
) -> str:
    kind, owner_id = what
    series, year = SERIES[kind], issued_on.year
    of_series = select(func.count()).where(Invoice.series == series, Invoice.year == year)
    sequence = (session.scalar(of_series) or 0) + 1
    owner = session.get_one(Collectivity, owner_id)
    party = asdict(Party(owner.code, owner.name, None, None, None, None, owner.siret))
    made = Invoice(
        kind=kind, series=series, year=year, sequence=sequence, number=f"{series}{year}-{sequence:04d}",
        issued_on=issued_on, quarter="2026-T3", collectivity_id=owner_id, regime=VatRegime.OUT_OF_SCOPE,
        issuer=party, addressee=party, conventions=[], grids=[], net=gross, vat=Decimal("0.00"), gross=gross,
        credited_invoice_id=credited_invoice_id, issued_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.number
