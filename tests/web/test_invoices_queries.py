"""What the pages read, on both databases: sums, keys, what a collectivity may see."""

from datetime import timedelta
from decimal import Decimal

import pytest

from garage.db.queries import exports, invoices, job_runs, journal, users, vehicles
from garage.db.session import Database
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.invoices.bill import BillKind
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.operations import job_runs as asking
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter
from tests.factories import garage as make

from .accounting import NOW, QUARTER, fill

T3 = Quarter.parse(QUARTER)


@pytest.fixture
def billed(database: Database) -> Database:
    """The third quarter of 2026 issued by a run."""
    with database.transaction() as session:
        fill(session)
        make.user(session, Role.ADMIN)
        run_id = asking.ask(session, "issue_quarter", {"quarter": QUARTER, "on": "2026-10-12"}, make.CLERK, NOW)
    issue_quarter(database, Issuing(T3, make.TODAY, NOW, make.CLERK, run_id), BillingRules(), make.TODAY)
    return database


def test_sums_and_what_is_left(billed: Database) -> None:
    with billed.reading() as session:
        sums = invoices.billed_quarters(session)
        assert [(one.quarter, one.kind, one.bills) for one in sums] == [
            (T3, BillKind.INVOICE, 4),
            (T3, BillKind.INTERNAL_STATEMENT, 1),
        ]
        assert all(isinstance(one.gross, Decimal) for one in sums)
        assert sum(one.orders for one in invoices.ready_counts(session)) == 3
        assert invoices.last_sequence(session, "F", 2026) == 4
        assert invoices.last_sequence(session, "F", 2025) == 0
        assert invoices.made_by_run(session, 1) == (5, 0)
        assert [one.number for one in invoices.of_run(session, 1)][-1] == "R2026-0001"
        assert len(list(exports.billed_lines(session, T3))) == sum(
            len(bill.structure) + sum(len(order.lines) for order in bill.orders)
            for bill in (invoices.bill(session, one.id) for one in invoices.of_run(session, 1))
        )


def test_a_collectivity_sees_its_own(billed: Database) -> None:
    with billed.reading() as session:
        own = invoices.issued(session, "F2026-0001").collectivity_id
        assert {one.collectivity for one in invoices.page(session, 10, None, own, T3)} == {"BOURG"}
        assert {line.collectivity for line in exports.billed_lines(session, T3, own)} == {"BOURG"}
        with pytest.raises(NotVisible):
            invoices.visible(session, "F2026-0003", own)
        with pytest.raises(NotFound):
            invoices.visible(session, "F2026-0099", own)
        (vehicle,) = vehicles.fleet(session, own, 2026, 10)
        assert (vehicle.fleet_number, vehicle.cost) == ("BOURG-1", Decimal("212.50"))
        assert vehicles.count(session, own) == 1
        assert vehicles.cost_by_year(session, own, vehicle.id) == [(2026, 1, Decimal("212.50"))]
        first, *rest = vehicles.history(session, own, vehicle.id, 10)
        assert first.amount is None
        assert [(one.minutes, one.parts, one.amount) for one in rest] == [(190, ("Pièce P1",), Decimal("212.50"))]
        after = vehicles.history(session, own, vehicle.id, 10, (first.opened_on, first.id))
        assert [one.id for one in after] == [one.id for one in rest]
        assert [one.fleet_number for one in vehicles.under_way(session, own, 10)] == ["BOURG-1"]
        with pytest.raises(NotVisible):
            vehicles.own(session, own, vehicle.id - 1)
        with pytest.raises(NotFound):
            vehicles.own(session, own, 9999)


def test_journal_people_and_runs(billed: Database) -> None:
    with billed.reading() as session:
        acts = journal.page(session, 10, subjects=("invoices",), key="f2026", actor="COMPTABLE")
        assert [act.subject_key for act in acts] == ["F2026-0004", "F2026-0003", "F2026-0002", "F2026-0001"]
        assert journal.page(session, 10, acts[-1].id, subjects=("invoices",), key="f2026") == []
        assert journal.page(session, 10, key="%") == []
        (admin,) = users.page(session, 10)
        assert users.one(session, admin.id) == admin
        assert users.page(session, 10, (admin.name, admin.id)) == []
        run = job_runs.one(session, 1, ("issue_quarter",))
        assert (run.under_way, run.summary) == (True, {})
        assert job_runs.last(session, "issue_quarter") == run
        assert job_runs.under_way(session, ("issue_quarter",), NOW - timedelta(minutes=5)) == [run]
        assert job_runs.page(session, 10, 1) == []
        with pytest.raises(NotFound):
            job_runs.one(session, 1, ("archive_check",))
