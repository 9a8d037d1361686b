"""What was counted, as one CSV file: read whole, every fault told, entered whole or not at all (PA-11)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.stock import Bin, Part, Store
from garage.db.models.users import User
from garage.domain.counts import OPEN
from garage.domain.permissions import Actor
from garage.french.plain import plain_text
from garage.operations import counting, journal, stores
from garage.operations.importing import values
from garage.operations.importing.cells import Cells
from garage.operations.importing.files import read_content
from garage.operations.importing.layout import Layout
from garage.operations.importing.report import FaultCode, Finding, Findings, in_order

COLUMNS: Final = ("magasin", "casier", "reference", "designation", "unite", "quantite")
_LAYOUT: Final = Layout("comptage.csv", COLUMNS, ("reference", "quantite"))
_BATCH: Final = 500
_reference = values.text(50)
_place = values.text(50)
_Found = tuple[Part, int, CountLine | None]


@dataclass(slots=True)
class FileReading:
    """What a file says: what it would enter, what is entered already, rows without quantity, its faults."""

    rows: int = 0
    entries: list[tuple[Part, int, CountLine | None, Decimal]] = field(default_factory=list)
    known: int = 0
    blank: int = 0
    faults: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    ignored: tuple[str, ...] = ()


def enter_file(session: Session, count_id: int, content: bytes, actor: Actor, now: datetime) -> FileReading:
    """Enter a whole file, or nothing when it has a fault; a quantity that is entered already changes nothing.

    Parts that are not on the sheet are added. Raises NotFound, CountClosed.
    """
    count = counting.lock_open(session, count_id, alone=True)
    findings = Findings()
    table = read_content(content, _LAYOUT, findings)
    rows = [Cells(table, row, findings) for row in table.rows]
    reader = _Reader(session, count_id, rows)
    for cells in rows:
        reader.row(cells)
    reading = reader.reading
    reading.rows, reading.ignored = len(rows), tuple(table.ignored)
    reading.faults = in_order(findings.faults, (_LAYOUT.name,))
    reading.warnings = in_order(findings.warnings, (_LAYOUT.name,))
    if not reading.faults and reading.entries:
        _write(session, count, reading, (actor, now))
    return reading


def _write(session: Session, count: StockCount, reading: FileReading, by: tuple[Actor, datetime]) -> None:
    ids = sorted({part.id for part, *_ in reading.entries})
    parts: dict[int, Part] = {}
    for start in range(0, len(ids), _BATCH):
        some = (
            select(Part)
            .where(Part.id.in_(ids[start : start + _BATCH]))
            .order_by(Part.id)
            .with_for_update(key_share=True)
        )
        parts |= {one.id: one for one in session.scalars(some.execution_options(populate_existing=True))}
    for part, bin_id, known, counted in reading.entries:
        line = known
        if line is None:
            line = CountLine(count_id=count.id, part_id=part.id, bin_id=bin_id, version=0, recount=False)
            session.add(line)
        counting.write(session, line, parts[part.id], counted, by)
    data = {"lines": len(reading.entries)}
    journal.record(session, by[0], "count.file", ("stock_counts", count.number), data=data, now=by[1])


class _Reader:
    """The sheet of a count, the parts and bins that a file names, and the lines it already gave."""

    def __init__(self, session: Session, count_id: int, rows: Sequence[Cells]) -> None:
        self.reading = FileReading()
        self._session = session
        typed = {_own(cells.raw("reference")) for cells in rows}
        self._parts = _parts(session, sorted(typed | {one.upper() for one in typed}))
        lines = session.scalars(select(CountLine).where(CountLine.count_id == count_id))
        self._lines = {(one.part_id, one.bin_id): one for one in lines}
        self._sheet: dict[int, list[int]] = {}
        for part_id, bin_id in self._lines:
            self._sheet.setdefault(part_id, []).append(bin_id)
        columns = select(Bin.id, Bin.code, Bin.store_id, Store.code.label("store")).join(Store)
        bins = session.execute(columns).all()
        self._bins = {(row.store_id, plain_text(row.code)): row.id for row in bins}
        self._stores = {plain_text(row.store): row.store_id for row in bins}
        self._given: dict[tuple[int, int], int] = {}

    def row(self, cells: Cells) -> None:
        """One row; without a quantity it was not counted."""
        if not cells.fine:
            return
        reference = cells.need("reference", _reference)
        counted = cells.read("quantite", values.level)
        if reference is None or not cells.fine:
            return
        part = self._parts.get(_own(reference)) or self._parts.get(_own(reference).upper())
        if part is None:
            cells.fault(FaultCode.NO_SUCH_PART, "reference")
            return
        bin_id = self._bin(cells, part)
        if bin_id is None or not cells.fine:
            return
        first = self._given.setdefault((part.id, bin_id), cells.line)
        if first != cells.line:
            cells.fault(FaultCode.DUPLICATE_KEY, "reference", first=first)
        elif counted is None:
            self.reading.blank += 1
        else:
            self._entry(cells, (part, bin_id, self._lines.get((part.id, bin_id))), counted)

    def _bin(self, cells: Cells, part: Part) -> int | None:
        if not cells.has("casier"):
            expected = self._sheet.get(part.id) or [part.bin_id or stores.LOOSE]
            if len(expected) > 1:
                cells.fault(FaultCode.BIN_EXPECTED, "reference")
            return expected[0]
        named = cells.raw("magasin")
        store = self._stores.get(plain_text(_own(named))) if named else stores.MAIN
        code = cells.read("casier", _place) or ""
        found = self._bins.get((store, plain_text(_own(code)))) if store is not None else None
        if found is None:
            cells.fault(FaultCode.NO_SUCH_BIN, "casier" if store is not None else "magasin")
        return found

    def _entry(self, cells: Cells, found: _Found, counted: Decimal) -> None:
        part, bin_id, line = found
        if line is None and (other := self._elsewhere(part.id, bin_id)):
            cells.fault(FaultCode.IN_ANOTHER_COUNT, "reference", number=other)
        elif line is not None and counted in (line.counted, line.first_counted):
            self.reading.known += 1
        elif line is not None and line.counted is not None and not line.recount:
            who = self._session.get(User, line.counted_by_id) if line.counted_by_id else None
            told = {"counted": line.counted, "who": who.name if who else "le garage"}
            cells.fault(FaultCode.COUNTED_ALREADY, "quantite", **told)
        else:
            self.reading.entries.append((part, bin_id, line, counted))

    def _elsewhere(self, part_id: int, bin_id: int) -> str | None:
        others = select(StockCount.number).join(CountLine, CountLine.count_id == StockCount.id)
        here = (CountLine.part_id == part_id, CountLine.bin_id == bin_id)
        return self._session.scalar(others.where(StockCount.state.in_(OPEN), *here))


def _parts(session: Session, references: list[str]) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for start in range(0, len(references), _BATCH):
        some = select(Part).where(Part.reference.in_(references[start : start + _BATCH]))
        found |= {one.reference: one for one in session.scalars(some)}
    return found


def _own(cell: str) -> str:
    """A text without the sign that keeps a spreadsheet from computing it (rule E19)."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@" else cell
