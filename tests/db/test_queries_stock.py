"""The list of parts and the movements of one, on both databases."""

from datetime import date
from decimal import Decimal

from garage.db.models.stock import PartBarcode
from garage.db.queries import stock as queries
from garage.db.queries.paging import Key
from garage.db.queries.stock import PartFilter
from garage.db.session import Database
from garage.operations import stock
from tests.factories import garage as make
from tests.factories.garage import HEAD, NOW


def test_parts_with_what_is_on_hand(database: Database) -> None:
    with database.transaction() as session:
        oil = make.part(session, "HUILE", "2.5", "4.2", minimum=Decimal(4))
        make.part(session, "VIS", "10", minimum=Decimal(10))
        make.part(session, "RIEN", "0")
        session.add(PartBarcode(code="316", part_id=oil.id))
        session.flush()
        rows = queries.page(session, PartFilter()).rows
        assert [(row.reference, row.on_hand, row.average_cost) for row in rows] == [
            ("HUILE", Decimal("2.500"), Decimal("4.2000")),
            ("RIEN", Decimal(0), None),
            ("VIS", Decimal("10.000"), Decimal("10.0000")),
        ]
        assert [row.reference for row in queries.page(session, PartFilter(to_order=True)).rows] == ["HUILE"]
        for words in ("PIÈCE hui", "316"):
            assert [row.reference for row in queries.search(session, words, 5)] == ["HUILE"]
        assert [row.reference for row in queries.search(session, "vis", 5)] == ["VIS"]
        assert queries.page(session, PartFilter("%")).rows == ()


def test_pages_of_parts(database: Database) -> None:
    with database.transaction() as session:
        for n in range(10):
            make.part(session, f"P{n}", "1")
        first = queries.page(session, PartFilter(), size=4)
        second = queries.page(session, PartFilter(), Key(first.next), 4)
        last = queries.page(session, PartFilter(), Key(second.next), 4)
        back = queries.page(session, PartFilter(), Key(last.previous, backwards=True), 4)
        assert [[row.reference for row in page.rows] for page in (first, second, last)] == [
            ["P0", "P1", "P2", "P3"], ["P4", "P5", "P6", "P7"], ["P8", "P9"]
        ]  # fmt: skip
        assert (back.rows, back.previous, last.next) == (second.rows, "P4", None)


def test_the_running_quantity_ends_at_what_is_on_hand(database: Database) -> None:
    with database.transaction() as session:
        part = make.part(session, "P", "10")
        for n in range(1, 10):
            movement = stock.Movement(date(2026, 10, n), HEAD, NOW, f"n° {n}")
            stock.receive(session, part.id, Decimal(n), Decimal(1), movement)
        page = queries.movements(session, part.id, size=4)
        moved = page.rows
        assert [one.on_hand for one in moved] == [55, 46, 38, 31]
        last = queries.movements(session, part.id, Key(page.next), 10)
        older = last.rows
        assert [one.on_hand for one in older] == [25, 20, 16, 13, 11, 10]
        newer = queries.movements(session, part.id, Key(last.previous, backwards=True), 4).rows
        assert newer == moved
        assert queries.last_movement(session, part.id) == moved[0].id
        assert queries.last_movement(session, 999) == 0
