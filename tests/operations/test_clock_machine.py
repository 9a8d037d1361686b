"""Any sequence of clocks started, stopped, corrected, entered late, around midnights and clock changes (O4, E20).

One runs per person, none overlap, nothing is in the future, and the labour lines of orders are the sum of the segments.
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.clock import PARIS, paris_day
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.work_time import ClockSegment
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.domain.work_time import Activity, forgotten, minutes_between, whole_minute
from garage.operations import order_lines, repair_orders
from garage.operations.work_time import corrections, running
from garage.operations.work_time.corrections import Stretch
from garage.operations.work_time.running import Job, Started, Undo
from garage.operations.work_time.segments import By
from tests.factories import garage as make

# A plain day, then the evening before each change of clocks.
STARTS = [
    datetime(2026, 11, 18, 7, tzinfo=UTC),
    datetime(2026, 3, 28, 21, tzinfo=UTC),
    datetime(2026, 10, 24, 20, tzinfo=UTC),
]
OPENED = date(2026, 3, 1)
PEOPLE = st.sampled_from([0, 1])
JOBS = st.sampled_from(["A", "B", "C", Activity.CLEANING, Activity.BREAK])
ANY = st.integers(0, 99)


class ClockMachine(RuleBasedStateMachine):
    """Two mechanics, a head and three orders; a clock that only goes forward."""

    new_url: Callable[[], str]
    closed = False

    @initialize(start=st.sampled_from(STARTS))
    def open_the_workshop(self, start: datetime) -> None:
        self.now = start
        self.database = Database(type(self).new_url())
        with self.database.transaction() as session:
            garage = make.garage(session)
            self.orders = {name: make.order(session, garage.partner, OPENED).number for name in "ABC"}
            self.people = [make.user(session, Role.MECHANIC) for _ in range(2)]
        self.actors = [Actor(user.id, user.name, Role.MECHANIC) for user in self.people]

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.dispose()

    def job(self, name: str | Activity) -> Job:
        return Job(activity=name) if isinstance(name, Activity) else Job(order=self.orders[name])

    def act(self, work: Callable[..., Any], *words: Any) -> Any:
        """Committed, or refused and undone whole."""
        try:
            with self.database.transaction() as session:
                return work(session, *words)
        except GarageError:
            return None

    def by(self, person: int) -> By:
        return By(self.actors[person], self.now)

    @rule(minutes=st.integers(0, 200), seconds=st.integers(0, 59))
    def time_goes_by(self, minutes: int, seconds: int) -> None:
        self.now += timedelta(minutes=minutes, seconds=seconds)

    @rule(hours=st.integers(4, 30))
    def a_night_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(person=PEOPLE, job=JOBS)
    def start(self, person: int, job: str | Activity) -> None:
        before = self.running(person)
        started: Started | None = self.act(
            running.start, self.people[person].id, self.job(job), self.now, self.by(person)
        )
        if started is None or started.already:
            return
        after = self.running(person)
        assert after is not None
        assert after.started_at == whole_minute(self.now)
        if before is not None and before.started_at < after.started_at:
            ended = self.segment(before.id)
            left = forgotten(before.started_at, after.started_at, PARIS)
            assert ended.to_confirm is left
            assert left or ended.ended_at == after.started_at, "a minute was lost between two jobs"

    @rule(person=PEOPLE, job=JOBS, back=st.integers(1, 900))
    def start_late(self, person: int, job: str | Activity, back: int) -> None:
        at = self.now - timedelta(minutes=back)
        self.act(running.start, self.people[person].id, self.job(job), at, self.by(person))

    @rule(person=PEOPLE, back=st.one_of(st.just(0), st.integers(0, 900)))
    def stop(self, person: int, back: int) -> None:
        self.act(running.stop, self.people[person].id, self.now - timedelta(minutes=back), self.by(person))

    @rule(person=PEOPLE, job=JOBS)
    def start_and_undo(self, person: int, job: str | Activity) -> None:
        before = self.state()
        whose, by = self.people[person].id, self.by(person)
        started: Started | None = self.act(running.start, whose, self.job(job), self.now, by)
        if started is None or started.already:
            return
        stopped = started.stopped
        gone = stopped is not None and stopped.segment_id is None
        undo = Undo(
            started.segment_id,
            self.now,
            stopped.segment_id if stopped is not None else None,
            stopped.job if stopped is not None and gone else None,
            stopped.started_at if stopped is not None and gone else None,
            stopped.cut_at if stopped is not None else None,
        )
        with self.database.transaction() as session:
            running.undo(session, whose, undo, by)
        assert self.state() == before

    @rule(person=PEOPLE)
    def stop_and_undo(self, person: int) -> None:
        before, ran = self.state(), self.running(person)
        whose, by = self.people[person].id, self.by(person)
        stopped = self.act(running.stop, whose, self.now, by)
        if ran is None or stopped is None:
            return
        if stopped.segment_id is None:
            undo = Undo(job=stopped.job, since=stopped.started_at, cut_at=stopped.cut_at)
        else:
            undo = Undo(ended=stopped.segment_id, since=self.segment(stopped.segment_id).ended_at)
        with self.database.transaction() as session:
            running.undo(session, whose, undo, by)
        assert self.state() == before

    @rule(choice=ANY, hour=st.integers(0, 23), minute=st.integers(0, 59), head=st.booleans())
    def confirm(self, choice: int, hour: int, minute: int, *, head: bool) -> None:
        segment = self.any_segment(choice, only_open=True)
        if segment is not None:
            at = datetime(2026, 1, 1, hour, minute, tzinfo=UTC).time()
            if head:
                self.act(corrections.stop_for, segment.id, at, "Oubli", By(make.HEAD, self.now))
            else:
                self.act(corrections.confirm, segment.id, at, self.by(self.owner(segment)))

    @rule(choice=ANY, job=JOBS, shift=st.integers(-90, 90), length=st.one_of(st.none(), st.integers(0, 900)))
    def correct(self, choice: int, job: str | Activity, shift: int, length: int | None) -> None:
        segment = self.any_segment(choice)
        if segment is not None:
            start = segment.started_at + timedelta(minutes=shift)
            end = start + timedelta(minutes=length) if length is not None else None
            wanted = Stretch(self.job(job), start, end)
            self.act(corrections.correct, segment.id, wanted, "Erreur", self.by(self.owner(segment)))

    @rule(person=PEOPLE, job=JOBS, back=st.integers(0, 2000), length=st.integers(0, 900))
    def add(self, person: int, job: str | Activity, back: int, length: int) -> None:
        start = self.now - timedelta(minutes=back)
        wanted = Stretch(self.job(job), start, start + timedelta(minutes=length))
        self.act(corrections.add, self.people[person].id, wanted, None, self.by(person))

    @rule(choice=ANY)
    def remove(self, choice: int) -> None:
        segment = self.any_segment(choice)
        if segment is not None:
            self.act(corrections.remove, segment.id, "Erreur", self.by(self.owner(segment)))

    @rule(choice=ANY)
    def remove_a_line(self, choice: int) -> None:
        with self.database.reading() as session:
            lines = session.execute(
                select(RepairOrder.number, OrderLine.rank).join(RepairOrder, RepairOrder.id == OrderLine.order_id)
            ).all()
        if lines:
            line = lines[choice % len(lines)]
            self.act(order_lines.remove, line.number, line.rank, make.HEAD, self.now)

    @rule(name=st.sampled_from("AB"))
    def check_an_order(self, name: str) -> None:
        def work(session: Session) -> None:
            number = self.orders[name]
            repair_orders.finish(session, number, "Fait", None, make.HEAD, self.now)
            repair_orders.check(session, number, paris_day(self.now), make.HEAD, self.now, paris_day(self.now))

        self.closed = True
        self.act(work)

    @rule(name=st.sampled_from("AB"))
    def take_an_order_up_again(self, name: str) -> None:
        def work(session: Session) -> None:
            number = self.orders[name]
            repair_orders.change_state(session, number, OrderState.IN_PROGRESS, make.HEAD, self.now, reason="Suite")

        self.act(work)

    def owner(self, segment: ClockSegment) -> int:
        return next(place for place, user in enumerate(self.people) if user.id == segment.user_id)

    def all(self) -> list[ClockSegment]:
        with self.database.reading() as session:
            return list(session.scalars(select(ClockSegment).order_by(ClockSegment.user_id, ClockSegment.started_at)))

    def any_segment(self, choice: int, *, only_open: bool = False) -> ClockSegment | None:
        found = [row for row in self.all() if not only_open or row.ended_at is None or row.to_confirm]
        return found[choice % len(found)] if found else None

    def segment(self, key: int) -> ClockSegment:
        return next(row for row in self.all() if row.id == key)

    def running(self, person: int) -> ClockSegment | None:
        whose = self.people[person].id
        return next((row for row in self.all() if row.user_id == whose and row.ended_at is None), None)

    def state(self) -> Any:
        """All that an undo must give back."""
        with self.database.reading() as session:
            lines = session.execute(
                select(OrderLine.order_id, OrderLine.mechanic_id, OrderLine.done_on, OrderLine.code, OrderLine.minutes)
            )
            orders = session.execute(select(RepairOrder.number, RepairOrder.state).order_by(RepairOrder.number))
            counted = sorted(tuple(row) for row in lines)
            states = [tuple(row) for row in orders]
        segments = [
            (row.user_id, row.order_id, row.activity, row.code, row.started_at, row.ended_at, row.to_confirm)
            for row in self.all()
        ]
        return segments, counted, states

    @invariant()
    def one_runs_and_none_overlap(self) -> None:
        if not hasattr(self, "database"):
            return
        for user in self.people:
            mine = [row for row in self.all() if row.user_id == user.id]
            assert sum(row.ended_at is None for row in mine) <= 1
            for one, other in pairwise(mine):
                assert one.ended_at is not None, "a clock runs under the next one"
                assert one.ended_at <= other.started_at

    @invariant()
    def an_ended_segment_is_past_and_of_one_day(self) -> None:
        if not hasattr(self, "database"):
            return
        for row in self.all():
            assert row.started_at <= self.now
            assert row.started_at.second == 0
            if row.ended_at is not None:
                assert row.started_at < row.ended_at <= self.now
                assert paris_day(row.started_at) == paris_day(row.ended_at - timedelta(minutes=1))

    @invariant()
    def lines_are_the_sum_of_segments(self) -> None:
        if not hasattr(self, "database"):
            return
        expected: dict[Any, int] = {}
        for row in self.all():
            counted = row.order_id is not None and row.ended_at is not None and not row.to_confirm
            if not counted:
                assert row.order_line_id is None
            elif row.order_line_id is None:
                assert self.closed, "ended time is on no line though its order takes it"
            else:
                key = (row.order_line_id, row.order_id, row.user_id, paris_day(row.started_at), row.code)
                expected[key] = expected.get(key, 0) + minutes_between(row.started_at, row.ended_at)
        with self.database.reading() as session:
            lines = {
                (line.id, line.order_id, line.mechanic_id, line.done_on, line.code): line.minutes
                for line in session.scalars(select(OrderLine))
            }
        assert lines == expected
        assert len({key[1:] for key in lines}) == len(lines), "two lines for one order, person, day and code"


def test_any_sequence_keeps_the_books_on_sqlite(sqlite_template: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="garage-clocks-"))
    numbers = iter(range(10**6))

    def new() -> str:
        path = folder / f"{next(numbers)}.sqlite"
        shutil.copy(sqlite_template, path)
        return f"sqlite:///{path}"

    machine = type("SqliteClocks", (ClockMachine,), {"new_url": staticmethod(new)})
    try:
        run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=40, deadline=None))
    finally:
        shutil.rmtree(folder)


def test_any_sequence_keeps_the_books_on_postgresql(make_postgresql: Callable[[], str]) -> None:
    machine = type("PostgresqlClocks", (ClockMachine,), {"new_url": staticmethod(make_postgresql)})
    run_state_machine_as_test(machine, settings=settings(max_examples=3, stateful_step_count=25, deadline=None))
