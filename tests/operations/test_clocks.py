"""Clocks on a real database: at once, under which code, beside bills, what an order still has open (rules O2 to O5)."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import OrderLine
from garage.db.models.tariffs import TariffGrid
from garage.db.models.work_time import ClockSegment
from garage.db.queries import work_time as queries
from garage.db.session import Database
from garage.domain.errors.base import GarageError, ImpossibleDay
from garage.domain.errors.repair_orders import LineBilled, OrderClosed
from garage.domain.errors.workshop import ClockInFuture, ClockOverlap, NoLabourCode
from garage.domain.invoices.composition import BillingRules
from garage.domain.order_works import WorkState
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.domain.tariffs import GridStatus
from garage.domain.work_time import Activity
from garage.operations import invoicing_run, order_lines, repair_orders
from garage.operations.invoices import Issuing
from garage.operations.work_time import corrections, running
from garage.operations.work_time.corrections import Stretch
from garage.operations.work_time.running import Job
from garage.operations.work_time.segments import By
from tests.factories import garage as make

# Wednesday 16 September 2026, 08:00 in Paris.
EIGHT = datetime(2026, 9, 16, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Shop:
    """Two orders and two mechanics."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            garage = make.garage(session)
            self.numbers = [make.order(session, garage.partner, date(2026, 9, 1)).number for _ in range(2)]
            users = [make.user(session, Role.MECHANIC) for _ in range(2)]
            self.actors = [Actor(user.id, user.name, Role.MECHANIC) for user in users]

    def act(self, work: Callable[..., Any], *words: Any) -> Any:
        with self.database.transaction() as session:
            return work(session, *words)

    def by(self, now: datetime, person: int = 0) -> By:
        return By(self.actors[person], now)

    def start(self, order: int, at: datetime, person: int = 0, **job: Any) -> Any:
        whose = self.actors[person].id
        return self.act(running.start, whose, Job(order=self.numbers[order], **job), at, self.by(at, person))

    def stop(self, at: datetime, person: int = 0) -> Any:
        return self.act(running.stop, self.actors[person].id, at, self.by(at, person))

    def rows(self, table: Any) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(select(table).order_by(table.id)))


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """All of them begun together; what each gave, or its refusal."""
    gate, found = threading.Barrier(len(works)), []

    def run(work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found.append(work())
        except GarageError as refusal:
            found.append(refusal)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "two people wait for each other for ever"
    return found


def test_two_clocks_started_at_once_leave_one_running(shop: Shop) -> None:
    for turn in range(5):
        at = EIGHT + turn * HOUR
        at_once(*(lambda order=order, at=at: shop.start(order, at) for order in (0, 1, 0, 1)))
        segments = shop.rows(ClockSegment)
        assert sum(row.ended_at is None for row in segments) == 1
        assert all(row.ended_at is None or row.ended_at > row.started_at for row in segments)
    assert sum(line.minutes for line in shop.rows(OrderLine)) == 4 * 60


def test_people_who_swap_orders_at_once_do_not_wait_for_each_other(shop: Shop) -> None:
    for turn in range(6):
        at = EIGHT + turn * HOUR
        at_once(
            lambda at=at, turn=turn: shop.start(turn % 2, at, 0),
            lambda at=at, turn=turn: shop.start((turn + 1) % 2, at, 1),
        )
    minutes = [(line.order_id, line.mechanic_id, line.minutes) for line in shop.rows(OrderLine)]
    assert sum(one[2] for one in minutes) == 2 * 5 * 60
    assert len(set(minutes)) == 4


def test_the_code_is_that_of_the_work_else_the_last_one_else_the_first_of_the_grid(shop: Shop) -> None:
    def work(session: Session) -> int:
        row = OrderWork(order_id=1, rank=1, code="MO-VL", label="Vidange", state=WorkState.TODO, created_at=make.NOW)
        session.add(row)
        session.flush()
        return row.id

    key = shop.act(work)
    shop.start(0, EIGHT)
    assert shop.rows(ClockSegment)[-1].code == "MO-SER"
    shop.start(0, EIGHT + HOUR, work_id=key)
    assert [row.code for row in shop.rows(ClockSegment)] == ["MO-SER", "MO-VL"]
    shop.stop(EIGHT + 2 * HOUR)
    shop.start(0, EIGHT + 3 * HOUR)
    assert shop.rows(ClockSegment)[-1].code == "MO-VL"
    shop.stop(EIGHT + 4 * HOUR)
    assert [(line.code, line.minutes) for line in shop.rows(OrderLine)] == [("MO-SER", 60), ("MO-VL", 120)]
    shop.start(0, EIGHT + 4 * HOUR, person=1)
    assert shop.rows(ClockSegment)[-1].code == "MO-VL"
    with pytest.raises(GarageError):
        shop.start(1, EIGHT + 5 * HOUR, work_id=key)


def test_without_a_grid_of_the_day_the_last_published_one_without_any_a_refusal(shop: Shop) -> None:
    later = datetime(2027, 3, 1, 7, tzinfo=UTC)
    shop.start(0, later)
    assert shop.rows(ClockSegment)[-1].code == "MO-SER"
    shop.act(lambda session: session.execute(update(TariffGrid).values(status=GridStatus.DRAFT)))
    with pytest.raises(NoLabourCode):
        shop.start(1, later + HOUR)


def test_a_billed_line_is_frozen_and_later_time_makes_another(shop: Shop) -> None:
    shop.start(0, EIGHT)
    shop.stop(EIGHT + HOUR)

    def check(session: Session) -> None:
        repair_orders.finish(session, shop.numbers[0], "Fait", None, make.HEAD, make.NOW)
        repair_orders.check(session, shop.numbers[0], date(2026, 9, 16), make.HEAD, make.NOW, make.TODAY)

    shop.act(check)
    issuing = Issuing(Quarter(2026, 3), make.TODAY, make.NOW, make.CLERK)
    invoicing_run.issue_quarter(shop.database, issuing, BillingRules(), make.TODAY)
    head = By(make.HEAD, make.NOW)
    longer = Stretch(Job(order=shop.numbers[0]), EIGHT, EIGHT + 2 * HOUR)
    with pytest.raises(LineBilled):
        shop.act(corrections.correct, 1, longer, "Oubli", head)
    with pytest.raises(LineBilled):
        shop.act(corrections.remove, 1, "Oubli", head)
    more = Stretch(Job(order=shop.numbers[0]), EIGHT + HOUR, EIGHT + 2 * HOUR)
    with pytest.raises(OrderClosed):
        shop.act(corrections.add, shop.actors[0].id, more, None, shop.by(make.NOW))
    shop.act(corrections.add, shop.actors[0].id, more, None, head)
    assert [(line.rank, line.minutes) for line in shop.rows(OrderLine)] == [(1, 60), (2, 60)]
    assert [row.order_line_id for row in shop.rows(ClockSegment)] == [1, 2]
    with shop.database.reading() as session:
        assert repair_orders.locked(session, shop.numbers[0]).state is OrderState.DONE


def test_the_line_of_a_correction_stays_the_same_and_keeps_its_rank(shop: Shop) -> None:
    shop.start(0, EIGHT)
    shop.stop(EIGHT + HOUR)
    line = shop.rows(OrderLine)[0].id
    wanted = Stretch(Job(order=shop.numbers[0]), EIGHT, EIGHT + HOUR / 2)
    shop.act(corrections.correct, 1, wanted, "Erreur", shop.by(EIGHT + 3 * HOUR))
    assert [(one.id, one.rank, one.minutes) for one in shop.rows(OrderLine)] == [(line, 1, 30)]


def test_hours_written_by_hand_are_never_the_clock_s(shop: Shop) -> None:
    whose = shop.actors[0].id
    entry = order_lines.Entry(shop.numbers[0], date(2026, 9, 16), make.HEAD, make.NOW, make.TODAY)
    shop.act(order_lines.add_labour, entry, "MO-SER", 45, whose)
    shop.start(0, EIGHT)
    shop.stop(EIGHT + HOUR)
    assert [line.minutes for line in shop.rows(OrderLine)] == [45, 60]


def test_a_planned_order_is_in_progress_as_soon_as_its_clock_runs(shop: Shop) -> None:
    def wait(session: Session) -> None:
        state, now = OrderState.WAITING_PART, EIGHT - HOUR
        repair_orders.change_state(session, shop.numbers[0], state, make.HEAD, now)

    shop.act(wait)
    shop.start(0, EIGHT)
    with shop.database.reading() as session:
        assert repair_orders.locked(session, shop.numbers[0]).state is OrderState.IN_PROGRESS


def test_an_order_knows_whose_clock_is_still_open_on_it(shop: Shop) -> None:
    shop.start(0, EIGHT)
    shop.start(0, EIGHT - 30 * HOUR, person=1)
    shop.start(1, EIGHT, person=1)
    with shop.database.reading() as session:
        assert [(row.to_confirm, row.ended_at is None) for row in queries.open_on(session, 1)] == [
            (True, False),
            (False, True),
        ]
        assert len(queries.open_on(session, 2)) == 1
    shop.stop(EIGHT + HOUR)
    with shop.database.reading() as session:
        assert len(queries.open_on(session, 1)) == 1


def test_no_clock_in_the_future_nor_before_its_order(shop: Shop) -> None:
    by = shop.by(EIGHT)
    for work in (running.start, running.stop):
        words = (Job(activity=Activity.CLEANING),) if work is running.start else ()
        with pytest.raises(ClockInFuture):
            shop.act(work, by.actor.id, *words, EIGHT + HOUR, by)
    with pytest.raises(ImpossibleDay):
        shop.act(running.start, by.actor.id, Job(order=shop.numbers[0]), EIGHT - 20 * 24 * HOUR, by)


def test_a_missed_segment_does_not_cover_another(shop: Shop) -> None:
    shop.start(0, EIGHT)
    late = Stretch(Job(activity=Activity.WORKSHOP), EIGHT - HOUR, EIGHT + HOUR)
    with pytest.raises(ClockOverlap):
        shop.act(corrections.add, shop.actors[0].id, late, None, shop.by(EIGHT + 2 * HOUR))
    before = Stretch(Job(activity=Activity.WORKSHOP), EIGHT - HOUR, EIGHT)
    shop.act(corrections.add, shop.actors[0].id, before, None, shop.by(EIGHT + 2 * HOUR))


def late(shop: Shop, job: Job, at: datetime, now: datetime) -> Any:
    return shop.act(running.start, shop.actors[0].id, job, at, shop.by(now))


def spans(shop: Shop) -> list[tuple[int, int | None, bool]]:
    """From which hour to which, counted from eight, and whether the end is to be confirmed."""
    rows = sorted(shop.rows(ClockSegment), key=lambda row: row.started_at)
    return [
        ((row.started_at - EIGHT) // HOUR, (row.ended_at - EIGHT) // HOUR if row.ended_at else None, row.to_confirm)
        for row in rows
    ]


def test_a_late_start_within_a_forgotten_clock_cuts_it_there(shop: Shop) -> None:
    shop.start(0, EIGHT - 7 * HOUR)
    shop.start(1, EIGHT + 24 * HOUR)
    assert spans(shop) == [(-7, 10, True), (24, None, False)]
    late(shop, Job(activity=Activity.CLEANING), EIGHT + 6 * HOUR, EIGHT + 25 * HOUR)
    assert spans(shop) == [(-7, 6, True), (6, 10, True), (24, None, False)]
    late(shop, Job(activity=Activity.TRAINING), EIGHT + 8 * HOUR, EIGHT + 25 * HOUR)
    assert spans(shop) == [(-7, 6, True), (6, 8, False), (8, 10, True), (24, None, False)]


def test_undoing_a_start_leaves_a_forgotten_clock_cut_as_it_was(shop: Shop) -> None:
    whose, night = shop.actors[0].id, EIGHT + 24 * HOUR
    shop.start(0, EIGHT)
    missed = Stretch(Job(activity=Activity.CLEANING), EIGHT + 12 * HOUR, EIGHT + 13 * HOUR)
    shop.start(1, night)
    shop.act(corrections.add, whose, missed, None, shop.by(night))
    shop.stop(night)
    before = spans(shop)
    assert before == [(0, 10, True), (12, 13, False)]
    started = shop.start(1, night + HOUR)
    undo = running.Undo(started.segment_id, night + HOUR)
    shop.act(running.undo, whose, undo, shop.by(night + HOUR))
    assert spans(shop) == before


def test_undoing_a_stop_within_the_minute_touches_nothing_else(shop: Shop) -> None:
    whose = shop.actors[0].id
    shop.start(1, EIGHT + 3 * HOUR)
    late(shop, Job(order=shop.numbers[0]), EIGHT, EIGHT + 3 * HOUR)
    shop.act(corrections.remove, 1, "Jamais fait", shop.by(EIGHT + 3 * HOUR))
    shop.start(1, EIGHT + 4 * HOUR)
    before = spans(shop)
    assert before == [(0, 4, False), (4, None, False)]
    stopped = shop.stop(EIGHT + 4 * HOUR)
    undo = running.Undo(job=stopped.job, since=stopped.started_at)
    shop.act(running.undo, whose, undo, shop.by(EIGHT + 4 * HOUR))
    assert spans(shop) == before
