"""Refusals about codes that are scanned."""

from dataclasses import dataclass

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class UnusableCode(GarageError):
    """A code that cannot be kept: nothing in it can be read, or it is too long."""

    text: str


@dataclass(eq=False)
class CodeNotTied(GarageError):
    """A code that does not lead there, or not any more."""

    code: str
