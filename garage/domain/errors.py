"""One small class per refusal. They carry data and, for a form, a field; the French sentence is in garage.french."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar


class GarageError(Exception):
    """A refusal of the rules: nothing was written. `field` names the form field it belongs to, if one does."""

    field: ClassVar[str | None] = None


@dataclass(eq=False)
class UnknownQuarter(GarageError):
    """A quarter that is not written 2026-T3."""

    text: str
    field: ClassVar[str | None] = "quarter"


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
class BadSiren(GarageError):
    """A SIREN that is not nine digits passing Luhn (rule C1)."""

    text: str
    field: ClassVar[str | None] = "siren"


@dataclass(eq=False)
class BadSiret(GarageError):
    """A SIRET that is not fourteen digits passing Luhn (rule C1)."""

    text: str
    field: ClassVar[str | None] = "siret"


@dataclass(eq=False)
class SiretOfAnother(GarageError):
    """A SIRET that does not begin with the SIREN (rule C1)."""

    siret: str
    siren: str
    field: ClassVar[str | None] = "siret"


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
class BadCredentials(GarageError):
    """Unknown address, wrong password or inactive account: never says which."""

    field: ClassVar[str | None] = "password"


@dataclass(eq=False)
class TooManyAttempts(GarageError):
    """Sign-in throttled until an instant."""

    retry_at: datetime
    field: ClassVar[str | None] = "password"


@dataclass(eq=False)
class BadName(GarageError):
    """A name that is empty, longer than 200 characters, or holds characters that do not print."""

    field: ClassVar[str | None] = "name"


@dataclass(eq=False)
class BadEmail(GarageError):
    """An e-mail address without the shape of one."""

    text: str
    field: ClassVar[str | None] = "email"


@dataclass(eq=False)
class EmailTaken(GarageError):
    """Another person signs in with this address."""

    text: str
    field: ClassVar[str | None] = "email"


@dataclass(eq=False)
class WeakPassword(GarageError):
    """A password shorter than the least length."""

    least: int
    field: ClassVar[str | None] = "password"


@dataclass(eq=False)
class CollectivityMissing(GarageError):
    """A person of a collectivity without the collectivity, or another role with one."""

    field: ClassVar[str | None] = "collectivity"


@dataclass(eq=False)
class LastAdministrator(GarageError):
    """The last active administrator cannot be taken away."""

    field: ClassVar[str | None] = "role"


@dataclass(eq=False)
class CodeTaken(GarageError):
    """Another row has this key."""

    code: str
    field: ClassVar[str | None] = "code"


@dataclass(eq=False)
class SecondIssuer(GarageError):
    """A garage has one issuer (rule C2)."""

    code: str


@dataclass(eq=False)
class IssuerRegime(GarageError):
    """A convention of the issuer with another regime than out of scope (rule C2)."""

    code: str
    field: ClassVar[str | None] = "regime"


@dataclass(eq=False)
class EndBeforeStart(GarageError):
    """An interval that is empty or backwards."""

    starts_on: date
    ends_on: date
    field: ClassVar[str | None] = "ends_on"


@dataclass(eq=False)
class ConventionOverlap(GarageError):
    """Two conventions of one collectivity share a day (rule C3)."""

    starts_on: date
    field: ClassVar[str | None] = "starts_on"


@dataclass(eq=False)
class NoConvention(GarageError):
    """No convention covers the opening day (rule C4); the head may force it with a reason."""

    name: str
    day: date
    field: ClassVar[str | None] = "collectivity"


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
class ForbiddenTransition(GarageError):
    """A change of state that is not listed, or not this role's (rule O2)."""

    present: StrEnum
    wanted: StrEnum


@dataclass(eq=False)
class ReasonMissing(GarageError):
    """An act that needs its reason in words (rule O2)."""

    act: StrEnum
    field: ClassVar[str | None] = "reason"


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
    """A meter below its last reading, without a reason (rule O6)."""

    last: int
    read: int
    field: ClassVar[str | None] = "meter"


@dataclass(eq=False)
class ImpossibleDay(GarageError):
    """A day after today (rule O4), or before the first day that makes sense here."""

    day: date
    first: date | None = None
    field: ClassVar[str | None] = "done_on"


@dataclass(eq=False)
class BadMinutes(GarageError):
    """A length of work outside 1 minute to 24 hours."""

    minutes: int
    field: ClassVar[str | None] = "time"


@dataclass(eq=False)
class BadQuantity(GarageError):
    """A quantity that is zero, negative or beyond any sense."""

    quantity: Decimal
    field: ClassVar[str | None] = "quantity"


@dataclass(eq=False)
class BadCost(GarageError):
    """A negative or senseless cost."""

    cost: Decimal
    field: ClassVar[str | None] = "cost"


@dataclass(eq=False)
class UnknownTariffCode(GarageError):
    """A code that no published grid has for this nature."""

    code: str
    field: ClassVar[str | None] = "code"


@dataclass(eq=False)
class NothingOnHand(GarageError):
    """An issue beyond what is on hand (rule S4); the head may force it with a reason."""

    reference: str
    on_hand: Decimal
    wanted: Decimal
    field: ClassVar[str | None] = "quantity"


@dataclass(eq=False)
class ClosingBlocked(GarageError):
    """What an order lacks keeps it from being finished (rule O5)."""

    codes: tuple[str, ...]


@dataclass(eq=False)
class QuarterNotFinished(GarageError):
    """Bills are issued for finished quarters only."""

    quarter: str
    field: ClassVar[str | None] = "quarter"


@dataclass(eq=False)
class IssuedInFuture(GarageError):
    """A bill dated after today."""

    day: date
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class IssuedInQuarter(GarageError):
    """A bill dated on or before the last day of the quarter it bills."""

    day: date
    quarter: str
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class IssuedBeforeLast(GarageError):
    """A bill dated before the last one of its series (rule B3)."""

    day: date
    last: date
    series: str
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class NoIssuer(GarageError):
    """No collectivity is marked as the issuer: nobody to bill from (rule C2)."""


@dataclass(eq=False)
class NotSettleable(GarageError):
    """Only a checked order whose unbilled lines come to 0,00 may be settled without a bill (rule B4)."""

    number: str


@dataclass(eq=False)
class FileDiffers(GarageError):
    """An archived PDF whose bytes are no longer those that were issued (rule B9)."""

    number: str
    path: str
