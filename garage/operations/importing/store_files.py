"""fournisseurs.csv, casiers.csv, references.csv, equivalences.csv: what surrounds the parts of a store (rule S1)."""

from typing import Any, Final

from garage.domain.errors.users import BadEmail
from garage.domain.users import read_email
from garage.french.plain import plain_text
from garage.operations.importing import values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.files import Table
from garage.operations.importing.report import FaultCode
from garage.operations.importing.state import State
from garage.operations.importing.values import BadCell

_LONGEST_DELAY: Final = 365


def _email(cell: str) -> str:
    try:
        return read_email(cell)
    except BadEmail:
        raise BadCell(FaultCode.BAD_EMAIL) from None


def _days(cell: str) -> int:
    days = values.count(cell)
    if days > _LONGEST_DELAY:
        raise BadCell(FaultCode.TOO_BIG, limit=_LONGEST_DELAY)
    return days


_SUPPLIER = (
    Field("email", "courriel", _email),
    Field("phone", "telephone", values.text(40)),
    Field("address", "adresse", values.paragraph),
    Field("customer_number", "numero_client", values.text(50)),
    Field("delivery_days", "delai_jours", _days),
    Field("active", "actif", values.yes, default=True),
)
_OFFER = (
    Field("reference", "reference_fournisseur", values.text(100)),
    Field("price", "prix", values.cost),
    Field("pack", "conditionnement", values.quantity),
)


def _defaults(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {field.attribute: field.default for field in fields}


def read_suppliers(state: State, table: Table) -> None:
    """Every supplier, known by its name, case and accents apart; a known one keeps the spelling it has."""
    for cells in state.rows(table):
        name, row = cells.need("nom", values.text(200)), cells.collect(_SUPPLIER)
        if name is not None:
            state.suppliers.settle(plain_text(name), cells, "nom", row, _defaults(_SUPPLIER) | {"name": name})


def read_bins(state: State, table: Table) -> None:
    """Every bin of a store, and the store's name; without a bin, the store alone. What is closed stays so."""
    told: dict[str, tuple[str, int]] = {}
    for cells in state.rows(table):
        store = cells.need("magasin", values.code)
        name, code = cells.read("nom", values.text(100)), cells.read("casier", values.text(50)) or ""
        if store is None:
            continue
        known = _store_name(state, store)
        if name is not None and (first := told.setdefault(store, (name, cells.line)))[0] != name:
            cells.fault(FaultCode.STORE_NAME_DIFFERS, "nom", first=first[1])
        key = (store, plain_text(code))
        if state.bins.settle(key, cells, "casier", {}, {"code": code}) and name not in (None, known):
            state.store_names[store] = str(name)
            state.bins.touch(key)


def _store_name(state: State, store: str) -> str | None:
    return (state.bins.present.get((store, "")) or {}).get("store_name")


def read_offers(state: State, table: Table) -> None:
    """Who sells which part, under which reference, at which price in euros, by packs of how many."""
    for cells in state.rows(table):
        part, supplier = cells.need("reference", values.text(50)), cells.need("fournisseur", values.text(200))
        row = cells.collect(_OFFER)
        state.parts.refer(part, cells, "reference", FaultCode.UNKNOWN_PART)
        if part is not None and supplier is not None:
            key = (part, plain_text(supplier))
            _check_reference(state, cells, key, row)
            state.offers.settle(key, cells, "fournisseur", row, _defaults(_OFFER) | {"supplier": supplier})


def _check_reference(state: State, cells: Cells, key: tuple[str, str], row: dict[str, Any]) -> None:
    """What pieces.csv says of the same part at the same supplier: taken when nothing else is told, else the same."""
    seller, told = state.sold_as.get(key[0], ("", ""))
    if seller != key[1]:
        return
    if row.get("reference") is None:
        row["reference"] = told
    elif row["reference"] != told:
        cells.fault(FaultCode.SOLD_DIFFERS, "reference_fournisseur", told=told)


def read_twins(state: State, table: Table) -> None:
    """Parts that replace each other, once whichever way round they are told."""
    for cells in state.rows(table):
        one, other = (_part(state, cells, column) for column in ("reference", "equivalente"))
        if one is None or other is None:
            continue
        if one == other:
            cells.fault(FaultCode.OWN_EQUIVALENT, "equivalente")
        key = (min(one, other), max(one, other))
        if key not in state.twins.cells:
            state.twins.settle(key, cells, "equivalente", {}, {})


def _part(state: State, cells: Cells, column: str) -> str | None:
    reference = cells.need(column, values.text(50))
    state.parts.refer(reference, cells, column, FaultCode.UNKNOWN_PART)
    return reference
