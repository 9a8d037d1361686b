"""The stock cannot be hurt: the last one wanted twice, transfers both ways, a year frozen meanwhile, a kill (S2–S6)."""

import signal
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.session import Database
from garage.domain.errors.stock import NothingOnHand, YearFrozen
from garage.domain.errors.stock_years import ValueMoved
from garage.french.refusals import sentence
from garage.operations import order_lines, stock, stock_years, stores
from tests.concurrency import stock_runner
from tests.concurrency.runner import Running
from tests.concurrency.stock_runner import ACTS, MOVED, part
from tests.concurrency.test_numbers_race import at_once
from tests.factories import garage as make
from tests.factories.stock import prove

pytestmark = pytest.mark.slow


def fill(database: Database) -> None:
    """Ten of a part without bin, five in bin A, two orders."""
    with database.transaction() as session:
        garage = make.garage(session)
        stock.lose(session, garage.parts["P1"].id, Decimal(90), MOVED)
        shelf = replace(MOVED, bin_id=stores.bin_of(session, "A"))
        stock.receive(session, garage.parts["P1"].id, Decimal(5), Decimal(16), shelf)
        for owner in (garage.partner, garage.founder):
            make.order(session, owner, date(2026, 10, 1))


def moved(database: Database) -> int:
    with database.reading() as session:
        prove(session)
        return session.scalar(select(func.count(StockMovement.id))) or 0


def test_two_people_want_the_last_one(database: Database) -> None:
    """One gets it, the other the sentence; nobody waits for ever, though each wrote a line that names the part."""
    fill(database)

    def take(entry: order_lines.Entry) -> None:
        with database.transaction() as session:
            order_lines.add_part(session, entry, part(session), Decimal(15))

    with database.reading() as session:
        orders = session.scalars(select(RepairOrder).order_by(RepairOrder.id)).all()
    entries = [make.entry(order, date(2026, 10, 1)) for order in orders]
    refusals = at_once(*(lambda entry=entry: take(entry) for entry in entries))
    assert [type(one) for one in refusals] == [NothingOnHand]
    assert sentence(refusals[0]).startswith("Il reste 0 en stock de P1, vous en demandez 15.")
    moved(database)
    with database.reading() as session:
        assert stock.balance(session, part(session)).on_hand == 0
        assert session.scalar(select(func.count(OrderLine.id))) == 1


def test_everybody_takes_one_at_once(database: Database) -> None:
    fill(database)
    with database.reading() as session:
        entry = make.entry(session.scalars(select(RepairOrder)).first(), date(2026, 10, 1))

    def take() -> None:
        with database.transaction() as session:
            order_lines.add_part(session, entry, part(session), Decimal(2))

    assert len(at_once(*[take] * 8)) == 1
    moved(database)
    with database.reading() as session:
        assert stock.balance(session, part(session)).on_hand == 1


def test_transfers_both_ways_at_once(database: Database) -> None:
    fill(database)
    with database.transaction() as session:
        shelf, wanted = stores.bin_of(session, "A"), part(session)

    def move(from_bin: int, to_bin: int) -> None:
        for _ in range(3):
            with database.transaction() as session:
                stock.transfer(session, wanted, Decimal(1), to_bin, replace(MOVED, bin_id=from_bin))

    before = moved(database)
    assert at_once(lambda: move(stores.LOOSE, shelf), lambda: move(shelf, stores.LOOSE)) == []
    assert moved(database) == before + 12
    with database.reading() as session:
        held = [stock.in_bin(session, wanted, bin_id) for bin_id in (stores.LOOSE, shelf)]
        assert held == [10, 5]


def test_a_year_is_frozen_while_goods_are_dated_in_it(database: Database) -> None:
    """Either the movement comes first and the person sees another value, or it is refused: never a value that lies."""
    fill(database)
    for _ in range(4):
        with database.transaction() as session:
            seen = session.scalar(
                select(func.sum(StockMovement.value_change)).where(StockMovement.moved_on <= date(2025, 12, 31))
            )

        def freeze(value: Decimal = seen or Decimal(0)) -> None:
            with database.transaction() as session:
                by = stock_years.By(make.CLERK, make.NOW, make.TODAY)
                stock_years.freeze(session, 2025, value, by)

        def receive() -> None:
            with database.transaction() as session:
                dated = replace(MOVED, moved_on=date(2025, 12, 31))
                stock.receive(session, part(session), Decimal(1), Decimal(7), dated)

        refusals = at_once(freeze, receive)
        assert [type(one) for one in refusals] in ([ValueMoved], [YearFrozen])
        moved(database)
        with database.reading() as session:
            frozen = session.get(StockYear, 2025)
            if frozen is not None:
                assert frozen.value == seen
                return


@pytest.mark.parametrize("act", ACTS)
def test_killed_at_chosen_instants(database_url: str, act: str) -> None:
    """Nothing of it remains; then it is done whole."""
    database = Database(database_url)
    fill(database)
    before = moved(database)
    for kill_at in (3, 6, 9):
        assert Running(stock_runner.main, database_url, act, kill_at=kill_at).end()[0] == -signal.SIGKILL
        assert moved(database) == before
    code, said = Running(stock_runner.main, database_url, act).end()
    assert (code, int(said[-1]) > 10) == (0, True)
    assert moved(database) > before
    database.dispose()
