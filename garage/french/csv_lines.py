"""The one writer of CSV: what a French spreadsheet opens rightly, by blocks of lines (rule E19)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from garage.french import formats

Cell = str | int | Decimal | date | None
_BOM = "\ufeff"
# What a spreadsheet takes for a formula; a tab or a return would hide one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 200


class _Line:
    """A file for the csv module that keeps the line just written."""

    text = ""

    def write(self, text: str) -> None:
        """Keep the line."""
        self.text = text


def cell(value: Cell) -> str:
    """A value as it is written: comma for decimals, days JJ/MM/AAAA, no text that a spreadsheet would compute.

    Zero has no sign.

    >>> cell(Decimal("-12.50")), cell(Decimal("-0.00")), cell("=1+1"), cell(date(2026, 11, 21)), cell(None)
    ('-12,50', '0,00', "'=1+1", '21/11/2026', '')
    """
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value or abs(value):f}".replace(".", ",")
    if isinstance(value, date):
        return formats.day(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The file by blocks of lines: a mark of UTF-8, semicolons, ends of line as spreadsheets write them."""
    line = _Line()
    writer = csv.writer(line, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    block = [_BOM + line.text]
    for row in rows:
        writer.writerow([cell(value) for value in row])
        block.append(line.text)
        if len(block) >= _BATCH:
            yield "".join(block)
            block = []
    yield "".join(block)
