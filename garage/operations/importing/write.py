"""Writes what the files change, table after table, in bulk; no rule here, and no commit."""

import re
import secrets
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar, cast

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.orm import Session

from garage.db.base import Base
from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.invoices import Numbering
from garage.db.models.parts import PartEquivalent, PartSupplier
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.stock import Bin, BinStock, Part, PartBarcode, StockMovement, Store
from garage.db.models.suppliers import Supplier
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.models.users import User
from garage.db.models.vehicles import MeterReading, Vehicle
from garage.db.types import ScaledDecimal
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.domain.stock import Balance
from garage.french.plain import plain_text
from garage.operations import journal, stock_totals, stores, suppliers
from garage.operations.importing.known import Known, Values
from garage.operations.importing.state import State
from garage.operations.importing.stock import LineKey, Planned
from garage.operations.numbering import ORDER_SERIES

K = TypeVar("K", bound=Hashable)
_NUMBER = re.compile(rf"{ORDER_SERIES}-([0-9]{{4}})-([0-9]{{5,9}})")


_AT_ONCE = 500


def _told(rows: Iterable[Values], name: str) -> list[Any]:
    """What rows have under a name, each once."""
    return sorted({row[name] for row in rows if row.get(name)})


class Writer:
    """Writes in the order the tables refer to one another; ids come back by the keys of the files."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._session = state.session

    def write(self, planned: Sequence[Planned]) -> None:
        """Everything that is new or changed, then flush."""
        owners = self._collectivities()
        self._tariffs()
        people = self._mechanics()
        vehicles = self._vehicles(owners)
        self._suppliers()
        self._bins()
        parts = self._parts()
        orders = self._orders(owners, vehicles)
        lines = self._lines(orders, {"part": parts, "mechanic": people})
        self._movements(planned, parts, lines)
        self._numbering()
        self._session.flush()
        self._session.expire_all()

    def _save(self, model: type[Base], known: Known[K], links: Mapping[str, tuple[str, Mapping[Any, int]]]) -> None:
        """Update then insert; `links` gives for a key that points elsewhere its column and the ids."""

        def stored(values: Values) -> Values:
            row = {name: value for name, value in values.items() if name not in links}
            for name, (column, ids) in links.items():
                if name in values:
                    row[column] = None if values[name] is None else ids[values[name]]
            return row

        changes = ((known.present[key]["id"], stored(values)) for key, values in known.updated.items())
        self._update(model, [{"id": row_id, **values} for row_id, values in changes if values])
        self._insert(model, [stored(values) for values in known.created.values()])

    def _insert(self, model: type[Base], rows: Sequence[Values]) -> None:
        """In Core: one statement for all; the ORM would group rows by the columns that are not null."""
        if rows:
            self._session.execute(insert(cast(Table, model.__table__)), rows)

    def _update(self, model: type[Base], rows: Sequence[Values]) -> None:
        if rows:
            self._session.execute(update(model), rows)

    def _ids(self, *columns: Any) -> dict[Any, int]:
        """Ids by key: the key's columns, then the id."""
        rows = self._session.execute(select(*columns)).all()
        return {(row[0] if len(row) == 2 else tuple(row[:-1])): row[-1] for row in rows}

    def _collectivities(self) -> dict[str, int]:
        known = self._state.collectivities
        # One issuer at any instant: the one who no longer is comes first.
        known.updated = dict(sorted(known.updated.items(), key=lambda item: bool(item[1].get("is_issuer"))))
        self._save(Collectivity, known, {})
        owners = self._ids(Collectivity.code, Collectivity.id)
        self._save(Convention, self._state.conventions, {"collectivity": ("collectivity_id", owners)})
        return owners

    def _tariffs(self) -> None:
        self._save(TariffGrid, self._state.grids, {})
        grids = self._ids(TariffGrid.name, TariffGrid.id)
        self._save(TariffGridLine, self._state.tariffs, {"grid": ("grid_id", grids)})

    def _mechanics(self) -> dict[str, int]:
        """Ids of everybody who may be named, and new persons without sign-in."""
        state = self._state
        rows = [
            {"name": name, "role": Role.MECHANIC, "session_token": secrets.token_hex(16), "created_at": state.now}
            for name in state.new_mechanics.values()
        ]
        known = {key: row["id"] for key, row in state.mechanics.items()}
        if not rows:
            return known
        ids = self._session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), rows)
        return known | dict(zip(state.new_mechanics, ids, strict=True))

    def _vehicles(self, owners: Mapping[str, int]) -> dict[str, int]:
        known = self._state.vehicles
        self._save(Vehicle, known, {"collectivity": ("collectivity_id", owners)})
        ids = self._ids(Vehicle.fleet_number, Vehicle.id)
        read = {key: row["meter"] for key, row in [*known.created.items(), *known.updated.items()] if row.get("meter")}
        self._insert(
            MeterReading,
            [{"vehicle_id": ids[key], "read_on": self._state.today, "value": meter} for key, meter in read.items()],
        )
        return ids

    def _parts(self) -> dict[str, int]:
        known = self._state.parts
        told = [*known.created.values(), *known.updated.values()]
        bins = {
            (store, code): stores.bin_of(self._session, code, stores.store_of(self._session, store))
            for store, code in _told(told, "place")
        }
        sellers = {name: suppliers.named(self._session, name, self._state.now) for name in _told(told, "supplier")}
        for key, changes in known.updated.items():
            if "family" in changes:
                present = known.present[key]
                stock_totals.change_family(self._session, present["id"], present["family"], changes["family"])
        self._save(Part, known, {"place": ("bin_id", bins), "supplier": ("supplier_id", sellers)})
        ids = self._ids(Part.reference, Part.id)
        barcodes = self._state.new_barcodes.items()
        self._insert(PartBarcode, [{"code": code, "part_id": ids[part]} for code, part in barcodes])
        self._sold(ids)
        self._offers(ids)
        twins = [sorted((ids[one], ids[other])) for one, other in self._state.twins.created]
        self._insert(PartEquivalent, [{"part_id": one, "other_id": other} for one, other in twins])
        offered = {part for part, _ in (*self._state.offers.created, *self._state.offers.updated)}
        self._find_again(sorted(ids[part] for part in offered | known.created.keys() | known.updated.keys()))
        return ids

    def _suppliers(self) -> None:
        known = self._state.suppliers
        for key, changes in known.updated.items():
            changes["version"] = known.present[key]["version"] + 1
            changes["search_text"] = suppliers.search_text(known.present[key] | changes)
        for row in known.created.values():
            row |= {"search_text": suppliers.search_text(row), "created_at": self._state.now}
        self._save(Supplier, known, {})

    def _bins(self) -> None:
        """Stores and bins that are new, and the names of stores."""
        for (store, _), row in self._state.bins.created.items():
            store_id = stores.store_of(self._session, store)
            if row["code"]:
                stores.bin_of(self._session, row["code"], store_id)
        for store, name in self._state.store_names.items():
            self._session.execute(update(Store).where(Store.code == store).values(name=name))

    def _offers(self, ids: Mapping[str, int]) -> None:
        """Who sells the parts: what references.csv says comes after what a part's own row says of its supplier."""
        known = self._state.offers
        given = {key: known.find(key) or {} for key in (*known.created, *known.updated)}
        sellers = {row["supplier"]: suppliers.named(self._session, row["supplier"], self._state.now)
                   for row in given.values()}  # fmt: skip
        self._sell(
            {"part_id": ids[part], "supplier_id": sellers[row["supplier"]]}
            | {name: row[name] for name in ("reference", "price", "pack")}
            for (part, _), row in given.items()
        )

    def _find_again(self, part_ids: Sequence[int]) -> None:
        """What the search of these parts looks in: reference, label, supplier, their references."""
        for some in (part_ids[start : start + _AT_ONCE] for start in range(0, len(part_ids), _AT_ONCE)):
            words = {
                row.id: [row.reference, row.label, row.name or ""]
                for row in self._session.execute(
                    select(Part.id, Part.reference, Part.label, Supplier.name)
                    .outerjoin(Supplier, Supplier.id == Part.supplier_id)
                    .where(Part.id.in_(some))
                )
            }
            theirs = select(PartSupplier.part_id, PartSupplier.reference).where(PartSupplier.part_id.in_(some))
            for row in self._session.execute(theirs.order_by(PartSupplier.part_id, PartSupplier.supplier_id)):
                words[row.part_id].append(row.reference or "")
            found = [{"id": part, "search_text": plain_text(" ".join(told))[:300]} for part, told in words.items()]
            self._update(Part, found)

    def _sold(self, ids: Mapping[str, int]) -> None:
        """The references under which suppliers sell the parts."""
        sellers = self._ids(Part.reference, Part.supplier_id)
        rows = [
            {"part_id": ids[part], "supplier_id": sellers[part], "reference": sold}
            for part, sold in self._state.sold.items()
        ]
        self._sell(rows)

    def _sell(self, told: Iterable[Values]) -> None:
        """Offers written or changed, with their keys."""
        rows = list(told)
        known = {tuple(row) for row in self._session.execute(select(PartSupplier.part_id, PartSupplier.supplier_id))}
        self._update(PartSupplier, [row for row in rows if (row["part_id"], row["supplier_id"]) in known])
        self._insert(PartSupplier, [row for row in rows if (row["part_id"], row["supplier_id"]) not in known])

    def _orders(self, owners: Mapping[str, int], vehicles: Mapping[str, int]) -> dict[str, int]:
        known = self._state.orders
        for number, changes in known.updated.items():
            changes["version"] = known.present[number]["version"] + 1
        for row in known.created.values():
            row["created_at"] = self._state.now
        links = {"collectivity": ("collectivity_id", owners), "vehicle": ("vehicle_id", vehicles)}
        self._save(RepairOrder, known, links)
        ids = self._ids(RepairOrder.number, RepairOrder.id)
        self._insert(OrderStateChange, list(self._entered(ids)))
        return ids

    def _entered(self, ids: Mapping[str, int]) -> Iterable[Values]:
        """States entered: at noon of the days the file says, else now."""
        known = self._state.orders
        for number, row in known.created.items():
            yield self._state_change(ids[number], OrderState.IN_PROGRESS, row["opened_on"])
            if row["closed_on"] is not None:
                yield self._state_change(ids[number], OrderState.DONE, row["closed_on"])
        for number, changes in known.updated.items():
            state = changes.get("state")
            if state is not None and state is not known.present[number]["state"]:
                yield self._state_change(ids[number], state, changes.get("closed_on"))

    def _state_change(self, order_id: int, state: OrderState, day: date | None) -> Values:
        noon = self._state.now if day is None else datetime.combine(day, time(12), UTC)
        return {"order_id": order_id, "state": state, "at": min(noon, self._state.now)}

    def _lines(self, orders: Mapping[str, int], others: Mapping[str, Mapping[str, int]]) -> dict[LineKey, int]:
        known = self._state.lines
        for row in known.created.values():
            row["created_at"] = self._state.now
        links = {
            "order": ("order_id", orders),
            "part": ("part_id", others["part"]),
            "mechanic": ("mechanic_id", others["mechanic"]),
        }
        self._save(OrderLine, known, links)
        numbers = {order_id: number for number, order_id in orders.items()}
        found = self._ids(OrderLine.order_id, OrderLine.rank, OrderLine.id)
        return {(numbers[order_id], rank): line_id for (order_id, rank), line_id in found.items()}

    def _movements(self, planned: Sequence[Planned], parts: Mapping[str, int], lines: Mapping[LineKey, int]) -> None:
        places = self._places({one.part for one in planned if one.id is None})

        def stored(movement: Planned) -> Values:
            return {
                "part_id": parts[movement.part],
                "bin_id": places[movement.part],
                "on_hand": movement.on_hand,
                "value_change": movement.value_change,
                "through": movement.through,
                "kind": movement.kind,
                "quantity": movement.quantity,
                "unit_cost": movement.unit_cost,
                "average_cost": movement.average_cost,
                "moved_on": movement.moved_on,
                "order_line_id": None if movement.line is None else lines[movement.line],
                "reason": movement.reason,
                "recorded_at": self._state.now,
            }

        self._update(StockMovement, [{"id": one.id, **stored(one)} for one in planned if one.id is not None])
        self._insert(StockMovement, [stored(one) for one in planned if one.id is None])
        self._balances({one.part: one for one in planned}, parts)

    def _places(self, parts: set[str]) -> dict[str, int]:
        """Where parts move: in their usual bin, in the fullest of those that move already when there is none in it."""
        usual = self._ids(Part.reference, func.coalesce(Part.bin_id, stores.LOOSE))
        columns = select(Part.reference, BinStock.bin_id).join(Part, Part.id == BinStock.part_id)
        full = columns.where(BinStock.quantity > Decimal(0)).order_by(BinStock.quantity)
        held: dict[str, list[int]] = defaultdict(list)
        for part, bin_id in self._session.execute(full):
            held[part].append(bin_id)
        away = {part: held[part][-1] for part in parts & held.keys() if usual[part] not in held[part]}
        return usual | away

    def _balances(self, last: Mapping[str, Planned], parts: Mapping[str, int]) -> None:
        """What the parts that moved, and their bins, hold now."""
        rows = [
            {
                "id": parts[part],
                "on_hand": one.on_hand,
                "average_cost": one.average_cost,
                "value": Balance(one.on_hand, one.average_cost).worth,
            }
            for part, one in last.items()
        ]
        self._update(Part, rows)
        where = (StockMovement.part_id, StockMovement.bin_id)
        whole = func.sum(StockMovement.quantity, type_=ScaledDecimal(3))
        ids = [row["id"] for row in rows]
        for some in (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)):
            self._session.execute(delete(BinStock).where(BinStock.part_id.in_(some)))
            held = select(*where, whole).where(StockMovement.part_id.in_(some)).group_by(*where)
            self._session.execute(insert(BinStock).from_select(["part_id", "bin_id", "quantity"], held))

    def _numbering(self) -> None:
        """Numbers brought in push the counter of their year, so that the next one given is free (rule O1)."""
        last: dict[int, int] = {}
        days: dict[int, date] = {}
        for number in self._state.orders.given():
            if found := _NUMBER.fullmatch(number):
                year = int(found[1])
                last[year] = max(last.get(year, 0), int(found[2]))
                opened = (self._state.orders.find(number) or {})["opened_on"]
                days[year] = max(days.get(year, opened), opened)
        rows = select(Numbering.year, Numbering.last).where(Numbering.series == ORDER_SERIES)
        present = {row.year: row.last for row in self._session.execute(rows)}
        new = [year for year in last if year not in present]
        higher = [year for year in last if year in present and last[year] > present[year]]
        self._insert(
            Numbering,
            [{"series": ORDER_SERIES, "year": year, "last": last[year], "last_issued_on": days[year]} for year in new],
        )
        self._update(Numbering, [{"series": ORDER_SERIES, "year": year, "last": last[year]} for year in higher])


def lock(session: Session) -> None:
    """Keep others from writing while the import compares and writes; SQLite's transaction does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        stock_totals.hold(session)
        models = (
            Collectivity, Convention, TariffGrid, TariffGridLine, User, Vehicle, Store, Bin, Supplier, Part,
            PartBarcode, PartSupplier, PartEquivalent, BinStock, RepairOrder, OrderLine, StockMovement, Numbering,
        )  # fmt: skip
        session.connection().exec_driver_sql(
            f"LOCK TABLE {', '.join(model.__tablename__ for model in models)} IN SHARE ROW EXCLUSIVE MODE"
        )


def note(state: State, folder: str) -> None:
    """One entry in the journal for an import that changed something."""
    data = {count.file: {"created": count.created, "updated": count.updated} for count in state.counts}
    actor = Actor(None, "import", Role.ADMIN)
    name = folder.encode("utf-8", "replace").decode("utf-8")
    journal.record(state.session, actor, "import", ("folder", name), data=data, now=state.now)
