"""Movements written before bins, suppliers and values: what the migration makes of them is what the acts would have."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from garage.db.migrating import upgrade
from garage.db.models.stock import Part, StockMovement
from garage.db.models.suppliers import Supplier
from garage.db.session import Database
from garage.domain.stock import Balance
from garage.operations import order_lines, stock, stores
from garage.operations.order_lines import NewQuantity
from garage.operations.stock import Movement
from tests.factories import garage as make
from tests.factories.stock import prove
from tests.migrations.test_migrations import FOLDER, downgrade

MOVED = Movement(date(2026, 10, 1), make.HEAD, make.NOW, "Essai")
WRITTEN = (
    "id, part_id, kind, quantity, unit_cost, average_cost, on_hand, value_change, variance, moved_on, order_line_id, "
    "reason, forced, through, actor_id, bin_id"
)
TOLD = "id, reference, bin_id, supplier_id, on_hand, average_cost, value"


def rows(database: Database, what: str, table: str, order: str = "id") -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {what} FROM {table} ORDER BY {order}"))]


def written_before(session: Session) -> None:
    """Every kind of movement that could be written before: each at its part's own place."""
    garage = make.garage(session)
    order = make.order(session, garage.partner)
    entry = make.entry(order)
    shelved = make.part(session, "R1", "7.5", "3.3333", bin="Étagère 2", supplier="Dubois & Œuvré", minimum=Decimal(1))
    make.part(session, "R2", "0", bin="Étagère 2", supplier="Le Goff")
    owed = make.part(session, "R3", "1", "0.0350")
    costless = make.part(session, "R4", "0")
    order_lines.add_part(session, entry, shelved.id, Decimal("2.5"))
    line = order_lines.add_part(session, entry, shelved.id, Decimal(3))
    stock.receive(session, shelved.id, Decimal(4), Decimal("5.1111"), MOVED)
    less = NewQuantity(order.number, line.rank, wanted=Decimal(1))
    order_lines.change_quantity(session, less, make.HEAD, make.NOW, make.TODAY)
    stock.lose(session, shelved.id, Decimal("0.125"), MOVED)
    stock.count(session, shelved.id, Decimal(9), MOVED)
    order_lines.add_part(session, entry, owed.id, Decimal("4.001"), "Urgence")
    order_lines.add_part(session, entry, costless.id, Decimal(2), "Urgence")
    order_lines.add_bought_part(session, entry, owed.id, Decimal(2), Decimal("17.5"))
    order_lines.add_bought_part(session, entry, shelved.id, Decimal(3), Decimal("99.9999"))
    removed = order_lines.add_bought_part(session, entry, shelved.id, Decimal(2), Decimal(50))
    order_lines.remove(session, order.number, removed.rank, make.HEAD, make.NOW)
    fewer = order_lines.add_bought_part(session, entry, shelved.id, Decimal(6), Decimal(20))
    less = NewQuantity(order.number, fewer.rank, wanted=Decimal(5))
    order_lines.change_quantity(session, less, make.HEAD, make.NOW, make.TODAY)
    back = order_lines.add_part(session, entry, shelved.id, Decimal(1))
    order_lines.remove(session, order.number, back.rank, make.HEAD, make.NOW)


@pytest.mark.parametrize("again", [False, True])
def test_what_the_movements_leave_is_what_the_acts_leave(database: Database, database_url: str, again: bool) -> None:
    with database.transaction() as session:
        written_before(session)
    before = rows(database, WRITTEN, "stock_movements")
    parts, bins = rows(database, TOLD, "parts"), rows(database, "*", "bin_stock", "part_id, bin_id")
    names = rows(database, "name, search_text", "suppliers", "name")
    for _ in range(2 if again else 1):
        downgrade(database, "0003")
        assert {"bin", "supplier"} <= {column["name"] for column in inspect(database.engine).get_columns("parts")}
        upgrade(database_url, FOLDER)
    assert rows(database, WRITTEN, "stock_movements") == before
    assert rows(database, TOLD, "parts") == parts
    assert rows(database, "*", "bin_stock", "part_id, bin_id") == bins
    assert rows(database, "name, search_text", "suppliers", "name") == names
    with database.transaction() as session:
        prove(session)
        part = session.scalars(select(Part).where(Part.reference == "R1")).one()
        assert (part.bin, part.supplier) == ("Étagère 2", "Dubois & Œuvré")
        assert session.scalars(select(Supplier.search_text).order_by(Supplier.name)).first() == "dubois & oeuvre"
        stock.receive(session, part.id, Decimal(1), Decimal(1), MOVED)
        assert stores.bin_of(session, "Nouveau") > 2
        prove(session)


def test_what_only_the_new_stock_knows_goes_back_to_what_the_old_one_knew(
    database: Database, database_url: str
) -> None:
    """A transfer is nothing without bins, goods sent back are a loss, the average a corrected price left stays."""
    with database.transaction() as session:
        part = make.part(session, "R1", "10", "10").id
        first = session.scalars(select(StockMovement.id)).one()
        shelf = stores.bin_of(session, "A")
        stock.transfer(session, part, Decimal(3), shelf, MOVED)
        stock.correct_price(session, first, Decimal("12.3456"), MOVED)
        stock.send_back(session, part, Decimal(1), replace(MOVED, bin_id=shelf))
        stock.correct_price(session, first, Decimal("11.1111"), MOVED)
        left = stock.balance(session, part)
    assert left == Balance(Decimal(9), Decimal("11.1111"))
    downgrade(database, "0003")
    kinds = rows(database, "kind, quantity, average_cost", "stock_movements")
    assert kinds == [("receipt", 10_000, 123_456), ("loss", -1_000, 111_111)]
    upgrade(database_url, FOLDER)
    with database.reading() as session:
        assert stock.balance(session, part) == left
        assert session.get_one(Part, part).value == left.worth
