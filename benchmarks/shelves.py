"""A stock of any size, written by the database itself: parts, bins, years of movements whose sums are right."""

import re
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.garages import HEAD, NOW, Size, fill
from garage.db.session import Database
from garage.operations import stock_totals

# Cycles of a receipt of 24 and four issues of 5, at a cost of 10 to 99 euros that is the part's own, over ten years.
_DAYS = 3_650
_ON_HAND = "(4 * (j / 5) + 24 - 5 * (j % 5))"
_COST = "(p % 90 + 10)"


@dataclass(frozen=True, slots=True)
class Shelves:
    """So many parts with so many movements in all."""

    parts: int
    movements: int

    @property
    def each(self) -> int:
        """Movements of one part."""
        return self.movements // self.parts


def fill_shelves(database: Database, shelves: Shelves) -> None:
    """A small garage, and this stock."""
    fill(database, Size(30, 0))
    with database.transaction() as session:
        _write(session, shelves)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    with database.transaction() as session:
        stock_totals.bring_up_to_date(session)


def _write(session: Session, shelves: Shelves) -> None:
    told = {"head": HEAD, "now": NOW.isoformat(sep=" "), "parts": shelves.parts, "each": shelves.each}
    told |= {
        "part": (session.scalar(text("SELECT max(id) FROM parts")) or 0) + 1,
        "bin": (session.scalar(text("SELECT max(id) FROM bins")) or 0) + 1,
    }
    postgresql = session.get_bind().dialect.name == "postgresql"
    day = f"j * {_DAYS} / :each"
    moved_on = f"date '2016-10-01' + {day}" if postgresql else f"date('2016-10-01', '+' || ({day}) || ' days')"
    now = "cast(:now AS timestamptz)" if postgresql else ":now"
    run = partial(_run, session, told)
    run(f"""INSERT INTO bins (id, store_id, code)
        SELECT :bin + n, 1, 'B' || n FROM ({_numbers(":parts / 10 + 1")}) AS numbered""")  # noqa: S608 - no word of anybody
    last = _ON_HAND.replace("j", "(:each - 1)")
    run(f"""INSERT INTO parts (id, reference, label, search_text, unit, bin_id, family, tag, active, on_hand,
            average_cost, value)
        SELECT :part + p, 'STK-' || (100000 + p), 'Pièce de stock ' || p, 'stk-' || (100000 + p) || ' piece de stock',
            'u', :bin + p / 10, 'Famille ' || (p % 12), 'stk' || p, true, {last} * 1000, {_COST} * 10000,
            {last} * {_COST} * 100
        FROM (SELECT n AS p FROM ({_numbers(":parts")}) AS numbered) AS made""")  # noqa: S608
    run("""INSERT INTO bin_stock (part_id, bin_id, quantity)
        SELECT id, bin_id, on_hand FROM parts WHERE id >= :part""")
    quantity = "(CASE WHEN j % 5 = 0 THEN 24 ELSE -5 END)"
    run(f"""INSERT INTO stock_movements (part_id, bin_id, kind, quantity, unit_cost, average_cost, on_hand,
            value_change, moved_on, reason, forced, actor_id, recorded_at)
        SELECT :part + p, :bin + p / 10, CASE WHEN j % 5 = 0 THEN 'receipt' ELSE 'issue' END, {quantity} * 1000,
            {_COST} * 10000, {_COST} * 10000, {_ON_HAND} * 1000, {quantity} * {_COST} * 100, {moved_on}, 'Banc', false,
            :head, {now}
        FROM (SELECT n / :parts AS j, n % :parts AS p FROM ({_numbers(":parts * :each")}) AS numbered) AS made
        ORDER BY j, p""")  # noqa: S608


def _numbers(count: str) -> str:
    """The whole numbers below a count."""
    return f"WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n + 1 < {count}) SELECT n FROM r"  # noqa: S608


def _run(session: Session, told: dict[str, object], statement: str) -> None:
    named = set(re.findall(r"(?<!:):(\w+)", statement))
    session.execute(text(statement), {name: told[name] for name in named})
