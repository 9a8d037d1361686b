"""Refusals about bills."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from garage.domain.errors.base import GarageError


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
class SeriesFull(GarageError):
    """A number that would pass 20 characters: the pattern has room up to `last` (rule B3)."""

    series: str
    year: int
    last: int


@dataclass(eq=False)
class OtherPattern(GarageError):
    """A bill that would go on a series of a year in another pattern than its last one, `number` (rule B3)."""

    series: str
    year: int
    number: str
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class PatternInUse(GarageError):
    """A change of the pattern while a bill of this year, `number`, bears the present one (rule B3)."""

    number: str
    year: int
    field: ClassVar[str | None] = "number_pattern"


@dataclass(eq=False)
class PatternRepeats(GarageError):
    """A pattern that would one day write again a number that a bill bears (rule B3)."""

    number: str
    field: ClassVar[str | None] = "number_pattern"


@dataclass(eq=False)
class SeriesBegun(GarageError):
    """A first number for a series that has a bill, `number` (rule B3)."""

    series: str
    number: str
    field: ClassVar[str | None] = "first"


@dataclass(eq=False)
class BadFirstNumber(GarageError):
    """A first number that the digits of the pattern cannot write, from 1 to `most`."""

    first: int
    most: int
    field: ClassVar[str | None] = "first"


@dataclass(eq=False)
class UnknownSeries(GarageError):
    """A series of bills that is none of these."""

    text: str
    known: tuple[str, ...]
    field: ClassVar[str | None] = "series"


@dataclass(eq=False)
class NotThisYear(GarageError):
    """A first number for another year than this one or the next."""

    year: int
    this_year: int
    field: ClassVar[str | None] = "year"


@dataclass(eq=False)
class NoIssuer(GarageError):
    """No collectivity is marked as the issuer: nobody to bill from (rule C2)."""


@dataclass(eq=False)
class IssuerIncomplete(GarageError):
    """No electronic invoice can name the issuer (rule B10): `fault` is a code of anomaly, `missing_siret` the first."""

    name: str
    fault: str = "missing_siret"


@dataclass(eq=False)
class BillXmlRefused(GarageError):
    """An electronic bill whose XML the schema refuses, with what it said; nothing is printed."""

    number: str
    fault: str


@dataclass(eq=False)
class NothingIssued(GarageError):
    """The files of a quarter that has no bill."""

    quarter: str


@dataclass(eq=False)
class NothingToPreview(GarageError):
    """The computed bills of a quarter that would give none (rule B5)."""

    quarter: str


@dataclass(eq=False)
class NotCarried(GarageError):
    """Releasing or holding the sum of an order that does not wait for its bill (rule B4)."""

    number: str


@dataclass(eq=False)
class FileDiffers(GarageError):
    """An archived PDF whose bytes are no longer those that were issued (rule B9)."""

    number: str
    path: str
