"""The value of a day reads indexes, never all movements, on both databases (rule S6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session

from garage.db.models.stock import Bin, BinStock, Part, StockMovement
from garage.db.queries import stock_cards, stock_rotation, stock_value
from garage.db.queries.paging import Key
from garage.db.queries.stock_value import PartFilter, Values
from garage.db.session import Database
from garage.domain.stock import MovementKind
from garage.operations import stock, stock_totals
from garage.operations.stock import Movement
from tests.factories import garage as make
from tests.factories.garage import HEAD, NOW

FIRST = date(2024, 1, 1)
PAST = date(2024, 2, 1)
PARTS, EACH = 400, 25


def fill(session: Session) -> None:
    """Enough rows for a planner to have a choice: one receipt a part, then issues day after day."""
    bins = [Bin(store_id=1, code=f"B{n:02d}") for n in range(40)]
    session.add_all(bins)
    session.flush()
    rows = [
        {"reference": f"R{n:04d}", "label": f"Pièce {n}", "search_text": f"piece {n}", "unit": "u",
         "family": f"F{n % 5}", "bin_id": bins[n % 40].id, "tag": f"t{n}"}
        for n in range(PARTS)
    ]  # fmt: skip
    session.execute(insert(Part), rows)
    parts = list(session.scalars(select(Part.id).order_by(Part.id)))
    moves: list[dict[str, Any]] = []
    for n in range(EACH):
        for place, part in enumerate(parts):
            quantity, on_hand = (Decimal(EACH), EACH) if not n else (Decimal(-1), EACH - n)
            moves.append(
                {"part_id": part, "bin_id": bins[place % 40].id, "quantity": quantity, "unit_cost": Decimal(2),
                 "kind": MovementKind.ISSUE if n else MovementKind.RECEIPT, "average_cost": Decimal(2),
                 "on_hand": Decimal(on_hand), "value_change": quantity * 2, "reason": "Essai",
                 "moved_on": FIRST + timedelta(days=3 * n + place % 3), "recorded_at": NOW, "forced": False}
            )  # fmt: skip
    session.execute(insert(StockMovement), moves)
    session.execute(
        insert(BinStock),
        [{"part_id": part, "bin_id": bins[n % 40].id, "quantity": Decimal(1)} for n, part in enumerate(parts)],
    )
    session.execute(update(Part).values(on_hand=Decimal(1), average_cost=Decimal(2), value=Decimal(2)))


@contextmanager
def statements(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(connection, "before_cursor_execute", note)


def plans(session: Session, asked: list[tuple[str, Any]]) -> str:
    """How the database goes about each of them."""
    how = "EXPLAIN" if session.get_bind().dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    told = []
    for statement, values in asked:
        told += [str(row[-1]) for row in session.connection().exec_driver_sql(f"{how} {statement}", values)]
    return "\n".join(told)


READS = {
    "total": lambda session: Values.of(session).by_family(PAST),
    "course": lambda session: Values.of(session).curve(PAST),
    "change": lambda session: Values.of(session).sums(PAST, PAST + timedelta(days=20)),
    "parts": lambda session: stock_value.parts(session, PAST),
    "parts, further": lambda session: stock_value.parts(session, PAST, key=Key("R0200")),
    "bins": lambda session: stock_value.bins(session, PAST, size=3),
    "card": lambda session: stock_cards.card(session, 7, (PAST, PAST + timedelta(days=9))),
    "before": lambda session: stock_cards.before(session, 7, PAST),
    "turnover": lambda session: stock_rotation.parts(session, (PAST, PAST + timedelta(days=9)), None),
    "dormant": lambda session: stock_rotation.dormant(session, PAST),
}


def test_no_read_goes_through_all_movements(database: Database) -> None:
    with database.transaction() as session:
        fill(session)
        stock_totals.bring_up_to_date(session)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    with database.reading() as session:
        for name, read in READS.items():
            with statements(session) as asked:
                read(session)
            told = plans(session, asked)
            for whole in ("Seq Scan on stock_movements", "SCAN stock_movements"):
                assert whole not in told, (name, told)


def test_pages_of_parts_there_and_back_and_their_filters(database: Database) -> None:
    with database.transaction() as session:
        fill(session)
        first = stock_value.parts(session, PAST)
        second = stock_value.parts(session, PAST, key=Key(first.next))
        back = stock_value.parts(session, PAST, key=Key(second.previous, backwards=True))
        assert [row.reference for row in back.rows] == [row.reference for row in first.rows]
        assert [(row.reference, row.quantity, row.value) for row in first.rows[:2]] == [
            ("R0000", Decimal(15), Decimal(30)), ("R0001", Decimal(15), Decimal(30))
        ]  # fmt: skip
        assert {row.family for row in stock_value.parts(session, PAST, PartFilter("F2")).rows} == {"F2"}
        bin_id = first.rows[0].id and session.scalar(select(Bin.id).where(Bin.code == "B03"))
        held = stock_value.parts(session, PAST, PartFilter(bin_id=bin_id))
        assert [row.reference for row in held.rows] == [f"R{n:04d}" for n in range(3, PARTS, 40)]
        assert stock_value.parts(session, FIRST - timedelta(days=1)).rows == ()
        pages, places = stock_value.bins(session, PAST)
        assert [one.bin for one in places] == [f"B{n:02d}" for n in range(24)]
        again, further = stock_value.bins(session, PAST, Key(pages.next))
        assert [one.bin for one in further] == [f"B{n:02d}" for n in range(24, 40)]
        assert stock_value.bins(session, PAST, Key(again.previous, backwards=True))[1] == places
        assert {one.parts for one in places} == {10}


def test_dormant_parts_page_by_value(database: Database) -> None:
    with database.transaction() as session:
        for n in range(7):
            make.part(session, f"P{n}", "1", str(10 + n % 3))
        used = make.part(session, "SORTIE", "5")
        stock.issue(session, used.id, Decimal(1), Movement(date(2026, 9, 1), HEAD, NOW, "Essai"))
        since = date(2026, 1, 1)
        first = stock_rotation.dormant(session, since, size=3)
        second = stock_rotation.dormant(session, since, Key(first.next), 3)
        third = stock_rotation.dormant(session, since, Key(second.next), 3)
        assert [row.reference for page in (first, second, third) for row in page.rows] == [
            "P2", "P5", "P1", "P4", "P0", "P3", "P6"
        ]  # fmt: skip
        back = stock_rotation.dormant(session, since, Key(third.previous, backwards=True), 3)
        assert back.rows == second.rows
        assert stock_rotation.dormant_sum(session, since) == (7, Decimal(76))
        assert stock_rotation.dormant(session, since, Key("x_y")).rows[0].reference == "P2"


@pytest.mark.parametrize(("quantities", "value"), [(["1", "2"], "10.00"), (["1", "-1"], "0.02"), (["0.5"], "1.67")])
def test_a_value_is_shared_to_the_cent(quantities: list[str], value: str) -> None:
    shares = stock_value.shared([Decimal(one) for one in quantities], Decimal("3.3333"), Decimal(value))
    assert sum(shares) == Decimal(value)
