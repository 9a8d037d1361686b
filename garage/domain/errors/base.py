"""The base of every refusal, and those that belong to no column.

One small class each: it carries data and, for a form, a field; the French sentence is in garage.french.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar


class GarageError(Exception):
    """A refusal of the rules: nothing was written. `field` names the form field it belongs to, if one does."""

    field: ClassVar[str | None] = None


@dataclass(eq=False)
class NotFound(GarageError):
    """A thing that is not there, or that this person may not know to be there."""

    what: str
    key: str


class NotVisible(NotFound):
    """Another collectivity's row: answered as if it did not exist, and written in the journal."""


@dataclass(eq=False)
class Conflict(GarageError):
    """Somebody else wrote the same row since it was read."""

    what: str


@dataclass(eq=False)
class CodeTaken(GarageError):
    """Another row has this key."""

    code: str
    field: ClassVar[str | None] = "code"


@dataclass(eq=False)
class EndBeforeStart(GarageError):
    """An interval that is empty or backwards."""

    starts_on: date
    ends_on: date
    field: ClassVar[str | None] = "ends_on"


@dataclass(eq=False)
class ReasonMissing(GarageError):
    """An act that needs its reason in words (rule O2)."""

    act: StrEnum
    field: ClassVar[str | None] = "reason"


@dataclass(eq=False)
class BadDay(GarageError):
    """A day that is not written 2026-10-05, or does not exist."""

    text: str
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class BadCode(GarageError):
    """A code with other characters than A–Z 0–9 and hyphen, or too long (rule C1)."""

    text: str
    field: ClassVar[str | None] = "code"


@dataclass(eq=False)
class ImpossibleDay(GarageError):
    """A day after today (rule O4), or before the first day that makes sense here."""

    day: date
    first: date | None = None
    field: ClassVar[str | None] = "done_on"


@dataclass(eq=False)
class UnknownQuarter(GarageError):
    """A quarter that is not written 2026-T3."""

    text: str
    field: ClassVar[str | None] = "quarter"
