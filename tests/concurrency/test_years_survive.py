"""A year of stock is frozen whole or not at all, once, and nobody at the store waits for ever (rules S2, S6)."""

import signal
import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry
from garage.db.models.purchases import ReceiptLine
from garage.db.models.stock import Part, StockMovement
from garage.db.models.stock_years import StockTotals, StockYear, StockYearLine
from garage.db.queries import parts as part_queries
from garage.db.session import Database
from garage.domain.errors.stock_years import ValuationFrozen
from garage.domain.stock import MovementKind
from garage.operations import goods_receipts, parts, stock, stock_totals, stock_years, stores, supplier_returns
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.parts import Content
from garage.operations.purchases import By
from garage.operations.stock import Movement
from garage.operations.stores import Place
from garage.operations.supplier_returns import SentBack
from tests.concurrency.runner import Running
from tests.concurrency.test_numbers_race import at_once
from tests.factories import garage as make
from tests.factories.stock import prove

pytestmark = pytest.mark.slow
BY = By(make.HEAD, make.NOW, make.TODAY)
MOVED = Movement(date(2026, 10, 1), make.HEAD, make.NOW, "Essai")
VALUE = "73.34"
# Long enough for another transaction to come to its lock.
_A_MOMENT = 0.4


@pytest.fixture
def shelves(database: Database) -> Database:
    """Two parts in bins since before last year ended, one with a price that does not fall right."""
    with database.transaction() as session:
        make.part(session, "P1", "2", "10.0000", bin="A1", supplier="Filtres Martin")
        make.part(session, "P2", "16", "3.3335", bin="B2")
    return database


def freeze(database: Database) -> None:
    with database.transaction() as session:
        stock_years.freeze(session, 2025, Decimal(VALUE), stock_years.By(make.CLERK, make.NOW, make.TODAY))


def freeze_elsewhere(url: str) -> None:
    freeze(Database(url))


def frozen(database: Database) -> tuple[int, ...]:
    """How many years, lines and entries of the journal tell of it; up to which movement values are added up."""
    with database.reading() as session:
        prove(session)
        told = select(func.count()).where(JournalEntry.action == "stock_year.freeze")
        years, lines = (select(func.count()).select_from(table) for table in (StockYear, StockYearLine))
        counts = [session.scalar(one) or 0 for one in (years, lines, told)]
        return *counts, session.get_one(StockTotals, 1).until_id


def test_killed_at_chosen_instants_a_year_is_frozen_whole_or_not_at_all(shelves: Database) -> None:
    url = shelves.url.render_as_string(hide_password=False)
    for kill_at in (3, 9, 16):
        assert Running(freeze_elsewhere, url, kill_at=kill_at).end()[0] == -signal.SIGKILL
        assert frozen(shelves) == (0, 0, 0, 0)
    code, said = Running(freeze_elsewhere, url).end()
    assert (code, int(said[-1]) > 16) == (0, True)
    assert frozen(shelves) == (1, 2, 1, 2)
    with shelves.reading() as session:
        assert session.scalar(select(func.sum(StockYearLine.value))) == session.get_one(StockYear, 2025).value
        assert stock_years.paper(session, 2025)


def test_a_year_frozen_by_several_at_once_is_frozen_once(shelves: Database) -> None:
    refused = at_once(*[lambda: freeze(shelves)] * 3)
    assert [type(one) for one in refused] == [ValuationFrozen] * 2
    assert frozen(shelves) == (1, 2, 1, 2)


def between(database: Database, first: Callable[[Session], object], then: Callable[[Session], object],
            *others: Callable[[Session], object]) -> None:  # fmt: skip
    """One transaction does two things; between them the others begin, and wait for it. All of them end."""
    faults: list[BaseException] = []

    def run(act: Callable[[Session], object]) -> None:
        try:
            with database.transaction() as session:
                act(session)
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(act,)) for act in others]
    with database.transaction() as session:
        first(session)
        for thread in threads:
            thread.start()
            time.sleep(_A_MOMENT)
        then(session)
    for thread in threads:
        thread.join(60)
    assert faults == []


def test_values_are_added_up_while_a_part_changes_family_and_goods_move(shelves: Database) -> None:
    with shelves.reading() as session:
        first, second = session.scalars(select(Part.id).order_by(Part.id))
        seen = part_queries.fingerprint(session, part_queries.entity(session, "P1"))
    content = Content("P1", "Pièce P1", family="Freins")
    between(
        shelves,
        lambda session: stock.receive(session, second, Decimal(1), Decimal(3), MOVED),
        lambda session: stock.receive(session, first, Decimal(1), Decimal(3), MOVED),
        stock_totals.bring_up_to_date,
        lambda session: parts.change(session, "P1", content, seen, (make.HEAD, make.NOW)),
    )
    with shelves.reading() as session:
        prove(session)
        assert session.scalar(select(Part.family).where(Part.id == first)) == "Freins"


def test_goods_go_back_while_their_price_is_corrected(shelves: Database) -> None:
    with shelves.transaction() as session:
        part = session.scalars(select(Part).where(Part.reference == "P1")).one()
        note = Delivery(part.supplier_id or 0, "BL", make.TODAY, [Received(part.id, Decimal(3), Decimal(11))])
        goods_receipts.receive(session, note, make.HEAD, make.NOW, make.TODAY)
        line = session.scalars(select(ReceiptLine.id)).one()
        received = session.scalars(select(StockMovement.id).where(StockMovement.receipt_line_id == line)).one()
    corrected = Movement(make.TODAY, make.HEAD, make.NOW, "Facture", receipt_line_id=line)
    back = SentBack(line, Decimal(1), "Erreur", make.TODAY, Decimal(0))
    between(
        shelves,
        lambda session: stock.locked(session, part.id),
        lambda session: stock.correct_price(session, received, Decimal(12), corrected),
        lambda session: supplier_returns.send_back(session, back, BY),
    )
    with shelves.reading() as session:
        prove(session)
        kinds = session.scalars(select(StockMovement.kind).order_by(StockMovement.id)).all()
        assert kinds[-2:] == [MovementKind.PRICE, MovementKind.SUPPLIER_RETURN]


def test_a_bin_is_closed_while_a_part_is_given_it(shelves: Database) -> None:
    with shelves.transaction() as session:
        shelf = stores.add_bin(session, stores.MAIN, "C3", stores.By(make.HEAD, make.NOW)).id
        other = session.scalars(select(Part.id).where(Part.reference == "P2")).one()

    def give(session: Session) -> None:
        session.get_one(Part, other).bin_id = shelf
        session.flush()

    def close(session: Session) -> None:
        stores.rename_bin(session, shelf, "C4", "C3", stores.By(make.HEAD, make.NOW))

    between(shelves, lambda session: stores.place(session, Place(stores.MAIN, "C3")), give, close)
    with shelves.reading() as session:
        assert session.get_one(Part, other).bin == "C4"
