"""Refusals about quantities and costs of stock."""

from dataclasses import dataclass
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
