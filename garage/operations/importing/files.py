"""From a folder to tables of text cells: finding files, encodings, separators, quotes. No cell is understood here."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from garage.french.plain import plain_text
from garage.operations.importing.layout import LAYOUTS, Layout, normal
from garage.operations.importing.report import FaultCode, Finding, Findings, WarningCode

BIGGEST_FILE = 300 * 1024 * 1024
MOST_COLUMNS = 500
_SEPARATORS = (";", "\t", ",")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x93-\x9d]")
_LINE_END = re.compile("\r\n|\r|\n")
_SEPARATOR_HINT = re.compile(r"\s*\"?sep=.\"?;*\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it starts on and its cells without spaces round them; a broken one was reported."""

    line: int
    cells: list[str]
    broken: bool = False


@dataclass(slots=True)
class Table:
    """One file as text: where each known column stands, and its rows.

    `whole` is false when rows could not be told apart: nobody knows then which keys the file holds.
    """

    layout: Layout
    places: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Folder:
    """The tables that are there by file name, and the names nobody knows."""

    tables: dict[str, Table]
    ignored: tuple[str, ...]


def read_folder(path: Path, findings: Findings) -> Folder:
    """Every known file of a folder as a table; what cannot be read is a fault, never an exception."""
    names = _names(path, findings)
    if names is None:
        return Folder({}, ())
    spelled: dict[str, list[str]] = {}
    for name in names:
        spelled.setdefault(plain_text(name), []).append(name)
    tables: dict[str, Table] = {}
    for layout in LAYOUTS:
        found = spelled.pop(layout.name, [])
        if len(found) > 1:
            findings.add(Finding(FaultCode.SAME_FILE_TWICE, layout.name, read=", ".join(found)))
        if found:
            content = _bytes(path / found[0], layout.name, findings)
            tables[layout.name] = read_content(content, layout, findings)
    if not tables:
        findings.add(Finding(FaultCode.NO_KNOWN_FILE, read=str(path)))
    ignored = sorted(name for left in spelled.values() for name in left if not name.startswith((".", "~$")))
    return Folder(tables, tuple(ignored))


def _names(path: Path, findings: Findings) -> list[str] | None:
    """The names in a folder, None for what is no folder that can be read."""
    fault = FaultCode.FOLDER_UNREADABLE
    try:
        if path.is_dir():
            return sorted(entry.name for entry in path.iterdir())
        fault = FaultCode.FOLDER_IS_A_FILE if path.exists() else FaultCode.FOLDER_MISSING
    except OSError:
        pass
    findings.add(Finding(fault, read=str(path)))
    return None


def read_content(content: bytes | None, layout: Layout, findings: Findings) -> Table:
    """The bytes of a file as a table, none when they could not be had; what cannot be read is a fault."""
    table = Table(layout)
    text = None if content is None else _text(content, layout.name, findings)
    if text is None or not _read_records(text, table, findings):
        table.whole = False
    elif not table.rows and table.whole:
        findings.add(Finding(WarningCode.NO_ROWS, layout.name))
    return table


def _bytes(path: Path, name: str, findings: Findings) -> bytes | None:
    try:
        if not path.is_file():
            findings.add(Finding(FaultCode.NOT_A_FILE, name))
        elif path.stat().st_size > BIGGEST_FILE:
            findings.add(Finding(FaultCode.FILE_TOO_BIG, name, data={"megabytes": BIGGEST_FILE // 1024 // 1024}))
        else:
            return path.read_bytes()
    except OSError:
        findings.add(Finding(FaultCode.FILE_UNREADABLE, name))
    return None


def _text(content: bytes, name: str, findings: Findings) -> str | None:
    """UTF-8 when the bytes are, else Windows-1252; None for what is no text in either."""
    if content.startswith(_WIDE):
        findings.add(Finding(FaultCode.UTF_16, name))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError as error:
            findings.add(Finding(FaultCode.NOT_TEXT, name, _line_of(content[: error.start].decode("latin-1"))))
            return None
        if _UTF8_LETTER.search(content):
            findings.add(Finding(WarningCode.MIXED_ENCODING, name))
    text = text.rstrip("\x1a")  # the end-of-file mark of old programs
    if found := _CONTROLS.search(text):
        findings.add(Finding(FaultCode.NOT_TEXT, name, _line_of(text[: found.start()])))
        return None
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _line_of(before: str) -> int:
    return 1 + len(_LINE_END.findall(before))


def _read_records(text: str, table: Table, findings: Findings) -> bool:
    """Fill a table; False when no row can be understood."""
    records = _records(text, _separator(text, table.layout), table, findings)
    header = next((record for record in records if not _blank(record[1]) and not _is_hint(record[1])), None)
    if header is None or not table.whole:
        if table.whole:
            findings.add(Finding(FaultCode.FILE_EMPTY, table.layout.name))
        return False
    line, names = header
    if not _read_header(line, names, table, findings):
        return False
    unnamed: set[int] = set()
    blanks = [place for place, name in enumerate(names) if not name.strip()]
    for start, record in records:
        cells = [_bare(cell.strip()) for cell in record]
        if any(cells):
            table.rows.append(_row(start, cells, len(names), (table.layout.name, findings)))
            unnamed.update(place for place in blanks if place < len(cells) and cells[place])
    table.ignored += [f"n° {place + 1}" for place in sorted(unnamed)]
    return True


def _separator(text: str, layout: Layout) -> str:
    """The separator under which the header shows most known columns, then most cells."""
    header = next((line for line in io.StringIO(text, newline="") if not _plain_blank(line)), "")

    def known(separator: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([header], delimiter=separator), [])
        except csv.Error:
            return 0, 0
        return len({normal(name) for name in names[:MOST_COLUMNS]} & set(layout.columns)), len(names)

    return max(_SEPARATORS, key=known)


def _plain_blank(line: str) -> bool:
    return not line.strip(' ;,\t\r\n"\u00a0') or bool(_SEPARATOR_HINT.fullmatch(line))


def _bare(cell: str) -> str:
    """A cell without the mark that keeps a spreadsheet from computing it (rule E19)."""
    return cell[1:] if cell.startswith(("'=", "'+", "'-", "'@")) else cell


def _blank(cells: list[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def _is_hint(cells: list[str]) -> bool:
    """The line «sep=;» that a spreadsheet may put before the header."""
    return cells[0].strip().lower().startswith("sep=") and _blank(cells[1:])


def _records(text: str, separator: str, table: Table, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they start on; a record whose quotes are wrong is a fault and the next is tried."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            table.whole = False
            too_big = "field limit" in str(error) and reader.line_num == start
            code = FaultCode.CELL_TOO_BIG if too_big else FaultCode.BAD_QUOTES
            findings.add(Finding(code, table.layout.name, start, data={"until": reader.line_num}))
        else:
            yield start, cells


def _read_header(line: int, names: list[str], table: Table, findings: Findings) -> bool:
    layout = table.layout
    if len(names) > MOST_COLUMNS:
        data = {"most": MOST_COLUMNS, "columns": len(names)}
        findings.add(Finding(FaultCode.TOO_MANY_COLUMNS, layout.name, line, data=data))
        return False
    fine = True
    for place, name in enumerate(names):
        column = normal(name)
        if column in table.places:
            findings.add(Finding(FaultCode.DUPLICATE_COLUMN, layout.name, line, column))
            fine = False
        elif column in layout.columns:
            table.places[column] = place
        elif column:
            table.ignored.append(name.strip())
    for column in layout.required:
        if column not in table.places:
            findings.add(Finding(FaultCode.MISSING_COLUMN, layout.name, line, column))
            fine = False
    return fine


def _row(line: int, cells: list[str], width: int, where: tuple[str, Findings]) -> Row:
    name, findings = where
    counts = {"cells": len(cells), "columns": width}
    if len(cells) < width:
        findings.add(Finding(FaultCode.TOO_FEW_CELLS, name, line, data=counts))
        return Row(line, cells + [""] * (width - len(cells)), broken=True)
    if any(cells[width:]):
        findings.add(Finding(FaultCode.TOO_MANY_CELLS, name, line, data=counts))
        return Row(line, cells, broken=True)
    return Row(line, cells)
