"""tarifs.csv: voted grids, one row a line; they arrive published (rules T1, T2)."""

from collections import defaultdict
from datetime import date
from typing import Any

from garage.domain.tariffs import PERCENT_NATURES, GridStatus, TariffNature
from garage.operations.importing import values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.files import Table
from garage.operations.importing.known import Values
from garage.operations.importing.report import FaultCode
from garage.operations.importing.spans import check_end, overlapping
from garage.operations.importing.state import State

NATURES = values.words_of(TariffNature, "main_oeuvre forfait pieces externe structure")
_UNITS = {unit: unit for unit in ("h", "u", "km", "%")}
_GRID_FIELDS = (
    Field("ends_on", "fin", values.day),
    Field("deliberation", "deliberation", values.text(200)),
    Field("deliberated_on", "delibere_le", values.day),
)
_COLUMNS = {field.attribute: field.column for field in _GRID_FIELDS} | {"starts_on": "debut"}
_GRID_DEFAULTS: dict[str, Any] = {field.attribute: None for field in _GRID_FIELDS}
_FIELDS = (
    Field("vat_rate", "taux_tva", values.vat_rate, values.vat_rate("20")),
    Field("article", "article", values.text(50)),
)
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS}
_USUAL_UNIT = {TariffNature.LABOUR: "h", TariffNature.FLAT: "u"}


def read(state: State, table: Table) -> None:
    """Every row; then that the rows of a grid agree, and what grids and their lines must obey."""
    for cells in state.rows(table):
        name = cells.need("grille", values.text(50))
        grid = {"starts_on": cells.need("debut", values.day), **cells.collect(_GRID_FIELDS)}
        if state.grids.cells.get(name or "") is None:
            check_end(cells, grid["starts_on"], grid.get("ends_on"))
        code = cells.need("code", values.code)
        row = _line(cells)
        if name is None:
            continue
        if code is not None:
            row |= {"grid": name, "code": code}
            state.tariffs.settle((name, code), cells, "code", row, _DEFAULTS | {"unit": _usual_unit(row["nature"])})
        if not _settle_grid(state, name, cells, grid) and code is not None:
            state.tariffs.bad.add((name, code))
    _check_grids(state)
    _check_natures(state)
    _check_billed_lines(state)
    _count(state)


def _line(cells: Cells) -> Values:
    nature = cells.need("nature", values.word(NATURES))
    price = values.percentage if nature in PERCENT_NATURES else values.price
    row: Values = {
        "label": cells.need("libelle", values.text(200)),
        "nature": nature,
        "founder_price": cells.need("fondateur", price),
        "partner_price": cells.need("partenaire", price),
    }
    if cells.has("unite"):
        row["unit"] = _unit(cells, nature)
    return row | cells.collect(_FIELDS)


def _usual_unit(nature: TariffNature | None) -> str:
    return _USUAL_UNIT.get(nature or TariffNature.FLAT, "%")


def _unit(cells: Cells, nature: TariffNature | None) -> str:
    """Hours for labour, a percentage for the last three natures, a unit, kilometre or hour for a flat price."""
    usual = _usual_unit(nature)
    unit = cells.read("unite", values.word(_UNITS))
    if unit is None:
        return usual
    if nature is not None and unit != usual and (nature is not TariffNature.FLAT or unit == "%"):
        cells.fault(FaultCode.UNIT_OF_NATURE, "unite", usual=usual)
    return unit


def _settle_grid(state: State, name: str, cells: Cells, grid: Values) -> bool:
    """The first row of a grid gives its dates; false when another row does not say the same."""
    grids = state.grids
    if name not in grids.cells:
        present = grids.present.get(name, {})
        published = present.get("status") is GridStatus.PUBLISHED
        status = {"status": GridStatus.PUBLISHED, "published_at": present["published_at"] if published else state.now}
        fine, cells.fine = cells.fine, _readable(cells, grid)
        grids.settle(name, cells, "grille", {"name": name, **grid, **status}, _GRID_DEFAULTS)
        cells.fine = cells.fine and fine
        return True
    first = grids.find(name) or grid
    differing = [
        attribute
        for attribute, value in grid.items()
        if first[attribute] != value and _was_read(cells, attribute, value)
    ]
    for attribute in differing:
        cells.fault(FaultCode.GRID_DIFFERS, _COLUMNS[attribute], first=grids.cells[name].line)
    return not differing


def _readable(cells: Cells, grid: Values) -> bool:
    """Whether what the row says of the grid could be read, its own line apart."""
    start, end = grid["starts_on"], grid.get("ends_on")
    read = all(_was_read(cells, attribute, value) for attribute, value in grid.items())
    return start is not None and read and (end is None or end > start)


def _was_read(cells: Cells, attribute: str, value: object) -> bool:
    return value is not None or not cells.raw(_COLUMNS[attribute])


def _check_grids(state: State) -> None:
    """No two published grids share a day, none reaches billed days, none that is billed changes (rule T1)."""
    grids, billed = state.grids, state.billed
    spans = [
        (name, (row["starts_on"], row["ends_on"]))
        for name, row in grids.all().items()
        if row["status"] is GridStatus.PUBLISHED
    ]
    for name, other in overlapping(grids, spans):
        grids.refuse(name, FaultCode.GRID_OVERLAP, "debut", other=other)
    for name, changes in list(grids.updated.items()):
        if grids.present[name]["id"] in billed.grids:
            grids.refuse(name, FaultCode.GRID_BILLED, _COLUMNS.get(next(iter(changes))), grid=name)
    moved = [name for name, changes in grids.updated.items() if changes.keys() & {"starts_on", "status"}]
    for name in [*grids.created, *moved]:
        _check_after_billed(state, name)


def _check_after_billed(state: State, name: str) -> None:
    start: date = (state.grids.find(name) or {})["starts_on"]
    latest = state.billed.latest_day
    if latest is not None and start <= latest:
        state.grids.refuse(name, FaultCode.GRID_TOUCHES_BILLED, "debut", latest=latest)


def _check_natures(state: State) -> None:
    """At most one line of each percent nature in a grid, those of the database counted (rule T2)."""
    found: dict[tuple[str, TariffNature], list[tuple[str, str]]] = defaultdict(list)
    for key, row in state.tariffs.all().items():
        if row["nature"] in PERCENT_NATURES and key not in state.tariffs.bad:
            found[key[0], row["nature"]].append(key)
    for keys in found.values():
        given = [key for key in keys if key in state.tariffs.cells]
        others = [key for key in keys if key not in state.tariffs.cells]
        for key in given[0 if others else 1 :]:
            state.tariffs.refuse(key, FaultCode.TWO_OF_NATURE, "nature", other=(others or given)[0][1])


def _check_billed_lines(state: State) -> None:
    """A tariff line that priced a billed line is frozen (rules T1, B8)."""
    for key in list(state.tariffs.updated):
        present = state.tariffs.present[key]
        nature = present["nature"]
        used = (present["grid_id"], nature.value if nature in PERCENT_NATURES else key[1])
        if used in state.billed.tariffs:
            state.tariffs.refuse(key, FaultCode.TARIFF_BILLED, "code", grid=key[0])


def _count(state: State) -> None:
    """A row whose grid changes counts as updated even when its own line does not."""
    for key in state.tariffs.given():
        if key[0] in state.grids.updated and key not in state.tariffs.created:
            state.tariffs.updated.setdefault(key, {})


def codes_by_nature(state: State) -> dict[str, set[TariffNature]]:
    """Every code of a published grid once the files are in, with the natures it has."""
    found: dict[str, set[TariffNature]] = defaultdict(set)
    published = {name for name, row in state.grids.all().items() if row["status"] is GridStatus.PUBLISHED}
    for (name, code), row in state.tariffs.all().items():
        if name in published:
            found[code].add(row["nature"])
    return found


def excused_codes(state: State) -> set[str]:
    """Codes of rows that are bad themselves: what uses them is not reported a second time."""
    tariffs, grids = state.tariffs, state.grids
    return {code for name, code in {*tariffs.cells, *tariffs.bad} if name in grids.bad or (name, code) in tariffs.bad}
