"""The value of a 31 December, frozen: its lines, its paper, years in order, nothing dated before it any more (S6)."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock import StockMovement
from garage.db.models.stock_years import StockYear, StockYearLine
from garage.db.queries.stock_value import Values
from garage.db.session import Database
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.stock import YearFrozen
from garage.domain.errors.stock_years import (
    NothingToFreeze,
    ValuationFrozen,
    ValueMoved,
    YearNotOver,
    YearOutOfOrder,
)
from garage.operations import stock, stock_years, stores
from garage.operations.stock import Movement
from garage.operations.stock_years import By
from tests.factories import garage as make
from tests.factories.garage import CLERK, HEAD, NOW

BY = By(CLERK, NOW, date(2026, 10, 12))


def moved(day: date) -> Movement:
    return Movement(day, HEAD, NOW, "Motif")


def total(session: Session, year: int) -> Decimal:
    return Values.of(session).total(date(year, 12, 31))


def test_lines_add_up_to_the_cent_and_the_paper_keeps_its_mark(database: Database) -> None:
    with database.transaction() as session:
        part = make.part(session, "P", "0", bin="A1")
        other = stores.bin_of(session, "B2")
        third = stores.bin_of(session, "C3")
        stock.receive(session, part.id, Decimal(1), Decimal("3.3333"), moved(date(2024, 5, 1)))
        stock.receive(session, part.id, Decimal(2), Decimal("3.3334"), moved(date(2024, 5, 2)))
        stock.transfer(session, part.id, Decimal(1), other, moved(date(2024, 6, 1)))
        stock.transfer(session, part.id, Decimal(1), third, moved(date(2024, 6, 1)))
        empty = make.part(session, "VIDE", "2", "5")
        stock.lose(session, empty.id, Decimal(2), moved(date(2024, 6, 2)))
        short = make.part(session, "ROUGE", "1", "7")
        forced = Movement(date(2024, 7, 1), HEAD, NOW, "Urgence", forced=True)
        stock.issue(session, short.id, Decimal(3), forced)
        made = stock_years.freeze(session, 2024, total(session, 2024), BY)
        lines = session.scalars(select(StockYearLine).order_by(StockYearLine.rank)).all()
        assert [(line.reference, line.bin, line.quantity, line.value) for line in lines] == [
            ("P", "A1", Decimal(1), Decimal("3.33")),
            ("P", "B2", Decimal(1), Decimal("3.33")),
            ("P", "C3", Decimal(1), Decimal("3.34")),
            ("ROUGE", "", Decimal(-2), Decimal("-14.00")),
        ]
        assert (made.value, made.parts) == (Decimal("-4.00"), 2)
        printed = stock_years.paper(session, 2024)
        assert (printed, hashlib.sha256(printed).hexdigest()) == (stock_years.paper(session, 2024), made.sha256)
        with pytest.raises(NotFound):
            stock_years.paper(session, 2023)


@pytest.mark.parametrize(
    ("year", "refusal"),
    [(2026, YearNotOver), (2030, YearNotOver), (2019, NothingToFreeze), (2025, YearOutOfOrder), (2022, YearOutOfOrder),
     (2023, ValuationFrozen)],
)  # fmt: skip
def test_years_refused(database: Database, year: int, refusal: type[GarageError]) -> None:
    with database.transaction() as session:
        make.part(session, "P", "3", "2")
        if refusal is not NothingToFreeze:
            assert stock_years.next_year(session, BY.today) == 2025
            stock_years.freeze(session, 2023, Decimal(6), BY)
            assert stock_years.next_year(session, BY.today) == 2024
        with pytest.raises(refusal):
            stock_years.freeze(session, year, Decimal(6), BY)
        assert stock_years.next_year(session, date(2024, 6, 1)) in (None, 2023)


def test_a_value_that_moved_since_the_check_page_is_not_frozen(database: Database) -> None:
    with database.transaction() as session:
        part = make.part(session, "P", "3", "2")
        stock.receive(session, part.id, Decimal(1), Decimal(2), moved(date(2025, 12, 31)))
        with pytest.raises(ValueMoved) as found:
            stock_years.freeze(session, 2025, Decimal(6), BY)
        assert found.value.value == 8
        assert session.scalar(select(func.count()).select_from(StockYear)) == 0


def test_no_movement_is_dated_up_to_a_frozen_year(database: Database) -> None:
    with database.transaction() as session:
        part = make.part(session, "P", "3", "2")
        stock_years.freeze(session, 2024, Decimal(6), BY)
        before = session.scalar(select(func.count()).select_from(StockMovement))
        for day in (date(2024, 12, 31), date(2021, 3, 4)):
            for act in (
                lambda day=day: stock.receive(session, part.id, Decimal(1), Decimal(1), moved(day)),
                lambda day=day: stock.issue(session, part.id, Decimal(1), moved(day)),
                lambda day=day: stock.lose(session, part.id, Decimal(1), moved(day)),
                lambda day=day: stock.count(session, part.id, Decimal(1), moved(day)),
            ):
                with pytest.raises(YearFrozen), session.begin_nested():
                    act()
                session.expire_all()
        assert session.scalar(select(func.count()).select_from(StockMovement)) == before
        stock.receive(session, part.id, Decimal(1), Decimal(2), moved(date(2025, 1, 1)))
        assert total(session, 2024) == 6
