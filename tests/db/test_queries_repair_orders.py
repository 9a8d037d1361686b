"""The list of orders on both databases: the right rows, in order, at the same cost whatever the number of orders."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.db.models.invoices import Numbering
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import order_entries
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import Key
from garage.db.queries.repair_orders import OrderFilter
from garage.db.session import Database
from garage.domain.repair_orders import OPEN_STATES, OrderState
from garage.domain.tariffs import TariffNature
from tests.factories import garage as make
from tests.factories.garage import Garage

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
STATES = list(OrderState)


def _row(garage: Garage, number: int) -> dict[str, Any]:
    """Every state, two owners, one order in three for an object."""
    owner = garage.founder if number % 2 else garage.partner
    vehicle = garage.vehicles[owner.code].id if number % 3 else None
    return {
        "number": f"OR-{2000 + number // 1000:04d}-{number % 1000 + 1:05d}",
        "collectivity_id": owner.id,
        "vehicle_id": vehicle,
        "object_label": None if vehicle else f"Portail n° {number % 60}",
        "opened_on": date(2026, 1, 1),
        "state": STATES[number % len(STATES)],
        "kind": "other",
        "created_at": NOW,
        "version": 1,
    }


def _fill(session: Session, count: int) -> Garage:
    garage = make.garage(session)
    session.execute(insert(RepairOrder), [_row(garage, number) for number in range(count)])
    session.execute(
        insert(Numbering), [{"series": "OR", "year": 2000, "last": 999, "last_issued_on": date(2000, 1, 1)}]
    )
    return garage


def _expected(count: int, **kept: Any) -> list[str]:
    numbers = [
        f"OR-{2000 + n // 1000:04d}-{n % 1000 + 1:05d}" for n in range(count) if all(f(n) for f in kept.values())
    ]
    return sorted(numbers, reverse=True)


def _walk(session: Session, wanted: OrderFilter, size: int = 7) -> list[str]:
    found = queries.find(session, wanted.text)
    numbers: list[str] = []
    pages = [queries.page(session, wanted, size=size, found=found)]
    while pages[-1].next:
        pages.append(queries.page(session, wanted, Key(pages[-1].next), size, found))
    for page in pages:
        numbers += [row.number for row in page.rows]
    for later, page in zip(pages[1:], pages, strict=False):
        back = queries.page(session, wanted, Key(later.previous, backwards=True), size, found)
        assert [row.number for row in back.rows] == [row.number for row in page.rows]
        assert (back.previous is None) is (page is pages[0])
    return numbers


def test_each_filter_gives_its_orders_once_there_and_back(database: Database) -> None:
    with database.transaction() as session:
        _fill(session, 120)
        assert _walk(session, OrderFilter()) == _expected(120)
        opened = {STATES.index(state) for state in OPEN_STATES}
        assert _walk(session, OrderFilter(OPEN_STATES)) == _expected(120, state=lambda n: n % 11 in opened)
        done = STATES.index(OrderState.DONE)
        wanted = OrderFilter(frozenset({OrderState.DONE}), "VILLE")
        assert _walk(session, wanted, 2) == _expected(120, state=lambda n: n % 11 == done, owner=lambda n: n % 2)
        assert _walk(session, OrderFilter(text="portail")) == _expected(120, objects=lambda n: n % 3 == 0)
        assert _walk(session, OrderFilter(text="BOURG-1")) == _expected(120, vehicles=lambda n: n % 3 and n % 2 == 0)
        assert _walk(session, OrderFilter(text="2000-7")) == ["OR-2000-00007"]
        assert _walk(session, OrderFilter(text="or-7 ")) == ["OR-2000-00007"]
        assert _walk(session, OrderFilter(collectivity="RIEN")) == []


def test_too_many_objects_are_told(database: Database) -> None:
    with database.transaction() as session:
        _fill(session, 360)
        found = queries.find(session, "portail n°")
        assert found is not None
        assert (found.too_many, len(found.ways)) == (False, 21)
        session.execute(
            insert(RepairOrder),
            [
                _row(make_owner(session), 1000 + n) | {"vehicle_id": None, "object_label": f"Benne {n}"}
                for n in range(51)
            ],
        )
        found = queries.find(session, "benne")
        assert found is not None
        assert found.too_many


def make_owner(session: Session) -> Any:
    """The garage already filled, as far as rows need it."""
    garage = Garage.__new__(Garage)
    rows = {
        code: session.execute(text(f"SELECT id FROM collectivities WHERE code = '{code}'")).scalar_one()
        for code in ("VILLE", "BOURG")
    }
    garage.founder, garage.partner = (
        type("Owner", (), {"id": rows[code], "code": code})() for code in ("VILLE", "BOURG")
    )
    vehicle = session.execute(text("SELECT id FROM vehicles WHERE fleet_number = 'VILLE-1'")).scalar_one()
    garage.vehicles = {code: type("Vehicle", (), {"id": vehicle})() for code in ("VILLE", "BOURG")}
    return garage


def _plan(session: Session, branches: Any, key: Key = Key()) -> str:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    dialect = sqlite.dialect() if on_sqlite else postgresql.dialect()
    statement = queries._picked(branches, key, 25)
    written = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    prefix = "EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN "
    rows = session.connection().exec_driver_sql(prefix + str(written).replace("%%", "%"))
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("key", [Key(), Key("OR-2003-00500"), Key("OR-2003-00500", backwards=True)])
def test_each_filter_is_a_seek_in_an_index(database: Database, key: Key) -> None:
    with database.transaction() as session:
        _fill(session, 6000)
        mostly = text("UPDATE repair_orders SET state = 'invoiced' WHERE substr(number, 12, 1) <> '7'")
        session.execute(mostly)
        session.execute(text("ANALYZE"))
        asked = {
            "ix_repair_orders_state_number": OrderFilter(OPEN_STATES),
            "uq_repair_orders_number": OrderFilter(),
            "ix_repair_orders_collectivity_number": OrderFilter(collectivity="VILLE"),
            "ix_repair_orders_collectivity_state_number": OrderFilter(OPEN_STATES, "VILLE"),
        }
        for index, wanted in asked.items():
            plan = _plan(session, queries._branches(session, wanted, None), key)
            if database.is_sqlite:
                assert index in plan or "sqlite_autoindex_repair_orders" in plan, plan
                assert "SCAN repair_orders" not in plan.replace("SCAN repair_orders USING", ""), plan
            else:  # it weighs several indexes, by what is rare
                assert "Index" in plan, plan
                assert "Seq Scan" not in plan, plan


def test_the_entry_reads(database: Database) -> None:
    with database.transaction() as session:
        garage = make.garage(session)
        found = order_entries.codes(session, TariffNature.LABOUR, (date(2025, 12, 31), date(2026, 1, 1)))
        assert [code for code, _, _ in found] == ["MO-SER", "MO-VL"]
        assert order_entries.codes(session, TariffNature.LABOUR, (date(2024, 1, 1), date(2024, 12, 31))) == []
        order = make.order(session, garage.partner, vehicle_id=garage.vehicles["BOURG"].id)
        make.labour(session, order)
        (line,) = queries.lines(session, order.id)
        assert (line.tariff_label, line.minutes, line.invoice) == ("Main-d’œuvre VL", 60, None)
        assert [row.number for row in order_entries.open_orders_of(session, garage.vehicles["BOURG"].id)] == [
            order.number
        ]
        assert queries.next_to_check(session, order.number) is None
        assert session.scalars(select(RepairOrder.number)).all() == [order.number]


def test_vehicles_are_found_without_accents_or_capitals(database: Database) -> None:
    with database.transaction() as session:
        owner = make.collectivity(session, "BOURG")
        make.vehicle(session, owner, "B-1", registration=None, make="Noremat", model="Épareuse arrière")
    with database.reading() as session:
        for text in ("épareuse", "epareuse", "EPAREUSE arriere", "noremat ÉPAREUSE"):
            assert [row.fleet_number for row in order_entries.vehicles(session, text, "")] == ["B-1"], text
