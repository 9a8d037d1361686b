"""collectivites.csv: who is billed, and the one issuer (rules C1, C2)."""

from typing import Any

from garage.domain.collectivities import CollectivityKind, VatRegime, read_siret
from garage.domain.errors.collectivities import BadSiret, SiretOfAnother
from garage.operations.importing import values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.files import Table
from garage.operations.importing.report import FaultCode
from garage.operations.importing.state import State

_FIELDS = (
    Field("kind", "nature", values.word(values.words_of(CollectivityKind, "epci commune spl syndicat ccas autre")),
          CollectivityKind.OTHER),
    Field("siren", "siren", values.siren),
    Field("code_service", "code_service", values.text(100)),
    Field("code_service_required", "code_service_obligatoire", values.yes, default=False),
    Field("engagement_required", "engagement_obligatoire", values.yes, default=False),
    Field("third_party_code", "code_tiers", values.text(50)),
    Field("address", "adresse", values.paragraph),
    Field("postal_code", "code_postal", values.text(10)),
    Field("city", "ville", values.text(200)),
    Field("emails", "courriel", values.emails),
    Field("insee_code", "code_insee", values.insee),
    Field("population", "population", values.count),
    Field("is_issuer", "emetteur", values.yes, default=False),
)  # fmt: skip
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS} | {"siret": None}


def read(state: State, table: Table) -> None:
    """Every row; then that one issuer is left, and that nothing billed rests on a change of issuer."""
    known = state.collectivities
    for cells in state.rows(table):
        code = cells.need("code", values.code)
        row = {"code": code, "name": cells.need("nom", values.text(200)), **cells.collect(_FIELDS)}
        if cells.has("siret"):
            row["siret"] = _siret(cells, row.get("siren"))
        if code is not None:
            known.settle(code, cells, "code", row, _DEFAULTS)
    _check_second_issuer(state)
    _check_issuer_change(state)


def _siret(cells: Cells, siren: str | None) -> str | None:
    cell = cells.raw("siret")
    if not cell:
        return None
    try:
        return read_siret(cell, siren)
    except BadSiret:
        cells.fault(FaultCode.BAD_SIRET, "siret")
    except SiretOfAnother as other:
        cells.fault(FaultCode.SIRET_OF_ANOTHER, "siret", siren=other.siren)
    return None


def _check_second_issuer(state: State) -> None:
    known = state.collectivities
    given = known.given()
    from_files = [code for code in given if (known.find(code) or {})["is_issuer"]]
    kept = [code for code, row in known.present.items() if row["is_issuer"] and code not in given]
    for code in from_files[0 if kept else 1 :]:
        known.refuse(code, FaultCode.SECOND_ISSUER, "emetteur", issuer=(kept or from_files)[0])


def _check_issuer_change(state: State) -> None:
    """Bills to others and internal statements rest on who the issuer is (rules C2, B3)."""
    known, billed = state.collectivities, state.billed.collectivities
    for code, changes in list(known.updated.items()):
        loses, becomes = changes.get("is_issuer") is False, changes.get("is_issuer") is True
        if (loses and billed) or (becomes and known.present[code]["id"] in billed):
            known.refuse(code, FaultCode.ISSUER_BILLED, "emetteur")


def check_new_issuer(state: State) -> None:
    """A new issuer may not keep a convention of another regime than out of scope (rule C2)."""
    known, conventions = state.collectivities, state.conventions
    becoming = {code for code, changes in known.updated.items() if changes.get("is_issuer")}
    for key, row in conventions.present.items():
        if key[0] in becoming and key not in conventions.cells and row["regime"] is not VatRegime.OUT_OF_SCOPE:
            becoming.discard(key[0])
            known.refuse(key[0], FaultCode.ISSUER_HAS_REGIME, "emetteur", start=key[1])
