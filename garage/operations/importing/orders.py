"""ordres.csv: repair orders as the former software had them (rules O1, O2, C4)."""

from datetime import date
from typing import Any

from garage.domain.repair_orders import OPEN_STATES, OrderKind, OrderState
from garage.operations.importing import values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.conventions import covered
from garage.operations.importing.files import Table
from garage.operations.importing.known import Values
from garage.operations.importing.report import FaultCode, WarningCode
from garage.operations.importing.state import State

_KINDS = values.words_of(OrderKind, "preventif panne controle sinistre serrurerie site autre")
_FIELDS = (
    Field("kind", "nature", values.word(_KINDS), OrderKind.OTHER),
    Field("reason", "motif", values.paragraph),
    Field("works", "travaux", values.paragraph),
    Field("meter", "compteur", values.count),
    Field("requester", "demandeur", values.text(200)),
    Field("service", "service", values.text(200)),
    Field("engagement", "engagement", values.text(100)),
)
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS} | {"closed_on": None}
_COLUMNS = {field.attribute: field.column for field in _FIELDS} | {
    "collectivity": "collectivite",
    "vehicle": "parc",
    "object_label": "objet",
    "opened_on": "ouvert_le",
    "closed_on": "termine_le",
}


def read(state: State, table: Table) -> None:
    """Every row; then that no bill rests on an order that changes (rule O2)."""
    orders = state.orders
    for cells in state.rows(table):
        number, owner = cells.need("numero", values.text(30)), cells.need("collectivite", values.code)
        present = orders.present.get(number or "")
        body = state.collectivities.refer(owner, cells, "collectivite", FaultCode.UNKNOWN_COLLECTIVITY)
        row = {"number": number, "collectivity": owner, **cells.collect(_FIELDS)}
        row |= _days(state, cells, present) | _vehicle_or_object(state, cells, present, owner)
        if number is not None and orders.settle(number, cells, "numero", row, _DEFAULTS):
            _set_state(state, number)
            if body is not None:
                _warn(state, number, cells, body)
    for number, changes in list(orders.updated.items()):
        if orders.present[number]["id"] in state.billed.orders:
            column = _COLUMNS.get(next(iter(changes)))
            orders.refuse(number, FaultCode.ORDER_BILLED, column, present=_shown(orders.present[number], changes))


def _shown(present: Values, changes: Values) -> object:
    value = present[next(iter(changes))]
    return value if isinstance(value, str | int | date) and not isinstance(value, OrderKind) else None


def _days(state: State, cells: Cells, present: Values | None) -> Values:
    """Opening and closing days, neither in the future; without a closing day an order keeps the one it has."""
    opened, closed = cells.need("ouvert_le", values.day), cells.read("termine_le", values.day)
    for column, day in (("ouvert_le", opened), ("termine_le", closed)):
        if day is not None and day > state.today:
            cells.fault(FaultCode.IN_FUTURE, column, today=state.today)
    last = closed or (present or {}).get("closed_on")
    if opened is not None and last is not None and last < opened:
        cells.fault(FaultCode.CLOSED_BEFORE_OPENED, "termine_le" if closed else "ouvert_le", opened=opened, closed=last)
    if closed is None or (present is not None and (present["id"], closed) in state.closings):
        return {"opened_on": opened}
    return {"opened_on": opened, "closed_on": closed}


def _vehicle_or_object(state: State, cells: Cells, present: Values | None, owner: str | None) -> Values:
    """A known vehicle, else an object in words (rule O1); with both, the vehicle counts."""
    if present is not None and not (cells.has("parc") or cells.has("objet")):
        return {}
    number, label = cells.read("parc", values.text(50)), cells.read("objet", values.text(200))
    if not cells.raw("parc"):
        if not cells.raw("objet"):
            cells.fault(FaultCode.VEHICLE_OR_OBJECT, "parc")
        return {"vehicle": None, "object_label": label}
    if label is not None:
        cells.warn(WarningCode.VEHICLE_AND_OBJECT, "objet")
    vehicle = state.vehicles.refer(number, cells, "parc", FaultCode.UNKNOWN_VEHICLE)
    if vehicle is not None and owner is not None and vehicle["collectivity"] != owner:
        cells.warn(WarningCode.VEHICLE_OF_ANOTHER, "parc", owner=vehicle["collectivity"])
    return {"vehicle": number, "object_label": None}


def _set_state(state: State, number: str) -> None:
    """`done` with a closing day, else `in_progress`; a known order moves only when it gets its closing day."""
    orders = state.orders
    if number in orders.created:
        closed = orders.created[number]["closed_on"]
        orders.touch(number, state=OrderState.DONE if closed else OrderState.IN_PROGRESS)
    elif "closed_on" in orders.updated.get(number, {}) and orders.present[number]["state"] in OPEN_STATES:
        orders.touch(number, state=OrderState.DONE)


def _warn(state: State, number: str, cells: Cells, body: Values) -> None:
    order = state.orders.find(number) or {}
    if not covered(state, order["collectivity"], order["opened_on"]):
        cells.warn(WarningCode.ORDER_WITHOUT_CONVENTION, "ouvert_le", collectivity=order["collectivity"])
    if body["engagement_required"] and not order["engagement"]:
        cells.warn(WarningCode.MISSING_ENGAGEMENT, "engagement", collectivity=order["collectivity"])
