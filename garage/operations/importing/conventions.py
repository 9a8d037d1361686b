"""conventions.csv: what binds a collectivity over a span of days (rules C2, C3)."""

from bisect import bisect_right
from collections import defaultdict
from datetime import date
from typing import Any

from garage.domain.collectivities import Category, VatRegime
from garage.operations.importing import values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.files import Table
from garage.operations.importing.known import Known
from garage.operations.importing.report import FaultCode, WarningCode
from garage.operations.importing.spans import Span, check_end, overlapping
from garage.operations.importing.state import State

_FIELDS = (
    Field("ends_on", "fin", values.day),
    Field("reference", "reference", values.text(200)),
    Field("regime", "regime_tva", values.word(values.words_of(VatRegime, "hors_champ exonere taxable")),
          VatRegime.OUT_OF_SCOPE),
    Field("structure_fee", "frais_structure", values.yes, default=True),
    Field("goods_taxed", "pieces_taxees", values.yes, default=False),
)  # fmt: skip
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS} | {"forecast_hours": None}
_CATEGORIES = values.word(values.words_of(Category, "fondateur partenaire"))


def read(state: State, table: Table) -> None:
    """Every row; then that no two of one collectivity share a day, and the issuer's regime."""
    for cells in state.rows(table):
        owner, start = cells.need("collectivite", values.code), cells.need("debut", values.day)
        row = {"category": cells.need("categorie", _CATEGORIES), **cells.collect(_FIELDS)}
        if cells.has("prevision_heures"):
            row["forecast_hours"] = _forecast(cells)
        check_end(cells, start, row.get("ends_on"))
        if state.collectivities.refer(owner, cells, "collectivite", FaultCode.UNKNOWN_COLLECTIVITY):
            _check_issuer_regime(state, owner, cells, row.get("regime"))
        if owner is not None and start is not None:
            row |= {"collectivity": owner, "starts_on": start}
            state.conventions.settle((owner, start), cells, "debut", row, _DEFAULTS)
            _check_goods(state.conventions, (owner, start))
    _check_overlaps(state.conventions)
    for key in list(state.conventions.updated):
        if state.conventions.present[key]["id"] in state.billed.conventions:
            state.conventions.refuse(key, FaultCode.CONVENTION_BILLED, start=key[1])


def _forecast(cells: Cells) -> Any:
    found = cells.read("prevision_heures", values.forecast)
    if found is None:
        return None
    if not found[1]:
        cells.warn(WarningCode.ROUNDED_FORECAST, "prevision_heures", hours=found[0])
    return found[0]


def _check_issuer_regime(state: State, owner: str | None, cells: Cells, regime: VatRegime | None) -> None:
    issuer = (state.collectivities.find(owner) or {}).get("is_issuer")
    if issuer and regime not in (None, VatRegime.OUT_OF_SCOPE):
        cells.fault(FaultCode.ISSUER_REGIME, "regime_tva")


def _check_goods(known: Known[tuple[str, date]], key: tuple[str, date]) -> None:
    """Taxed goods beside exempt services, and no other regime (rule M6)."""
    row = known.find(key)
    if row is not None and row["goods_taxed"] and row["regime"] is not VatRegime.EXEMPT:
        known.refuse(key, FaultCode.GOODS_NOT_EXEMPT, "pieces_taxees")


def _check_overlaps(known: Known[tuple[str, date]]) -> None:
    by_owner: dict[str, list[tuple[tuple[str, date], Span]]] = defaultdict(list)
    for key, row in known.all().items():
        by_owner[key[0]].append((key, (row["starts_on"], row["ends_on"])))
    for spans in by_owner.values():
        for key, other in overlapping(known, spans):
            known.refuse(key, FaultCode.CONVENTION_OVERLAP, "debut", other=other[1])


def covering_days(state: State) -> dict[str, list[Span]]:
    """The spans of each collectivity once the files are in, by first day."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for (owner, start), row in state.conventions.all().items():
        spans[owner].append((start, row["ends_on"]))
    for owner, _ in state.conventions.bad:
        spans[owner] = [(date.min, None)]
    return {owner: sorted(found, key=lambda span: span[0]) for owner, found in spans.items()}


def covered(state: State, owner: str, day: date) -> bool:
    """Whether a convention covers a day (rule C4); the issuer needs none (rule C2), a bad row is no proof."""
    body = state.collectivities.find(owner)
    if body is None or body["is_issuer"] or state.conventions.blind:
        return True
    spans = state.terms.get(owner, [])
    place = bisect_right(spans, day, key=lambda span: span[0]) - 1
    if place < 0:
        return False
    end = spans[place][1]
    return end is None or day < end
