"""Refusals about the workshop's day: entries sent later, clock, works, devices, plan."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class EntryTooOld(GarageError):
    """An entry that a device kept so long that the head must look at it."""

    at: datetime


@dataclass(eq=False)
class EntryOfNobody(GarageError):
    """An entry whose author may no longer work here, or whose signature is not ours."""


@dataclass(eq=False)
class BadPhoto(GarageError):
    """A file that is no picture we read."""

    field: ClassVar[str | None] = "photo"


@dataclass(eq=False)
class Disagreement(GarageError):
    """Two people gave one field two values: both are shown, and somebody chooses. `field` is the form's."""

    label: str
    theirs: str
    who: str
    at: datetime
    mine: str
    seen: str


@dataclass(eq=False)
class EntryResolved(GarageError):
    """A held entry that the head has applied or set aside already."""

    key: str
