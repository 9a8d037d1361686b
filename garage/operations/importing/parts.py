"""pieces.csv: parts, their barcodes, and what is on the shelf on the first day (rules S1, S2)."""

from typing import Any

from garage.domain.parts import addressable
from garage.french.importing import WASTE_WORDS
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
    Field("minimum", "mini", values.level),
    Field("maximum", "maxi", values.level),
    Field("supplier", "fournisseur", values.text(200)),
    Field("family", "famille", values.text(60)),
    Field("waste", "dechet", values.word(WASTE_WORDS)),
    Field("deposit", "consigne", values.amount),
    Field("active", "actif", values.yes, default=True),
)
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS} | {"place": None, "search_text": ""}


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
        if reference not in state.parts.present and not addressable(reference):
            cells.fault(FaultCode.BAD_REFERENCE, "reference")
        barcodes = _barcodes(state, reference, cells, claimed)
        row |= _place(state, reference, cells)
        sold = _sold(state, reference, row, cells)
        _check_active(state, reference, row, cells, opening)
        if state.parts.settle(reference, cells, "reference", row, _DEFAULTS):
            if opening is not None:
                openings[reference] = opening
            _keep(state, reference, barcodes, sold)
    return openings


def _keep(state: State, reference: str, barcodes: tuple[str, ...], sold: str | None) -> None:
    """What stands in other tables than the part's."""
    new = dict.fromkeys((barcode for barcode in barcodes if barcode not in state.barcodes), reference)
    state.new_barcodes.update(new)
    if sold is not None:
        state.sold[reference] = sold
    if new or sold is not None:
        state.parts.touch(reference)


def _place(state: State, reference: str, cells: Cells) -> Values:
    """Store and bin, as far as the file has their columns: a known part keeps the one that is not told."""
    if not cells.has("emplacement") and not cells.has("magasin"):
        return {}
    store, bin_code = state.parts.present.get(reference, {}).get("place") or (state.main_store, "")
    if cells.has("magasin"):
        store = cells.read("magasin", values.code) or state.main_store
    if cells.has("emplacement"):
        bin_code = cells.read("emplacement", values.text(50)) or ""
    return {"place": None if (store, bin_code) == (state.main_store, "") else (store, bin_code)}


def _sold(state: State, reference: str, row: Values, cells: Cells) -> str | None:
    """The reference under which the part's supplier sells it, when it is new or another."""
    told = cells.read("reference_fournisseur", values.text(100))
    present = state.parts.present.get(reference, {})
    supplier = row.get("supplier", present.get("supplier"))
    if told is not None and supplier is not None:
        state.sold_as[reference] = (plain_text(supplier), told)
    if told is not None and supplier is None:
        cells.fault(FaultCode.SUPPLIER_EXPECTED, "fournisseur")
    return None if (supplier, told) == (present.get("supplier"), present.get("sold")) else told


def _check_active(state: State, reference: str, row: Values, cells: Cells, opening: Opening | None) -> None:
    on_hand = opening.quantity if opening else state.parts.present.get(reference, {}).get("on_hand")
    if row.get("active") is False and on_hand:
        cells.fault(FaultCode.STILL_ON_HAND, "actif", on_hand=on_hand)


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


def _barcodes(state: State, reference: str, cells: Cells, claimed: dict[str, str]) -> tuple[str, ...]:
    barcodes = cells.read("code_barres", values.several(values.text(100))) or ()
    owners = {state.barcodes.get(barcode) or claimed.setdefault(barcode, reference) for barcode in barcodes}
    for owner in sorted(owners - {reference}):
        cells.fault(FaultCode.BARCODE_TAKEN, "code_barres", reference=owner)
    return barcodes
