"""Refusals about counts of the stock."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class BadCount(GarageError):
    """A quantity found that is negative, beyond any sense, or finer than a thousandth."""

    quantity: Decimal
    field: ClassVar[str | None] = "counted"


@dataclass(eq=False)
class NothingToCount(GarageError):
    """A count that would have no line: nothing lies there, or another open count has it already."""

    field: ClassVar[str | None] = "kind"


@dataclass(eq=False)
class UnknownBins(GarageError):
    """Bins that nobody knows, or whose code several stores have."""

    names: tuple[str, ...]
    field: ClassVar[str | None] = "bins"


@dataclass(eq=False)
class CountClosed(GarageError):
    """An act that the state of the count does not allow."""

    number: str
    state: StrEnum


@dataclass(eq=False)
class NothingCounted(GarageError):
    """A count handed over before its first line is counted."""

    number: str


@dataclass(eq=False)
class SecondCountMissing(GarageError):
    """Lines whose second count was asked and not made."""

    lines: int


@dataclass(eq=False)
class CountedMeanwhile(GarageError):
    """Somebody counted this line since the page was opened."""

    reference: str
    counted: Decimal
    field: ClassVar[str | None] = "counted"


@dataclass(eq=False)
class InAnotherCount(GarageError):
    """A part found in a bin that another open count is looking at."""

    reference: str
    number: str
    field: ClassVar[str | None] = "counted"


@dataclass(eq=False)
class CountReasonMissing(GarageError):
    """Differences without a reason code."""

    lines: int
    field: ClassVar[str | None] = "other"


@dataclass(eq=False)
class CountedByYou(GarageError):
    """Whoever approves counted a line, and the garage wants somebody else."""


@dataclass(eq=False)
class CountedSince(GarageError):
    """Another count already wrote these parts after they were counted here: the difference would count twice."""

    references: tuple[str, ...]


@dataclass(eq=False)
class TakenSince(GarageError):
    """More left a bin since it was counted than was found there: what was counted cannot be true (rule S4)."""

    reference: str
