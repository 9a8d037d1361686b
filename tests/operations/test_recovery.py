"""Titres, payments, refunds and offsets by hand on both databases (rule B11, E14)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry
from garage.db.models.recovery import FinanceExport, FinanceExportBill, Settlement, Titre
from garage.db.queries import recovery as queries
from garage.db.queries import recovery_accounts as accounts
from garage.db.queries.recovery import RecoveryFilter
from garage.db.session import Database
from garage.domain.errors.base import GarageError, ImpossibleDay, NotFound, NotVisible, ReasonMissing
from garage.domain.errors.recovery import (
    AboveCredit,
    AboveDue,
    BadAmount,
    CreditUsed,
    ExerciseImpossible,
    NotCollected,
    NoTitre,
    OffsetElsewhere,
    OverpaidReasonMissing,
    SettledTwice,
    TitreAmountDiffers,
    TitreKnown,
    TitreTaken,
    VoidedAlready,
)
from garage.domain.recovery import Age, BillState
from garage.operations import recovery
from garage.operations.recovery import By, PaymentEntry, TitreEntry
from tests.factories import garage as make
from tests.factories.bills import credit_note, invoice

BY = By(make.CLERK, make.NOW, make.TODAY)
TITRE = TitreEntry("1042", 2026, date(2026, 10, 8), "12")


def euros(text: str, **more: object) -> PaymentEntry:
    return PaymentEntry(Decimal(text), date(2026, 10, 10), **more)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Three bills of Bourg (100, 40, 25), one of Ville, an internal statement."""
    with database.transaction() as session:
        garage = make.garage(session)
        for amount in ("100", "40", "25"):
            invoice(session, garage.partner, amount)
        invoice(session, garage.founder, "70")
        invoice(session, garage.issuer, "30", internal=True)
        yield session


def state(session: Session, number: str = "F2026-0001") -> BillState:
    return queries.followed(session, number).state


def test_the_life_of_a_bill(session: Session) -> None:
    assert state(session) is BillState.ISSUED
    bill = queries.followed(session, "F2026-0001")
    export = FinanceExport(
        made_at=make.NOW, settings={}, bills=1, net=bill.position.gross, vat=Decimal("0.00"), gross=bill.position.gross
    )
    session.add(export)
    session.flush()
    session.add(FinanceExportBill(export_id=export.id, invoice_id=bill.id, position=1))
    session.flush()
    assert state(session) is BillState.ISSUED
    export.transmitted_at = make.NOW
    session.flush()
    assert state(session) is BillState.TRANSMITTED
    recovery.give_titre(session, "F2026-0001", TITRE, BY)
    assert state(session) is BillState.TITLED
    recovery.pay(session, "F2026-0001", euros("60"), BY)
    assert state(session) is BillState.PARTLY_PAID
    recovery.pay(session, "F2026-0001", euros("40"), BY)
    assert state(session) is BillState.PAID
    credit_note(session, "F2026-0001", "100")
    assert state(session) is BillState.CANCELLED
    assert queries.followed(session, "F2026-0001").position.credit == Decimal("100.00")
    recovery.refund(session, "F2026-0001", euros("30"), BY)
    recovery.offset(session, ("F2026-0001", "F2026-0002"), euros("40"), BY)
    assert queries.followed(session, "F2026-0001").position.credit == Decimal("30.00")
    assert state(session, "F2026-0002") is BillState.PAID


def test_a_titre_is_given_once_and_corrected_with_a_reason(session: Session) -> None:
    recovery.give_titre(session, "f2026-0001", TITRE, BY)
    recovery.give_titre(session, "F2026-0001", TITRE, BY)
    assert session.scalar(select(func.count()).select_from(Titre)) == 1
    with pytest.raises(TitreKnown):
        recovery.give_titre(session, "F2026-0001", TitreEntry("1043", 2026, date(2026, 10, 8)), BY)
    with pytest.raises(TitreTaken) as taken:
        recovery.give_titre(session, "F2026-0002", TITRE, BY)
    assert taken.value.other == "F2026-0001"
    recovery.give_titre(session, "F2026-0002", TitreEntry("1044", 2026, date(2026, 10, 9)), BY)
    wanted = TitreEntry("1045", 2026, date(2026, 10, 9))
    with pytest.raises(ReasonMissing):
        recovery.correct_titre(session, "F2026-0001", wanted, " ", BY)
    with pytest.raises(TitreTaken):
        recovery.correct_titre(session, "F2026-0001", TitreEntry("1044", 2026, date(2026, 10, 9)), "Faute", BY)
    with pytest.raises(NoTitre):
        recovery.correct_titre(session, "F2026-0003", wanted, "Faute", BY)
    recovery.correct_titre(session, "F2026-0001", wanted, "Faute de frappe", BY)
    told = session.scalars(select(JournalEntry).where(JournalEntry.action == "titre.correct")).one()
    assert told.data["before"]["number"] == "1042"
    assert told.data["after"]["number"] == "1045"
    assert told.data["reason"] == "Faute de frappe"


@pytest.mark.parametrize(
    ("number", "entry", "refusal"),
    [
        ("F2026-0001", TitreEntry("1", 2026, date(2026, 10, 8), amount=Decimal("99.99")), TitreAmountDiffers),
        ("F2026-0001", TitreEntry("1", 2025, date(2026, 10, 8)), ExerciseImpossible),
        ("F2026-0001", TitreEntry("1", 2026, date(2026, 10, 13)), ImpossibleDay),
        ("F2026-0001", TitreEntry("1", 2026, date(2026, 10, 4)), ImpossibleDay),
        ("R2026-0001", TITRE, NotCollected),
        ("F2026-0099", TITRE, NotFound),
    ],
)
def test_titres_refused(session: Session, number: str, entry: TitreEntry, refusal: type[GarageError]) -> None:
    with pytest.raises(refusal):
        recovery.give_titre(session, number, entry, BY)


def test_a_credit_note_has_a_titre_that_reduces_and_no_payment(session: Session) -> None:
    number = credit_note(session, "F2026-0001", "20")
    recovery.give_titre(session, number, TitreEntry("9", 2026, date(2026, 10, 12), amount=Decimal("20.00")), BY)
    assert state(session, number) is BillState.TITLED
    with pytest.raises(NotCollected):
        recovery.pay(session, number, euros("20"), BY)
    own = credit_note(session, "R2026-0001", "30")
    with pytest.raises(NotCollected):
        recovery.give_titre(session, own, TITRE, BY)


def test_payments_refused(session: Session) -> None:
    number = "F2026-0001"
    for amount, refusal in (("0", BadAmount), ("-5", BadAmount), ("100.01", AboveDue)):
        with pytest.raises(refusal):
            recovery.pay(session, number, euros(amount), BY)
    with pytest.raises(OverpaidReasonMissing):
        recovery.pay(session, number, euros("120", overpaid=True), BY)
    for day in (date(2026, 10, 13), date(2026, 10, 4)):
        with pytest.raises(ImpossibleDay):
            recovery.pay(session, number, PaymentEntry(Decimal("1"), day), BY)
    with pytest.raises(NotCollected):
        recovery.pay(session, "R2026-0001", euros("1"), BY)
    recovery.pay(session, number, euros("10", reference="VIR 7"), BY)
    with pytest.raises(SettledTwice):
        recovery.pay(session, number, euros("10.00", reference=" vir  7 "), BY)
    recovery.pay(session, number, euros("10", reference="VIR 8"), BY)
    assert queries.followed(session, number).position.due == Decimal("80.00")


def test_a_payment_knowingly_too_much_leaves_a_credit(session: Session) -> None:
    recovery.pay(session, "F2026-0001", euros("130", overpaid=True, overpaid_reason="Payé deux fois"), BY)
    assert queries.followed(session, "F2026-0001").position.credit == Decimal("30.00")
    assert session.scalars(select(Settlement.overpaid_reason)).one() == "Payé deux fois"
    with pytest.raises(AboveCredit):
        recovery.refund(session, "F2026-0001", euros("30.01"), BY)
    for pair, amount, refusal in (
        (("F2026-0001", "F2026-0001"), "10", OffsetElsewhere),
        (("F2026-0001", "F2026-0004"), "10", OffsetElsewhere),
        (("F2026-0001", "F2026-0003"), "26", AboveDue),
        (("F2026-0001", "F2026-0002"), "31", AboveCredit),
        (("F2026-0002", "F2026-0003"), "1", AboveCredit),
        (("F2026-0001", "R2026-0001"), "1", NotCollected),
    ):
        with pytest.raises(refusal):
            recovery.offset(session, pair, euros(amount), BY)
    recovery.offset(session, ("F2026-0001", "F2026-0003"), euros("25"), BY)
    assert state(session, "F2026-0003") is BillState.PAID


def test_a_settlement_is_voided_with_a_reason_never_deleted(session: Session) -> None:
    recovery.pay(session, "F2026-0001", euros("130", overpaid=True, overpaid_reason="Double"), BY)
    paid = session.scalars(select(Settlement.id)).one()
    recovery.offset(session, ("F2026-0001", "F2026-0003"), euros("25"), BY)
    with pytest.raises(CreditUsed):
        recovery.void(session, paid, "Erreur", BY)
    passed = session.scalars(select(Settlement.id).where(Settlement.id != paid)).one()
    recovery.void(session, passed, "Erreur de facture", BY)
    assert state(session, "F2026-0003") is BillState.ISSUED
    with pytest.raises(ReasonMissing):
        recovery.void(session, paid, "  ", BY)
    assert recovery.void(session, paid, "Autre facture", BY) == "F2026-0001"
    with pytest.raises(VoidedAlready):
        recovery.void(session, paid, "Encore", BY)
    with pytest.raises(NotFound):
        recovery.void(session, 999, "Encore", BY)
    assert queries.followed(session, "F2026-0001").position.due == Decimal("100.00")
    recovery.pay(session, "F2026-0001", euros("100"), BY)
    assert session.scalar(select(func.count()).select_from(Settlement)) == 3


def test_the_filters_say_what_the_domain_says(session: Session) -> None:
    recovery.give_titre(session, "F2026-0001", TITRE, BY)
    recovery.pay(session, "F2026-0002", euros("40"), BY)
    recovery.pay(session, "F2026-0003", euros("5"), BY)
    credit_note(session, "F2026-0004", "70")
    found: dict[str, BillState] = {}
    for one in BillState:
        for bill in queries.shown(queries.page(session, RecoveryFilter(state=one))):
            assert bill.state is one
            assert bill == queries.followed(session, bill.number)
            found[bill.number] = one
    assert found == {
        "F2026-0001": BillState.TITLED,
        "F2026-0002": BillState.PAID,
        "F2026-0003": BillState.PARTLY_PAID,
        "F2026-0004": BillState.CANCELLED,
    }
    sums = queries.sums(session, RecoveryFilter())
    assert (sums.bills, sums.gross, sums.credited) == (4, Decimal("235.00"), Decimal("70.00"))
    assert (sums.settled, sums.due, sums.credit) == (Decimal("45.00"), Decimal("120.00"), Decimal("0.00"))
    assert [one.number for one in queries.shown(queries.page(session, RecoveryFilter(credits=True)))] == ["A2026-0001"]


def test_ages_run_from_the_titre_else_from_the_issue(session: Session) -> None:
    recovery.give_titre(session, "F2026-0001", TITRE, BY)

    def ages(on: date) -> dict[Age, Decimal]:
        return {age: owed for age, owed in queries.aged(session, on, 30)[0].due.items() if owed}

    assert ages(date(2026, 11, 4)) == {Age.NOT_DUE: Decimal("165.00")}
    assert ages(date(2026, 11, 5)) == {Age.NOT_DUE: Decimal("100.00"), Age.TO_30: Decimal("65.00")}
    assert ages(date(2027, 2, 2)) == {Age.TO_90: Decimal("165.00")}
    assert ages(date(2027, 2, 3)) == {Age.TO_90: Decimal("100.00"), Age.OVER_90: Decimal("65.00")}
    for day in (date(2026, 11, 4), date(2027, 1, 20)):
        late = queries.shown(queries.page(session, RecoveryFilter(late_from=queries.late_from(day, 30))))
        assert all(one.last_day(30) < day for one in late)
        assert bool(late) == (day.year == 2027)


def test_the_statement_foots_on_every_day(session: Session) -> None:
    recovery.pay(session, "F2026-0001", euros("130", overpaid=True, overpaid_reason="Double"), BY)
    recovery.offset(session, ("F2026-0001", "F2026-0003"), PaymentEntry(Decimal("20"), date(2026, 10, 11)), BY)
    credit_note(session, "F2026-0002", "15")
    recovery.refund(session, "F2026-0001", PaymentEntry(Decimal("4"), date(2026, 10, 12)), BY)
    body = accounts.collectivity(session, "bourg", None)
    for day, since, expected in (
        (date(2026, 10, 4), None, "0"),
        (date(2026, 10, 5), None, "165"),
        (date(2026, 10, 10), None, "35"),
        (date(2026, 10, 12), None, "24"),
        (date(2026, 10, 12), date(2026, 10, 11), "24"),
    ):
        told = accounts.statement(session, body, day, since, 30)
        assert told.balance == Decimal(expected)
        assert told.balance == told.due - told.left
        running = told.running()
        assert not running or running[-1][1] == told.balance
    assert told.opening == Decimal(35)
    assert [(one.number, one.position.due, one.position.credit) for one in told.open] == [
        ("F2026-0001", Decimal(0), Decimal(6)),
        ("F2026-0002", Decimal(25), Decimal(0)),
        ("F2026-0003", Decimal(5), Decimal(0)),
    ]
    with pytest.raises(NotVisible):
        accounts.collectivity(session, "VILLE", body.id)
    with pytest.raises(NotFound):
        accounts.collectivity(session, "RIEN", None)
