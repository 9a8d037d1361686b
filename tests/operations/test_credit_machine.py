"""Any interleaving of runs, credit notes, complements and bills made again, killed or not (rules B7, B8, E14, E15).

Credits never pass what was billed, a line is on one live bill at most, numbers are unbroken, and a run afterwards
bills what was freed, once.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event, func, select

from garage.db.models.collectivities import Collectivity
from garage.db.models.credit_notes import CreditDraft
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceVat, LiveBilling
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import StockMovement
from garage.db.queries import credit_notes as queries
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.errors.credit_notes import LineWasBilled
from garage.domain.invoices.bill import BilledNature, BillKind
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.credit_notes import OPEN_STATES, CreditPurpose, CreditState, whole
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.operations import credit_notes, credit_notes_issue, invoicing_run, order_debtors, order_lines
from garage.operations.credit_notes import By, Wanted
from garage.operations.invoices import Issuing
from garage.operations.order_debtors import NewDebtor
from tests.factories import garage as make

BY = By(make.CLERK, make.NOW, make.TODAY)
LAST = Quarter(2026, 3)
NO_FLOOR = BillingRules(floor=Decimal("0.00"))
DAYS = st.integers(0, 180).map(lambda day: date(2026, 1, 1) + timedelta(day))
CODES = ["AGGLO", "VILLE", "BOURG", "EAU"]
CHOICE = st.integers(0, 9999)


class Interrupted(BaseException):
    """The act dies here."""


class CreditMachine(RuleBasedStateMachine):
    """A garage whose bills are issued, corrected and made again."""

    address: Callable[[Path], str]

    @initialize()
    def open_the_garage(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="garage-credits-"))
        self.database = Database(type(self).address(self.folder))
        with self.database.transaction() as session:
            made = make.garage(session)
            self.part = made.parts["P1"].id
        self.left = self.armed = 0
        for place, code in enumerate(CODES):
            self.work(code, date(2026, 2, 1 + place), 61 + 7 * place, 1333 * (place + 1))
            self.work(code, date(2026, 3, 1), 95, 500)
        self.run_quarter()
        event.listen(self.database.engine, "before_cursor_execute", self.count)

    def count(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise Interrupted

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.armed = 0
            self.run_quarter()
            self.everything_free_is_billed_once()
            self.database.dispose()
            shutil.rmtree(self.folder)

    def act(self, doing: Callable[..., object], *words: object) -> None:
        self.left, self.armed = self.armed, 0
        with suppress(GarageError, Interrupted), self.database.transaction() as session:
            doing(session, *words)
        self.left = 0

    @rule(after=st.integers(1, 60))
    def die_in_the_next_act(self, after: int) -> None:
        self.armed = after

    @rule(code=st.sampled_from(CODES), day=DAYS, minutes=st.integers(1, 600), quantity=st.integers(1, 5000))
    def work_and_check(self, code: str, day: date, minutes: int, quantity: int) -> None:
        self.work(code, day, minutes, quantity)

    def work(self, code: str, day: date, minutes: int, quantity: int) -> None:
        with self.database.transaction() as session:
            owner = session.scalars(select(Collectivity).where(Collectivity.code == code)).one()
            made = make.order(session, owner, day)
            make.labour(session, made, minutes)
            make.labour(session, made, 30, non_billable_reason="Garantie")
            order_lines.add_part(session, make.entry(made), self.part, Decimal(quantity) / 1000)
            make.check(session, made)

    @rule(minutes=st.integers(1, 60), choice=CHOICE)
    def complete(self, minutes: int, choice: int) -> None:
        def doing(session) -> None:
            orders = session.scalars(select(RepairOrder).order_by(RepairOrder.id)).all()
            if orders:
                make.labour(session, orders[choice % len(orders)], minutes)

        self.act(doing)

    @rule()
    def run(self) -> None:
        self.run_quarter()

    def run_quarter(self) -> None:
        issuing = Issuing(LAST, make.TODAY, make.NOW, make.CLERK)
        self.left, self.armed = self.armed, 0
        with suppress(Interrupted):
            invoicing_run.issue_quarter(self.database, issuing, NO_FLOOR, make.TODAY)
        self.left = 0

    @rule(choice=CHOICE, orders=CHOICE, at_once=st.booleans())
    def bill_again(self, choice: int, orders: int, at_once: bool) -> None:
        def doing(session) -> None:
            bill_id, bill = self.some_bill(session, choice)
            numbers = sorted({line.order for line in bill.lines})
            kept = None if orders % 2 else numbers[: 1 + orders % len(numbers)]
            credit_notes.prepare(session, bill_id, Wanted(CreditPurpose.REBILL, whole(bill, kept), "Débiteur"), BY)

        self.act(doing)
        if at_once:
            self.issue_last()

    @rule(choice=CHOICE, part=st.floats(0.01, 1), returns=st.booleans(), at_once=st.booleans())
    def lower(self, choice: int, part: float, returns: bool, at_once: bool) -> None:
        def doing(session) -> None:
            bill_id, bill = self.some_bill(session, choice)
            lines = [one for one in bill.lines if one.left and not one.free]
            lines = [one for one in lines if not returns or one.nature is BilledNature.PART]
            if lines:
                line = lines[choice % len(lines)]
                step = 1 if line.nature is BilledNature.LABOUR else Decimal("0.001")
                wanted = {line.id: max(1, int(line.left / step * Decimal(part))) * Decimal(step)}
                purpose = CreditPurpose.PART_RETURN if returns else CreditPurpose.REDUCE
                credit_notes.prepare(session, bill_id, Wanted(purpose, wanted, "Trop"), BY)

        self.act(doing)
        if at_once:
            self.issue_last()

    def issue_last(self) -> None:
        def doing(session) -> None:
            draft = session.scalars(select(CreditDraft).order_by(CreditDraft.id.desc()).limit(1)).first()
            if draft is not None:
                credit_notes_issue.issue(session, draft.id, draft.version, make.TODAY, BY)

        self.act(doing)

    def some_bill(self, session, choice: int):
        bills = session.scalars(
            select(Invoice.id).where(Invoice.kind != BillKind.CREDIT_NOTE).order_by(Invoice.id)
        ).all()
        if not bills:
            raise LineWasBilled("", 0)
        bill_id = bills[choice % len(bills)]
        return bill_id, queries.creditable(session, bill_id)

    @rule(choice=CHOICE, drops=st.booleans())
    def issue_or_drop(self, choice: int, drops: bool) -> None:
        def doing(session) -> None:
            drafts = session.scalars(
                select(CreditDraft).where(CreditDraft.state.in_(OPEN_STATES)).order_by(CreditDraft.id)
            ).all()
            if drafts:
                draft = drafts[choice % len(drafts)]
                if drops:
                    credit_notes.drop(session, draft.id, draft.version, BY)
                else:
                    credit_notes_issue.issue(session, draft.id, draft.version, make.TODAY, BY)

        self.act(doing)

    @rule(choice=CHOICE, code=st.sampled_from(CODES))
    def change_debtor(self, choice: int, code: str) -> None:
        def doing(session) -> None:
            orders = session.scalars(select(RepairOrder).order_by(RepairOrder.id)).all()
            owner = session.scalars(select(Collectivity).where(Collectivity.code == code)).one()
            if orders:
                order = orders[choice % len(orders)]
                wanted = NewDebtor(owner.id, "Erreur")
                order_debtors.change_debtor(session, order.number, order.version, wanted, make.HEAD, make.NOW)

        self.act(doing)

    @invariant()
    def numbers_are_unbroken(self) -> None:
        if hasattr(self, "database"):
            with self.database.reading() as session:
                given = Counter(session.scalars(select(Invoice.series)))
                places = sorted(tuple(row) for row in session.execute(select(Invoice.series, Invoice.sequence)))
            assert places == sorted((one, place) for one, most in given.items() for place in range(1, most + 1))

    @invariant()
    def credits_stay_within_what_was_billed(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            taken = queries.credited_so_far(session, session.scalars(select(Invoice.id)))
            for bill in session.scalars(select(Invoice)):
                lines = session.scalars(select(InvoiceLine.net).where(InvoiceLine.invoice_id == bill.id)).all()
                shares = session.scalars(select(InvoiceVat.vat).where(InvoiceVat.invoice_id == bill.id)).all()
                assert (sum(lines), sum(shares)) == (bill.net, bill.vat)
                assert 0 < bill.gross == bill.net + bill.vat
                assert taken.get(bill.id, 0) <= bill.gross
                if bill.kind is not BillKind.CREDIT_NOTE:
                    self.within(queries.creditable(session, bill.id), taken.get(bill.id), bill.gross)

    def within(self, bill, credited, gross) -> None:
        for one in (*bill.lines, *bill.fees):
            assert 0 <= one.credited_net <= one.net
        for line in bill.lines:
            assert 0 <= line.left <= line.billed
        if not any(line.left for line in bill.lines):
            assert credited == gross
            assert bill.credited == bill.shares

    @invariant()
    def a_line_is_on_one_live_bill_and_its_freedom_is_a_credit_note(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            live = {row.order_line_id: row.invoice_id for row in session.scalars(select(LiveBilling))}
            rebills = select(CreditDraft.credit_note_id).where(
                CreditDraft.purpose == CreditPurpose.REBILL, CreditDraft.state == CreditState.ISSUED
            )
            freed = {
                tuple(row)
                for row in session.execute(
                    select(InvoiceLine.order_line_id, Invoice.credited_invoice_id)
                    .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
                    .where(Invoice.id.in_(rebills), InvoiceLine.order_line_id.is_not(None))
                )
            }
            stood = session.execute(
                select(InvoiceLine.order_line_id, InvoiceLine.invoice_id)
                .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
                .where(Invoice.kind != BillKind.CREDIT_NOTE, InvoiceLine.order_line_id.is_not(None))
            ).all()
        for line, bill in stood:
            if (line, bill) in freed:
                assert live.get(line) != bill

    @invariant()
    def stock_is_never_made(self) -> None:
        if hasattr(self, "database"):
            with self.database.reading() as session:
                moved = session.scalar(
                    select(func.sum(StockMovement.quantity)).where(StockMovement.part_id == self.part)
                )
                assert moved is None or moved <= 100

    def everything_free_is_billed_once(self) -> None:
        with self.database.reading() as session:
            lines = set(session.scalars(select(OrderLine.id)))
            live = set(session.scalars(select(LiveBilling.order_line_id)))
            states = dict(tuple(row) for row in session.execute(select(RepairOrder.id, RepairOrder.state)))
            waiting = session.scalars(select(OrderLine.order_id).where(OrderLine.id.in_(lines - live))).all()
            priced = session.scalars(
                select(OrderLine.id).where(
                    OrderLine.order_id.in_(waiting),
                    OrderLine.non_billable_reason.is_(None),
                    OrderLine.id.in_(lines - live),
                )
            ).all()
        assert [states[order] for order in set(waiting)] == [OrderState.DONE] * len(set(waiting))
        assert len(priced) == 0 or all(self.worth_nothing(line) for line in priced)

    def worth_nothing(self, line_id: int) -> bool:
        """A bill of 0,00 is carried forward: only lines that round to nothing may wait (rule B4)."""
        with self.database.reading() as session:
            line = session.get_one(OrderLine, line_id)
            return (line.quantity or Decimal(1)) * (line.cost or Decimal(60)) < Decimal("0.01")


def run(machine: type[CreditMachine], examples: int) -> None:
    case = machine.TestCase
    case.settings = settings(max_examples=examples, stateful_step_count=20, deadline=None)
    case().runTest()


def test_credit_machine(sqlite_template: Path) -> None:
    def address(folder: Path) -> str:
        shutil.copy(sqlite_template, folder / "garage.sqlite")
        return f"sqlite:///{folder / 'garage.sqlite'}"

    CreditMachine.address = staticmethod(address)
    run(CreditMachine, 12)


@pytest.mark.slow
def test_credit_machine_on_the_other_database(make_postgresql: Callable[[], str]) -> None:
    CreditMachine.address = staticmethod(lambda _: make_postgresql())
    run(CreditMachine, 5)
