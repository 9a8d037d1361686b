"""Refusals about the files handed to the finance application."""

from dataclasses import dataclass

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class ExportUnbalanced(GarageError):
    """A bill whose lines, rates and totals are not the same euros: nothing is handed over (rule B11)."""

    number: str


@dataclass(eq=False)
class ExportEmpty(GarageError):
    """An export without any bill."""


@dataclass(eq=False)
class ExportUnfinished(GarageError):
    """An export whose files were never made cannot have been handed over."""

    number: int


@dataclass(eq=False)
class ExportTwice(GarageError):
    """An export some of whose bills were handed over in other exports: only when asked for knowingly."""

    field = "anyway"
    others: tuple[int, ...]


@dataclass(eq=False)
class ExportDiffers(GarageError):
    """A bundle made again whose bytes are not those handed over the first time."""

    number: int


@dataclass(eq=False)
class PesRefused(GarageError):
    """A draft PES Recette that its schema refuses: it is not handed over."""

    reason: str
