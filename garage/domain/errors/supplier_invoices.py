"""Refusals about invoices of suppliers and their matching (E9)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class InvoiceNumberKnown(GarageError):
    """A number that this supplier's invoice of that day has already."""

    number: str
    supplier: str
    dated_on: date
    field: ClassVar[str | None] = "number"


@dataclass(eq=False)
class SentOtherwise(GarageError):
    """A form that wrote an invoice, or a line of it, and comes again with other values."""

    number: str


@dataclass(eq=False)
class BadInvoiceTotal(GarageError):
    """A printed total that is zero, below, or senseless."""

    net: Decimal
    field: ClassVar[str | None] = "net"


@dataclass(eq=False)
class BadInvoiceVat(GarageError):
    """A VAT below zero, or not below the total of the lines."""

    vat: Decimal
    field: ClassVar[str | None] = "vat"


@dataclass(eq=False)
class UnknownSupplier(GarageError):
    """A name that no supplier has; `nearest` is the one that looks most like it."""

    name: str
    nearest: str | None = None
    field: ClassVar[str | None] = "supplier"


@dataclass(eq=False)
class SupplierMatched(GarageError):
    """An invoice given to another supplier while it bills goods or work of this one."""

    number: str
    supplier: str
    field: ClassVar[str | None] = "supplier"


@dataclass(eq=False)
class BadInvoiceDay(GarageError):
    """An invoice dated after today, or years ago."""

    day: date
    first: date
    field: ClassVar[str | None] = "dated_on"


@dataclass(eq=False)
class NotFromPrices(GarageError):
    """A net that no unit price gives, or neither price nor net."""

    quantity: Decimal
    net: Decimal
    field: ClassVar[str | None] = "net"


@dataclass(eq=False)
class InvoiceAccepted(GarageError):
    """An invoice that is accepted: it does not change any more."""

    number: str


@dataclass(eq=False)
class InvoiceDisputed(GarageError):
    """An invoice in dispute: it is accepted once that is solved."""

    number: str


@dataclass(eq=False)
class InvoiceNotDisputed(GarageError):
    """Nothing to solve."""

    number: str


@dataclass(eq=False)
class InvoiceHasLines(GarageError):
    """An invoice is taken away once its lines are."""

    number: str


@dataclass(eq=False)
class NoInvoiceLine(GarageError):
    """An invoice without a line."""

    number: str


@dataclass(eq=False)
class InvoiceTotalDiffers(GarageError):
    """Lines that do not come to the printed total, to the cent."""

    lines: Decimal
    total: Decimal


@dataclass(eq=False)
class GapUnexplained(GarageError):
    """A difference that is accepted only with its reason."""

    line_id: int
    label: str


@dataclass(eq=False)
class NotToBill(GarageError):
    """Goods or work that this invoice may not bill: another supplier's, or on another invoice by now."""

    label: str


@dataclass(eq=False)
class LabelMissing(GarageError):
    """A free line without words."""

    field: ClassVar[str | None] = "label"


@dataclass(eq=False)
class BadFreeAmount(GarageError):
    """A free line of nothing, senseless, or below zero though it is shared over orders."""

    net: Decimal
    field: ClassVar[str | None] = "net"


@dataclass(eq=False)
class BadShares(GarageError):
    """Shares given for some orders only, or not above zero."""


@dataclass(eq=False)
class ShareTooSmall(GarageError):
    """A share that is less than a cent."""

    order: str


@dataclass(eq=False)
class SameTarget(GarageError):
    """The same line of an order twice among the shares of one sum."""

    order: str
    rank: int


@dataclass(eq=False)
class DepositShared(GarageError):
    """A core deposit shared over orders: it comes back from the supplier."""


@dataclass(eq=False)
class NotExternal(GarageError):
    """A share is borne by work bought outside whose cost is awaited, or by a new line."""

    order: str
    rank: int


@dataclass(eq=False)
class ShareNotExact(GarageError):
    """A share that the quantity of its line cannot bear to the cent."""

    order: str
    rank: int
    share: Decimal
    quantity: Decimal


@dataclass(eq=False)
class LineMatched(GarageError):
    """A line of an order that a supplier's invoice bills."""

    number: str
    rank: int
    invoice: str
