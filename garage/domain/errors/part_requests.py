"""Refusals about what the workshop asks of the store."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class RequestAnswered(GarageError):
    """A request for a part that somebody has given, refused or taken back already."""

    state: StrEnum


@dataclass(eq=False)
class PartUnnamed(GarageError):
    """A request in words alone: the store says which part it is first."""

    field: ClassVar[str | None] = "reference"


@dataclass(eq=False)
class NothingAsked(GarageError):
    """A request that names neither a part nor words."""

    field: ClassVar[str | None] = "label"


@dataclass(eq=False)
class NothingSetAside(GarageError):
    """Less of the part is there, free of what others reserved, than is to be set aside; it can be ordered."""

    reference: str
    free: Decimal
    wanted: Decimal
    field: ClassVar[str | None] = "reference"


@dataclass(eq=False)
class NothingPoured(GarageError):
    """A sheet of fluids on which no quantity was written."""
