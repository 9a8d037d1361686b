"""Refusals about orders to suppliers, goods received and goods sent back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class NotADraft(GarageError):
    """An order to a supplier that was sent, or given up: its lines stay."""

    number: str
    state: StrEnum


@dataclass(eq=False)
class NotOrdered(GarageError):
    """An order to a supplier from which nothing is awaited."""

    number: str
    state: StrEnum


@dataclass(eq=False)
class NothingOrdered(GarageError):
    """An order to a supplier without a line."""

    number: str = ""


@dataclass(eq=False)
class ExpectedTooSoon(GarageError):
    """A delivery expected before the day the order goes."""

    day: date
    field: ClassVar[str | None] = "expected_on"


@dataclass(eq=False)
class NoSupplierAddress(GarageError):
    """An e-mail to a supplier whose address nobody wrote."""

    supplier: str
    field: ClassVar[str | None] = "by_mail"


@dataclass(eq=False)
class NoteReceived(GarageError):
    """A delivery note of a supplier that was received already."""

    supplier: str
    delivery_note: str
    received_on: date
    field: ClassVar[str | None] = "delivery_note"


@dataclass(eq=False)
class NothingReceived(GarageError):
    """A receipt without a line."""


@dataclass(eq=False)
class AboveOrder(GarageError):
    """More is received of an ordered line than is left of it; the line may say why."""

    line_id: int
    part: str
    left: Decimal
    wanted: Decimal


@dataclass(eq=False)
class OtherSupplier(GarageError):
    """A line ordered from somebody else, or of another part."""

    number: str


@dataclass(eq=False)
class WentToOrder(GarageError):
    """Goods that went straight to a repair order are not in stock to be sent back."""

    order: str


@dataclass(eq=False)
class ReceiptFollowed(GarageError):
    """A line of a delivery is undone no more: an `order`, an `invoice`, a `return` or a `deposit` followed from it."""

    why: str


@dataclass(eq=False)
class GoodsGone(GarageError):
    """A line of a delivery is undone while all its goods lie where they were put."""

    reference: str
    bin: str
    there: Decimal
    received: Decimal


@dataclass(eq=False)
class AboveReceived(GarageError):
    """More is sent back than was received and is still here of it."""

    left: Decimal
    wanted: Decimal
    field: ClassVar[str | None] = "quantity"


@dataclass(eq=False)
class CreditKnown(GarageError):
    """The credit of goods sent back was written already."""

    credited_on: date


@dataclass(eq=False)
class CreditDiffers(GarageError):
    """A credit that is not what the goods sent back had cost, in euros, without a reason."""

    amount: Decimal
    expected: Decimal
    field: ClassVar[str | None] = "why"


@dataclass(eq=False)
class NoSupplier(GarageError):
    """A part without a usual supplier, and none was chosen."""

    reference: str
    field: ClassVar[str | None] = "supplier"
