"""Refusals about repair orders."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class ForbiddenTransition(GarageError):
    """A change of state that is not listed, or not this role's (rule O2)."""

    present: StrEnum
    wanted: StrEnum


@dataclass(eq=False)
class OrderClosed(GarageError):
    """An order that takes no more work from this person (rule O2)."""

    number: str
    state: StrEnum


@dataclass(eq=False)
class LineBilled(GarageError):
    """A billed line is read-only for ever (rule O2)."""

    number: str
    rank: int


@dataclass(eq=False)
class NotYours(GarageError):
    """A mechanic corrects his own time, not a colleague's."""

    number: str
    rank: int


@dataclass(eq=False)
class VehicleOrObject(GarageError):
    """An order for neither a vehicle nor an object (rule O1)."""

    field: ClassVar[str | None] = "vehicle"


@dataclass(eq=False)
class VehicleOfAnother(GarageError):
    """A vehicle that is not the order's collectivity's (rule E6)."""

    fleet_number: str
    field: ClassVar[str | None] = "vehicle"


@dataclass(eq=False)
class MeterBackwards(GarageError):
    """A meter below its last reading, without a reason (rule O6); the day and the unit of that one where known."""

    last: int
    read: int
    on: date | None = None
    unit: StrEnum | None = None
    field: ClassVar[str | None] = "meter"


@dataclass(eq=False)
class BadMinutes(GarageError):
    """A length of work outside 1 minute to 24 hours."""

    minutes: int
    field: ClassVar[str | None] = "time"


@dataclass(eq=False)
class ClosingBlocked(GarageError):
    """What an order lacks keeps it from being finished (rule O5)."""

    codes: tuple[str, ...]


@dataclass(eq=False)
class NotSettleable(GarageError):
    """Only a checked order whose unbilled lines come to 0,00 may be settled without a bill (rule B4)."""

    number: str
