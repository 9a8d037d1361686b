"""Questions and bills sent, for the browser's audits: one that holds an order, two on a bill, sendings of all kinds."""

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceOrder
from garage.db.models.mails import BillMail
from garage.db.queries.settings import current
from garage.db.session import Database
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor, Role
from garage.operations import bill_mails, mails, questions, settings
from garage.operations.questions import Asked
from tests.factories import garage as make

NOW: Final = make.NOW
# A window longer than any quarter is open whatever the day of the audit.
WINDOW: Final = 92
SHOWN: Final = Quarter.of(clock.today()).previous
DRAFT: Final = f"/mes-factures/apercu/{SHOWN}/projet?engagement=EJ-2026-11"
CLERK: Final = Actor(4, "Personne 4", Role.ACCOUNTING)


def populate(database: Database) -> None:
    """After `accounting.populate`: its collectivity BOURG asks, and its bills go by e-mail."""
    with database.transaction() as session:
        settings.save(session, replace(current(session), question_days=WINDOW), make.CLERK, NOW)
        owner = session.scalars(select(Collectivity).where(Collectivity.code == "BOURG")).one()
        agent = Actor(3, "Personne 3", Role.COLLECTIVITY, owner.id)
        order = make.order(session, owner, date(2026, 8, 10), engagement="EJ-2026-11")
        make.labour(session, order, 75)
        make.check(session, order)
        text = "Le portail avait été réglé en juin. Pourquoi une heure et quart de nouveau, et par qui ?"
        questions.ask_before(session, Asked(order.number, 1, text), agent, NOW, date(2026, 10, 8))
        _on_a_bill(session, agent)
        _sent(session, owner)


def _on_a_bill(session: Session, agent: Actor) -> None:
    bill = session.scalars(select(Invoice).where(Invoice.number == "F2026-0001")).one()
    order = session.scalars(select(InvoiceOrder.number).where(InvoiceOrder.invoice_id == bill.id)).first() or ""
    first = questions.ask_on_bill(session, bill.number, Asked(order, 1, "Que comprend ce temps ?"), agent, NOW)
    questions.answer(session, first, "L’entretien annuel et l’essai sur route.", CLERK, NOW)
    questions.ask_on_bill(session, bill.number, Asked(order, 2, "Deux pièces, ou deux jeux ?"), agent, NOW)


def _sent(session: Session, owner: Collectivity) -> None:
    emails = "mairie@bourg.test, comptabilite.et.marches@saint-germain-sur-morin-les-hautes-bruyeres.test"
    session.execute(update(Collectivity).where(Collectivity.id == owner.id).values(emails=emails))
    session.expire_all()
    bill_mails.send(session, "F2026-0001", 0, CLERK, NOW)
    while (taken := mails.take(session, NOW)) is not None:
        if taken.recipient.startswith("comptabilite"):
            mails.failed(session, taken, "Adresse refusée : 550 5.1.1 Inconnu ici", NOW, for_good=True)
        else:
            mails.sent(session, taken, NOW)
    bill_mails.send(session, "F2026-0002", 0, CLERK, NOW)
    nobody = session.scalars(select(Invoice.id).where(Invoice.number == "F2026-0004")).one()
    session.add(BillMail(invoice_id=nobody, address="", copy=0, queued_at=NOW))
