"""One small class per refusal. They carry data and, for a form, a field; the French sentence is in garage.french."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar


class GarageError(Exception):
    """A refusal of the rules: nothing was written. `field` names the form field it belongs to, if one does."""

    field: ClassVar[str | None] = None


@dataclass(eq=False)
class UnknownQuarter(GarageError):
    """A quarter that is not written 2026-T3."""

    text: str
    field: ClassVar[str | None] = "quarter"


@dataclass(eq=False)
class BadCode(GarageError):
    """A code with other characters than A–Z 0–9 and hyphen, or too long (rule C1)."""

    text: str
    field: ClassVar[str | None] = "code"


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
