"""Refusals about tariff grids."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class GridOverlap(GarageError):
    """Two published grids share a day (rule T1)."""

    name: str
    field: ClassVar[str | None] = "starts_on"


@dataclass(eq=False)
class GridTouchesBilled(GarageError):
    """A grid that would start on or before the latest day of a billed line (rule T1)."""

    starts_on: date
    latest_billed_day: date
    field: ClassVar[str | None] = "starts_on"


@dataclass(eq=False)
class GridFrozen(GarageError):
    """A published grid is frozen (rule T1)."""

    name: str


@dataclass(eq=False)
class TwoLinesOfNature(GarageError):
    """A second line of a nature that a grid has once (rule T2)."""

    nature: StrEnum
    field: ClassVar[str | None] = "nature"


@dataclass(eq=False)
class UnknownTariffCode(GarageError):
    """A code that no published grid has for this nature."""

    code: str
    field: ClassVar[str | None] = "code"
