"""Refusals about the catalogue of parts, stores and bins, suppliers, core deposits and waste."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class ReferenceTaken(GarageError):
    """Another part has this reference."""

    reference: str
    field: ClassVar[str | None] = "reference"


@dataclass(eq=False)
class BadReference(GarageError):
    """A reference that ends like the address of a page, or cannot stand in one."""

    reference: str
    field: ClassVar[str | None] = "reference"


@dataclass(eq=False)
class BarcodeTaken(GarageError):
    """A barcode that leads to another part."""

    code: str
    reference: str
    field: ClassVar[str | None] = "barcodes"


@dataclass(eq=False)
class UnitKept(GarageError):
    """A part that moved keeps its unit: its quantities are counted in it."""

    reference: str
    unit: str
    field: ClassVar[str | None] = "unit"


@dataclass(eq=False)
class PartKept(GarageError):
    """The part that stands for what has no reference: neither renamed nor retired."""

    reference: str
    field: ClassVar[str | None] = "reference"


@dataclass(eq=False)
class StillOnHand(GarageError):
    """A part is retired once nothing of it is left."""

    reference: str
    on_hand: Decimal


@dataclass(eq=False)
class StillNeeded(GarageError):
    """A part is retired once no open count, order to a supplier or reservation, `holders`, names it."""

    reference: str
    holders: tuple[str, ...]


@dataclass(eq=False)
class PartRetired(GarageError):
    """A part that left the catalogue takes nothing in."""

    reference: str


@dataclass(eq=False)
class MaximumBelowMinimum(GarageError):
    """A maximum that is less than the minimum."""

    minimum: Decimal
    maximum: Decimal
    field: ClassVar[str | None] = "maximum"


@dataclass(eq=False)
class BadLevel(GarageError):
    """A minimum, maximum, pack or usual quantity that makes no sense; `name` says which."""

    quantity: Decimal
    name: str


@dataclass(eq=False)
class BadDeposit(GarageError):
    """A core deposit, or what is credited for one, that makes no sense."""

    amount: Decimal
    most: Decimal
    field: ClassVar[str | None] = "deposit"


@dataclass(eq=False)
class UnknownEquivalent(GarageError):
    """A reference told as an equivalent that no part has."""

    reference: str
    field: ClassVar[str | None] = "equivalents"


@dataclass(eq=False)
class OwnEquivalent(GarageError):
    """A part told as its own equivalent."""

    reference: str
    field: ClassVar[str | None] = "equivalents"


@dataclass(eq=False)
class SoldTwice(GarageError):
    """The same supplier twice for one part."""

    supplier: str
    field: ClassVar[str | None] = "sold"


@dataclass(eq=False)
class UnknownBin(GarageError):
    """A bin that the store does not have: a new one is asked for by name."""

    bin: str
    store: str
    nearest: str | None = None
    field: ClassVar[str | None] = "bin"


@dataclass(eq=False)
class BinInUse(GarageError):
    """A bin is closed once it holds nothing and no part usually lies there."""

    bin: str
    parts: int


@dataclass(eq=False)
class BinClosed(GarageError):
    """Nothing goes into a closed bin."""

    bin: str
    field: ClassVar[str | None] = "bin"


@dataclass(eq=False)
class StoreInUse(GarageError):
    """A store is closed once its bins are; the main one never."""

    store: str
    bins: int


@dataclass(eq=False)
class BinKept(GarageError):
    """The bin of what has no bin, and the main store: neither renamed to nothing nor closed."""

    store: str


@dataclass(eq=False)
class StoreClosed(GarageError):
    """Nothing new goes into a closed store."""

    store: str


@dataclass(eq=False)
class SupplierKnown(GarageError):
    """Another supplier has this name."""

    name: str
    field: ClassVar[str | None] = "name"


@dataclass(eq=False)
class DepositOver(GarageError):
    """A core deposit that is credited or abandoned, or already sent, takes this act no more."""

    state: StrEnum


@dataclass(eq=False)
class AboveDeposit(GarageError):
    """More is sent back, credited or given up than a core deposit is for."""

    wanted: Decimal
    quantity: Decimal
    field: ClassVar[str | None] = "quantity"


@dataclass(eq=False)
class CreditTooHigh(GarageError):
    """More is credited than was paid, or nothing."""

    amount: Decimal
    paid: Decimal
    field: ClassVar[str | None] = "amount"


@dataclass(eq=False)
class SlipKnown(GarageError):
    """A slip of waste with this number is in the register."""

    number: str
    field: ClassVar[str | None] = "number"


@dataclass(eq=False)
class BeforeRemoval(GarageError):
    """Something told of a day before the one it follows: treated before it left, credited before it was paid."""

    day: date
    first: date
    field: ClassVar[str | None] = "on"
