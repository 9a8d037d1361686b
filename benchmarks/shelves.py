"""A stock of any size, written by the database itself: parts, bins, years of movements, what was bought and counted."""

# ruff: noqa: S608 - no word of anybody

import re
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.garages import HEAD, NOW, Size, fill
from garage.db.session import Database
from garage.operations import stock_totals

# What a part goes through again and again over ten years, at a cost of 10 to 99 euros that is its own: the kind and
# the quantity of each movement. The last two carry some to a bin of the other store.
_CYCLE = (
    ("receipt", 24), *(("issue", -5),) * 4, ("receipt", 24), *(("issue", -5),) * 4, ("receipt", 24),
    *(("issue", -5),) * 2, ("return", 1), ("issue", -5), ("loss", -1), ("issue", -5), ("count", -2),
    ("transfer", -2), ("transfer", 2),
)  # fmt: skip
_TURN = len(_CYCLE)
_GAIN = sum(quantity for _, quantity in _CYCLE)
_DAYS = 3_650
_FAMILIES, _SUPPLIERS = 12, 30
# Parts to order, orders that keep or ask for a part, differences of a count: as many in a small stock as in a large.
_SHORT, _ASKED, _WRONG = 40, 20, 12
_COST = "(p % 90 + 10)"
_BUSY = 0  # the part that a hundredth of the movements is about


@dataclass(frozen=True, slots=True)
class Shelves:
    """So many parts with so many movements in all."""

    parts: int
    movements: int

    @property
    def busiest(self) -> int:
        """Movements of the part that moves most: a hundredth of all, as many as the others' at least."""
        return max(self.movements // 100, self.movements // self.parts)

    @property
    def each(self) -> int:
        """Movements of any other part."""
        return (self.movements - self.busiest) // (self.parts - 1)


def fill_shelves(database: Database, shelves: Shelves) -> None:
    """A small garage, and this stock. SQLite is left without statistics, as a garage's own file is."""
    fill(database, Size(30, 0, max(shelves.movements // 100, 2 * _ASKED)))
    with database.transaction() as session:
        _Writer(session, shelves).write()
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    with database.transaction() as session:
        stock_totals.bring_up_to_date(session)


class _Writer:
    """Statements that write one stock; p numbers the parts, j the movements of one, from 0."""

    def __init__(self, session: Session, shelves: Shelves) -> None:
        self._session = session
        postgresql = session.get_bind().dialect.name == "postgresql"
        self._now = "cast(:now AS timestamptz)" if postgresql else ":now"
        self._date = "date '2016-10-01' + {}" if postgresql else "date('2016-10-01', '+' || ({}) || ' days')"
        self._told = {
            "head": HEAD, "parts": shelves.parts, "each": shelves.each,
            "busiest": shelves.busiest, "part": self._next("parts"), "bin": self._next("bins"),
            "orders": self._next("repair_orders") - 1, "line": self._next("order_lines"),
            "turns": (shelves.each + _TURN - 1) // _TURN, "groups": (shelves.parts + 9) // 10,
            "suppliers": _SUPPLIERS,
        }  # fmt: skip

    def _next(self, table: str) -> int:
        return (self._session.scalar(text(f"SELECT max(id) FROM {table}")) or 0) + 1

    def _run(self, statement: str) -> None:
        """Whole numbers go in as they are: PostgreSQL would take a bound one for the smallest integer it fits."""
        written = re.sub(r"(?<!:):(\w+)", lambda found: str(self._told.get(found[1], found[0])), statement)
        self._session.execute(text(written), {"now": NOW.isoformat(sep=" ")} if ":now" in written else {})

    def write(self) -> None:
        """Everything, each table after those it refers to."""
        for statement in (*self._catalogue(), *self._purchases(), *self._counts(), self._movements(), *self._sums()):
            self._run(statement)

    def _catalogue(self) -> tuple[str, ...]:
        made = f"({_numbers(':parts')}) AS numbered"
        return (
            "INSERT INTO stores (id, code, name, active) VALUES (2, 'DEP', 'Dépôt', true)",
            f"""INSERT INTO bins (id, store_id, code)
            SELECT :bin + n, CASE WHEN n < :groups THEN 1 ELSE 2 END, 'B' || n
            FROM ({_numbers(":groups + 5")}) AS numbered""",
            f"""INSERT INTO suppliers (id, name, search_text, active, version, created_at)
            SELECT n + 1, 'Fournisseur ' || n, 'fournisseur ' || n, true, 1, {self._now}
            FROM ({_numbers(":suppliers")}) AS numbered""",
            f"""INSERT INTO parts (id, reference, label, search_text, unit, bin_id, family, tag, minimum, supplier_id)
            SELECT :part + n, 'STK-' || (100000 + n), 'Pièce de stock ' || n, 'stk-' || (100000 + n) ||
                ' piece de stock ' || n || ' fournisseur ' || (n / 10 % :suppliers), 'u', :bin + n / 10,
                'Famille ' || (n % {_FAMILIES}), 'stk' || n,
                CASE WHEN n % (:parts / {_SHORT} + 1) = 3 THEN 100000000 WHEN n % 4 = 0 THEN 1000 END,
                n / 10 % :suppliers + 1 FROM {made}""",
            f"INSERT INTO part_barcodes (code, part_id) SELECT '3760' || (100000 + n), :part + n FROM {made}",
            f"""INSERT INTO part_suppliers (part_id, supplier_id, reference, price)
            SELECT :part + n, n / 10 % :suppliers + 1, 'F' || n, (n % 90 + 10) * 10000 FROM {made}""",
            f"""INSERT INTO order_lines (id, order_id, rank, nature, done_on, part_id, quantity, cost,
                bought_for_order, created_at)
            SELECT :line + n, n % :orders + 1, 2 + n / :orders, 'part', o.opened_on, :part + n % :parts, 5000,
                (n % :parts % 90 + 10) * 10000, false, {self._now}
            FROM ({_numbers(":parts * :turns")}) AS numbered JOIN repair_orders AS o ON o.id = n % :orders + 1""",
            f"""INSERT INTO reservations (part_id, repair_order_id, quantity, reserved_at)
            SELECT :part + n, :orders - n, 1000, {self._now} FROM ({_numbers(str(_ASKED))}) AS numbered""",
            f"""INSERT INTO part_requests (repair_order_id, part_id, label, quantity, state, asked_at, version)
            SELECT :orders - n, :part + n, 'Pièce demandée', 1000, 'asked', {self._now}, 1
            FROM ({_numbers(str(_ASKED))}) AS numbered""",
        )  # fmt: skip

    def _purchases(self) -> tuple[str, ...]:
        """Ten parts on each order to a supplier, received on one note and billed at once; a few were for an order."""
        notes, lines = f"({_numbers(':groups * :turns')}) AS numbered", f"({_numbers(':parts * :turns')}) AS numbered"
        day = self._date.format(f"(n / :groups) * {_TURN} * {_DAYS} / :each")
        supplier, note = "n % :groups % :suppliers + 1", "(n / :parts) * :groups + n % :parts / 10 + 1"
        last = "n >= :groups * :turns - 5"
        return (
            f"""INSERT INTO purchase_orders (id, number, supplier_id, state, ordered_on, created_at, version)
            SELECT n + 1, 'CF-' || (1000000 + n), {supplier}, CASE WHEN {last} THEN 'ordered' ELSE 'received' END,
                {day}, {self._now}, 1 FROM {notes}""",
            f"""INSERT INTO purchase_lines (id, purchase_order_id, rank, part_id, quantity, price, cancelled,
                repair_order_id)
            SELECT n + 1, {note}, n % 10 + 1, :part + n % :parts, 24000, 100000, 0,
                CASE WHEN n % 20 = 7 THEN n % :orders + 1 END FROM {lines}""",
            f"""INSERT INTO goods_receipts (id, supplier_id, delivery_note, received_on, recorded_at)
            SELECT n + 1, {supplier}, 'BL-' || n, {day}, {self._now} FROM {notes}""",
            f"""INSERT INTO receipt_lines (id, receipt_id, purchase_line_id, part_id, quantity, cost, order_line_id)
            SELECT n + 1, {note}, n + 1, :part + n % :parts, 24000, (n % :parts % 90 + 10) * 10000,
                CASE WHEN n % 20 = 7 THEN :line + n END FROM {lines}""",
            f"""INSERT INTO supplier_invoices (id, supplier_id, number, dated_on, net, vat, state, recorded_at, version)
            SELECT n + 1, {supplier}, 'FA-' || n, {day}, 100000, 20000,
                CASE WHEN {last} THEN 'to_check' ELSE 'accepted' END,
                {self._now}, 1 FROM {notes}""",
            f"""INSERT INTO supplier_invoice_lines (invoice_id, rank, label, quantity, price, net, receipt_line_id)
            SELECT {note}, n % 10 + 1, 'Pièce', 24000, 100000, 24000, n + 1 FROM {lines}
            WHERE n < :parts * :turns - 3""",
        )  # fmt: skip

    def _counts(self) -> tuple[str, ...]:
        """A full count of each of the last two years, approved; one under way and one to approve of half the parts."""
        counts = ((2024, "approved", ""), (2025, "approved", ""), (2026, "counting", "WHERE n % 2 = 0"),
                  (2027, "to_approve", "WHERE n % 2 = 1"))  # fmt: skip
        found = []
        for rank, (year, state, which) in enumerate(counts, 1):
            counted = "NULL" if state == "counting" else f"CASE WHEN n < {_WRONG} THEN 4000 ELSE 5000 END"
            at = "NULL" if state == "counting" else self._now
            found += [
                f"""INSERT INTO stock_counts (id, number, title, state, counted_on, opened_at, version)
                VALUES ({rank}, 'INV-{year}-00001', 'Inventaire complet', '{state}', '{min(year, 2026)}-10-01',
                {self._now}, 1)""",
                f"""INSERT INTO count_lines (count_id, part_id, bin_id, expected, counted, counted_at, recount, version,
                    seen_movement_id)
                SELECT {rank}, :part + n, :bin + n / 10, CASE WHEN {counted} IS NULL THEN NULL ELSE 5000 END, {counted},
                    {at}, false, 1, 0 FROM ({_numbers(":parts")}) AS numbered {which} ORDER BY n""",
            ]
        return tuple(found)

    def _movements(self) -> str:
        """In the order of their days; what came in by a note or went to an order says so, the busiest part's apart."""
        cycle, after = [], 0
        for place, (kind, quantity) in enumerate(_CYCLE):
            after += quantity
            cycle.append(f"({place}, '{kind}', {quantity}, {after})")
        who = "CASE WHEN kind = 'issue' THEN CASE WHEN m.j < :each / 20 THEN 7 ELSE 2 + p % 5 END ELSE :head END"
        line = f"CASE WHEN p = {_BUSY} THEN NULL WHEN s = {{}} THEN {{}} + m.j / {_TURN} * :parts + p END"
        return f"""WITH RECURSIVE cycle(s, kind, quantity, after) AS (VALUES {", ".join(cycle)}),
            plenty(p, j) AS (SELECT 0, 0 UNION ALL SELECT CASE WHEN j + 1 < CASE WHEN p = {_BUSY} THEN :busiest
                ELSE :each END THEN p ELSE p + 1 END, CASE WHEN j + 1 < CASE WHEN p = {_BUSY} THEN :busiest
                ELSE :each END THEN j + 1 ELSE 0 END FROM plenty WHERE p < :parts)
            INSERT INTO stock_movements (part_id, bin_id, kind, quantity, unit_cost, average_cost, on_hand,
                value_change, moved_on, receipt_line_id, order_line_id, reason, forced, actor_id, recorded_at)
            SELECT :part + p, CASE WHEN s = {_TURN - 1} THEN :bin + :groups + p % 5 ELSE :bin + p / 10 END, kind,
                quantity * 1000, {_COST} * 10000, {_COST} * 10000, (m.j / {_TURN} * {_GAIN} + after) * 1000,
                quantity * {_COST} * 100, {self._date.format("day")}, {line.format(0, 1)}, {line.format(1, ":line")},
                'Banc', false, {who}, {self._now}
            FROM (SELECT p, j, j % {_TURN} AS place, j * {_DAYS} / CASE WHEN p = {_BUSY} THEN :busiest ELSE :each END
                AS day FROM plenty WHERE p < :parts) AS m JOIN cycle ON s = place
            ORDER BY day, p, m.j"""

    def _sums(self) -> tuple[str, ...]:
        """What the movements add up to."""
        return (
            """INSERT INTO bin_stock (part_id, bin_id, quantity)
            SELECT part_id, bin_id, sum(quantity) FROM stock_movements GROUP BY part_id, bin_id""",
            """WITH sums AS (SELECT part_id, sum(quantity) AS held, sum(value_change) AS worth, max(unit_cost) AS cost
                FROM stock_movements GROUP BY part_id)
            UPDATE parts SET on_hand = held, average_cost = cost, value = worth FROM sums WHERE part_id = parts.id""",
        )


def _numbers(count: str) -> str:
    """The whole numbers below a count."""
    return f"WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n + 1 < {count}) SELECT n FROM r"
