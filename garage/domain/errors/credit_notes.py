"""Refusals about credit notes and what follows them (rules B8, O2, S5)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class CreditNoteCredited(GarageError):
    """A credit note of a credit note: one bills again instead."""

    number: str


@dataclass(eq=False)
class LineOfAnother(GarageError):
    """A line that is not on the bill that is credited."""

    number: str


@dataclass(eq=False)
class BadMeasure(GarageError):
    """A credit that is not above zero, or finer than the line was billed."""

    order: str
    rank: int


@dataclass(eq=False)
class AboveRest(GarageError):
    """More than what is left of a line, in its unit, in minutes without: never more than was billed (B8, E15)."""

    order: str
    rank: int
    left: Decimal
    wanted: Decimal
    unit: str | None


@dataclass(eq=False)
class OrderNotWhole(GarageError):
    """To be billed again an order is taken back whole (rule O2)."""

    order: str


@dataclass(eq=False)
class LineWorthNothing(GarageError):
    """A line that was not charged: there is nothing to give back of it alone (rule O3)."""

    order: str
    rank: int


@dataclass(eq=False)
class NotAPart(GarageError):
    """A return of parts on a line that is none (rule S5)."""

    order: str
    rank: int


@dataclass(eq=False)
class NothingToCredit(GarageError):
    """A credit note of 0,00, or of nothing (rule B4)."""

    number: str


@dataclass(eq=False)
class CreditBeforeBill(GarageError):
    """A credit note dated before the bill it credits."""

    day: date
    first: date
    field: ClassVar[str | None] = "on"


@dataclass(eq=False)
class ReviewMissing(GarageError):
    """A credit note that nobody reviewed, where accounting asks for a review."""


@dataclass(eq=False)
class ReviewOwn(GarageError):
    """Who prepared a credit note does not review it."""


@dataclass(eq=False)
class CreditClosed(GarageError):
    """A credit note in preparation that was issued or dropped meanwhile."""

    state: StrEnum


@dataclass(eq=False)
class ReturnMade(GarageError):
    """A credit note whose parts went back to stock: its quantities stay, it is issued or dropped (rule S5)."""


@dataclass(eq=False)
class DebtorFixed(GarageError):
    """An order whose debtor does not change: not checked, or a line of it is billed (rule O2)."""

    number: str


@dataclass(eq=False)
class SameDebtor(GarageError):
    """A change of debtor to the one there is."""

    number: str
    field: ClassVar[str | None] = "collectivity"


@dataclass(eq=False)
class LineWasBilled(GarageError):
    """A line that stood on an issued bill is kept: it may be changed or made free, not taken away (rule B8)."""

    number: str
    rank: int


@dataclass(eq=False)
class LineClocked(GarageError):
    """A line whose minutes a clock tells: they are corrected where the time is."""

    number: str
    rank: int
    field: ClassVar[str | None] = "time"
