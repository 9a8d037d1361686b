"""What is left to bill on any day (rule Y1), on both databases: past days hold, sums foot, figures are the run's."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, LiveBilling
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.queries import credit_notes as billed
from garage.db.session import Database
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.credit_notes import CreditPurpose, whole
from garage.domain.invoices.left_to_bill import Stage
from garage.domain.invoices.pricing import AnomalyCode
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.domain.settings import BillingSettings, Imputation
from garage.domain.tariffs import TariffNature
from garage.operations import credit_notes, credit_notes_issue, invoicing_run, order_lines, repair_orders
from garage.operations import settings as keeping
from garage.operations.credit_notes import By, Wanted
from garage.operations.invoices import Issuing
from garage.operations.left_to_bill import Summary, at, summary
from tests.factories import garage as make

T3, END = Quarter(2026, 3), date(2026, 9, 30)
TODAY = make.TODAY


def read(database: Database, day: date = TODAY) -> Summary:
    with database.reading() as session:
        return summary(session, day)


def figures(made: Summary) -> list[tuple[object, ...]]:
    return [(row.code, row.article, row.year, tuple(row.amounts.values()), row.minutes) for row in made.rows]


def entered_on(session: Session, order: RepairOrder, day: date) -> None:
    """The states of an order as if they had been entered that day at noon."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    session.execute(update(OrderStateChange).where(OrderStateChange.order_id == order.id).values(at=noon))


def issue(database: Database, on: date = TODAY) -> None:
    invoicing_run.issue_quarter(database, Issuing(T3, on, make.NOW, make.CLERK), BillingRules(), make.TODAY)


@pytest.fixture
def garage(database: Database) -> make.Garage:
    with database.transaction() as session:
        made = make.garage(session)
        session.expunge_all()
    return made


def test_nothing_to_bill_is_nothing(database: Database, garage: make.Garage) -> None:
    made = read(database)
    assert (made.rows, made.anomalies, made.total) == ([], [], ZERO)


def test_an_order_astride_31_december_gives_the_part_done_by_then(database: Database, garage: make.Garage) -> None:
    """Rule E1: each line at the grid of its day, the order open that day."""
    with database.transaction() as session:
        order = make.order(session, session.merge(garage.founder), date(2025, 12, 20))
        for day, minutes in ((date(2025, 12, 20), 60), (date(2026, 1, 5), 120)):
            order_lines.add_labour(session, make.entry(order, day), "MO-VL", minutes, None)
        make.check(session, order, date(2026, 1, 5))
        entered_on(session, order, date(2025, 12, 20))
        session.add(OrderStateChange(order_id=order.id, state=OrderState.DONE, at=datetime(2026, 1, 5, 12, tzinfo=UTC)))
        session.execute(
            update(OrderStateChange)
            .where(OrderStateChange.state == OrderState.DONE, OrderStateChange.at < datetime(2026, 1, 1, tzinfo=UTC))
            .values(state=OrderState.IN_PROGRESS)
        )
    past, now = read(database, date(2025, 12, 31)), read(database, date(2026, 1, 5))
    assert [(row.year, row.amounts[Stage.OPEN]) for row in past.rows] == [(2025, Decimal("52.18"))]  # 48 + 8,7 %
    assert [(row.year, row.amounts[Stage.READY]) for row in now.rows] == [
        (2025, Decimal("52.18")),
        (2026, Decimal("108.70")),
    ]


def test_a_past_day_is_the_same_after_bills_credits_and_later_work(database: Database, garage: make.Garage) -> None:
    with database.transaction() as session:
        order = make.order(session, session.merge(garage.founder))
        make.labour(session, order)
        make.check(session, order)
        entered_on(session, order, date(2026, 7, 2))
    before = figures(read(database, END))
    assert before
    issue(database)
    assert figures(read(database, END)) == before
    assert read(database).rows == []
    with database.transaction() as session:
        later = make.order(session, session.merge(garage.founder), date(2026, 10, 1))
        make.labour(session, later)
        _credit(session, date(2026, 10, 14))
    assert figures(read(database, END)) == before
    assert [row.year for row in read(database, date(2026, 10, 13)).rows] == [2026]  # the later order alone
    freed = read(database, date(2026, 10, 14))
    assert freed.of_stage(Stage.READY) == Decimal("54.35")
    issue_again = Issuing(T3, date(2026, 10, 15), make.NOW, make.CLERK)
    invoicing_run.issue_quarter(database, issue_again, BillingRules(), date(2026, 10, 15))
    assert figures(read(database, date(2026, 10, 14))) == figures(freed)
    assert read(database, date(2026, 10, 15)).of_stage(Stage.READY) == ZERO


def _credit(session: Session, on: date, purpose: CreditPurpose = CreditPurpose.REBILL, part: int | None = None) -> None:
    """A credit note of the only bill that stands: whole, or so many minutes of its first line."""
    bill = session.scalars(select(Invoice).join(LiveBilling, LiveBilling.invoice_id == Invoice.id)).first()
    assert bill is not None
    measures = whole(billed.creditable(session, bill.id))
    if part is not None:
        measures = {min(measures): Decimal(part)}
    by = By(make.CLERK, datetime(on.year, on.month, on.day, 12, tzinfo=UTC), on)
    draft = credit_notes.prepare(session, bill.id, Wanted(purpose, measures, "Erreur de saisie"), by)
    credit_notes_issue.issue(session, draft, 1, on, by)


def test_a_lowered_freed_and_given_order_leaves_the_past_alone(database: Database, garage: make.Garage) -> None:
    """Reduced, then credited whole, then corrected and billed to another: each evening keeps what it had."""
    with database.transaction() as session:
        order = make.order(session, session.merge(garage.founder))
        make.labour(session, order, 120)
        make.check(session, order)
        entered_on(session, order, date(2026, 7, 2))
    before = figures(read(database, END))
    issue(database)
    with database.transaction() as session:
        _credit(session, date(2026, 10, 13), CreditPurpose.REDUCE, 30)
    assert read(database, date(2026, 10, 13)).rows == []
    with database.transaction() as session:
        _credit(session, date(2026, 10, 14))
    assert figures(read(database, END)) == before
    assert read(database, date(2026, 10, 13)).rows == []
    assert [row.minutes for row in read(database, date(2026, 10, 14)).rows] == [90]
    with database.transaction() as session:
        session.execute(update(RepairOrder).values(collectivity_id=garage.partner.id))
        session.execute(update(OrderLine).values(minutes=15))
    assert figures(read(database, END)) == before
    assert [(row.code, row.minutes) for row in read(database, date(2026, 10, 14)).rows] == [("BOURG", 15)]


def test_each_stage_of_the_work(database: Database, garage: make.Garage) -> None:
    with database.transaction() as session:
        ready = make.order(session, session.merge(garage.founder))
        make.labour(session, ready)
        make.check(session, ready)
        small = make.order(session, session.merge(garage.partner))
        order_lines.add_flat(session, make.entry(small), "LAV", Decimal(1))
        make.check(session, small)
        alone = make.collectivity(session, "SEULE")
        held = make.order(session, alone, forced_reason="Urgence")
        make.labour(session, held)
        make.check(session, held)
        begun = make.order(session, session.merge(garage.taxed))
        make.labour(session, begun, 30)
    made = read(database)
    stages = {row.code: {stage for stage, net in row.amounts.items() if net} for row in made.rows}
    assert stages == {"VILLE": {Stage.READY}, "BOURG": {Stage.CARRIED}, "EAU": {Stage.OPEN}}
    assert [(one.code, one.collectivity) for one in made.anomalies] == [(AnomalyCode.NO_CONVENTION, "SEULE")]
    assert made.of_stage(Stage.OPEN) == Decimal("33.00")  # 30 min at 60 €, 10 % of structure


def test_the_sums_are_those_of_the_run_and_foot(database: Database, garage: make.Garage) -> None:
    with database.transaction() as session:
        for owner in (garage.founder, garage.partner, garage.taxed, garage.issuer):
            for minutes in (7, 190):
                order = make.order(session, session.merge(owner))
                make.labour(session, order, minutes)
                order_lines.add_flat(session, make.entry(order), "DEP", Decimal("12.345"))
                make.check(session, order)
        small = make.order(session, session.merge(garage.partner), engagement="PETIT")
        order_lines.add_flat(session, make.entry(small), "LAV", Decimal(1))
        make.check(session, small)
    with database.reading() as session:
        compositions = list(invoicing_run.preview(session, Quarter.of(TODAY), BillingRules()))
        lines = [line for _, left in at(session, TODAY) for line in left.lines]
    made = read(database)
    billed = sum((bill.net for one in compositions for bill in one.bills), ZERO)
    carried = sum((bill.net for one in compositions for bill in one.carried), ZERO)
    assert (made.of_stage(Stage.READY), made.of_stage(Stage.CARRIED)) == (billed, carried)
    assert made.total == sum((line.net for line in lines), ZERO)
    assert made.total == sum((row.total for row in made.by_article()), ZERO)
    assert made.total == sum((total for _, total in made.by_collectivity()), ZERO)
    assert made.total == sum((made.of_stage(stage) for stage in Stage), ZERO)
    assert made.minutes == sum(line.minutes or 0 for line in lines)


def test_a_cancelled_or_settled_order_counts_until_that_day(database: Database, garage: make.Garage) -> None:
    with database.transaction() as session:
        order = make.order(session, session.merge(garage.founder))
        make.labour(session, order)
        entered_on(session, order, date(2026, 7, 2))
        session.execute(update(OrderLine).values(done_on=date(2026, 7, 2)))
        repair_orders.change_state(session, order.number, OrderState.CANCELLED, make.HEAD, make.NOW, reason="Erreur")
        free = make.order(session, session.merge(garage.partner))
        make.labour(session, free, 30, non_billable_reason="Garantie")
        make.check(session, free)
        entered_on(session, free, date(2026, 7, 2))
        repair_orders.settle(session, free.number, "Garantie", make.HEAD, make.NOW)
    assert {row.code for row in read(database, END).rows} == {"VILLE", "BOURG"}
    assert read(database, TODAY).rows == []


def test_a_line_entered_later_counts_from_the_day_it_was_done(database: Database, garage: make.Garage) -> None:
    assert read(database, END).rows == []
    with database.transaction() as session:
        order = make.order(session, session.merge(garage.founder), date(2026, 9, 30))
        make.labour(session, order)
    assert [row.amounts[Stage.OPEN] for row in read(database, END).rows] == [Decimal("54.35")]


def test_the_day_ends_at_midnight_in_paris(database: Database, garage: make.Garage) -> None:
    """Rule E20: checked on 30 September at 22:30 UTC is 1 October in Paris."""
    with database.transaction() as session:
        order = make.order(session, session.merge(garage.founder))
        make.labour(session, order)
        make.check(session, order)
        entered_on(session, order, date(2026, 7, 2))
        session.execute(
            update(OrderStateChange)
            .where(OrderStateChange.state == OrderState.DONE)
            .values(at=datetime(2026, 9, 30, 22, 30, tzinfo=UTC))
        )
    assert read(database, END).of_stage(Stage.OPEN)
    assert read(database, date(2026, 10, 1)).of_stage(Stage.READY)


def test_the_article_is_the_lines_else_the_settings(database: Database, garage: make.Garage) -> None:
    with database.transaction() as session:
        booked = {nature: Imputation(f"70{place}") for place, nature in enumerate(TariffNature)}
        keeping.save(session, BillingSettings(imputations=booked), make.CLERK, make.NOW)
        order = make.order(session, session.merge(garage.partner))
        make.labour(session, order)
        order_lines.add_part(session, make.entry(order), session.merge(garage.parts["P1"]).id, Decimal(1))
        make.check(session, order)
    assert {row.article: row.total for row in read(database).rows} == {
        "700": Decimal("60.00"), "702": Decimal("11.25"), "704": Decimal("7.13"),
    }  # fmt: skip


def test_as_many_statements_for_two_hundred_collectivities_as_for_two(database: Database) -> None:
    counts = []
    with database.transaction() as session:
        garage = make.garage(session)
        for owner in (garage.founder, garage.partner):
            make.labour(session, make.order(session, owner))
    counts.append(_statements(database))
    with database.transaction() as session:
        for place in range(30):
            owner = make.collectivity(session, f"C{place}")
            make.convention(session, owner)
            order = make.order(session, owner)
            make.labour(session, order)
            make.check(session, order)
        assert session.scalar(select(Collectivity.id).limit(1))
    counts.append(_statements(database))
    assert counts[0] == counts[1] < 12


def _statements(database: Database) -> int:
    seen = []

    def note(*args: object) -> None:
        seen.append(args[2])

    with database.reading() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            summary(session, TODAY)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    return len(seen)
