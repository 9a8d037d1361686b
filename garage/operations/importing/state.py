"""What one import works on: the day, the findings, and every table by key, read from the database once."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from garage.clock import paris_day
from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.invoices import Invoice, InvoiceLine, LiveBilling
from garage.db.models.parts import PartEquivalent, PartSupplier
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.stock import Bin, Part, PartBarcode, Store
from garage.db.models.stock_years import StockYear
from garage.db.models.suppliers import Supplier
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.queries.tariffs import latest_billed_day
from garage.domain.invoices.bill import BilledNature
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.french.plain import plain_text
from garage.operations import stores
from garage.operations.importing.cells import Cells
from garage.operations.importing.files import Table
from garage.operations.importing.known import Known, Values
from garage.operations.importing.report import FileCount, Findings

Progress = Callable[[str, int, int], None]
_STEP = 1000
_PERSON: tuple[Any, ...] = (User.id, User.name, User.role)
# A part is billed under its own reference, external work and fees under the one line of their nature.
_BY_NATURE = {BilledNature.PART: "parts", BilledNature.EXTERNAL: "external", BilledNature.STRUCTURE: "structure"}


@dataclass(slots=True)
class Billed:
    """What issued bills rest on, by id; `tariffs` holds a grid's id with a code, or with a percent nature."""

    lines: set[int]
    orders: set[int]
    conventions: set[int]
    grids: set[int]
    tariffs: set[tuple[int, str]]
    collectivities: set[int]
    latest_day: date | None


@dataclass(slots=True)
class State:
    """Everything the readers of the files share."""

    session: Session
    now: datetime
    today: date
    progress: Progress
    findings: Findings
    tables: dict[str, Table]
    billed: Billed
    collectivities: Known[str]
    conventions: Known[tuple[str, date]]
    grids: Known[str]
    tariffs: Known[tuple[str, str]]
    vehicles: Known[str]
    suppliers: Known[str]
    bins: Known[tuple[str, str]]
    parts: Known[str]
    offers: Known[tuple[str, str]]
    twins: Known[tuple[str, str]]
    frozen_year: int | None
    main_store: str
    barcodes: dict[str, str]
    orders: Known[str]
    lines: Known[tuple[str, int]]
    mechanics: dict[str, Values]
    closings: set[tuple[int, date]]
    new_mechanics: dict[str, str] = field(default_factory=dict)
    new_barcodes: dict[str, str] = field(default_factory=dict)
    sold: dict[str, str] = field(default_factory=dict)
    sold_as: dict[str, tuple[str, str]] = field(default_factory=dict)
    store_names: dict[str, str] = field(default_factory=dict)
    terms: dict[str, list[tuple[date, date | None]]] = field(default_factory=dict)
    counts: list[FileCount] = field(default_factory=list)

    def rows(self, table: Table) -> Iterator[Cells]:
        """The rows of a file one by one, telling how far we are."""
        total = len(table.rows)
        for done, row in enumerate(table.rows):
            if done % _STEP == 0:
                self.progress(table.layout.name, done, total)
            yield Cells(table, row, self.findings)
        self.progress(table.layout.name, total, total)


def person_key(name: str) -> str:
    """Two spellings of one person's name: case and spaces do not count."""
    return " ".join(name.casefold().split())


def load(session: Session, *, with_lines: bool) -> dict[str, Any]:
    """Every table by the keys of the files; lines of orders only when a file needs them."""
    collectivities = _by(session, select(*Collectivity.__table__.c), "code")
    codes = {row["id"]: code for code, row in collectivities.items()}
    grids = _by(session, select(*TariffGrid.__table__.c), "name")
    names = {row["id"]: name for name, row in grids.items()}
    vehicles = _by(session, select(*Vehicle.__table__.c), "fleet_number")
    fleet = {row["id"]: number for number, row in vehicles.items()}
    parts = _parts(session)
    references = {row["id"]: reference for reference, row in parts.items()}
    orders = _by(session, select(*RepairOrder.__table__.c), "number")
    for row in vehicles.values():
        row["collectivity"] = codes[row["collectivity_id"]]
    for row in orders.values():
        row["collectivity"], row["vehicle"] = codes[row["collectivity_id"]], fleet.get(row["vehicle_id"])
    people = list(_dicts(session, select(*_PERSON).order_by(User.id)))
    return {
        "billed": _billed(session),
        "collectivities": Known(collectivities),
        "conventions": Known(_conventions(session, codes)),
        "grids": Known(grids),
        "tariffs": Known(_tariffs(session, names)),
        "vehicles": Known(vehicles),
        "suppliers": Known(_suppliers(session)),
        "bins": Known(_bins(session)),
        "parts": Known(parts),
        "offers": Known(_offers(session)),
        "twins": Known(_twins(session, references)),
        "main_store": session.scalars(select(Store.code).where(Store.id == stores.MAIN)).one(),
        "frozen_year": session.scalar(select(func.max(StockYear.year))),
        "barcodes": {row.code: references[row.part_id] for row in session.execute(select(*PartBarcode.__table__.c))},
        "orders": Known(orders),
        "lines": Known(_lines(session, orders, references, people) if with_lines else {}),
        "mechanics": _mechanics(people),
        "closings": _closings(session),
    }


def _parts(session: Session) -> dict[str, Values]:
    """Parts with their supplier by name and its own reference; `place` is store and bin, None for no bin."""
    sold = (PartSupplier.part_id == Part.id) & (PartSupplier.supplier_id == Part.supplier_id)
    columns = select(*Part.__table__.c, Part.supplier, Store.code.label("store"), Bin.code.label("bin"),
                     PartSupplier.reference.label("sold"))  # fmt: skip
    joined = columns.outerjoin(Bin, Bin.id == Part.bin_id).outerjoin(Store, Store.id == Bin.store_id)
    rows = _by(session, joined.outerjoin(PartSupplier, sold), "reference")
    for row in rows.values():
        row["place"] = None if row["bin_id"] in (None, stores.LOOSE) else (row["store"], row["bin"])
    return rows


def _suppliers(session: Session) -> dict[str, Values]:
    """By name, case and accents apart, the first made of those that are alike."""
    found: dict[str, Values] = {}
    for row in _dicts(session, select(*Supplier.__table__.c).order_by(Supplier.id)):
        found.setdefault(plain_text(row["name"]), row)
    return found


def _bins(session: Session) -> dict[tuple[str, str], Values]:
    """By the code of their store and their own, case and accents apart; an empty one is the store itself."""
    wanted: tuple[Any, ...] = (Store.code.label("store"), Store.name.label("store_name"), Bin.code.label("bin"))
    rows = list(_dicts(session, select(*wanted).outerjoin(Bin, Bin.store_id == Store.id).order_by(Bin.id)))
    found = {(row["store"], plain_text(row["bin"] or "")): row for row in reversed(rows)}
    return {(row["store"], ""): row for row in rows} | found


def _offers(session: Session) -> dict[tuple[str, str], Values]:
    columns = select(*PartSupplier.__table__.c, Part.reference.label("part"), Supplier.name.label("supplier"))
    joined = columns.join(Part, Part.id == PartSupplier.part_id)
    rows = _dicts(session, joined.join(Supplier, Supplier.id == PartSupplier.supplier_id).order_by(Supplier.id.desc()))
    return {(row["part"], plain_text(row["supplier"])): row for row in rows}


def _twins(session: Session, references: dict[int, str]) -> dict[tuple[str, str], Values]:
    rows = session.execute(select(PartEquivalent.part_id, PartEquivalent.other_id))
    pairs = ((references[row.part_id], references[row.other_id]) for row in rows)
    return {(min(pair), max(pair)): {} for pair in pairs}


def _dicts(session: Session, statement: Select[Any]) -> Iterator[Values]:
    return (dict(row) for row in session.execute(statement).mappings())


def _by(session: Session, statement: Select[Any], key: str) -> dict[str, Values]:
    return {row[key]: row for row in _dicts(session, statement)}


def _conventions(session: Session, codes: dict[int, str]) -> dict[tuple[str, date], Values]:
    rows = list(_dicts(session, select(*Convention.__table__.c)))
    for row in rows:
        row["collectivity"] = codes[row["collectivity_id"]]
    return {(row["collectivity"], row["starts_on"]): row for row in rows}


def _tariffs(session: Session, names: dict[int, str]) -> dict[tuple[str, str], Values]:
    rows = list(_dicts(session, select(*TariffGridLine.__table__.c)))
    for row in rows:
        row["grid"] = names[row["grid_id"]]
    return {(row["grid"], row["code"]): row for row in rows}


def _lines(
    session: Session, orders: dict[str, Values], references: dict[int, str], people: list[Values]
) -> dict[tuple[str, int], Values]:
    numbers = {row["id"]: number for number, row in orders.items()}
    names = {row["id"]: person_key(row["name"]) for row in people}
    rows = list(_dicts(session, select(*OrderLine.__table__.c)))
    for row in rows:
        row["order"], row["part"] = numbers[row["order_id"]], references.get(row["part_id"])
        row["mechanic"] = names.get(row["mechanic_id"])
    return {(row["order"], row["rank"]): row for row in rows}


def _closings(session: Session) -> set[tuple[int, date]]:
    """Days on which orders that are open again were once closed."""
    rows = session.execute(
        select(OrderStateChange.order_id, OrderStateChange.at)
        .join(RepairOrder, RepairOrder.id == OrderStateChange.order_id)
        .where(OrderStateChange.state == OrderState.DONE, RepairOrder.closed_on.is_(None))
    )
    return {(row.order_id, paris_day(row.at)) for row in rows}


def _mechanics(people: list[Values]) -> dict[str, Values]:
    """Whoever may be named as a mechanic, mechanics before others, the first of a name before the next."""
    ranked = sorted((row for row in people if row["role"] is not Role.COLLECTIVITY), key=_not_mechanic)
    found: dict[str, Values] = {}
    for row in ranked:
        found.setdefault(person_key(row["name"]), row)
    return found


def _not_mechanic(row: Values) -> bool:
    return row["role"] is not Role.MECHANIC


def _billed(session: Session) -> Billed:
    live = session.execute(
        select(LiveBilling.order_line_id, OrderLine.order_id).join(OrderLine, OrderLine.id == LiveBilling.order_line_id)
    ).all()
    printed = session.execute(
        select(InvoiceLine.grid_id, InvoiceLine.convention_id, InvoiceLine.nature, InvoiceLine.code).distinct()
    )
    used: dict[str, set[int]] = defaultdict(set)
    tariffs: set[tuple[int, str]] = set()
    for row in printed:
        used["grids"].add(row.grid_id)
        used["conventions"] |= {row.convention_id} - {None}
        tariffs.add((row.grid_id, _BY_NATURE.get(row.nature, row.code)))
    return Billed(
        lines={row.order_line_id for row in live},
        orders={row.order_id for row in live},
        conventions=used["conventions"],
        grids=used["grids"],
        tariffs=tariffs,
        collectivities=set(session.scalars(select(Invoice.collectivity_id).distinct())),
        latest_day=latest_billed_day(session),
    )
