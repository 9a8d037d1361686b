"""Every refusal of the stock, in words, with nothing written; a corrected price in figures (rules S2 to S6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock import BinStock, Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.session import Database
from garage.domain.errors.base import GarageError, NotFound, ReasonMissing
from garage.domain.errors.stock import BadCost, BadQuantity, NotAReceipt, NothingOnHand, NotInBin, SameBin, YearFrozen
from garage.domain.repair_orders import check_quantity
from garage.domain.stock import Balance, MovementKind
from garage.french.refusals import sentence
from garage.operations import order_lines, stock, stock_returns, stores
from garage.operations.stock import Movement
from tests.factories import garage as make

TWO = Decimal(2)
MOVED = Movement(date(2026, 10, 1), make.HEAD, make.NOW, "Essai")
BAD_QUANTITIES = [Decimal(0), Decimal("-0.001"), Decimal(-3), Decimal("1.2345"), Decimal(1_000_000), Decimal("1e20")]
BAD_COSTS = [Decimal("-0.0001"), Decimal("1.23456"), Decimal(1_000_000), Decimal("1e20")]


@pytest.fixture
def part(database: Database) -> Part:
    """A part with 10 at 10,00 € without bin, and 5 more in bin A."""
    with database.transaction() as session:
        made = make.part(session, "Z1", "10", "10")
        shelf = stores.bin_of(session, "A")
        stock.receive(session, made.id, Decimal(5), Decimal(10), replace(MOVED, bin_id=shelf))
    return made


def refused(database: Database, doing: Callable[[Session], object]) -> GarageError:
    """The refusal of an act that leaves no trace."""

    def rows() -> tuple[Any, ...]:
        with database.reading() as session:
            held = session.execute(select(BinStock.bin_id, BinStock.quantity).order_by(BinStock.bin_id)).all()
            parts = session.execute(select(Part.on_hand, Part.average_cost, Part.value).order_by(Part.id)).all()
            return session.scalar(select(func.count(StockMovement.id))), held, parts

    before = rows()
    with pytest.raises(GarageError) as caught, database.transaction() as session:
        doing(session)
    assert rows() == before
    assert sentence(caught.value)
    return caught.value


def shelf_of(session: Session) -> int:
    return stores.bin_of(session, "A")


@pytest.mark.parametrize("quantity", BAD_QUANTITIES, ids=str)
@pytest.mark.parametrize(
    "act",
    [
        lambda session, part, quantity: stock.receive(session, part, quantity, TWO, MOVED),
        lambda session, part, quantity: stock.issue(session, part, quantity, MOVED),
        lambda session, part, quantity: stock.issue(session, part, quantity, replace(MOVED, forced=True)),
        lambda session, part, quantity: stock.lose(session, part, quantity, MOVED),
        lambda session, part, quantity: stock.send_back(session, part, quantity, MOVED),
        lambda session, part, quantity: stock.transfer(session, part, quantity, shelf_of(session), MOVED),
        lambda session, part, quantity: stock_returns.take_back(session, part, quantity, TWO, MOVED),
        lambda session, part, quantity: stock_returns.issue_again(session, part, quantity, TWO, MOVED),
    ],
    ids=["receive", "issue", "force", "lose", "send_back", "transfer", "take_back", "issue_again"],
)
def test_a_quantity_that_is_none(database: Database, part: Part, act: Any, quantity: Decimal) -> None:
    refusal = refused(database, lambda session: act(session, part.id, quantity))
    assert isinstance(refusal, BadQuantity)
    assert refusal.quantity == quantity


@pytest.mark.parametrize("counted", [Decimal("-0.001"), Decimal("1.2345"), Decimal(1_000_000)], ids=str)
def test_a_count_that_is_none(database: Database, part: Part, counted: Decimal) -> None:
    assert isinstance(refused(database, lambda session: stock.count(session, part.id, counted, MOVED)), BadQuantity)


@pytest.mark.parametrize("difference", [Decimal("0.0001"), Decimal(-1_000_000)], ids=str)
def test_a_difference_that_is_none(database: Database, part: Part, difference: Decimal) -> None:
    refusal = refused(database, lambda session: stock.adjust(session, part.id, difference, MOVED))
    assert isinstance(refusal, BadQuantity)


@pytest.mark.parametrize("quantity", [Decimal(0), Decimal("1.2345"), Decimal(-1_000_000)], ids=str)
def test_nothing_passes_through(database: Database, part: Part, quantity: Decimal) -> None:
    refusal = refused(database, lambda session: stock_returns.pass_through(session, part.id, quantity, TWO, MOVED))
    assert isinstance(refusal, BadQuantity)


@pytest.mark.parametrize("cost", BAD_COSTS, ids=str)
@pytest.mark.parametrize(
    "act",
    [
        lambda session, part, cost: stock.receive(session, part, TWO, cost, MOVED),
        lambda session, part, cost: stock.correct_price(session, first(session), cost, MOVED),
        lambda session, part, cost: stock_returns.take_back(session, part, TWO, cost, MOVED),
        lambda session, part, cost: stock_returns.issue_again(session, part, TWO, cost, MOVED),
        lambda session, part, cost: stock_returns.pass_through(session, part, TWO, cost, MOVED),
    ],
    ids=["receive", "correct", "take_back", "issue_again", "through"],
)
def test_a_cost_that_is_none(database: Database, part: Part, act: Any, cost: Decimal) -> None:
    refusal = refused(database, lambda session: act(session, part.id, cost))
    assert isinstance(refusal, BadCost)
    assert "coût" in sentence(refusal)


def first(session: Session) -> int:
    """The id of the first receipt."""
    return session.scalars(select(StockMovement.id).order_by(StockMovement.id)).first() or 0


def test_more_than_a_bin_holds_though_there_is_some_elsewhere(database: Database, part: Part) -> None:
    def take(session: Session) -> None:
        stock.issue(session, part.id, Decimal(6), replace(MOVED, bin_id=shelf_of(session)))

    refusal = refused(database, take)
    assert isinstance(refusal, NotInBin)
    assert sentence(refusal) == (
        "Le casier A ne contient que 5 de Z1, vous en demandez 6. Prenez dans un autre casier, ou comptez celui-ci."
    )
    for verb in (stock.lose, stock.send_back):
        bin_id = replace(MOVED, bin_id=stores.LOOSE)
        assert isinstance(refused(database, lambda s, do=verb, at=bin_id: do(s, part.id, Decimal(11), at)), NotInBin)
    with database.transaction() as session:
        stock.issue(session, part.id, Decimal(12), MOVED)
        assert stock.in_bin(session, part.id, shelf_of(session)) == 3


def test_more_than_there_is(database: Database, part: Part) -> None:
    refusal = refused(database, lambda session: stock.issue(session, part.id, Decimal(16), MOVED))
    assert isinstance(refusal, NothingOnHand)
    for verb in (stock.lose, stock.send_back):
        forced = replace(MOVED, forced=True)
        refusal = refused(database, lambda session, do=verb, how=forced: do(session, part.id, Decimal(16), how))
        assert isinstance(refusal, NothingOnHand)


def test_a_transfer_to_the_same_bin_or_out_of_an_empty_one(database: Database, part: Part) -> None:
    refusal = refused(database, lambda session: stock.transfer(session, part.id, TWO, stores.LOOSE, MOVED))
    assert isinstance(refusal, SameBin)
    assert sentence(refusal).startswith("La pièce est déjà là (sans casier)")
    empty = refused(database, lambda session: stock.transfer(session, part.id, Decimal(11), shelf_of(session), MOVED))
    assert isinstance(empty, NotInBin)


def test_a_transfer_out_of_a_bin_that_holds_more_than_all_of_them(database: Database, part: Part) -> None:
    """Another bin is in the red: what lies here may still go there."""
    with database.transaction() as session:
        shelf = shelf_of(session)
        stock.issue(session, part.id, Decimal(12), replace(MOVED, bin_id=stores.LOOSE, forced=True))
        stock.transfer(session, part.id, Decimal(5), stores.LOOSE, replace(MOVED, bin_id=shelf))
        assert stock.in_bin(session, part.id, stores.LOOSE) == 3
        assert stock.balance(session, part.id) == Balance(Decimal(3), Decimal(10))


def test_both_sides_of_a_transfer_answer_each_other(database: Database, part: Part) -> None:
    with database.transaction() as session:
        stock.transfer(session, part.id, TWO, shelf_of(session), replace(MOVED, reason=None))
        out, into = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.TRANSFER)).all()
        assert (out.origin_id, into.origin_id) == (into.id, out.id)
        assert out.value_change + into.value_change == 0


@pytest.mark.parametrize(
    "act",
    [
        lambda session, part, at: stock.receive(session, part, TWO, TWO, at),
        lambda session, part, at: stock.issue(session, part, TWO, at),
        lambda session, part, at: stock.lose(session, part, TWO, at),
        lambda session, part, at: stock.send_back(session, part, TWO, at),
        lambda session, part, at: stock.transfer(session, part, TWO, shelf_of(session), at),
        lambda session, part, at: stock.count(session, part, TWO, at),
        lambda session, part, at: stock.adjust(session, part, -TWO, at),
        lambda session, part, at: stock.correct_price(session, first(session), TWO, at),
        lambda session, part, at: stock_returns.take_back(session, part, TWO, TWO, at),
        lambda session, part, at: stock_returns.issue_again(session, part, TWO, TWO, at),
        lambda session, part, at: stock_returns.pass_through(session, part, TWO, TWO, at),
    ],
)
def test_nothing_is_dated_in_a_frozen_year(database: Database, part: Part, act: Any) -> None:
    with database.transaction() as session:
        told = {"value": Decimal(0), "parts": 0, "issuer": "", "sha256": "", "frozen_at": make.NOW}
        session.add(StockYear(year=2025, **told))
    for day in (date(2025, 12, 31), date(2024, 1, 1)):
        refusal = refused(database, lambda session, at=replace(MOVED, moved_on=day): act(session, part.id, at))
        assert isinstance(refusal, YearFrozen)
        assert "2025" in sentence(refusal)
    with database.transaction() as session:
        act(session, part.id, replace(MOVED, moved_on=date(2026, 1, 1)))


@pytest.mark.parametrize(
    "act",
    [
        lambda session, part, at: stock.receive(session, part, TWO, TWO, at),
        lambda session, part, at: stock.issue(session, part, TWO, at),
        lambda session, part, at: stock.lose(session, part, TWO, at),
        lambda session, part, at: stock.send_back(session, part, TWO, at),
        lambda session, part, at: stock.count(session, part, TWO, at),
        lambda session, part, at: stock.adjust(session, part, -TWO, at),
        lambda session, part, at: stock.correct_price(session, first(session), TWO, at),
        lambda session, part, at: stock_returns.take_back(session, part, TWO, TWO, at),
        lambda session, part, at: stock_returns.issue_again(session, part, TWO, TWO, at),
        lambda session, part, at: stock_returns.pass_through(session, part, TWO, TWO, at),
    ],
)
@pytest.mark.parametrize("reason", [None, " "])
def test_no_movement_without_its_cause(database: Database, part: Part, act: Any, reason: str | None) -> None:
    refusal = refused(database, lambda session: act(session, part.id, replace(MOVED, reason=reason)))
    assert isinstance(refusal, ReasonMissing)


def test_a_price_is_corrected_on_goods_received_alone(database: Database, part: Part) -> None:
    with database.transaction() as session:
        order = make.order(session, make.garage(session).partner)
        order_lines.add_bought_part(session, make.entry(order), part.id, TWO, Decimal(7))
        rank = order_lines.add_bought_part(session, make.entry(order), part.id, TWO, Decimal(8)).rank
        order_lines.remove(session, order.number, rank, make.HEAD, make.NOW)
        stock.issue(session, part.id, TWO, MOVED)
    with database.reading() as session:
        others = select(StockMovement.id).where(
            (StockMovement.kind != MovementKind.RECEIPT) | StockMovement.through, StockMovement.part_id == part.id
        )
        ids = session.scalars(others).all()
    assert len(ids) == 5
    for one in ids:
        refusal = refused(database, lambda session, it=one: stock.correct_price(session, it, TWO, MOVED))
        assert isinstance(refusal, NotAReceipt)
    assert isinstance(refused(database, lambda session: stock.correct_price(session, 99, TWO, MOVED)), NotFound)


def corrected(session: Session, movement_id: int, cost: str) -> tuple[str, str, str, str]:
    """Average, value, value won, variance, after another price."""
    expected = stock.corrected(session, movement_id, Decimal(cost))
    done = stock.correct_price(session, movement_id, Decimal(cost), MOVED)
    part = session.get_one(Part, done.part_id)
    assert expected == (Balance(part.on_hand, part.average_cost), done.variance)
    assert (done.quantity, done.origin_id, done.unit_cost) == (0, movement_id, Decimal(cost))
    return str(part.average_cost), str(part.value), str(done.value_change), str(done.variance)


def test_a_corrected_price_in_figures(database: Database) -> None:
    """10 at 10 €, 10 at 14 €: 12 €. Four go. The second was 16 €: 13 € each, 16 left gain 16 €, four cost 4 € more."""
    with database.transaction() as session:
        part = make.part(session, "P1", "10", "10").id
        stock.receive(session, part, Decimal(10), Decimal(14), MOVED)
        first_id, second_id = session.scalars(select(StockMovement.id).order_by(StockMovement.id)).all()
        assert stock.issue(session, part, Decimal(4), MOVED) == 12
        assert corrected(session, second_id, "16") == ("13.0000", "208.00", "16.00", "4.00")
        assert stock.issue(session, part, Decimal(6), MOVED) == 13
        assert corrected(session, second_id, "14") == ("12.0000", "120.00", "-10.00", "-10.00")
        assert corrected(session, first_id, "0") == ("7.0000", "70.00", "-50.00", "-50.00")
        assert corrected(session, first_id, "0") == ("7.0000", "70.00", "0.00", "0.00")
        assert corrected(session, first_id, "10") == ("12.0000", "120.00", "50.00", "50.00")
        moves = session.scalars(select(StockMovement).order_by(StockMovement.id)).all()
        issued = [move.unit_cost for move in moves if move.kind is MovementKind.ISSUE]
        assert issued == [12, 13]
        assert sum(move.value_change for move in moves) == 120


def test_a_price_corrected_when_all_is_gone(database: Database) -> None:
    """Nothing is left: the whole difference is variance, and what comes back later comes at its issue cost."""
    with database.transaction() as session:
        part = make.part(session, "P1", "3", "1").id
        stock.issue(session, part, Decimal(3), MOVED)
        assert corrected(session, first(session), "1.3333") == ("1.3333", "0.00", "0.00", "1.00")
        stock_returns.take_back(session, part, TWO, Decimal(1), MOVED)
        assert stock.balance(session, part) == Balance(TWO, Decimal(1))


def test_a_price_corrected_below_nothing(database: Database) -> None:
    """Two are owed at 10 €, five come at 12 €; they cost 11 €: three are worth 33 €, two stay issued at 10 €."""
    with database.transaction() as session:
        part = make.part(session, "P1", "1", "10").id
        stock.issue(session, part, Decimal(3), replace(MOVED, forced=True))
        stock.receive(session, part, Decimal(5), Decimal(12), MOVED)
        second = session.scalars(select(StockMovement.id).order_by(StockMovement.id.desc())).first() or 0
        assert corrected(session, second, "11") == ("11.0000", "33.00", "-3.00", "-2.00")


def test_a_receipt_s_price_before_a_return_at_an_older_cost(database: Database) -> None:
    """4 at 10 €, one goes; the price was 6 €; it comes back at 10 €: (3 × 6 + 10) ÷ 4 = 7 €."""
    with database.transaction() as session:
        part = make.part(session, "P1", "4", "10").id
        stock.issue(session, part, Decimal(1), MOVED)
        assert corrected(session, first(session), "6") == ("6.0000", "18.00", "-12.00", "-4.00")
        stock_returns.take_back(session, part, Decimal(1), Decimal(10), MOVED)
        assert stock.balance(session, part) == Balance(Decimal(4), Decimal(7))
        assert corrected(session, first(session), "2") == ("4.0000", "16.00", "-12.00", "-4.00")


def test_the_average_stays_between_the_costs_received(database: Database) -> None:
    """A line without a cost comes back as nothing; an old dear one goes again out of cheap stock (rules S3, S5)."""
    with database.transaction() as session:
        free = make.part(session, "P1", "0").id
        stock.issue(session, free, Decimal(1), replace(MOVED, forced=True))
        stock_returns.take_back(session, free, TWO, Decimal(0), MOVED)
        assert stock.balance(session, free) == Balance(Decimal(1), None)
        stock.issue(session, free, TWO, replace(MOVED, forced=True))
        stock.receive(session, free, Decimal(5), Decimal(10), MOVED)
        stock_returns.take_back(session, free, Decimal(1), Decimal(0), MOVED)
        assert stock.balance(session, free) == Balance(Decimal(5), Decimal(10))
        dear = make.part(session, "P2", "1", "20").id
        stock.issue(session, dear, Decimal(1), MOVED)
        stock.receive(session, dear, Decimal(10), Decimal(10), MOVED)
        stock_returns.take_back(session, dear, Decimal(1), Decimal(20), MOVED)
        stock.issue(session, dear, Decimal(9), MOVED)
        stock_returns.issue_again(session, dear, Decimal(1), Decimal(20), MOVED)
        assert stock.balance(session, dear) == Balance(Decimal(1), Decimal(10))


def test_a_return_goes_where_it_came_from(database: Database, part: Part) -> None:
    """Twelve out of two bins, and back: the bins and the average are what they were, and again once undone."""
    with database.transaction() as session:
        order = make.order(session, make.garage(session).partner)
        line = order_lines.add_part(session, make.entry(order), part.id, Decimal(12))
        told = replace(MOVED, order_line_id=line.id)
        held = [stock.in_bin(session, part.id, bin_id) for bin_id in (stores.LOOSE, shelf_of(session))]
        assert held == [0, 3]
        stock.receive(session, part.id, TWO, Decimal("11.3333"), MOVED)
        before = stock.balance(session, part.id)
        stock_returns.take_back(session, part.id, Decimal(11), Decimal(10), told)
        held = [stock.in_bin(session, part.id, bin_id) for bin_id in (stores.LOOSE, shelf_of(session))]
        assert held == [11, 5]
        stock_returns.issue_again(session, part.id, Decimal(11), Decimal(10), told)
        held = [stock.in_bin(session, part.id, bin_id) for bin_id in (stores.LOOSE, shelf_of(session))]
        assert held == [2, 3]
        assert stock.balance(session, part.id) == before


def test_what_another_wrote_is_seen_under_the_lock(database: Database, part: Part) -> None:
    """A part read before somebody else moved it is read again when it is locked."""
    with database.transaction() as session:
        seen = session.get_one(Part, part.id)
        session.connection().exec_driver_sql("UPDATE parts SET on_hand = 1000, value = 1000")
        assert seen.on_hand == 15
        with pytest.raises(NothingOnHand):
            stock.issue(session, part.id, TWO, MOVED)
        session.rollback()


def test_quantities_of_a_workshop() -> None:
    for quantity in ("0.001", "999999.999", "2.500000"):
        check_quantity(Decimal(quantity))
