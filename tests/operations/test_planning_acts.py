"""The plan on both databases: who has what when, refusals, states of orders, two heads at once."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry
from garage.db.models.order_works import OrderWork
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderStateChange, RepairOrder
from garage.db.models.users import User
from garage.db.models.work_time import DayCapacity
from garage.db.queries import planning as queries
from garage.db.session import Database
from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import BadMinutes, OrderClosed
from garage.domain.errors.workshop import AlreadyPlanned, BadCapacity, Disagreement, PlanChanged, UnplannableDay
from garage.domain.order_works import WorkState
from garage.domain.permissions import Role
from garage.domain.planning import Slot
from garage.domain.repair_orders import OrderState
from garage.french.journal import sentence
from garage.operations import planning, repair_orders
from garage.operations.planning import By
from tests.factories import garage as make

TODAY = make.TODAY
TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)
BY = By(make.HEAD, make.NOW, TODAY)


@pytest.fixture
def shop(database: Database) -> dict[str, Any]:
    """A requested order, two mechanics."""
    with database.transaction() as session:
        garage = make.garage(session)
        order = make.order(session, garage.partner)
        order.state = OrderState.REQUESTED
        people = [make.user(session, Role.MECHANIC) for _ in range(2)]
        return {"number": order.number, "id": order.id, "one": people[0].id, "two": people[1].id, "database": database}


def slot(shop: dict[str, Any], who: str = "one", day: date = TODAY, minutes: int = 120) -> Slot:
    return Slot(shop[who], day, minutes)


def do(shop: dict[str, Any], act: Callable[..., Any], *args: Any) -> None:
    with shop["database"].transaction() as session:
        act(session, *args)


def planned(shop: dict[str, Any]) -> list[Slot]:
    with shop["database"].reading() as session:
        return [Slot(row.user_id, row.day, row.minutes) for row in queries.slots(session, shop["id"])]


def state(shop: dict[str, Any]) -> OrderState:
    with shop["database"].reading() as session:
        return session.get_one(RepairOrder, shop["id"]).state


def acts(shop: dict[str, Any]) -> list[str]:
    with shop["database"].reading() as session:
        rows = session.scalars(select(JournalEntry).where(JournalEntry.action.startswith("plan.")))
        return [sentence(row.action, row.subject_key, row.data) for row in rows]


def set_state(shop: dict[str, Any], wanted: OrderState) -> None:
    with shop["database"].transaction() as session:
        session.get_one(RepairOrder, shop["id"]).state = wanted


@pytest.mark.parametrize("before", [OrderState.DRAFT, OrderState.REQUESTED])
def test_the_first_plan_makes_an_order_planned_and_the_last_taken_away_asked_again(
    shop: dict[str, Any], before: OrderState
) -> None:
    set_state(shop, before)
    do(shop, planning.plan, shop["number"], slot(shop), BY)
    assert state(shop) is OrderState.PLANNED
    do(shop, planning.plan, shop["number"], slot(shop, "two", TOMORROW), BY)
    do(shop, planning.unplan, shop["number"], slot(shop), BY)
    assert state(shop) is OrderState.PLANNED
    do(shop, planning.unplan, shop["number"], slot(shop, "two", TOMORROW), BY)
    assert state(shop) is OrderState.REQUESTED
    with shop["database"].reading() as session:
        changes = session.scalars(select(OrderStateChange.state).where(OrderStateChange.order_id == shop["id"])).all()
    assert changes[-2:] == [OrderState.PLANNED, OrderState.REQUESTED]


@pytest.mark.parametrize("present", [OrderState.IN_PROGRESS, OrderState.BLOCKED, OrderState.WAITING_PART])
def test_an_order_under_way_keeps_its_state(shop: dict[str, Any], present: OrderState) -> None:
    set_state(shop, present)
    do(shop, planning.plan, shop["number"], slot(shop), BY)
    do(shop, planning.unplan, shop["number"], slot(shop), BY)
    assert state(shop) is present


@pytest.mark.parametrize("gone", [OrderState.TO_CHECK, OrderState.DONE, OrderState.INVOICED, OrderState.CANCELLED])
def test_an_order_without_work_left_is_refused_but_may_leave_the_plan(shop: dict[str, Any], gone: OrderState) -> None:
    do(shop, planning.plan, shop["number"], slot(shop), BY)
    set_state(shop, gone)
    with pytest.raises(OrderClosed):
        do(shop, planning.plan, shop["number"], slot(shop, "two"), BY)
    with pytest.raises(OrderClosed):
        do(shop, planning.move, shop["number"], slot(shop), slot(shop, "two"), BY)
    do(shop, planning.unplan, shop["number"], slot(shop), BY)
    assert planned(shop) == []
    assert state(shop) is gone


def test_several_people_and_days_and_each_act_once(shop: dict[str, Any]) -> None:
    for wanted in (slot(shop), slot(shop, "two"), slot(shop, day=TOMORROW), slot(shop)):
        do(shop, planning.plan, shop["number"], wanted, BY)
    assert len(planned(shop)) == 3
    assert len(acts(shop)) == 3
    for _ in range(2):
        do(shop, planning.move, shop["number"], slot(shop), slot(shop, day=TOMORROW + timedelta(days=1)), BY)
        do(shop, planning.unplan, shop["number"], slot(shop, "two"), BY)
    assert len(planned(shop)) == 2
    assert len(acts(shop)) == 5
    assert all("Personne mechanic" in act and "2\u00a0h" in act for act in acts(shop))


def test_a_card_moves_to_another_person_day_or_length(shop: dict[str, Any]) -> None:
    do(shop, planning.plan, shop["number"], slot(shop), BY)
    do(shop, planning.move, shop["number"], slot(shop), slot(shop, "two", TOMORROW), BY)
    do(shop, planning.move, shop["number"], slot(shop, "two", TOMORROW), slot(shop, "two", TOMORROW, 45), BY)
    assert planned(shop) == [slot(shop, "two", TOMORROW, 45)]
    do(shop, planning.move, shop["number"], slot(shop, "two", TOMORROW, 45), slot(shop), BY)
    assert planned(shop) == [slot(shop)]


def test_what_cannot_be_planned(shop: dict[str, Any]) -> None:
    number = shop["number"]
    with pytest.raises(NotFound):
        do(shop, planning.plan, "OR-1999-00001", slot(shop), BY)
    with pytest.raises(UnplannableDay):
        do(shop, planning.plan, number, slot(shop, day=YESTERDAY), BY)
    with pytest.raises(BadMinutes):
        do(shop, planning.plan, number, slot(shop, minutes=0), BY)
    do(shop, planning.plan, number, slot(shop), BY)
    do(shop, planning.plan, number, slot(shop, "two"), BY)
    with pytest.raises(AlreadyPlanned):
        do(shop, planning.plan, number, slot(shop, minutes=30), BY)
    with pytest.raises(AlreadyPlanned):
        do(shop, planning.move, number, slot(shop), slot(shop, "two"), BY)
    with pytest.raises(UnplannableDay):
        do(shop, planning.move, number, slot(shop), slot(shop, day=YESTERDAY), BY)
    assert planned(shop) == sorted([slot(shop), slot(shop, "two")], key=lambda one: one.user_id)


def test_only_the_workshop_s_active_people_are_planned(shop: dict[str, Any]) -> None:
    with shop["database"].transaction() as session:
        clerk = make.user(session, Role.ACCOUNTING).id
        session.get_one(User, shop["two"]).active = False
    for who in (clerk, shop["two"], 9999):
        with pytest.raises(NotFound):
            do(shop, planning.plan, shop["number"], Slot(who, TODAY, 60), BY)


def test_a_card_of_yesterday_moves_on_and_its_undo_goes_back(shop: dict[str, Any]) -> None:
    before = By(make.HEAD, make.NOW, YESTERDAY)
    do(shop, planning.plan, shop["number"], slot(shop, day=YESTERDAY), before)
    do(shop, planning.move, shop["number"], slot(shop, day=YESTERDAY), slot(shop, day=YESTERDAY, minutes=60), BY)
    do(shop, planning.move, shop["number"], slot(shop, day=YESTERDAY, minutes=60), slot(shop), BY)
    undo = By(make.HEAD, make.NOW, TODAY, undoing=True)
    do(shop, planning.move, shop["number"], slot(shop), slot(shop, day=YESTERDAY), undo)
    assert planned(shop) == [slot(shop, day=YESTERDAY)]


def test_a_card_that_somebody_changed_is_told_with_who_did_it(shop: dict[str, Any]) -> None:
    do(shop, planning.plan, shop["number"], slot(shop), BY)
    do(shop, planning.move, shop["number"], slot(shop), slot(shop, "two"), BY)
    for act in (
        lambda: do(shop, planning.move, shop["number"], slot(shop), slot(shop, day=TOMORROW), BY),
        lambda: do(shop, planning.unplan, shop["number"], slot(shop), BY),
        lambda: do(shop, planning.unplan, shop["number"], slot(shop, "two", minutes=15), BY),
    ):
        with pytest.raises(PlanChanged) as told:
            act()
        assert told.value.who == make.HEAD.name
    assert planned(shop) == [slot(shop, "two")]


def at_once(shop: dict[str, Any], *works: Callable[[Session], None]) -> list[BaseException | None]:
    """Two heads press at the same instant."""
    gate = threading.Barrier(len(works))
    ended: list[BaseException | None] = [None] * len(works)

    def run(place: int, work: Callable[[Session], None]) -> None:
        gate.wait()
        try:
            with shop["database"].transaction() as session:
                work(session)
        except Exception as error:  # noqa: BLE001 - the refusal is what is looked at
            ended[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def test_two_moves_at_once_leave_one_card_and_one_is_told(shop: dict[str, Any]) -> None:
    do(shop, planning.plan, shop["number"], slot(shop), BY)
    wanted = (slot(shop, "two"), slot(shop, day=TOMORROW))
    works = [lambda session, one=one: planning.move(session, shop["number"], slot(shop), one, BY) for one in wanted]
    ended = at_once(shop, *works)
    assert sorted(type(error) for error in ended if error) == [PlanChanged]
    assert planned(shop) == [wanted[ended.index(None)]]


def test_two_same_plans_at_once_are_one(shop: dict[str, Any]) -> None:
    work = lambda session: planning.plan(session, shop["number"], slot(shop), BY)  # noqa: E731
    assert at_once(shop, work, work) == [None, None]
    assert planned(shop) == [slot(shop)]
    assert len(acts(shop)) == 1


def capacity(shop: dict[str, Any], minutes: int | None, seen: int | None) -> None:
    do(shop, planning.set_capacity, shop["one"], TODAY, minutes, seen, BY)


def test_the_hours_of_a_day_are_set_changed_and_put_back(shop: dict[str, Any]) -> None:
    def now() -> int | None:
        with shop["database"].reading() as session:
            return session.scalar(select(DayCapacity.minutes))

    capacity(shop, 0, None)
    capacity(shop, 0, None)
    assert now() == 0
    with shop["database"].reading() as session:
        assert queries.capacity_of(session, queries.person(session, shop["one"]), TODAY) == 0
    capacity(shop, 210, 0)
    assert now() == 210
    capacity(shop, None, 210)
    assert now() is None
    assert [act.split(" : ")[-1].split("\u00a0: ")[-1] for act in acts(shop)] == [
        "0\u00a0h",
        "3\u00a0h\u00a030",
        "comme d’habitude",
    ]


def test_hours_that_somebody_set_meanwhile_are_shown_to_both(shop: dict[str, Any]) -> None:
    capacity(shop, 210, None)
    with pytest.raises(Disagreement) as told:
        capacity(shop, 0, None)
    assert (told.value.theirs, told.value.mine, told.value.seen) == ("3\u00a0h\u00a030", "0\u00a0h", "210")
    assert told.value.who == make.HEAD.name
    with pytest.raises(BadCapacity):
        capacity(shop, 1500, 210)
    with pytest.raises(NotFound):
        do(shop, planning.set_capacity, 9999, TODAY, 0, None, BY)


def test_what_waits_is_the_soonest_promised_then_the_oldest(shop: dict[str, Any]) -> None:
    with shop["database"].transaction() as session:
        owner = session.get_one(RepairOrder, shop["id"]).collectivity_id
        partner = make.Collectivity
        later, soon, checked = (make.order(session, session.get_one(partner, owner)) for _ in range(3))
        later.promised_on, soon.promised_on = TODAY + timedelta(days=9), TODAY
        checked.state = OrderState.TO_CHECK
        for rank, (minutes, done) in enumerate([(40, WorkState.TODO), (50, WorkState.TODO), (90, WorkState.DONE)]):
            session.add(
                OrderWork(
                    order_id=soon.id, rank=rank, label="Freins", standard_minutes=minutes, state=done,
                    created_at=make.NOW,
                )
            )  # fmt: skip
        numbers = [soon.number, later.number, shop["number"]]
    do(shop, planning.plan, numbers[1], slot(shop, day=YESTERDAY), By(make.HEAD, make.NOW, YESTERDAY))
    with shop["database"].reading() as session:
        waiting = queries.unplanned(session, TODAY)
        assert [row.number for row in waiting] == numbers  # one whose days went by waits again
        assert [queries.estimated(row) for row in waiting] == [90, 60, 60]
    do(shop, planning.plan, numbers[0], slot(shop), BY)
    with shop["database"].reading() as session:
        assert [row.number for row in queries.unplanned(session, TODAY)] == numbers[1:]
        mine = queries.mine(session, shop["one"], TODAY)
        assert [(row.number, row.minutes) for row in mine] == [(numbers[0], 120)]
        assert queries.mine(session, shop["two"], TODAY) == []


def test_a_cancelled_order_leaves_everybody_s_day(shop: dict[str, Any]) -> None:
    do(shop, planning.plan, shop["number"], slot(shop), BY)
    do(
        shop,
        lambda session: repair_orders.change_state(
            session, shop["number"], OrderState.CANCELLED, make.HEAD, make.NOW, reason="Doublon"
        ),
    )
    with shop["database"].reading() as session:
        assert queries.cards(session, TODAY, TODAY) == []
        assert session.scalars(select(Assignment)).all()
