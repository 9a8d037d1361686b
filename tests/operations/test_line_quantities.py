"""Quantities changed, lines taken away and put back as they were, parts of a package (rules S2 to S5, O2)."""

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.session import Database
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.repair_orders import LineBilled, OrderClosed
from garage.domain.errors.stock import BadQuantity, NothingOnHand
from garage.domain.errors.workshop import Disagreement, LineRestored
from garage.domain.invoices.composition import BillingRules
from garage.domain.order_works import WorkState
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.operations import (
    bought_parts,
    invoicing_run,
    order_lines,
    order_works,
    package_parts,
    packages,
    removed_lines,
    repair_orders,
    stock,
    stock_returns,
)
from garage.operations.invoices import Issuing
from garage.operations.order_lines import External, NewQuantity
from garage.operations.order_works import Act, NewWork
from garage.operations.packages import Content
from garage.operations.stock import Balance, Movement, NewPart
from tests.factories import garage as make

MECHANIC = Actor(None, "Mécanicien", Role.MECHANIC)
ONE = Decimal(1)


@pytest.fixture
def order(database: Database) -> RepairOrder:
    with database.transaction() as session:
        garage = make.garage(session)
        return make.order(session, garage.partner, vehicle_id=garage.vehicles["BOURG"].id)


@pytest.fixture
def part(database: Database, order: RepairOrder) -> Part:
    with database.transaction() as session:
        made = make.part(session, "FILTRE", "5", "10.0000")
        order_lines.add_part(session, make.entry(order), made.id, ONE)
    return made


def change(
    database: Database, order: RepairOrder, actor: Actor = make.HEAD, **values: object
) -> tuple[OrderLine, Decimal]:
    with database.transaction() as session:
        asked = NewQuantity(order.number, **{"rank": 1} | values)
        return order_lines.change_quantity(session, asked, actor, make.NOW, make.TODAY)


def balance(database: Database, part: Part) -> Balance:
    with database.reading() as session:
        return stock.balance(session, part.id)


def receive(database: Database, part: Part, quantity: str, cost: str) -> None:
    with database.transaction() as session:
        delivered = Movement(make.TODAY, make.HEAD, make.NOW, "Livraison")
        stock.receive(session, part.id, Decimal(quantity), Decimal(cost), delivered)


def lines(database: Database) -> list[tuple[int, Decimal | None, Decimal | None]]:
    with database.reading() as session:
        return [(row.rank, row.quantity, row.cost) for row in session.scalars(select(OrderLine).order_by(OrderLine.id))]


def test_more_and_less_follow_the_stock(database: Database, order: RepairOrder, part: Part) -> None:
    line, more = change(database, order, more=Decimal(2))
    assert (line.rank, line.quantity, more) == (1, 3, 2)
    assert balance(database, part) == Balance(Decimal(2), Decimal("10.0000"))
    change(database, order, wanted=Decimal("1.5"), seen=Decimal(3))
    assert balance(database, part) == Balance(Decimal("3.500"), Decimal("10.0000"))
    assert change(database, order, wanted=Decimal("1.5"), seen=Decimal(9))[1] == 0
    assert lines(database) == [(1, Decimal("1.5"), Decimal(10))]
    with database.reading() as session:
        moved = session.scalars(select(StockMovement).where(StockMovement.part_id == part.id)).all()
        line_id = session.scalar(select(OrderLine.id))
    assert [row.order_line_id for row in moved] == [None, line_id, line_id, line_id]
    assert sum(row.quantity for row in moved if row.order_line_id) == Decimal("-1.5")


def test_an_issue_already_made_never_changes_its_cost(database: Database, order: RepairOrder, part: Part) -> None:
    receive(database, part, "4", "20.0000")
    line, more = change(database, order, more=Decimal(2))
    assert (line.rank, more) == (2, 2)
    assert lines(database) == [(1, Decimal(1), Decimal(10)), (2, Decimal(2), Decimal(15))]
    assert balance(database, part) == Balance(Decimal(6), Decimal("15.0000"))


def test_what_went_back_may_come_again_at_its_cost(database: Database, order: RepairOrder, part: Part) -> None:
    change(database, order, more=Decimal(2))
    receive(database, part, "2", "20.0000")
    before = balance(database, part)
    for step in ("-1", "-1", "1", "1"):
        change(database, order, more=Decimal(step))
    assert lines(database) == [(1, Decimal(3), Decimal(10))]
    after = balance(database, part)
    assert after.on_hand == before.on_hand
    assert abs((after.average_cost or 0) - (before.average_cost or 0)) <= Decimal("0.0002")
    change(database, order, more=Decimal(-1))
    change(database, order, more=ONE)
    assert balance(database, part) == after


def test_refusals_change_nothing(database: Database, order: RepairOrder, part: Part) -> None:
    before = balance(database, part)
    for values, error in (
        ({"more": Decimal(5)}, NothingOnHand),
        ({"more": Decimal(-1)}, BadQuantity),
        ({"wanted": Decimal(0)}, BadQuantity),
        ({"wanted": Decimal(2), "seen": Decimal(4)}, Disagreement),
        ({"more": ONE, "rank": 7}, NotFound),
        ({"more": ONE, "line_id": 9999}, NotFound),
    ):
        with pytest.raises(error):
            change(database, order, **values)
    with pytest.raises(NothingOnHand):
        change(database, order, MECHANIC, more=Decimal(5), reason="Livrée ce matin")
    assert balance(database, part) == before
    change(database, order, more=Decimal(5), reason="Livrée ce matin")
    assert balance(database, part).on_hand == Decimal(-1)
    with database.transaction() as session:
        session.get_one(RepairOrder, order.id).state = OrderState.DONE
    with pytest.raises(OrderClosed):
        change(database, order, MECHANIC, more=Decimal(-1))


def test_a_billed_line_keeps_its_quantity(database: Database, order: RepairOrder, part: Part) -> None:
    with database.transaction() as session:
        make.labour(session, order)
        make.check(session, order)
    issuing = Issuing(Quarter(2026, 3), date(2026, 10, 5), make.NOW, make.CLERK)
    invoicing_run.issue_quarter(database, issuing, BillingRules(), make.TODAY)
    with pytest.raises(LineBilled):
        change(database, order, more=Decimal(-1))
    assert balance(database, part).on_hand == 4


def test_flat_prices_and_external_work_too_but_not_hours(database: Database, order: RepairOrder) -> None:
    with database.transaction() as session:
        order_lines.add_flat(session, make.entry(order), "DEP", Decimal(12))
        order_lines.add_external(session, make.entry(order), External("Pneus", None, ONE, None))
        make.labour(session, order)
    change(database, order, rank=1, wanted=Decimal("12.5"), seen=Decimal(12))
    change(database, order, rank=2, more=ONE)
    with pytest.raises(NotFound):
        change(database, order, rank=3, more=ONE)
    assert [row[1] for row in lines(database)] == [Decimal("12.5"), Decimal(2), None]


def test_two_at_once_never_take_the_same_last_part(database: Database, order: RepairOrder, part: Part) -> None:
    with database.transaction() as session:
        other = make.order(session, session.get_one(Collectivity, order.collectivity_id), vehicle_id=order.vehicle_id)
        order_lines.add_part(session, make.entry(other), part.id, Decimal(3))
    start, refused = threading.Barrier(2), []

    def press(mine: RepairOrder) -> None:
        start.wait()
        try:
            change(database, mine, more=ONE)
        except NothingOnHand as error:
            refused.append(error)

    threads = [threading.Thread(target=press, args=(mine,)) for mine in (order, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert balance(database, part).on_hand == 0
    assert sum(row[1] or 0 for row in lines(database)) == 5


def test_two_presses_on_one_line_both_count(database: Database, order: RepairOrder, part: Part) -> None:
    start = threading.Barrier(2)

    def press() -> None:
        start.wait()
        change(database, order, more=ONE)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines(database) == [(1, Decimal(3), Decimal(10))]
    assert balance(database, part).on_hand == 2


def removed(database: Database, order: RepairOrder, rank: int = 1) -> int:
    with database.transaction() as session:
        return order_lines.remove(session, order.number, rank, make.HEAD, make.NOW)


def put_back(database: Database, order: RepairOrder, line_id: int) -> OrderLine:
    with database.transaction() as session:
        return removed_lines.put_back(session, order.number, line_id, MECHANIC, make.NOW)


def test_a_removed_part_comes_back_as_it_was(database: Database, order: RepairOrder, part: Part) -> None:
    receive(database, part, "4", "20.0000")
    before, told = balance(database, part), _told(database)
    gone = removed(database, order)
    assert balance(database, part) == Balance(Decimal(9), Decimal("14.4444"))
    line = put_back(database, order, gone)
    assert line.id != gone
    assert _told(database) == told
    assert balance(database, part) == before
    with pytest.raises(LineRestored):
        put_back(database, order, gone)
    with pytest.raises(NotFound):
        put_back(database, order, 9999)


def _told(database: Database) -> list[dict[str, object]]:
    with database.reading() as session:
        rows = session.execute(select(OrderLine.__table__).order_by(OrderLine.id)).mappings()
        return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def test_every_nature_comes_back_as_it_was(database: Database, order: RepairOrder) -> None:
    with database.transaction() as session:
        who = make.user(session, Role.MECHANIC)
        kept = make.entry(order, label="Dépose", non_billable_reason="Garantie", form_token="t" * 32)
        order_lines.add_labour(session, kept, "MO-VL", 95, who.id)
        order_lines.add_flat(session, make.entry(order), "DEP", Decimal("12.5"))
        order_lines.add_external(session, make.entry(order), External("Pneus", "F-1", ONE, Decimal("40.1234")))
        bought_parts.add(session, make.entry(order), NewPart("NEUVE", "Durite"), Decimal(2), Decimal("12.5"))
        bought_parts.add(session, make.entry(order), NewPart("", "Joint du coffre"), ONE, None)
    before = _told(database)
    for rank in (1, 2, 3, 4, 5):
        put_back(database, order, removed(database, order, rank))
    assert sorted(map(str, _told(database))) == sorted(map(str, before))


def test_a_part_gone_elsewhere_does_not_come_back(database: Database, order: RepairOrder, part: Part) -> None:
    gone = removed(database, order)
    with database.transaction() as session:
        other = make.order(session, session.get_one(Collectivity, order.collectivity_id))
        order_lines.add_part(session, make.entry(other), part.id, Decimal(5))
    with pytest.raises(NothingOnHand):
        put_back(database, order, gone)
    with pytest.raises(NotFound), database.transaction() as session:
        removed_lines.put_back(session, other.number, gone, make.HEAD, make.NOW)
    assert balance(database, part).on_hand == 0


def test_its_rank_may_be_taken_and_its_work_is_tied_again(database: Database, order: RepairOrder) -> None:
    act = Act(order.number, make.HEAD, make.HEAD, make.NOW, make.TODAY, make.NOW, make.TODAY)
    with database.transaction() as session:
        work = order_works.add(session, act, NewWork(code="LAV"))
        order_works.tick(session, act, work.id)
    gone = removed(database, order)
    with database.transaction() as session:
        make.labour(session, order)
    line = put_back(database, order, gone)
    assert line.rank == 2
    with database.transaction() as session:
        unticked = order_works.untick(session, act, work.id)
        assert unticked is not None
        assert unticked.state is WorkState.TODO
    assert [row[0] for row in lines(database)] == [1]


def test_a_part_without_cost_waits_and_keeps_the_order_open(database: Database, order: RepairOrder) -> None:
    with database.transaction() as session:
        line = bought_parts.add(session, make.entry(order), NewPart("", "Durite sur mesure"), ONE, None)
        assert (line.label, line.cost, stock_returns.line_moved(session, line.id)) == ("Durite sur mesure", None, False)
        known = session.scalars(select(Part).where(Part.reference == bought_parts.OFF_STOCK)).one()
        bought_parts.add(session, make.entry(order), NewPart("", "Joint"), ONE, Decimal(3))
        assert stock.balance(session, known.id).on_hand == 0
    with pytest.raises(GarageError), database.transaction() as session:
        repair_orders.finish(session, order.number, "Fait", None, make.HEAD, make.NOW)


def test_all_the_parts_of_a_package_at_once(database: Database, order: RepairOrder, part: Part) -> None:
    act = Act(order.number, make.HEAD, make.HEAD, make.NOW, make.TODAY, make.NOW, make.TODAY)
    content = Content("VID", "Vidange", parts=(("FILTRE", Decimal(3)), ("HUILE", Decimal("5.5")), ("JOINT", ONE)))
    with database.transaction() as session:
        make.part(session, "HUILE", "2", unit="L")
        make.part(session, "JOINT", "4")
        packages.create(session, content, make.HEAD, make.NOW)
        work = order_works.add(session, act, NewWork(package="VID"))
        other = order_works.add(session, act, NewWork(words="Essai"))
    for _ in range(2):
        with database.transaction() as session:
            taken = package_parts.take_all(session, make.entry(order), work.id)
            assert [(short.label, short.free, short.wanted) for short in taken.short] == [
                ("Pièce HUILE", Decimal(2), Decimal("5.5"))
            ]
    assert [row[1] for row in lines(database)] == [ONE, Decimal(2), ONE]
    assert balance(database, part).on_hand == 2
    with pytest.raises(NotFound), database.transaction() as session:
        package_parts.take_all(session, make.entry(order), other.id)
    with database.reading() as session:
        ids = [line.id for line in session.scalars(select(OrderLine).order_by(OrderLine.id))][1:]
    with database.transaction() as session:
        assert order_lines.remove_several(session, order.number, [*ids, 9999], make.HEAD, make.NOW) == 2
    assert balance(database, part).on_hand == 4
    with database.transaction() as session:
        session.get_one(RepairOrder, order.id).state = OrderState.CANCELLED
    with pytest.raises(OrderClosed), database.transaction() as session:
        package_parts.take_all(session, replace(make.entry(order), actor=MECHANIC), work.id)
