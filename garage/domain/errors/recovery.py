"""Refusals about titres de recettes, payments and credits (rule B11, E14)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class NotCollected(GarageError):
    """An internal statement has neither titre nor payment, a credit note no payment (rules B11, C2)."""

    number: str


@dataclass(eq=False)
class BadAmount(GarageError):
    """An amount that settles nothing: zero, below, or out of all measure."""

    amount: Decimal
    field: ClassVar[str | None] = "amount"


@dataclass(eq=False)
class TitreAmountDiffers(GarageError):
    """A titre that does not ask what its bill does."""

    number: str
    amount: Decimal
    gross: Decimal
    field: ClassVar[str | None] = "amount"


@dataclass(eq=False)
class TitreTaken(GarageError):
    """A titre of that year that is another bill's; `other` is that bill."""

    year: int
    number: str
    other: str
    field: ClassVar[str | None] = "number"


@dataclass(eq=False)
class TitreKnown(GarageError):
    """A bill that has its titre already: it is corrected, with a reason."""

    number: str
    titre: str
    field: ClassVar[str | None] = "number"


@dataclass(eq=False)
class NoTitre(GarageError):
    """A bill without a titre: nothing to correct."""

    number: str


@dataclass(eq=False)
class ExerciseImpossible(GarageError):
    """A year that a titre of that day cannot count in."""

    year: int
    titled_on: date
    field: ClassVar[str | None] = "year"


@dataclass(eq=False)
class SettledTwice(GarageError):
    """The same bill, day, amount and reference as a settlement that stands."""

    number: str
    amount: Decimal
    day: date
    field: ClassVar[str | None] = "reference"


@dataclass(eq=False)
class AboveDue(GarageError):
    """More than what the bill still asks."""

    number: str
    amount: Decimal
    due: Decimal
    field: ClassVar[str | None] = "amount"


@dataclass(eq=False)
class OverpaidReasonMissing(GarageError):
    """A payment told to be too much without saying why."""

    field: ClassVar[str | None] = "overpaid_reason"


@dataclass(eq=False)
class AboveCredit(GarageError):
    """More than the credit left on the bill."""

    number: str
    amount: Decimal
    left: Decimal
    field: ClassVar[str | None] = "amount"


@dataclass(eq=False)
class OffsetElsewhere(GarageError):
    """A credit that would cover its own bill, or that of another collectivity."""

    number: str
    field: ClassVar[str | None] = "target"


@dataclass(eq=False)
class VoidedAlready(GarageError):
    """A settlement that was voided already."""

    number: str


@dataclass(eq=False)
class CreditUsed(GarageError):
    """The credit that a settlement leaves was given back or passed on: that must be voided first."""

    number: str


@dataclass(eq=False)
class ReturnChanged(GarageError):
    """A file of the finance application that no longer fits what is recorded since it was checked."""


@dataclass(eq=False)
class ReturnApplied(GarageError):
    """A file of the finance application that was recorded already."""

    name: str
