"""pieces.csv: parts, their barcodes, and what is on the shelf on the first day (rules S1, S2)."""

from typing import Any

from garage.french.plain import plain_text
from garage.operations.importing import values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.files import Table
from garage.operations.importing.known import Values
from garage.operations.importing.report import FaultCode, WarningCode
from garage.operations.importing.state import State
from garage.operations.importing.stock import Opening

_FIELDS = (
    Field("unit", "unite", values.text(20), "u"),
    Field("bin", "emplacement", values.text(50)),
    Field("minimum", "mini", values.level),
    Field("maximum", "maxi", values.level),
    Field("supplier", "fournisseur", values.text(200)),
)
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS}


def read(state: State, table: Table) -> dict[str, Opening]:
    """Every row; what they say is on the shelf, by reference."""
    openings: dict[str, Opening] = {}
    claimed: dict[str, str] = {}
    for cells in state.rows(table):
        reference = cells.need("reference", values.text(50))
        row = {"reference": reference, "label": cells.need("libelle", values.text(200)), **cells.collect(_FIELDS)}
        opening = _opening(state, cells)
        if reference is None:
            continue
        barcode = _barcode(state, reference, cells, claimed)
        row["search_text"] = _search_text(state, reference, row)
        if state.parts.settle(reference, cells, "reference", row, _DEFAULTS):
            if opening is not None:
                openings[reference] = opening
            if barcode is not None and barcode not in state.barcodes:
                state.new_barcodes[barcode] = reference
                state.parts.touch(reference)
    return openings


def _opening(state: State, cells: Cells) -> Opening | None:
    quantity = cells.read("quantite", values.quantity)
    cost = cells.read("cout_unitaire", values.cost)
    day = cells.read("date", values.day)
    if day is not None and day > state.today:
        cells.fault(FaultCode.IN_FUTURE, "date", today=state.today)
    if cells.raw("quantite") and not cells.raw("cout_unitaire"):
        cells.fault(FaultCode.QUANTITY_WITHOUT_COST, "cout_unitaire")
    elif cells.raw("cout_unitaire") and not cells.raw("quantite"):
        cells.warn(WarningCode.COST_WITHOUT_QUANTITY, "cout_unitaire")
    return None if quantity is None or cost is None else Opening(quantity, cost, day)


def _barcode(state: State, reference: str, cells: Cells, claimed: dict[str, str]) -> str | None:
    barcode = cells.read("code_barres", values.text(100))
    if barcode is not None:
        owner = state.barcodes.get(barcode) or claimed.setdefault(barcode, reference)
        if owner != reference:
            cells.fault(FaultCode.BARCODE_TAKEN, "code_barres", reference=owner)
    return barcode


def _search_text(state: State, reference: str, row: Values) -> str:
    supplier = row["supplier"] if "supplier" in row else state.parts.present.get(reference, {}).get("supplier")
    return plain_text(f"{reference} {row['label'] or ''} {supplier or ''}")[:300]
