"""What the databases themselves refuse, on both (rules B7, B8, O2), and exactness of what they keep."""

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from garage.archive import Archive
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder, InvoiceVat, LiveBilling
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.tariffs import TariffGridLine
from garage.db.session import Database, after_commit
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.operations import invoicing_run, printing
from garage.operations.invoices import Issuing
from tests.factories import garage as make


@pytest.fixture
def billed(database: Database, tmp_path) -> Database:
    with database.transaction() as session:
        garage = make.garage(session)
        made = make.order(session, garage.partner)
        make.labour(session, made)
        make.check(session, made)
    issuing = Issuing(Quarter(2026, 3), date(2026, 10, 5), make.NOW, make.CLERK)
    invoicing_run.issue_quarter(database, issuing, BillingRules(), make.TODAY)
    printing.print_missing(printing.Press(database, Archive(tmp_path)), make.NOW)
    return database


@pytest.mark.parametrize(
    "statement",
    [
        update(Invoice).values(net=Decimal("1.00")),
        delete(Invoice),
        update(InvoiceLine).values(label="x"),
        delete(InvoiceLine),
        update(InvoiceOrder).values(reason="x"),
        delete(InvoiceOrder),
        update(InvoiceVat).values(vat=Decimal("1.00")),
        delete(InvoiceVat),
        update(JournalEntry).values(actor="x"),
        delete(JournalEntry),
        update(OrderLine).values(minutes=1),
        delete(OrderLine),
        update(RepairOrder).values(collectivity_id=1),
        insert(InvoiceVat).values(invoice_id=1, rate=Decimal("7.00"), net=Decimal(0), vat=Decimal(0)),
        insert(LiveBilling).values(order_line_id=1, invoice_id=1),
    ],
    ids=str,
)
def test_an_issued_bill_cannot_be_touched(billed: Database, statement) -> None:
    with pytest.raises(DBAPIError), billed.transaction() as session:
        session.execute(statement)
    with billed.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 1


def test_no_truncation(make_postgresql) -> None:
    database = Database(make_postgresql())
    with pytest.raises(DBAPIError), database.transaction() as session:
        session.execute(text("TRUNCATE invoice_vat"))
    database.dispose()


def test_amounts_are_exact(database: Database) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        assert made.issuer.is_issuer
        prices = session.execute(select(func.sum(TariffGridLine.partner_price)).where(TariffGridLine.code == "DEP"))
        assert prices.scalar_one() == Decimal("1.4700")
    for wrong, error in ((0.1, TypeError), (Decimal("0.00001"), ValueError)):
        with pytest.raises(StatementError) as refused, database.transaction() as session:
            session.execute(update(TariffGridLine).values(partner_price=wrong))
        assert isinstance(refused.value.orig, error)


def test_instants_are_aware_and_utc(database: Database) -> None:
    with database.transaction() as session:
        make.garage(session)
        with pytest.raises(StatementError):
            session.execute(update(JournalEntry).values(at=datetime(2026, 1, 1)))  # noqa: DTZ001
    with database.transaction() as session:
        make.collectivity(session, "AUTRE")
        assert session.scalars(select(JournalEntry.at)).first() == make.NOW
        assert session.scalars(select(JournalEntry.at)).first().tzinfo is UTC


def test_a_transaction_does_not_nest_and_undoes_whole(sqlite_database: Database) -> None:
    with pytest.raises(RuntimeError), sqlite_database.transaction(), sqlite_database.transaction():
        pass
    with suppress(ZeroDivisionError), sqlite_database.transaction() as session:
        make.collectivity(session, "BOURG")
        _ = 1 / 0
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 0


def test_after_commit_takes_ids_and_waits(sqlite_database: Database) -> None:
    done: list[int | str] = []
    with sqlite_database.transaction() as session:
        owner = make.collectivity(session, "BOURG")
        after_commit(session, done.append, owner.id)
        with pytest.raises(TypeError):
            after_commit(session, done.append, owner)  # type: ignore[arg-type]
        assert done == []
    assert done == [1]
    with suppress(ZeroDivisionError), sqlite_database.transaction() as session:
        after_commit(session, done.append, 2)
        _ = 1 / 0
    assert done == [1]


def test_reading_never_writes(database: Database) -> None:
    with database.reading() as session:
        make.collectivity(session, "BOURG")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 0
