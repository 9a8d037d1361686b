"""Refusals about bills."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class QuarterNotFinished(GarageError):
    """Bills are issued for finished quarters only."""

    quarter: str
    field: ClassVar[str | None] = "quarter"


@dataclass(eq=False)
class IssuedInFuture(GarageError):
    """A bill dated after today."""

    day: date
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class IssuedInQuarter(GarageError):
    """A bill dated on or before the last day of the quarter it bills."""

    day: date
    quarter: str
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class IssuedBeforeLast(GarageError):
    """A bill dated before the last one of its series (rule B3)."""

    day: date
    last: date
    series: str
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class NoIssuer(GarageError):
    """No collectivity is marked as the issuer: nobody to bill from (rule C2)."""


@dataclass(eq=False)
class IssuerIncomplete(GarageError):
    """The issuer has no SIRET: no electronic invoice can name it (rule B10)."""

    name: str


@dataclass(eq=False)
class FileDiffers(GarageError):
    """An archived PDF whose bytes are no longer those that were issued (rule B9)."""

    number: str
    path: str
