"""Brings a folder of files in: reads all, tells every fault, writes only when there is none. Never commits."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from garage.operations.importing import (
    collectivities,
    conventions,
    layout,
    orders,
    parts,
    store_files,
    tariffs,
    vehicles,
)
from garage.operations.importing.files import Folder, Table, read_folder
from garage.operations.importing.known import Known
from garage.operations.importing.lines import Lines, reopen_orders
from garage.operations.importing.report import Findings, Report, in_order
from garage.operations.importing.state import Progress, State, load
from garage.operations.importing.stock import Opening, Planned, Replay, load_book
from garage.operations.importing.write import Writer, lock, note


def import_folder(session: Session, folder: Path, *, now: datetime, today: date, progress: Progress) -> Report:
    """Read the known files of a folder in their order, check everything, and write when there is no fault.

    Flushes, never commits. Importing the same folder twice changes nothing; a known row whose values differ is
    updated unless something billed rests on it (rules B8, O2). `progress` is told file, rows done, rows in all.
    """
    findings = Findings()
    found = read_folder(folder, findings)
    if not found.tables:
        return _report(found, findings, None)
    lock(session)
    with_lines = layout.LINES.name in found.tables
    state = State(session, now, today, progress, findings, found.tables, **load(session, with_lines=with_lines))
    planned = _read(state)
    if not findings.faults:
        reopen_orders(state)
        Writer(state).write(planned)
        if any(count.created or count.updated for count in state.counts):
            note(state, folder.name)
    return _report(found, findings, state)


def _read(state: State) -> list[Planned]:
    """Read the files in their order; returns the stock movements to write."""
    _mark_blind(state)
    _simple(state)
    openings: dict[str, Opening] = {}
    if table := _table(state, layout.PARTS):
        openings = parts.read(state, table)
    if table := _table(state, layout.OFFERS):
        store_files.read_offers(state, table)
    if table := _table(state, layout.TWINS):
        store_files.read_twins(state, table)
    if table := _table(state, layout.ORDERS):
        orders.read(state, table)
    lines: Lines | None = None
    if table := _table(state, layout.LINES):
        lines = Lines(state, table)
        lines.read()
    planned = _stock(state, openings, lines)
    _count(state)
    return planned


def _table(state: State, wanted: layout.Layout) -> Table | None:
    return state.tables.get(wanted.name)


def _mark_blind(state: State) -> None:
    """A file that could not be read whole excuses what refers to its rows."""
    owners: dict[layout.Layout, tuple[Known[Any], ...]] = {
        layout.COLLECTIVITIES: (state.collectivities,),
        layout.CONVENTIONS: (state.conventions,),
        layout.TARIFFS: (state.grids, state.tariffs),
        layout.VEHICLES: (state.vehicles,),
        layout.SUPPLIERS: (state.suppliers,),
        layout.BINS: (state.bins,),
        layout.PARTS: (state.parts,),
        layout.OFFERS: (state.offers,),
        layout.TWINS: (state.twins,),
        layout.ORDERS: (state.orders,),
        layout.LINES: (state.lines,),
    }
    for wanted, tables in owners.items():
        table = state.tables.get(wanted.name)
        for known in tables:
            known.blind = table is not None and not table.whole


def _simple(state: State) -> None:
    """The files that rest on nothing but those before them."""
    readers = (
        (layout.COLLECTIVITIES, collectivities.read),
        (layout.CONVENTIONS, conventions.read),
        (layout.TARIFFS, tariffs.read),
        (layout.VEHICLES, vehicles.read),
        (layout.SUPPLIERS, store_files.read_suppliers),
        (layout.BINS, store_files.read_bins),
    )
    for wanted, read in readers:
        if table := _table(state, wanted):
            read(state, table)
    collectivities.check_new_issuer(state)
    state.terms = conventions.covering_days(state)


def _stock(state: State, openings: dict[str, Opening], lines: Lines | None) -> list[Planned]:
    """Opening receipts stand, unless their row says a day, the day before the earliest line, else today (rule S3)."""
    if not openings and lines is None:
        return []
    first_day = None if lines is None else lines.first_day
    day = state.today if first_day is None else first_day - timedelta(days=1)
    references = {row["id"]: reference for reference, row in state.parts.present.items()}
    return Replay(state, load_book(state.session, references)).run(openings, lines.moving() if lines else [], day)


def _count(state: State) -> None:
    counted = {
        layout.COLLECTIVITIES.name: state.collectivities.count,
        layout.CONVENTIONS.name: state.conventions.count,
        layout.TARIFFS.name: state.tariffs.count,
        layout.VEHICLES.name: state.vehicles.count,
        layout.SUPPLIERS.name: state.suppliers.count,
        layout.BINS.name: state.bins.count,
        layout.PARTS.name: state.parts.count,
        layout.OFFERS.name: state.offers.count,
        layout.TWINS.name: state.twins.count,
        layout.ORDERS.name: state.orders.count,
        layout.LINES.name: state.lines.count,
    }
    state.counts = [counted[name](name, len(table.rows)) for name, table in state.tables.items()]


def _report(found: Folder, findings: Findings, state: State | None) -> Report:
    return Report(
        faults=in_order(findings.faults, layout.FILE_NAMES),
        warnings=in_order(findings.warnings, layout.FILE_NAMES),
        counts=tuple(state.counts) if state else (),
        ignored_columns=tuple((name, column) for name, table in found.tables.items() for column in table.ignored),
        ignored_files=found.ignored,
        new_mechanics=tuple(sorted(state.new_mechanics.values())) if state else (),
    )
