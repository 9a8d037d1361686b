"""Words about collectivities and conventions: what is missing, regimes, third parties, changes in the journal."""

from collections.abc import Mapping
from typing import Any, Final

from garage.domain.collectivities import Category, CollectivityKind, Lack, VatRegime
from garage.french.labels import label
from garage.french.typography import typeset

LACKS: Final = {
    Lack.SIRET: "le SIRET",
    Lack.ADDRESS: "l’adresse de facturation",
    Lack.CODE_SERVICE: "le code service",
    Lack.CONVENTION: "une convention en cours",
    Lack.EMAIL: "l’adresse électronique",
}
GOODS_TAXED: Final = "Services exonérés, pièces taxées"
# The PES tells these codes of a third party (version 5.12).
CATEGORIES: Final = {
    "01": "Personnes physiques",
    "20": "État et établissements publics nationaux",
    "21": "Régions",
    "22": "Départements",
    "23": "Communes",
    "24": "Groupements de collectivités",
    "25": "Caisses des écoles",
    "26": "CCAS",
    "27": "Établissements publics de santé",
    "29": "Autres établissements publics",
    "50": "Autres organismes sociaux",
    "60": "Personnes morales de droit privé",
}
NATURES: Final = {
    "01": "Particuliers",
    "02": "Artisan, commerçant, agriculteur",
    "03": "Société",
    "06": "Association",
    "07": "État ou organisme d’État",
    "08": "Établissement public national",
    "09": "Collectivité territoriale, établissement public local ou de santé",
}
NAMES: Final = {
    "name": "nom",
    "kind": "nature",
    "siren": "SIREN",
    "siret": "SIRET",
    "insee_code": "code INSEE",
    "population": "population",
    "address": "adresse",
    "postal_code": "code postal",
    "city": "ville",
    "emails": "courriel",
    "code_service": "code service",
    "third_party_code": "code tiers",
    "is_issuer": "émetteur des factures",
    "engagement_required": "engagement obligatoire",
    "code_service_required": "code service obligatoire",
    "tiers_category": "catégorie de tiers",
    "legal_nature": "nature juridique",
    "starts_on": "début",
    "ends_on": "fin",
    "category": "catégorie",
    "regime": "régime de TVA",
    "structure_fee": "frais de structure",
    "legal_basis": "fondement",
    "reference": "référence",
    "signed_on": "signature",
    "forecast_hours": "prévision en heures",
    "goods_taxed": "pièces taxées",
    "ceiling": "plafond",
    "notice_months": "préavis",
}
_WORDS: Final = {"kind": CollectivityKind, "category": Category, "regime": VatRegime}


def regime(found: VatRegime, *, goods_taxed: bool) -> str:
    """The VAT regime of a convention (rule M6)."""
    return GOODS_TAXED if goods_taxed else label(found)


def missing(found: list[Lack]) -> str:
    """What keeps a collectivity from being billed, as one sentence; empty when nothing does."""
    if not found:
        return ""
    names = [LACKS[lack] for lack in found]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"
    return typeset(f"Il manque {listed}.")


def changes(data: Mapping[str, Any]) -> str:
    """What changed, before and after, as the end of a sentence."""
    told = data.get("changes") or {}
    parts = [f"{NAMES.get(name, name)} {_said(name, one[0])} → {_said(name, one[1])}" for name, one in told.items()]
    return f" : {' ; '.join(parts)}" if parts else ""


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value in (None, ""):
        return "rien"
    return label(_WORDS[name](value)).lower() if name in _WORDS else str(value)
