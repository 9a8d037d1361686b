"""Refusals about freezing the stock's value of a 31 December (rule S6)."""

from dataclasses import dataclass
from decimal import Decimal

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class YearNotOver(GarageError):
    """The 31 December to freeze is not past."""

    year: int


@dataclass(eq=False)
class YearOutOfOrder(GarageError):
    """Another year comes first: they are frozen one after the other."""

    year: int
    expected: int


@dataclass(eq=False)
class NothingToFreeze(GarageError):
    """No movement is dated up to that 31 December."""

    year: int


@dataclass(eq=False)
class ValueMoved(GarageError):
    """The value is no longer the one that the check page showed."""

    year: int
    value: Decimal


@dataclass(eq=False)
class ValuationFrozen(GarageError):
    """That 31 December is frozen already."""

    year: int


@dataclass(eq=False)
class ValuationDiffers(GarageError):
    """The PDF printed from the frozen lines is not the one whose fingerprint was kept."""

    year: int
