"""CSV files sent while they are read; what is in them is written by garage.french.csv_lines (rule E19)."""

from collections.abc import Iterable, Sequence

from flask import Response, stream_with_context

from garage.french.csv_lines import Cell, lines

__all__ = ["Cell", "csv_response"]


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A download; `name` is that of the file, in plain letters. Rows may be read from the database while it is sent."""
    answer = Response(stream_with_context(lines(header, rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
