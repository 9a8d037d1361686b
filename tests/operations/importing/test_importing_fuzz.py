"""Whatever the bytes and the cells, the answer is a report; what it accepts, the database takes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garage.french.importing import report_lines
from garage.operations.importing.layout import LAYOUTS

NAMES = [layout.name.removesuffix(".csv") for layout in LAYOUTS]
ODD = [
    "", " ", "=1+1", "-1", "0", "1,5", "1 000", "31/12/2026", "29/02/2025", "01/01/2026", "2026-07-01", "oui", "non",
    "PEN", "GAR", "LAN", "V1", "F-1", "OR-2026-00007", "OR-2026-99999", "MO-VL", "MAJ-P", "piece", "externe", "pièces",
    "forfait", "main oeuvre", "hors champ", "3:15", "3 h 75", "1" * 40, "é" * 300, '"', "a\nb", "\u202e", "\ufeff",
    "😀", "'; DROP TABLE parts; --", "{code}", "%s",
]  # fmt: skip
CELLS = st.one_of(st.sampled_from(ODD), st.text(max_size=12))


def told(report) -> None:
    assert all(isinstance(line, str) and "\n" not in line for line in report_lines(report, Path("x"), dry_run=True))


@pytest.mark.parametrize("name", NAMES)
@given(content=st.binary(max_size=400))
def test_any_bytes(kits, name, content):
    kit = kits()
    kit.garage()
    kit.write(name, content)
    told(kit.run(keep=False))


@pytest.mark.parametrize("name", NAMES)
@given(content=st.text(alphabet='code;nm,\t"\r\nA1é=', max_size=200))
def test_any_text(kits, name, content):
    kit = kits()
    kit.write(name, content)
    told(kit.run(keep=False))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_any_cells_in_a_good_file(kits, name, data):
    kit = kits()
    kit.garage()
    rows = [row.split(";") for row in kit.text(name).splitlines()]
    layout = next(layout for layout in LAYOUTS if layout.name == f"{name}.csv")
    extra = [column for column in layout.columns if column not in rows[0]]
    rows = [[*row, *(extra if place == 0 else [""] * len(extra))] for place, row in enumerate(rows)]
    for _ in range(data.draw(st.integers(1, 4))):
        line = data.draw(st.integers(1, len(rows) - 1))
        rows[line][data.draw(st.integers(0, len(rows[0]) - 1))] = data.draw(CELLS)
    kit.write(name, "\n".join(";".join(_quoted(cell) for cell in row) for row in rows))
    told(kit.run(keep=False))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in '";\r\n') else cell


@settings(max_examples=15)
@given(data=st.data())
def test_any_cells_on_both_databases_over_an_imported_garage(both, data):
    both.garage()
    name = data.draw(st.sampled_from(NAMES))
    rows = both.text(name).splitlines()
    columns = rows[0].split(";")
    both.cell(name, data.draw(st.integers(2, len(rows))), data.draw(st.sampled_from(columns)), data.draw(
        st.sampled_from([cell for cell in ODD if not set(cell) & set(';"\n\r')])
    ))  # fmt: skip
    told(both.run())
    first = both.dump()
    if both.run().clean:
        assert both.dump() == first
