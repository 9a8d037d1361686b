"""One row being read: each bad cell is one fault, and what could not be read is None. No rule of a file here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from garage.operations.importing.files import Row, Table
from garage.operations.importing.report import FaultCode, Finding, Findings, WarningCode
from garage.operations.importing.values import BadCell

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """How one column becomes one attribute: its parser and what an empty cell means."""

    attribute: str
    column: str
    parse: Callable[[str], Any]
    default: Any = None


class Cells:
    """The cells of one row by column. `fine` turns false with the first fault; a broken row tells nothing more."""

    __slots__ = ("_findings", "_row", "_table", "fine")

    def __init__(self, table: Table, row: Row, findings: Findings) -> None:
        self._table = table
        self._row = row
        self._findings = findings
        self.fine = not row.broken

    @property
    def line(self) -> int:
        """The line of the file where the row starts."""
        return self._row.line

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self._table.places

    def raw(self, column: str) -> str:
        """The text of a cell; empty when the file lacks the column."""
        place = self._table.places.get(column)
        return "" if place is None else self._row.cells[place]

    def fault(self, code: FaultCode, column: str | None = None, **data: object) -> None:
        """Refuse the row."""
        self.fine = False
        self._add(code, column, data)

    def warn(self, code: WarningCode, column: str | None = None, **data: object) -> None:
        """Take the row, and say so."""
        self._add(code, column, data)

    def _add(self, code: FaultCode | WarningCode, column: str | None, data: Mapping[str, object]) -> None:
        if not self._row.broken:
            read = self.raw(column) if column else None
            self._findings.add(Finding(code, self._table.layout.name, self.line, column, read or None, data))

    def read(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The value of a cell, None when it is empty or bad."""
        cell = self.raw(column)
        return self._parsed(column, cell, parse) if cell else None

    def need(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The value of a cell that may not be empty, None when it is or is bad."""
        cell = self.raw(column)
        if cell:
            return self._parsed(column, cell, parse)
        self.fault(FaultCode.REQUIRED, column)
        return None

    def _parsed(self, column: str, cell: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(cell)
        except BadCell as bad:
            self.fault(bad.code, column, **bad.data)
            return None

    def collect(self, fields: Sequence[Field]) -> dict[str, Any]:
        """The attributes of the columns that the file has; an empty cell gives the default."""
        values: dict[str, Any] = {}
        for field in fields:
            if field.column in self._table.places:
                value = self.read(field.column, field.parse)
                values[field.attribute] = field.default if value is None else value
        return values
