"""Reads the demonstration's own tables (CSV, semicolons, UTF-8), which lie beside it in `data/`."""

import csv
from importlib import resources


def rows(name: str) -> list[dict[str, str]]:
    """Every row of a table as words, in the file's order."""
    sheet = resources.files("garage.operations.demo") / "data" / f"{name}.csv"
    return list(csv.DictReader(sheet.read_text(encoding="utf-8").splitlines(), delimiter=";"))
