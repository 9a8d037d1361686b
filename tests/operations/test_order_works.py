"""Works to tick, put off and taken up again, points to check, packages (rule O3; WO-10, WO-16 to WO-18)."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from garage.clock import paris_day
from garage.db.models.order_works import OrderCheck, OrderWork
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.queries import order_works as queries
from garage.db.session import Database
from garage.domain.errors.base import GarageError, NotFound, ReasonMissing
from garage.domain.errors.repair_orders import LineBilled, OrderClosed
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.errors.workshop import (
    Disagreement,
    NothingToDo,
    PackageArchived,
    PointNotFailed,
    WorkNotOpen,
    WorkOfAnother,
    WorkResumed,
)
from garage.domain.invoices.composition import BillingRules
from garage.domain.order_works import CheckResult, Finding, WorkState
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import LineNature, OrderState
from garage.operations import invoicing_run, order_lines, order_works, packages, repair_orders
from garage.operations.invoices import Issuing
from garage.operations.order_works import Act, NewWork
from garage.operations.packages import Content
from tests.factories import garage as make
from tests.factories.garage import Garage

S = WorkState
REASON = "Pièce à commander"


@pytest.fixture
def garage(database: Database) -> Garage:
    with database.transaction() as session:
        return make.garage(session)


@pytest.fixture
def order(database: Database, garage: Garage) -> RepairOrder:
    return opened(database, garage)


def opened(database: Database, garage: Garage) -> RepairOrder:
    with database.transaction() as session:
        return make.order(session, garage.partner, vehicle_id=garage.vehicles["BOURG"].id)


def act(order: RepairOrder, actor: Actor = make.HEAD) -> Act:
    at = make.NOW - timedelta(hours=1)
    return Act(order.number, actor, actor, at, paris_day(at), make.NOW, make.TODAY)


def added(database: Database, order: RepairOrder, **wanted: str) -> OrderWork:
    with database.transaction() as session:
        return order_works.add(session, act(order), NewWork(**wanted))


def works(database: Database, order: RepairOrder) -> list[OrderWork]:
    with database.reading() as session:
        rows = select(OrderWork).where(OrderWork.order_id == order.id).order_by(OrderWork.rank)
        return list(session.scalars(rows))


def lines(database: Database) -> list[OrderLine]:
    with database.reading() as session:
        return list(session.scalars(select(OrderLine).order_by(OrderLine.id)))


def state(database: Database, order: RepairOrder) -> OrderState:
    with database.reading() as session:
        return session.get_one(RepairOrder, order.id).state


def test_a_work_is_a_code_in_force_or_words(database: Database, order: RepairOrder) -> None:
    assert added(database, order, code="LAV").label == "Lavage"
    words = added(database, order, words="  Purger   les freins ")
    assert (words.code, words.label, words.rank, words.state) == (None, "Purger les freins", 2, S.TODO)
    assert (words.created_at, words.package_id) == (make.NOW, None)
    for wanted, error in (
        (NewWork(), NothingToDo),
        (NewWork(words="  "), NothingToDo),
        (NewWork(code="MAJ-P"), UnknownTariffCode),
        (NewWork(code="RIEN"), UnknownTariffCode),
        (NewWork(package="RIEN"), NotFound),
    ):
        with pytest.raises(error), database.transaction() as session:
            order_works.add(session, act(order), wanted)
    assert len(works(database, order)) == 2


def test_a_flat_work_puts_its_line_when_ticked_and_takes_it_away(database: Database, order: RepairOrder) -> None:
    work = added(database, order, code="LAV")
    mechanic = Actor(None, "Mécanicien", Role.MECHANIC)
    for _ in range(2):
        with database.transaction() as session:
            order_works.tick(session, act(order, mechanic), work.id)
    (line,) = lines(database)
    assert (line.nature, line.code, line.quantity, line.done_on) == (LineNature.FLAT, "LAV", Decimal(1), make.TODAY)
    (ticked,) = works(database, order)
    assert (ticked.state, ticked.done_at, ticked.order_line_id) == (S.DONE, act(order).at, line.id)
    for _ in range(2):
        with database.transaction() as session:
            order_works.untick(session, act(order), work.id)
    assert lines(database) == []
    (free,) = works(database, order)
    assert (free.state, free.done_at, free.done_by_id, free.order_line_id) == (S.TODO, None, None, None)


def at_once(*doings: Callable[[], object]) -> list[Exception]:
    """Do these together; what went wrong."""
    start, wrong = threading.Barrier(len(doings)), []

    def do(doing: Callable[[], object]) -> None:
        start.wait()
        try:
            doing()
        except GarageError as error:
            wrong.append(error)

    threads = [threading.Thread(target=do, args=(doing,)) for doing in doings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_two_ticks_at_once_put_one_line(database: Database, order: RepairOrder) -> None:
    work = added(database, order, code="LAV")

    def press() -> None:
        with database.transaction() as session:
            order_works.tick(session, act(order), work.id)

    assert at_once(press, press) == []
    assert len(lines(database)) == 1


def test_two_orders_at_once_take_one_work_up(database: Database, garage: Garage, order: RepairOrder) -> None:
    old = added(database, order, words="Pneus arrière")
    with database.transaction() as session:
        order_works.postpone(session, act(order), old.id, REASON)
    later = [opened(database, garage) for _ in range(2)]

    def take(mine: RepairOrder) -> None:
        with database.transaction() as session:
            order_works.resume(session, act(mine), old.id)

    (refused,) = at_once(lambda: take(later[0]), lambda: take(later[1]))
    assert isinstance(refused, WorkResumed)
    assert sum(len(works(database, mine)) for mine in later) == 1


def test_words_and_labour_put_no_line_but_begin_the_order(database: Database, order: RepairOrder) -> None:
    ids = [added(database, order, words="Essai").id, added(database, order, code="MO-VL").id]
    with database.transaction() as session:
        session.get_one(RepairOrder, order.id).state = OrderState.PLANNED
    for work in ids:
        with database.transaction() as session:
            order_works.tick(session, act(order), work)
    assert lines(database) == []
    assert state(database, order) is OrderState.IN_PROGRESS


def test_the_line_of_a_ticked_work_may_be_taken_away_alone(database: Database, order: RepairOrder) -> None:
    work = added(database, order, code="LAV")
    with database.transaction() as session:
        order_works.tick(session, act(order), work.id)
        order_lines.remove(session, order.number, 1, make.HEAD, make.NOW)
    assert (works(database, order)[0].state, works(database, order)[0].order_line_id) == (S.DONE, None)
    with database.transaction() as session:
        order_works.untick(session, act(order), work.id)
    assert works(database, order)[0].state is S.TODO


def test_a_billed_flat_work_stays_ticked(database: Database, order: RepairOrder) -> None:
    work = added(database, order, code="LAV")
    with database.transaction() as session:
        order_works.tick(session, replace(act(order), day=order.opened_on), work.id)
        make.labour(session, order)
        make.check(session, order)
    issuing = Issuing(Quarter(2026, 3), date(2026, 10, 5), make.NOW, make.CLERK)
    invoicing_run.issue_quarter(database, issuing, BillingRules(), make.TODAY)
    with pytest.raises(LineBilled), database.transaction() as session:
        order_works.untick(session, act(order), work.id)
    assert works(database, order)[0].state is S.DONE


@pytest.mark.parametrize("closed", [OrderState.DONE, OrderState.CANCELLED])
def test_a_closed_order_takes_no_work(database: Database, order: RepairOrder, closed: OrderState) -> None:
    work = added(database, order, words="Essai")
    with database.transaction() as session:
        session.get_one(RepairOrder, order.id).state = closed
    who = Actor(None, "Mécanicien", Role.MECHANIC)
    doings = (
        lambda session: order_works.add(session, act(order, who), NewWork(words="Un autre")),
        lambda session: order_works.tick(session, act(order, who), work.id),
        lambda session: order_works.postpone(session, act(order, who), work.id, REASON),
        lambda session: order_works.drop(session, act(order, who), work.id),
    )
    for doing in doings:
        with pytest.raises(OrderClosed), database.transaction() as session:
            doing(session)
    assert [one.state for one in works(database, order)] == [S.TODO]


def test_put_off_dropped_and_put_back(database: Database, order: RepairOrder) -> None:
    work = added(database, order, words="Pneus arrière")
    with pytest.raises(ReasonMissing), database.transaction() as session:
        order_works.postpone(session, act(order), work.id, " ")
    with database.transaction() as session:
        assert order_works.postpone(session, act(order), work.id, REASON).state is S.POSTPONED
    for doing in (order_works.tick, order_works.untick):
        with pytest.raises(WorkNotOpen), database.transaction() as session:
            doing(session, act(order), work.id)
    with database.transaction() as session:
        assert order_works.drop(session, act(order), work.id)[1] is S.POSTPONED
        assert order_works.drop(session, act(order), work.id)[1] is S.DROPPED
        assert order_works.postpone(session, act(order), work.id, REASON).state is S.POSTPONED
        assert order_works.put_back(session, act(order), work.id)[1] is S.POSTPONED
        assert order_works.put_back(session, act(order), work.id)[1] is S.TODO
        order_works.tick(session, act(order), work.id)
    with pytest.raises(WorkNotOpen), database.transaction() as session:
        order_works.drop(session, act(order), work.id)


def test_a_work_of_another_order_is_not_there(database: Database, garage: Garage, order: RepairOrder) -> None:
    work, other = added(database, order, words="Essai"), opened(database, garage)
    for doing in (order_works.tick, order_works.untick, order_works.drop, order_works.put_back):
        with pytest.raises(NotFound), database.transaction() as session:
            doing(session, act(other), work.id)


def test_work_put_off_comes_back_with_the_vehicle(database: Database, garage: Garage, order: RepairOrder) -> None:
    old = added(database, order, words="Pneus arrière")
    with database.transaction() as session:
        order_works.postpone(session, act(order), old.id, REASON)
    vehicle, later = order.vehicle_id, opened(database, garage)

    def waiting() -> list[str]:
        with database.reading() as session:
            return [row.label for row in queries.postponed(session, vehicle, later.id)]

    assert waiting() == ["Pneus arrière"]
    with database.transaction() as session:
        new = order_works.resume(session, act(later), old.id)
    assert (new.label, new.order_id, works(database, order)[0].resumed_by_id) == ("Pneus arrière", later.id, new.id)
    assert waiting() == []
    third = opened(database, garage)
    for doing, on in ((order_works.resume, third), (order_works.put_back, order), (order_works.drop, order)):
        with pytest.raises(WorkResumed), database.transaction() as session:
            doing(session, act(on), old.id)
    with database.transaction() as session:
        order_works.drop(session, act(later), new.id)
    assert waiting() == ["Pneus arrière"]
    with database.transaction() as session:
        again = order_works.resume(session, act(third), old.id)
        repair_orders.change_state(session, third.number, OrderState.CANCELLED, make.HEAD, make.NOW, reason="Doublon")
    assert again.order_id == third.id
    assert waiting() == ["Pneus arrière"]


def test_what_is_put_off_no_more_is_not_taken_up(database: Database, garage: Garage, order: RepairOrder) -> None:
    old, later = added(database, order, words="Pneus arrière"), opened(database, garage)
    with pytest.raises(WorkResumed), database.transaction() as session:
        order_works.resume(session, act(later), old.id)
    with database.transaction() as session:
        order_works.postpone(session, act(order), old.id, REASON)
    with pytest.raises(WorkOfAnother), database.transaction() as session:
        order_works.resume(session, act(order), old.id)
    with database.transaction() as session:
        gate = make.order(session, garage.partner)
    with pytest.raises(WorkOfAnother), database.transaction() as session:
        order_works.resume(session, act(gate), old.id)
    with pytest.raises(NotFound), database.transaction() as session:
        order_works.resume(session, act(later), 9999)


def test_the_same_work_open_elsewhere_is_known(database: Database, garage: Garage, order: RepairOrder) -> None:
    later = opened(database, garage)
    added(database, order, words="Phare AVANT cassé")
    added(database, order, code="LAV")
    mine = [added(database, later, words="phare avant casse").id, added(database, later, code="LAV").id]
    alone = added(database, later, code="MO-VL").id
    with database.reading() as session:
        known = queries.to_do(session, order.vehicle_id)
        found = {one.work_id: queries.same_elsewhere(known, one) for one in known}
    assert [found[work] for work in mine] == [order.number, order.number]
    assert found[alone] is None


def checklist(database: Database, order: RepairOrder) -> tuple[OrderWork, list[OrderCheck]]:
    content = Content("CT", "Visite avant contrôle", "MO-VL", 90, points=("Freins", "Phares", "Pneus"))
    with database.transaction() as session:
        packages.create(session, content, make.HEAD, make.NOW)
    work = added(database, order, package="CT")
    with database.reading() as session:
        return work, list(session.scalars(select(OrderCheck).order_by(OrderCheck.rank)))


def test_a_package_is_one_work_with_its_points_and_time(database: Database, order: RepairOrder) -> None:
    work, points = checklist(database, order)
    assert (work.label, work.code, work.standard_minutes) == ("Visite avant contrôle", "MO-VL", 90)
    assert [(point.rank, point.label, point.result) for point in points] == [
        (1, "Freins", None), (2, "Phares", None), (3, "Pneus", None),
    ]  # fmt: skip
    with database.transaction() as session:
        packages.archive(session, "CT", make.HEAD, make.NOW)
    with pytest.raises(PackageArchived), database.transaction() as session:
        order_works.add(session, act(order), NewWork(package="CT"))


def test_a_failed_point_proposes_its_work_once(database: Database, order: RepairOrder) -> None:
    _, (brakes, lights, _) = checklist(database, order)
    with pytest.raises(PointNotFailed), database.transaction() as session:
        order_works.follow_up(session, act(order), brakes.id)
    with database.transaction() as session:
        found = Finding(CheckResult.FAILED, " Plaquettes à 2 mm ")
        point, before = order_works.check_point(session, act(order), brakes.id, found, None)
        assert (point.note, before.result) == ("Plaquettes à 2 mm", None)
        first = order_works.follow_up(session, act(order), brakes.id)
        assert order_works.follow_up(session, act(order), brakes.id).id == first.id
        order_works.check_point(session, act(order), lights.id, Finding(CheckResult.FAILED), None)
        later = order_works.follow_up(session, act(order), lights.id, postponed=True)
    assert (first.label, first.state) == ("Freins – Plaquettes à 2 mm", S.TODO)
    assert (later.state, later.reason) == (S.POSTPONED, "Phares")
    with database.transaction() as session:
        order_works.drop(session, act(order), first.id)
        again = order_works.follow_up(session, act(order), brakes.id)
    assert again.id != first.id
    with database.reading() as session:
        found_points = queries.points(session, order.id)
    (only,) = found_points.values()
    assert (only.total, only.left, only.failed) == (3, 1, 0)


def test_two_people_who_find_different_things_are_told(database: Database, order: RepairOrder) -> None:
    _, (brakes, *_) = checklist(database, order)
    with database.transaction() as session:
        other = make.user(session, Role.MECHANIC)
    theirs = act(order, Actor(other.id, other.name, Role.MECHANIC))
    with database.transaction() as session:
        order_works.check_point(session, theirs, brakes.id, Finding(CheckResult.FAILED), None)
    with pytest.raises(Disagreement) as told, database.transaction() as session:
        order_works.check_point(session, act(order), brakes.id, Finding(CheckResult.OK), None)
    assert (told.value.theirs, told.value.mine, told.value.who) == ("Défaut", "Bon", other.name)
    with database.transaction() as session:
        seen = CheckResult(told.value.seen)
        order_works.check_point(session, act(order), brakes.id, Finding(CheckResult.OK), seen)
        point, before = order_works.check_point(session, act(order), brakes.id, Finding(None), CheckResult.OK)
    assert (point.result, point.checked_at, point.checked_by_id, before.result) == (None, None, None, CheckResult.OK)


def test_a_work_taken_up_again_keeps_the_points_it_had_left(
    database: Database, garage: Garage, order: RepairOrder
) -> None:
    work, (brakes, *_) = checklist(database, order)
    with database.transaction() as session:
        order_works.check_point(session, act(order), brakes.id, Finding(CheckResult.OK), None)
        order_works.postpone(session, act(order), work.id, REASON)
    later = opened(database, garage)
    with database.transaction() as session:
        new = order_works.resume(session, act(later), work.id)
    with database.reading() as session:
        left = session.scalars(select(OrderCheck.label).where(OrderCheck.work_id == new.id).order_by(OrderCheck.rank))
        assert list(left) == ["Phares", "Pneus"]


def test_a_point_of_another_order_is_not_there(database: Database, garage: Garage, order: RepairOrder) -> None:
    _, (brakes, *_) = checklist(database, order)
    other = opened(database, garage)
    with pytest.raises(NotFound), database.transaction() as session:
        order_works.check_point(session, act(other), brakes.id, Finding(CheckResult.OK), None)
    with pytest.raises(NotFound), database.transaction() as session:
        order_works.follow_up(session, act(other), brakes.id)
