"""Refusals about collectivities and conventions."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class BadSiren(GarageError):
    """A SIREN that is not nine digits passing Luhn (rule C1)."""

    text: str
    field: ClassVar[str | None] = "siren"


@dataclass(eq=False)
class BadSiret(GarageError):
    """A SIRET that is not fourteen digits passing Luhn (rule C1)."""

    text: str
    field: ClassVar[str | None] = "siret"


@dataclass(eq=False)
class SiretOfAnother(GarageError):
    """A SIRET that does not begin with the SIREN (rule C1)."""

    siret: str
    siren: str
    field: ClassVar[str | None] = "siret"


@dataclass(eq=False)
class SecondIssuer(GarageError):
    """A garage has one issuer (rule C2)."""

    code: str


@dataclass(eq=False)
class IssuerRegime(GarageError):
    """A convention of the issuer with another regime than out of scope (rule C2)."""

    code: str
    field: ClassVar[str | None] = "regime"


@dataclass(eq=False)
class ConventionOverlap(GarageError):
    """Two conventions of one collectivity share a day (rule C3)."""

    starts_on: date
    field: ClassVar[str | None] = "starts_on"


@dataclass(eq=False)
class NoConvention(GarageError):
    """No convention covers the opening day (rule C4); the head may force it with a reason."""

    name: str
    day: date
    field: ClassVar[str | None] = "collectivity"


@dataclass(eq=False)
class BadInsee(GarageError):
    """An INSEE code that is not five characters of the official geographic code (rule C1)."""

    text: str
    field: ClassVar[str | None] = "insee_code"


@dataclass(eq=False)
class BadBillingEmail(GarageError):
    """An e-mail address of a collectivity that is none."""

    text: str
    field: ClassVar[str | None] = "emails"


@dataclass(eq=False)
class ConventionBilled(GarageError):
    """A change of a convention that would change what is billed, from `first` to `last` (rule C3)."""

    first: date
    last: date
    field: ClassVar[str | None] = "starts_on"


@dataclass(eq=False)
class EndUnderBilled(GarageError):
    """A convention that would end before a line billed under it, the last one on `last` (rule C3)."""

    last: date
    field: ClassVar[str | None] = "ends_on"


@dataclass(eq=False)
class ExemptUnconfirmed(GarageError):
    """An exempt convention whose warning was not confirmed (rule M6)."""

    field: ClassVar[str | None] = "confirmed"


@dataclass(eq=False)
class GoodsWithoutExemption(GarageError):
    """Taxed goods under another regime than exempt (rule M6)."""

    field: ClassVar[str | None] = "regime"
