"""Rows of one table by key: as the database has them, and as the files will leave them. No SQL here."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from garage.operations.importing.cells import Cells
from garage.operations.importing.report import FaultCode, FileCount

K = TypeVar("K")
Values = dict[str, Any]


class Known(Generic[K]):
    """What is known of a table while the files are read.

    A key whose row is bad, and any key when a file could not be read whole (`blind`), is `excused`: what refers to
    it is not reported a second time.
    """

    def __init__(self, present: dict[K, Values]) -> None:
        self.present = present
        self.created: dict[K, Values] = {}
        self.updated: dict[K, Values] = {}
        self.cells: dict[K, Cells] = {}
        self.bad: set[K] = set()
        self.blind = False
        self._final: dict[K, Values] = {}

    def find(self, key: K | None) -> Values | None:
        """The row of a key once the files are in; None for an unknown key and for a bad row."""
        if key is None or key in self.bad:
            return None
        return self._final.get(key) or self.present.get(key)

    def given(self) -> list[K]:
        """Keys of the good rows of the file, in its order."""
        return [key for key in self.cells if key not in self.bad]

    def excused(self, key: K | None) -> bool:
        """Whether a missing row has been reported already."""
        return self.blind or key is None or key in self.bad

    def refer(self, key: K | None, cells: Cells, column: str, code: FaultCode) -> Values | None:
        """The row another one refers to; an unknown key is a fault, one whose own row is bad was reported there."""
        row = self.find(key)
        if row is None and not self.excused(key):
            cells.fault(code, column)
        return row

    def all(self) -> dict[K, Values]:
        """Every row once the files are in, bad rows as the database has them."""
        return self.present | self._final

    def settle(self, key: K, cells: Cells, column: str, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> bool:
        """Keep a row under its key: false when the row is bad or the key was in the file before (a fault).

        A new row takes the defaults for the columns its file lacks; a known one keeps what it has there.
        """
        first = self.cells.setdefault(key, cells)
        if first is not cells:
            cells.fault(FaultCode.DUPLICATE_KEY, column, first=first.line)
            return False
        if not cells.fine:
            self.bad.add(key)
            return False
        present = self.present.get(key)
        if present is None:
            self.created[key] = self._final[key] = {**defaults, **values}
            return True
        changes = {name: value for name, value in values.items() if present[name] != value}
        self._final[key] = present | changes
        if changes:
            self.updated[key] = changes
        return True

    def refuse(self, key: K, code: FaultCode, column: str | None = None, **data: object) -> None:
        """A row that turns out bad after it was kept."""
        self.cells[key].fault(code, column, **data)
        self.bad.add(key)
        for rows in (self.created, self.updated, self._final):
            rows.pop(key, None)

    def touch(self, key: K, **changes: object) -> None:
        """Mark a row as changed, for what is written in another table or by another file."""
        if key in self.created:
            self.created[key].update(changes)
        else:
            self.updated.setdefault(key, {}).update(changes)

    def count(self, file: str, read: int) -> FileCount:
        """How many rows of the file are new, changed, the same."""
        created, updated = len(self.created), len(self.updated)
        return FileCount(file, read, created, updated, len(self.cells.keys() - self.bad) - created - updated)
