"""The bench measures what it says: the same garage from the same seed, one bill each, a whole bench in small."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from benchmarks import canvas_floor, garages, imports, run
from benchmarks.__main__ import PARTS, Plan, bench
from benchmarks.databases import databases
from benchmarks.garages import Size, batches, fill
from benchmarks.shelves import Shelves, fill_shelves
from garage.db.models.invoices import Invoice, InvoiceLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import BinStock, Part, StockMovement
from garage.db.queries.stock_value import Values
from garage.db.session import Database

SMALL = Size(collectivities=3, lines=5, old_orders=20)


def test_the_same_seed_gives_the_same_rows() -> None:
    first = list(batches(SMALL, seed=7))
    assert first == list(batches(SMALL, seed=7))
    assert first != list(batches(SMALL, seed=8))


def test_a_garage_has_the_size_asked_for(database: Database) -> None:
    fill(database, SMALL)
    with database.reading() as session:
        lines = select(func.count()).select_from(OrderLine)
        ready = lines.join(RepairOrder, RepairOrder.id == OrderLine.order_id).where(RepairOrder.state == "done")
        assert session.scalar(ready) == 3 * 5
        assert session.scalar(lines) == 3 * 5 + 20


def test_what_is_written_next_gets_the_next_id(database: Database) -> None:
    fill(database, SMALL)
    with database.transaction() as session:
        present = session.scalar(select(func.max(OrderLine.id))) or 0
        last = session.get_one(OrderLine, present)
        session.add(
            OrderLine(
                order_id=last.order_id, rank=99, nature=last.nature, done_on=last.done_on, code=last.code,
                part_id=last.part_id, minutes=last.minutes, quantity=last.quantity, created_at=garages.NOW,
            )
        )  # fmt: skip
        session.flush()
        assert session.scalar(select(func.max(OrderLine.id))) == present + 1


@pytest.mark.parametrize("processes", [1, 2])
def test_every_collectivity_gets_one_bill(sqlite_database: Database, tmp_path: Path, processes: int) -> None:
    fill(sqlite_database, SMALL)
    url = sqlite_database.url.render_as_string(hide_password=False)
    assert run.issue_and_print(url, str(tmp_path), processes)["bills"] == 3
    assert len(list(tmp_path.rglob("*.pdf"))) == 3
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 3
        billed = select(func.count()).select_from(InvoiceLine).where(InvoiceLine.order_line_id.is_not(None))
        assert session.scalar(billed) == 3 * 5


def test_the_floor_writes_every_string_of_the_bills(sqlite_database: Database, tmp_path: Path) -> None:
    fill(sqlite_database, SMALL)
    url = sqlite_database.url.render_as_string(hide_password=False)
    run.issue_and_print(url, str(tmp_path / "real"), 1)
    kept = tmp_path / "strings.json"
    seen = canvas_floor.record(url, str(kept))
    assert seen["bills"] == 3
    assert seen["strings"] > 3 * 5 * 5
    assert canvas_floor.floor(str(kept), str(tmp_path / "bare"))["bills"] == 3
    assert len(list((tmp_path / "bare").glob("*.pdf"))) == 3


def test_files_of_an_import_have_no_fault(sqlite_database: Database, tmp_path: Path) -> None:
    rows = imports.write_folder(str(tmp_path), 200)
    url = sqlite_database.url.render_as_string(hide_password=False)
    answered = imports.bring_in(url, str(tmp_path))
    assert (answered["rows"], answered["warnings"]) == (rows, 0)


def test_a_database_is_copied_with_its_rows(tmp_path: Path) -> None:
    with databases(tmp_path, None) as made:
        copy = Database(made.copy(made.make(partial(fill, size=SMALL))))
        with copy.reading() as session:
            assert session.scalar(select(func.count()).select_from(RepairOrder)) == len(
                [row for table, rows in batches(SMALL) if table.name == "repair_orders" for row in rows]
            )
        copy.dispose()


@pytest.mark.slow
def test_a_whole_bench_in_small() -> None:
    told: list[str] = []
    shelves = (Shelves(20, 100), Shelves(40, 400))
    plan = Plan(1, 1, Size(3, 5), 2, (60, 120), shelves, 1, (50, 100))
    bench(plan, list(PARTS), None, told.append)
    assert len(told) == len(PARTS)
    assert "a kind that never was" in told[3]
    assert "two processes" in told[0]
    assert "every order, middle page" in told[2]


def test_the_shelves_hold_what_their_movements_say(database: Database) -> None:
    fill_shelves(database, Shelves(24, 312))
    with database.reading() as session:
        moved = select(
            func.count(), func.sum(StockMovement.quantity), func.sum(StockMovement.value_change)
        ).join(Part, Part.id == StockMovement.part_id)  # fmt: skip
        assert session.execute(moved.where(Part.family.is_not(None))).one() == (
            312,
            session.scalar(select(func.sum(Part.on_hand))),
            session.scalar(select(func.sum(Part.value))),
        )
        assert session.scalar(select(func.sum(BinStock.quantity))) == session.scalar(select(func.sum(Part.on_hand)))
        assert Values.of(session).total(date(2026, 10, 5)) == session.scalar(select(func.sum(Part.value)))
