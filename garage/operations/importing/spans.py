"""Spans of days in a file: their end, and the rows that share days (rules C3, T1)."""

from collections.abc import Hashable, Iterable
from datetime import date
from typing import TypeVar

from garage.operations.importing.cells import Cells
from garage.operations.importing.known import Known
from garage.operations.importing.report import FaultCode, WarningCode

K = TypeVar("K", bound=Hashable)
Span = tuple[date, date | None]


def check_end(cells: Cells, start: date | None, end: date | None) -> None:
    """The end is the first day no longer covered: after the start, and seldom a 31 December."""
    if start is not None and end is not None and end <= start:
        cells.fault(FaultCode.END_BEFORE_START, "fin", start=start)
    elif end is not None and (end.month, end.day) == (12, 31):
        cells.warn(WarningCode.ENDS_ON_31_DECEMBER, "fin", next_year=date(end.year + 1, 1, 1))


def overlapping(known: Known[K], spans: Iterable[tuple[K, Span]]) -> list[tuple[K, K]]:
    """Rows of the file whose days another row has, each with that other; of two file rows the later one is named."""
    found: list[tuple[K, K]] = []
    open_key: K | None = None
    open_end: date | None = None
    for key, (start, end) in sorted(spans, key=lambda span: span[1][0]):
        if open_key is not None and (open_end is None or start < open_end):
            named = _to_blame(known, open_key, key)
            if named is not None:
                found.append((named, key if named == open_key else open_key))
        if open_key is None or (open_end is not None and (end is None or end > open_end)):
            open_key, open_end = key, end
    return list({named: (named, other) for named, other in found}.values())


def _to_blame(known: Known[K], one: K, other: K) -> K | None:
    given = [key for key in (one, other) if key in known.cells and key not in known.bad]
    return max(given, key=lambda key: known.cells[key].line, default=None)
