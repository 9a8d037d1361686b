"""Corrections for the browser's audits: one credit note in preparation, one issued whose order waits to be billed."""

from decimal import Decimal

from sqlalchemy import select

from garage.db.models.invoices import Invoice
from garage.db.queries import credit_notes as queries
from garage.db.session import Database
from garage.domain.invoices.bill import BilledNature
from garage.domain.invoices.credit_notes import CreditPurpose, whole
from garage.operations import credit_notes, credit_notes_issue
from garage.operations.credit_notes import By, Wanted
from tests.factories import garage as make

LOWERED, TAKEN_BACK, FREED = "F2026-0001", "F2026-0003", "OR-2026-00003"


def populate(database: Database) -> None:
    """Corrections of the bills that `accounting.populate` issued: draft 1 is in preparation, draft 2 is issued."""
    by = By(make.CLERK, make.NOW, make.TODAY)
    with database.transaction() as session:
        ids = {row.number: row.id for row in session.execute(select(Invoice.number, Invoice.id))}
        lowered = queries.creditable(session, ids[LOWERED])
        hours = next(line.id for line in lowered.lines if line.nature is BilledNature.LABOUR)
        half = Wanted(CreditPurpose.REDUCE, {hours: Decimal(30)}, "Trajet compté deux fois")
        credit_notes.prepare(session, ids[LOWERED], half, by)
        every = whole(queries.creditable(session, ids[TAKEN_BACK]))
        wanted = Wanted(CreditPurpose.REBILL, every, "Véhicule prêté à une autre commune")
        draft = credit_notes.prepare(session, ids[TAKEN_BACK], wanted, by)
        credit_notes_issue.issue(session, draft, 1, make.TODAY, by)
