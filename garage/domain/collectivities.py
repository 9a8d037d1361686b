"""Who is billed: identity, conventions, category and VAT regime of a day (rules C1 to C4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from garage.domain.errors.base import BadCode
from garage.domain.errors.collectivities import BadInsee, BadSiren, BadSiret, SiretOfAnother
from garage.domain.periods import covers


class CollectivityKind(StrEnum):
    """Legal kinds of a billed body (rule C1)."""

    EPCI = "epci"
    COMMUNE = "commune"
    SPL = "spl"
    SYNDICAT = "syndicat"
    CCAS = "ccas"
    OTHER = "other"


class Category(StrEnum):
    """The column of the tariff grid a convention gives right to (rule C3)."""

    FOUNDER = "founder"
    PARTNER = "partner"


class VatRegime(StrEnum):
    """VAT regime of a convention (rule M6)."""

    OUT_OF_SCOPE = "out_of_scope"
    EXEMPT = "exempt"
    TAXED = "taxed"


# Bills of one collectivity and engagement are numbered in this order (rule B3).
REGIME_ORDER = (VatRegime.OUT_OF_SCOPE, VatRegime.EXEMPT, VatRegime.TAXED)


class Lack(StrEnum):
    """What a collectivity lacks to be billed without a stop (rules C4, B10)."""

    SIRET = "siret"
    ADDRESS = "address"
    CODE_SERVICE = "code_service"
    CONVENTION = "convention"
    EMAIL = "email"


_CODE = re.compile(r"[A-Z0-9-]{1,20}")
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.ASCII)


def luhn(digits: str) -> bool:
    """Whether a string of digits passes the Luhn check (SIREN and SIRET, INSEE).

    >>> luhn("242900801"), luhn("242900802")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def read_code(text: str) -> str:
    """A code in capitals, 1 to 20 of A–Z 0–9 and hyphen (rule C1); raises BadCode.

    >>> read_code(" pencran ")
    'PENCRAN'
    """
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise BadCode(text)
    return code


def _digits(text: str, length: int) -> str | None:
    digits = re.sub(r"[\s.\u00a0\u202f]", "", text)
    return digits if len(digits) == length and digits.isascii() and digits.isdigit() and luhn(digits) else None


def read_siren(text: str) -> str:
    """Nine digits that pass Luhn, spaces ignored (rule C1); raises BadSiren."""
    digits = _digits(text, 9)
    if digits is None:
        raise BadSiren(text)
    return digits


def read_siret(text: str, siren: str | None) -> str:
    """Fourteen digits that pass Luhn and begin with the SIREN when it is known (rule C1).

    Raises BadSiret, SiretOfAnother.
    """
    digits = _digits(text, 14)
    if digits is None:
        raise BadSiret(text)
    if siren and not digits.startswith(siren):
        raise SiretOfAnother(digits, siren)
    return digits


def read_insee(text: str) -> str:
    """The code of a commune in the official geographic code (rule C1); raises BadInsee.

    >>> read_insee("2a004")
    '2A004'
    """
    code = text.strip().upper()
    if not _INSEE.fullmatch(code):
        raise BadInsee(text)
    return code


@dataclass(frozen=True, slots=True)
class Terms:
    """What a convention gives on the days it covers (rules C3, M5, M6)."""

    id: int | None
    starts_on: date
    ends_on: date | None
    category: Category
    regime: VatRegime
    structure_fee: bool
    reference: str | None = None
    legal_basis: str | None = None
    signed_on: date | None = None
    goods_taxed: bool = False


# On days that no convention of its own covers, the issuer is a founder, out of scope, without fee (rule C2).
ISSUER_TERMS = Terms(None, date.min, None, Category.FOUNDER, VatRegime.OUT_OF_SCOPE, structure_fee=False)


def terms_on(conventions: Iterable[Terms], day: date, *, issuer: bool) -> Terms | None:
    """The convention in force on a day, the issuer's own default, or None (rules C2, C4)."""
    for convention in conventions:
        if covers(convention.starts_on, convention.ends_on, day):
            return convention
    return ISSUER_TERMS if issuer else None


def lacks(*, identity: dict[str, object], convention: bool, mailed: bool) -> list[Lack]:
    """What is missing, most serious first: `identity` holds the columns of rule C1, `convention` whether one is live.

    An internal statement needs neither a convention nor an address to be sent to (rule C2).
    """
    issuer = bool(identity["is_issuer"])
    found = {
        Lack.SIRET: not identity["siret"],
        Lack.CONVENTION: not (convention or issuer),
        Lack.CODE_SERVICE: bool(identity["code_service_required"]) and not identity["code_service"],
        Lack.ADDRESS: not (identity["address"] and identity["postal_code"] and identity["city"]),
        Lack.EMAIL: mailed and not issuer and not identity["emails"],
    }
    return [lack for lack, missing in found.items() if missing]
