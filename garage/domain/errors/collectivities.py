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
