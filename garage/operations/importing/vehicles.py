"""vehicules.csv: the fleet, with a first reading of each meter (rule O6)."""

from typing import Any

from garage.domain.vehicles import MeterUnit, VehicleType, read_registration
from garage.operations.importing import values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.files import Table
from garage.operations.importing.report import FaultCode, WarningCode
from garage.operations.importing.state import State


def _registration(cell: str) -> str:
    return values.text(20)(read_registration(cell))


_FIELDS = (
    Field("registration", "immatriculation", _registration),
    Field("vin", "vin", values.text(30)),
    Field("type", "type", values.word(values.words_of(VehicleType, "vehicule engin remorque materiel")),
          VehicleType.VEHICLE),
    Field("national_kind", "genre", values.text(20)),
    Field("make", "marque", values.text(100)),
    Field("model", "modele", values.text(100)),
    Field("energy", "energie", values.text(50)),
    Field("first_registered_on", "mise_en_circulation", values.day),
    Field("meter_unit", "unite_compteur", values.word(values.words_of(MeterUnit, "km h")), MeterUnit.KM),
)  # fmt: skip
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS} | {"meter": None}


def read(state: State, table: Table) -> None:
    """Every row. A meter below the one we have is left alone: work done since has read it (rule O6)."""
    for cells in state.rows(table):
        number, owner = cells.need("parc", values.text(50)), cells.need("collectivite", values.code)
        state.collectivities.refer(owner, cells, "collectivite", FaultCode.UNKNOWN_COLLECTIVITY)
        row = {"fleet_number": number, "collectivity": owner, **cells.collect(_FIELDS)}
        meter = cells.read("compteur", values.count)
        if number is not None:
            row |= _meter(state, number, meter, cells)
            state.vehicles.settle(number, cells, "parc", row, _DEFAULTS)


def _meter(state: State, number: str, meter: int | None, cells: Cells) -> dict[str, int]:
    present = (state.vehicles.present.get(number) or {}).get("meter")
    if meter is None:
        return {}
    if present is not None and meter < present:
        cells.warn(WarningCode.METER_LOWER, "compteur", present=present)
        return {}
    return {"meter": meter}
