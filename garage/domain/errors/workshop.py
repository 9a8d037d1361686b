"""Refusals about the workshop's day: entries sent later, clock, works, devices, plan."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
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


@dataclass(eq=False)
class UnplannableDay(GarageError):
    """A day gone by, or too far away, for the plan."""

    day: date
    first: date
    last: date
    field: ClassVar[str | None] = "day"


@dataclass(eq=False)
class BadCapacity(GarageError):
    """Hours of a day outside 0 to 24."""

    minutes: int
    field: ClassVar[str | None] = "time"


@dataclass(eq=False)
class AlreadyPlanned(GarageError):
    """An order that the same person has on the same day already."""

    number: str
    who: str
    day: date
    minutes: int
    field: ClassVar[str | None] = "day"


@dataclass(eq=False)
class PlanChanged(GarageError):
    """A card of the plan that somebody else moved, changed or took away since the page was made."""

    number: str
    who: str | None
    at: datetime | None


@dataclass(eq=False)
class ClockOverlap(GarageError):
    """A time that overlaps a segment of the same person; without end it runs (rule O4)."""

    start: datetime
    end: datetime | None
    field: ClassVar[str | None] = "debut"


@dataclass(eq=False)
class ClockInFuture(GarageError):
    """A time worked that has not come yet (rule O4)."""

    at: datetime
    field: ClassVar[str | None] = "fin"


@dataclass(eq=False)
class ClockBackwards(GarageError):
    """An end that does not follow its start."""

    start: datetime
    field: ClassVar[str | None] = "fin"


@dataclass(eq=False)
class ClockChanged(GarageError):
    """The clock went on since: what was done cannot be undone any more."""


@dataclass(eq=False)
class ClockNotYours(GarageError):
    """A mechanic corrects his own time, not a colleague's (rules, «People»)."""


@dataclass(eq=False)
class ClockNotForgotten(GarageError):
    """A segment whose end is known already."""


@dataclass(eq=False)
class NoLabourCode(GarageError):
    """No published grid has an hour of work to count a clock under."""


@dataclass(eq=False)
class DayOverfull(GarageError):
    """More than 24 hours of one person in one civil day."""

    day: date
    minutes: int
    field: ClassVar[str | None] = "time"


@dataclass(eq=False)
class NothingToDo(GarageError):
    """A work without code, package or words."""

    field: ClassVar[str | None] = "texte"


@dataclass(eq=False)
class WorkNotOpen(GarageError):
    """A work that is not in the state for what is asked of it: put it back first."""

    label: str
    state: StrEnum


@dataclass(eq=False)
class WorkResumed(GarageError):
    """A work that is put off no more: `number` is the order where it is to do, or was done."""

    label: str
    number: str


@dataclass(eq=False)
class WorkOfAnother(GarageError):
    """A work put off of another vehicle than the order's."""

    label: str


@dataclass(eq=False)
class PointNotFailed(GarageError):
    """A work proposed for a point that is not found at fault."""

    label: str


@dataclass(eq=False)
class PackageArchived(GarageError):
    """A package that the head has put away."""

    code: str


@dataclass(eq=False)
class LineRestored(GarageError):
    """A removed line that is back already."""

    rank: int


@dataclass(eq=False)
class EmptyNote(GarageError):
    """A note without words."""

    field: ClassVar[str | None] = "text"


@dataclass(eq=False)
class NotYourRecord(GarageError):
    """Somebody else's note or photo: they, or the head, take it away."""


@dataclass(eq=False)
class PhotoNotKept(GarageError):
    """The folder of the photos takes nothing: nothing was written."""

    field: ClassVar[str | None] = "photo"


@dataclass(eq=False)
class MeterLeap(GarageError):
    """A meter so far above its last reading that a figure is probably wrong: confirmed, it counts (rule O6)."""

    last: int
    read: int
    on: date
    unit: StrEnum
    field: ClassVar[str | None] = "meter"


@dataclass(eq=False)
class NoMeterHere(GarageError):
    """A site or an object has no meter (rule O1)."""

    number: str
    field: ClassVar[str | None] = "meter"


@dataclass(eq=False)
class DayPassed(GarageError):
    """A day to come that is already over."""

    day: date
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class StateChanged(GarageError):
    """The order went on since: what was done to its state cannot be undone any more."""

    number: str
    state: StrEnum


@dataclass(eq=False)
class CostOfHead(GarageError):
    """What things cost is given by the head; a mechanic says who and under which number."""

    field: ClassVar[str | None] = "cost"


@dataclass(eq=False)
class NoCostHere(GarageError):
    """Only a part or work bought outside has a cost (rule O3)."""

    number: str
    rank: int


@dataclass(eq=False)
class CostKept(GarageError):
    """A part keeps the cost it was issued or bought at (rule S5)."""

    number: str
    rank: int
    field: ClassVar[str | None] = "cost"


@dataclass(eq=False)
class SameField(GarageError):
    """Two people gave the same things of one form different values since it was read: their names."""

    names: tuple[str, ...]
