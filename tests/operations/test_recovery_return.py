"""The file that comes back of the finance application: every fault told, whole or not at all, once (rule B11)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select

from garage.db.models.invoices import Invoice
from garage.db.models.recovery import FinanceReturn, Settlement, Titre
from garage.db.queries import recovery as queries
from garage.db.session import Database
from garage.domain.errors.base import NotFound
from garage.domain.errors.recovery import ReturnApplied, ReturnChanged
from garage.domain.recovery import BillState
from garage.french.importing import located
from garage.operations import recovery, recovery_return
from garage.operations.recovery import By, PaymentEntry, TitreEntry
from garage.operations.recovery_return import Reading
from tests.factories import garage as make
from tests.factories.bills import credit_note, invoice

BY = By(make.CLERK, make.NOW, make.TODAY)
HEAD = ";".join(recovery_return.COLUMNS)


@pytest.fixture
def billed(database: Database) -> Database:
    """Bourg owes 100, 40 and 25; the issuer has an internal statement; a credit note of 10 on the second bill."""
    with database.transaction() as session:
        garage = make.garage(session)
        for amount in ("100", "40", "25"):
            invoice(session, garage.partner, amount)
        invoice(session, garage.issuer, "30", internal=True)
        credit_note(session, "F2026-0002", "10")
    return database


def file(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join((head, *rows)).encode()


def read(database: Database, content: bytes) -> Reading:
    with database.reading() as session:
        return recovery_return.read(session, content, make.TODAY)


def record(database: Database, content: bytes, name: str = "retour.csv") -> Reading:
    with database.transaction() as session:
        kept = recovery_return.keep(session, name, content, BY)
    with database.transaction() as session:
        return recovery_return.apply(session, kept, BY)


def counts(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Titre, Settlement))


def test_titres_and_payments_come_in_together(billed: Database) -> None:
    content = file(
        "F2026-0001;1042;2026;12;08/10/2026;100,00;;;",
        "f2026-0002;1043;;;2026-10-08;;09/10/2026;12,50;VIR 1",
        "F2026-0002;1043;2026;;08/10/2026;40;10/10/2026;17,50;VIR 2",
        "F2026-0003;;;;;;12/10/2026;25;",
        "A2026-0001;7;2026;;12/10/2026;10,00;;;",
    )
    reading = record(billed, content)
    assert (len(reading.titres), len(reading.payments), reading.paid, reading.known) == (3, 3, Decimal("55.00"), 1)
    with billed.reading() as session:
        states = {number: queries.followed(session, number).state for number in ("F2026-0001", "F2026-0002")}
        assert states == {"F2026-0001": BillState.TITLED, "F2026-0002": BillState.PAID}
        assert queries.followed(session, "A2026-0001").state is BillState.TITLED
        assert queries.followed(session, "F2026-0002").bordereau is None


def test_every_fault_is_told_and_nothing_is_written(billed: Database) -> None:
    with billed.transaction() as session:
        recovery.give_titre(session, "F2026-0001", TitreEntry("1042", 2026, date(2026, 10, 8)), BY)
        recovery.pay(session, "F2026-0003", PaymentEntry(Decimal(25), date(2026, 10, 9), "VIR 3"), BY)
    content = file(
        "F2026-0999;1;2026;;08/10/2026;;;;",
        "R2026-0001;1;2026;;08/10/2026;;;;",
        "A2026-0001;;;;;;08/10/2026;10;",
        "F2026-0002;;;;;;;;",
        "F2026-0002;1042;2026;;08/10/2026;;;;",
        "F2026-0001;1050;2026;;08/10/2026;;;;",
        "F2026-0002;2;2026;;08/10/2026;39,99;;;",
        "F2026-0002;2;2024;;08/10/2026;;;;",
        "F2026-0002;2;2026;;;;;;",
        "F2026-0002;2;2026;;31/02/2026;;;;",
        "F2026-0002;2;2026;;13/10/2026;;;;",
        "F2026-0002;;;;;;04/10/2026;10;",
        "F2026-0002;;;;;;08/10/2026;;",
        "F2026-0002;;;;;;08/10/2026;dix;",
        "F2026-0002;;;;;;08/10/2026;10,001;",
        "F2026-0002;;;;;;08/10/2026;10;VIR 1",
        "F2026-0002;;;;;;08/10/2026;10;vir 1",
        "F2026-0002;;;;;;08/10/2026;25;VIR 2",
        "F2026-0003;;;;;;11/10/2026;25;VIR 4",
        ";1;;;;;;;",
        "F2026-0002;1",
    )
    reading = read(billed, content)
    told = [(fault.line, fault.column, fault.code.value) for fault in reading.faults]
    assert told == [
        (2, "facture", "unknown_bill"),
        (3, "facture", "not_collected"),
        (4, "facture", "not_collected"),
        (6, "titre", "titre_taken"),
        (7, "titre", "titre_differs"),
        (8, "montant_titre", "titre_amount"),
        (9, "exercice", "titre_exercise"),
        (10, "date_titre", "incomplete_titre"),
        (11, "date_titre", "no_such_day"),
        (12, "date_titre", "in_future"),
        (13, "date_paiement", "before_issue"),
        (14, "montant_paye", "incomplete_payment"),
        (15, "montant_paye", "not_a_number"),
        (16, "montant_paye", "too_many_decimals"),
        (18, None, "payment_twice"),
        (19, "montant_paye", "above_due"),
        (20, "montant_paye", "above_due"),
        (21, "facture", "required"),
        (22, None, "too_few_cells"),
    ]
    lines = [located(fault) for fault in reading.faults]
    assert lines[0].startswith("ligne 2, colonne «\u00a0facture\u00a0»\u00a0: aucune facture ne porte ce numéro")
    assert "lu\u00a0: «\u00a0F2026-0999\u00a0»" in lines[0]
    assert reading.blank == 1
    assert "le montant de la facture, 40,00\u00a0€" in lines[5]
    assert "il ne reste que 20,00\u00a0€" in lines[15]
    assert "il ne reste que 0,00\u00a0€" in lines[16]
    with pytest.raises(ReturnChanged):
        record(billed, content)
    assert counts(billed) == (1, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"PK\x03\x04\x00\x00", "not_text"),
        ("facture;titre\nF2026-0001;1\n".encode("utf-16"), "utf_16"),
        (b"numero;titre\nF2026-0001;1\n", "missing_column"),
        (b"facture;facture\nF2026-0001;1\n", "duplicate_column"),
        (b'facture;titre\n"F2026-0001;1\n', "bad_quotes"),
    ],
)
def test_a_file_that_cannot_be_read(billed: Database, content: bytes, code: str) -> None:
    assert [fault.code.value for fault in read(billed, content).faults] == [code]


def test_the_encodings_and_separators_of_spreadsheets_are_read(billed: Database) -> None:
    text = f"{HEAD}\nF2026-0001;;;;;;08/10/2026;100;Chèque\n"
    for content in (
        text.encode("utf-8-sig"),
        text.encode("cp1252"),
        text.replace(";", "\t").encode(),
        f"sep=;\n{text}".encode(),
    ):
        reading = read(billed, content)
        assert reading.faults == ()
        assert [row.reference for row in reading.payments] == ["Chèque"]
    told = read(billed, b"Facture;Collectivite;Date_paiement;Montant paye\nF2026-0001;Bourg;08/10/2026;1 00,00\n")
    assert [fault.code.value for fault in told.faults] == ["not_a_number"]
    assert told.ignored == ("Collectivite",)


def test_the_same_file_again_changes_nothing(billed: Database) -> None:
    content = file("F2026-0001;1042;2026;12;08/10/2026;100,00;09/10/2026;60;VIR 9")
    record(billed, content)
    with billed.transaction() as session:
        kept = recovery_return.keep(session, "autre nom.csv", content, BY)
    with billed.transaction() as session, pytest.raises(ReturnApplied):
        recovery_return.apply(session, kept, BY)
    more = content + b"\r\nF2026-0001;;;;;;10/10/2026;40;VIR 10"
    reading = record(billed, more)
    assert (len(reading.titres), len(reading.payments), reading.known) == (0, 1, 2)
    assert counts(billed) == (1, 2)
    with billed.transaction() as session, pytest.raises(NotFound):
        recovery_return.apply(session, 999, BY)


def test_a_voided_payment_does_not_come_back_by_itself(billed: Database) -> None:
    content = file("F2026-0001;;;;;;09/10/2026;60;VIR 9")
    record(billed, content)
    with billed.transaction() as session:
        recovery.void(session, session.scalars(select(Settlement.id)).one(), "Autre facture", BY)
    reading = read(billed, content + b"\r\n")
    assert [fault.code.value for fault in reading.faults] == ["payment_voided"]
    assert "Autre facture" in located(reading.faults[0])


def test_what_changed_since_the_check_refuses_the_whole_file(billed: Database) -> None:
    content = file("F2026-0001;1042;2026;;08/10/2026;;;;", "F2026-0003;;;;;;09/10/2026;25;")
    with billed.transaction() as session:
        kept = recovery_return.keep(session, "retour.csv", content, BY)
    with billed.transaction() as session:
        recovery.pay(session, "F2026-0003", PaymentEntry(Decimal(1), date(2026, 10, 9)), BY)
    with pytest.raises(ReturnChanged), billed.transaction() as session:
        recovery_return.apply(session, kept, BY)
    assert counts(billed) == (0, 1)


def test_a_file_that_nobody_recorded_is_forgotten(billed: Database) -> None:
    with billed.transaction() as session:
        recovery_return.keep(session, "vieux.csv", file("F2026-0001;;;;;;09/10/2026;60;"), BY)
    later = By(make.CLERK, datetime(2026, 10, 20, tzinfo=UTC), date(2026, 10, 20))
    with billed.transaction() as session:
        recovery_return.keep(session, "neuf.csv", file("F2026-0001;;;;;;09/10/2026;61;"), later)
        assert list(session.scalars(select(FinanceReturn.name))) == ["neuf.csv"]


def test_five_thousand_rows(billed: Database) -> None:
    with billed.transaction() as session:
        first = session.execute(select(*Invoice.__table__.columns).where(Invoice.number == "F2026-0001")).one()
        made = [
            {**first._mapping, "id": 1000 + n, "sequence": 1000 + n, "number": f"F2026-{1000 + n}"} for n in range(2500)
        ]
        session.execute(insert(Invoice), made)
    rows = [f"F2026-{1000 + n};T{n};2026;1;08/10/2026;100,00;09/10/2026;60;VIR {n}" for n in range(2500)]
    rows += [f"F2026-{1000 + n};;;;;;10/10/2026;40,00;VIR {n}" for n in range(2500)]
    reading = record(billed, file(*rows))
    assert reading.rows == 5000
    assert counts(billed) == (2500, 5000)
    with billed.reading() as session:
        assert queries.sums(session, queries.RecoveryFilter(state=BillState.PAID)).bills == 2500
