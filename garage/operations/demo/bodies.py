"""The demonstration's collectivities: the real CAPLD and its communes, Eau du Ponant, and made-up conventions.

Names, SIREN, INSEE codes and populations are public facts. SIRET establishments, addresses, e-mails, references and
forecasts are made up and say so; a body without verified SIREN has neither SIREN nor SIRET.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from garage.domain.collectivities import Category, CollectivityKind, VatRegime, luhn
from garage.domain.permissions import Actor
from garage.operations import collectivities
from garage.operations.collectivities import Binding, Identity
from garage.operations.demo import sheets

FICTITIOUS_NIC = "9990"
_BASIS = {
    Category.FOUNDER: "Exemple fictif : service commun, art. L. 5211-4-2 du CGCT",
    Category.PARTNER: "Exemple fictif : prestation de services entre collectivités",
}
_SEAT = {
    CollectivityKind.EPCI: "Hôtel de communauté (adresse fictive)",
    CollectivityKind.COMMUNE: "Mairie (adresse fictive)",
    CollectivityKind.SPL: "Siège (adresse fictive)",
}


def fictitious_siret(siren: str) -> str:
    """A SIRET of this SIREN that passes Luhn: establishment 9990 and its key, which nobody was given.

    >>> fictitious_siret("242900801")
    '24290080199907'
    """
    return next(siret for key in range(10) if luhn(siret := f"{siren}{FICTITIOUS_NIC}{key}"))


def found(session: Session, actor: Actor, now: datetime) -> dict[str, int]:
    """Create every body and its convention; ids by code."""
    ids: dict[str, int] = {}
    for row in sheets.rows("bodies"):
        ids[row["code"]] = collectivities.create(session, _identity(row), actor, now).id
        if row["starts_on"]:
            collectivities.bind(session, ids[row["code"]], _binding(row), actor, now)
    return ids


def _identity(row: dict[str, str]) -> Identity:
    kind = CollectivityKind(row["kind"])
    return Identity(
        code=row["code"],
        name=row["name"],
        kind=kind,
        siren=row["siren"] or None,
        siret=fictitious_siret(row["siren"]) if row["siren"] else None,
        insee_code=row["insee_code"] or None,
        population=int(row["population"]) if row["population"] else None,
        address=_SEAT[kind],
        postal_code=row["postal_code"] or None,
        city=row["city"] or None,
        emails=f"{row['code'].lower()}@demo.invalid",
        code_service="SERVICE-FICTIF",
        third_party_code=f"FICTIF-{row['code']}"[:15],
        engagement_required=row["engagement_required"] == "oui",
        is_issuer=row["category"] == "issuer",
    )


def _binding(row: dict[str, str]) -> Binding:
    starts_on, category = date.fromisoformat(row["starts_on"]), Category(row["category"])
    return Binding(
        starts_on=starts_on,
        ends_on=None,
        category=category,
        regime=VatRegime(row["regime"]),
        legal_basis=_BASIS[category],
        reference=f"Convention fictive {starts_on.year}-{starts_on.month:02d} ({row['name']})",
        forecast_hours=Decimal(row["forecast_hours"]),
    )
