"""What an electronic invoice must satisfy before it has a number: lengths, check digits, rates (BR-FR, BR-FR-CPRO).

The texts, the IBAN, the VAT number and the pattern of numbers are checked where they are set (domain/settings.py).
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from garage.domain.collectivities import luhn
from garage.domain.invoices.bill import Party
from garage.domain.invoices.pricing import Anomaly, AnomalyCode, PricedLine

NAME: Final = 99
ADDRESS: Final = 400
CODE_SERVICE: Final = 100
REFERENCE: Final = 50
LABEL: Final = 500
# BR-FR-16, without the historical ones that it still lists.
RATES: Final = frozenset(map(Decimal, ("0", "0.9", "1.05", "1.75", "2.1", "5.5", "7", "8.5", "10", "13", "19.6", "20")))


def siren_of(party: Party) -> str | None:
    """The SIREN of a body, which its SIRET begins with."""
    return party.siren or (party.siret[:9] if party.siret else None)


def siret_holds(siret: str, siren: str | None) -> bool:
    """Whether a SIRET has 14 digits and its key, and begins with the SIREN when it is known (BR-FR-09).

    >>> siret_holds("21290001300013", "212900013"), siret_holds("21290001300014", None)
    (True, False)
    """
    digits = len(siret) == 14 and siret.isascii() and siret.isdigit()
    return digits and luhn(siret) and siret.startswith(siren or "")


def party_faults(party: Party) -> Iterator[AnomalyCode]:
    """What keeps a body from being named on an electronic invoice, the gravest first."""
    if not party.siret:
        yield AnomalyCode.MISSING_SIRET
    elif not siret_holds(party.siret, party.siren):
        yield AnomalyCode.BAD_SIRET
    if len(party.name) > NAME:
        yield AnomalyCode.LONG_NAME
    if sum(len(part or "") for part in (party.address, party.postal_code, party.city)) > ADDRESS:
        yield AnomalyCode.LONG_ADDRESS


def order_faults(order: str, engagement: str | None, lines: Iterable[PricedLine]) -> Iterator[Anomaly]:
    """What an invoice of this order could not carry: an engagement that would be cut, a label too long to keep."""
    if engagement and len(engagement) > REFERENCE:
        yield Anomaly(order, None, AnomalyCode.LONG_ENGAGEMENT, item=engagement)
    for line in lines:
        if len(line.label) > LABEL:
            yield Anomaly(order, line.work.rank, AnomalyCode.LONG_LABEL, line.work.done_on)
