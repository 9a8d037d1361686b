"""Any interleaving of closing orders, completing them, running quarters and being interrupted (rules B1 to B7).

Each line is billed at most once and at the end exactly once; numbers are unbroken; nothing billed ever changes.
"""

import shutil
import tempfile
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event, select

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceLine, LiveBilling, Numbering
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.session import Database
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.operations import invoicing_run
from garage.operations.invoices import Issuing
from tests.factories import garage as make

QUARTERS = [Quarter(2025, 4), Quarter(2026, 1), Quarter(2026, 2), Quarter(2026, 3)]
DAYS = st.integers(0, 272).map(lambda day: date(2026, 1, 1) + timedelta(day))
OWNERS = st.sampled_from(["AGGLO", "VILLE", "BOURG", "EAU"])
MINUTES = st.integers(1, 600)
NO_FLOOR = BillingRules(floor=Decimal("0.00"))


class Interrupted(BaseException):
    """The run dies here."""


class BillingMachine(RuleBasedStateMachine):
    """A garage whose people work while its quarters are run."""

    template: Path

    @initialize()
    def open_the_garage(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="garage-machine-"))
        shutil.copy(self.template, self.folder / "garage.sqlite")
        self.database = Database(f"sqlite:///{self.folder / 'garage.sqlite'}")
        with self.database.transaction() as session:
            make.garage(session)
        self.frozen: dict[int, tuple[Any, ...]] = {}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.run(Quarter(2026, 3))
            self.everything_is_billed()
            self.database.dispose()
            shutil.rmtree(self.folder)

    @rule(
        code=OWNERS,
        day=DAYS,
        minutes=st.lists(MINUTES, min_size=1, max_size=3),
        engagement=st.sampled_from([None, "E1"]),
    )
    def work_and_check(self, code: str, day: date, minutes: list[int], engagement: str | None) -> None:
        with self.database.transaction() as session:
            owner = session.scalars(select(Collectivity).where(Collectivity.code == code)).one()
            made = make.order(session, owner, day, engagement=engagement)
            for length in minutes:
                make.labour(session, made, length)
            make.check(session, made)

    @rule(minutes=MINUTES, choice=st.integers(0, 99))
    def complete(self, minutes: int, choice: int) -> None:
        with self.database.transaction() as session:
            orders = session.scalars(select(RepairOrder).order_by(RepairOrder.id)).all()
            if orders:
                make.labour(session, orders[choice % len(orders)], minutes)

    @rule(quarter=st.sampled_from(QUARTERS))
    def run_a_quarter(self, quarter: Quarter) -> None:
        self.run(quarter)

    @rule(quarter=st.sampled_from(QUARTERS), after=st.integers(1, 60))
    def run_and_die(self, quarter: Quarter, after: int) -> None:
        left = after

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Interrupted

        event.listen(self.database.engine, "before_cursor_execute", count)
        try:
            self.run(quarter)
        except Interrupted:
            pass
        finally:
            event.remove(self.database.engine, "before_cursor_execute", count)

    def run(self, quarter: Quarter) -> None:
        issuing = Issuing(quarter, make.TODAY, make.NOW, make.CLERK)
        invoicing_run.issue_quarter(self.database, issuing, NO_FLOOR, make.TODAY)

    @invariant()
    def numbers_are_unbroken(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            given = Counter(session.scalars(select(Invoice.series)))
            sequences = session.execute(select(Invoice.series, Invoice.sequence)).all()
            last = {row.series: row.last for row in session.scalars(select(Numbering)) if row.series != "OR"}
        assert sorted(tuple(row) for row in sequences) == sorted(
            (series, place) for series, count in given.items() for place in range(1, count + 1)
        )
        assert {series: count for series, count in last.items() if count} == dict(given)

    @invariant()
    def a_billed_line_stands_once_and_for_ever(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            rows = session.execute(
                select(InvoiceLine.order_line_id, InvoiceLine.invoice_id, InvoiceLine.minutes, InvoiceLine.net).where(
                    InvoiceLine.order_line_id.is_not(None)
                )
            ).all()
            live = set(session.scalars(select(LiveBilling.order_line_id)))
        billed = {row.order_line_id: tuple(row) for row in rows}
        assert len(billed) == len(rows)
        assert set(billed) == live
        assert self.frozen.items() <= billed.items()
        self.frozen = billed

    def everything_is_billed(self) -> None:
        with self.database.reading() as session:
            assert set(session.scalars(select(OrderLine.id))) == set(session.scalars(select(LiveBilling.order_line_id)))
            assert set(session.scalars(select(RepairOrder.state))) <= {OrderState.INVOICED}
            for bill in session.scalars(select(Invoice)):
                lines = session.scalars(select(InvoiceLine.net).where(InvoiceLine.invoice_id == bill.id))
                assert sum(lines) == bill.net
                assert bill.gross == bill.net + bill.vat


def test_billing_machine(sqlite_template: Path) -> None:
    BillingMachine.template = sqlite_template
    case = BillingMachine.TestCase
    case.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
    case().runTest()
