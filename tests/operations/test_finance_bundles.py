"""What is handed to the finance application is what the run issued, for any garage (rules B11, B1, M5, M6)."""

import shutil
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice, InvoiceFile, InvoiceVat
from garage.db.models.recovery import FinanceExport
from garage.db.queries import finance_exports as queries
from garage.db.queries import invoices
from garage.db.session import Database
from garage.domain.errors.base import NotFound
from garage.domain.errors.finance_exports import ExportEmpty, ExportUnfinished
from garage.domain.invoices.composition import BillingRules
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.settings import BillingSettings
from garage.operations import finance_exports, order_lines
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter
from tests.exports import SCHEMA, booked
from tests.factories import garage as make

_WORK = st.tuples(
    st.sampled_from(["founder", "partner", "taxed", "issuer"]),
    st.sampled_from([None, "Voirie", "Écoles"]),
    st.sampled_from([None, "EJ-1"]),
    st.lists(st.tuples(st.dates(date(2025, 11, 1), date(2026, 9, 30)), st.integers(1, 600)), min_size=1, max_size=4),
    st.integers(0, 3),
)


def _issue(database: Database, works: list[Any]) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        booked(session, SCHEMA)
        for owner, service, engagement, days, parts in works:
            first = min(day for day, _ in days)
            order = make.order(session, getattr(garage, owner), first, service=service, engagement=engagement)
            for day, minutes in days:
                order_lines.add_labour(session, make.entry(order, day), "MO-VL", minutes, None)
            if parts:
                entry = make.entry(order, first)
                order_lines.add_part(session, entry, garage.parts["P1"].id, Decimal(parts) + Decimal("0.5"))
            make.check(session, order, max(day for day, _ in days))
    rules = BillingRules.of(BillingSettings())
    issue_quarter(database, Issuing(Quarter(2026, 3), make.TODAY, make.NOW, make.CLERK, None), rules, make.TODAY)


@settings(max_examples=8, deadline=None)
@given(works=st.lists(_WORK, min_size=1, max_size=5))
def test_rows_and_totals_are_those_of_the_run(sqlite_template: Path, works: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, f"{folder}/g.sqlite")
        database = Database(f"sqlite:///{folder}/g.sqlite")
        _issue(database, works)
        with database.reading() as session:
            if ids := list(session.scalars(select(Invoice.id))):
                _prove(session, ids)
        database.dispose()


def _prove(session: Session, ids: list[int]) -> None:
    prepared = finance_exports.prepare(session, ids, make.TODAY)
    rows = session.execute(select(Invoice.net, Invoice.vat, Invoice.gross)).all()
    assert prepared.totals.bills == len(rows)
    assert (prepared.totals.net, prepared.totals.gross) == (
        sum(row.net for row in rows),
        sum(row.gross for row in rows),
    )
    assert "journal" not in prepared.left_out
    for handed in prepared.bills:
        bill = invoices.bill(session, handed.id)
        found = prepared.entries[handed.id]
        assert sum((row.net for row in found), ZERO) == bill.net
        assert sum((row.vat for row in found), ZERO) == bill.vat
        years: dict[int, Decimal] = {}
        for row in found:
            if row.article != "70872":
                years[row.year] = years.get(row.year, ZERO) + row.net
        assert years == {year: net for year, net in bill.net_by_year().items() if net}
        fees = sum((row.net for row in found if row.article == "70872"), ZERO)
        assert fees == sum((fee.net for fee in bill.structure), ZERO)


@pytest.fixture
def issued(database: Database) -> Database:
    """One bill, two years, two services."""
    days = [(date(2025, 12, 30), 90), (date(2026, 8, 3), 45)]
    _issue(database, [("partner", "Voirie", "EJ-1", days, 2), ("taxed", None, None, days[1:], 1)])
    return database


def test_what_cannot_be_prepared(issued: Database) -> None:
    with issued.reading() as session:
        with pytest.raises(ExportEmpty):
            finance_exports.prepare(session, [], make.TODAY)
        with pytest.raises(NotFound):
            finance_exports.prepare(session, [1, 9999], make.TODAY)


def test_an_export_that_was_never_made_cannot_be_transmitted(issued: Database) -> None:
    with issued.transaction() as session:
        prepared = finance_exports.prepare(session, [1], make.TODAY)
        number = finance_exports.make(session, prepared, "t", make.CLERK, make.NOW, make.TODAY)
    with issued.transaction() as session, pytest.raises(ExportUnfinished):
        finance_exports.mark_transmitted(session, number, make.CLERK, make.NOW)
    with issued.transaction() as session, pytest.raises(NotFound):
        finance_exports.mark_transmitted(session, 99, make.CLERK, make.NOW)
    with issued.transaction() as session:
        session.execute(update(FinanceExport).values(sha256="0" * 64))
        assert finance_exports.mark_transmitted(session, number, make.CLERK, make.NOW)
        assert not finance_exports.mark_transmitted(session, number, make.CLERK, make.NOW)
        assert queries.transmitted(session, [1, 2]) == {1}
        assert queries.waiting(session) == 1
        assert finance_exports.take_back(session, number, make.CLERK, make.NOW)
        assert not finance_exports.take_back(session, number, make.CLERK, make.NOW)


def test_the_debtor_is_the_bill_s_own_else_the_record_s(issued: Database) -> None:
    with issued.reading() as session:
        (one, _) = queries.handed(session, [1, 2])
        row = session.get_one(Invoice, one.id)
        assert one.debtor.code == (row.third_party_code or "T")
        assert one.debtor.siret == row.addressee["siret"]
        assert (one.debtor.category, one.debtor.legal_nature) == ("23", "09")
        assert session.scalars(select(InvoiceVat.invoice_id)).all()
        assert (one.file, one.sha256) == ("", "")
        assert not session.scalars(select(InvoiceFile.path)).all()
