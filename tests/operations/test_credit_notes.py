"""What follows a credit note: what is billed again, stock, years, complements, lines put right (B4, B8, O2, S5)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice, InvoiceLine
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.queries import credit_notes as queries
from garage.db.queries import invoices
from garage.db.session import Database
from garage.documents.invoices.render import render
from garage.domain.errors.credit_notes import CreditBeforeBill, DebtorFixed, LineClocked, LineWasBilled
from garage.domain.errors.invoices import IssuedBeforeLast
from garage.domain.errors.repair_orders import LineBilled
from garage.domain.errors.stock import NothingOnHand
from garage.domain.invoices.bill import BilledNature
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.credit_notes import CreditPurpose, whole
from garage.domain.periods import Quarter
from garage.french import bill as words
from garage.french.journal import sentence
from garage.operations import credit_notes, credit_notes_issue, invoicing_run, order_debtors, order_lines, stock
from garage.operations.credit_notes import By, Wanted
from garage.operations.invoices import Issuing
from garage.operations.order_debtors import Correction, NewDebtor
from garage.operations.work_time import running, segments
from tests.factories import garage as make

BY = By(make.CLERK, make.NOW, make.TODAY)
NEXT_YEAR = replace(BY, today=date(2027, 1, 20))
P = CreditPurpose


@pytest.fixture
def billed(database: Database) -> Database:
    """One bill of one order: an hour and a half, three parts."""
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.partner)
        make.labour(session, made, 90)
        order_lines.add_part(session, make.entry(made), garage.parts["P1"].id, Decimal(3))
        make.check(session, made)
    run(database)
    return database


def run(database: Database) -> None:
    issuing = Issuing(Quarter(2026, 3), make.TODAY, make.NOW, make.CLERK)
    invoicing_run.issue_quarter(database, issuing, BillingRules(), make.TODAY)


def lines(session: Session, bill_id: int = 1) -> dict[BilledNature, int]:
    return {line.nature: line.id for line in queries.creditable(session, bill_id).lines}


def credit(
    session: Session, purpose: CreditPurpose, measures: dict[int, Decimal], by: By = BY, bill_id: int = 1
) -> int:
    draft = credit_notes.prepare(session, bill_id, Wanted(purpose, measures, "Erreur"), by)
    return credit_notes_issue.issue(session, draft, 1, by.today, by)


def take_back(session: Session, bill_id: int = 1) -> int:
    return credit(session, P.REBILL, whole(queries.creditable(session, bill_id)), bill_id=bill_id)


def order(session: Session) -> RepairOrder:
    return session.scalars(select(RepairOrder)).one()


def test_what_was_lowered_is_not_billed_again(billed: Database) -> None:
    with billed.transaction() as session:
        credit(session, P.REDUCE, {lines(session)[BilledNature.LABOUR]: Decimal(30)})
        credit(session, P.PART_RETURN, {lines(session)[BilledNature.PART]: Decimal(3)})
        take_back(session)
    run(billed)
    with billed.reading() as session:
        again = session.scalars(select(Invoice).order_by(Invoice.id.desc())).first()
        assert again
        assert (again.number, again.net) == ("F2026-0002", Decimal("66.00"))
        value = invoices.bill(session, again.id)
        assert [line.minutes for line in value.orders[0].lines] == [60, None]
        assert value.orders[0].lines[1].non_billable_reason == "Déjà repris par un avoir"
        assert stock.balance(session, 1).on_hand == 100


def test_a_complement_names_the_bill_that_stands(billed: Database) -> None:
    with billed.transaction() as session:
        take_back(session)
    run(billed)
    with billed.transaction() as session:
        make.labour(session, order(session), 5)
    run(billed)
    with billed.reading() as session:
        last = session.scalars(select(Invoice).order_by(Invoice.id.desc())).first()
        assert last
        value = invoices.bill(session, last.id)
        assert last.gross < 15
        assert value.orders[0].complement_of
        assert value.orders[0].complement_of.number == "F2026-0002"
        assert value.orders[0].replaces is None
        tied = queries.links(session, 3)
        assert [one.number for one in tied.complements] == ["F2026-0003"]
        assert [one.number for one in tied.replaces] == ["F2026-0001"]
        assert [one.number for one in queries.links(session, 1).replaced_by] == ["F2026-0002"]
        assert [one.number for one in queries.links(session, 2).corrects] == ["F2026-0001"]
        act = session.scalars(select(JournalEntry).where(JournalEntry.subject_key == "A2026-0001")).one()
        assert sentence(act.action, act.subject_key, act.data).startswith("Avoir A2026-0001 émis")


def test_a_credit_note_of_the_next_year_has_its_own_series_and_says_so(billed: Database) -> None:
    with billed.transaction() as session:
        hour = {lines(session)[BilledNature.LABOUR]: Decimal(60)}
        made = credit(session, P.REDUCE, hour, NEXT_YEAR)
        value = invoices.bill(session, made)
        assert (value.number, str(value.quarter)) == ("A2027-0001", "2026-T3")
        assert words.year(2026, earlier=True) == "Exercice 2026 (exercice antérieur)"
        assert render(value).content.startswith(b"%PDF")
    for day, refusal in ((date(2026, 10, 11), CreditBeforeBill), (date(2026, 12, 31), IssuedBeforeLast)):
        with billed.transaction() as session:
            part = {lines(session)[BilledNature.PART]: Decimal(1)}
            draft = credit_notes.prepare(session, 1, Wanted(P.REDUCE, part, "Trop"), NEXT_YEAR)
        with pytest.raises(refusal), billed.transaction() as session:
            credit_notes_issue.issue(session, draft, 1, day, NEXT_YEAR)


def test_a_return_is_not_undone_once_the_part_went_elsewhere(billed: Database) -> None:
    with billed.transaction() as session:
        wanted = Wanted(P.PART_RETURN, {lines(session)[BilledNature.PART]: Decimal(2)}, "Retour")
        draft = credit_notes.prepare(session, 1, wanted, BY)
        stock.lose(session, 1, Decimal(99), stock.Movement(make.TODAY, make.HEAD, make.NOW, "Inondation"))
    with pytest.raises(NothingOnHand), billed.transaction() as session:
        credit_notes.drop(session, draft, 1, BY)
    with billed.reading() as session:
        assert [row.id for row in queries.in_preparation(session)] == [draft]


def test_a_freed_line_is_changed_and_never_taken_away(billed: Database) -> None:
    with billed.transaction() as session:
        number = order(session).number
        hours, part = session.scalars(select(OrderLine.id).order_by(OrderLine.rank))
        with pytest.raises(LineBilled):
            order_debtors.correct_line(session, number, hours, Correction(30), make.HEAD, make.NOW)
        take_back(session)
    with billed.transaction() as session:
        with pytest.raises(LineWasBilled):
            order_lines.remove(session, number, 1, make.HEAD, make.NOW)
        order_debtors.correct_line(session, number, hours, Correction(30), make.HEAD, make.NOW)
        order_debtors.correct_line(session, number, part, Correction(None, "Garantie"), make.HEAD, make.NOW)
        less = order_lines.NewQuantity(number, 2, wanted=Decimal(1))
        order_lines.change_quantity(session, less, make.HEAD, make.NOW, make.TODAY)
        assert stock.balance(session, 1).on_hand == 99
    run(billed)
    with billed.reading() as session:
        printed = session.scalars(select(InvoiceLine).order_by(InvoiceLine.id.desc()).limit(3)).all()[::-1]
        assert [(row.minutes, row.quantity, row.net) for row in printed[:2]] == [
            (30, Decimal("0.500"), Decimal("30.00")),
            (None, Decimal("1.000"), Decimal("0.00")),
        ]


def test_minutes_of_a_clock_are_corrected_where_the_time_is(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        person = make.user(session, make.Role.MECHANIC)
        made = make.order(session, garage.partner)
        by = segments.By(make.HEAD, make.NOW)
        start = make.NOW.replace(hour=7)
        running.start(session, person.id, running.Job(order=made.number, code="MO-VL"), start, by)
        running.stop(session, person.id, make.NOW, by)
        line = session.scalars(select(OrderLine)).one()
        with pytest.raises(LineClocked):
            order_debtors.correct_line(session, made.number, line.id, Correction(5), make.HEAD, make.NOW)


def test_an_order_billed_in_part_keeps_its_debtor(billed: Database) -> None:
    with billed.transaction() as session:
        make.labour(session, order(session), 60)
        made = order(session)
        new = NewDebtor(2, "Prêt")
        with pytest.raises(DebtorFixed):
            order_debtors.change_debtor(session, made.number, made.version, new, make.HEAD, make.NOW)
        take_back(session)
        session.expire_all()
        made = order(session)
        order_debtors.change_debtor(session, made.number, made.version, new, make.HEAD, make.NOW)
    run(billed)
    with billed.reading() as session:
        last = session.scalars(select(Invoice).order_by(Invoice.id.desc())).first()
        assert last
        assert (last.addressee["code"], last.net) == ("VILLE", Decimal("170.12"))
