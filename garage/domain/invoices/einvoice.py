"""What an electronic invoice must satisfy before it has a number: lengths, check digits, rates (BR-FR, BR-FR-CPRO)."""

from garage.domain.invoices.bill import Party


def siren_of(party: Party) -> str | None:
    """The SIREN of a body, which its SIRET begins with."""
    return party.siren or (party.siret[:9] if party.siret else None)
