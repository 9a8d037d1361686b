"""Refusals about quantities and costs of stock."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from garage.domain.errors.base import GarageError


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
class NothingOnHand(GarageError):
    """An issue beyond what is on hand (rule S4); the head may force it with a reason."""

    reference: str
    on_hand: Decimal
    wanted: Decimal
    field: ClassVar[str | None] = "quantity"


@dataclass(eq=False)
class KeptForOthers(NothingOnHand):
    """An issue of what is kept for other orders: `orders` are theirs, `left` is free (rule S4, feature PA-17)."""

    left: Decimal
    orders: tuple[str, ...]


@dataclass(eq=False)
class NotInBin(GarageError):
    """More is taken out of a bin than it holds, though there may be some in another (rule S4)."""

    reference: str
    bin: str
    in_bin: Decimal
    wanted: Decimal
    field: ClassVar[str | None] = "quantity"


@dataclass(eq=False)
class NotThereThen(GarageError):
    """Goods taken out on a day that did not hold them, or that others took since: `first` is when it can be (S4, S6).

    `bin` is where there was too little, None for the part as a whole.
    """

    reference: str
    bin: str | None
    short_on: date
    held: Decimal
    first: date
    field: ClassVar[str | None] = "done_on"


@dataclass(eq=False)
class SameBin(GarageError):
    """A transfer from a bin to itself."""

    bin: str
    field: ClassVar[str | None] = "to_bin"


@dataclass(eq=False)
class YearFrozen(GarageError):
    """A movement dated in a year whose valuation is frozen (rule S6)."""

    year: int
    field: ClassVar[str | None] = "done_on"


@dataclass(eq=False)
class NotAReceipt(GarageError):
    """A price is corrected on a movement that is not goods received in stock."""

    movement_id: int
