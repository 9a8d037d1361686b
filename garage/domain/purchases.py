"""Where an order to a supplier stands, how much to order, what is left to come."""

from decimal import Decimal
from enum import StrEnum


class PurchaseState(StrEnum):
    """States of an order to a supplier: what is received is told by its receipts."""

    DRAFT = "draft"
    ORDERED = "ordered"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SupplierInvoiceState(StrEnum):
    """Where the check of a supplier's invoice stands: `disputed` waits for the supplier."""

    TO_CHECK = "to_check"
    DISPUTED = "disputed"
    ACCEPTED = "accepted"


def proposed(available: Decimal, minimum: Decimal, maximum: Decimal | None, pack: Decimal | None) -> Decimal:
    """How much to order of a part under its minimum: up to its maximum, in whole packs of the supplier (rule S1).

    `available` is on hand less what is reserved plus what is expected; quantities of 3 decimals, zero when there is
    enough. Without a maximum above it, the minimum is what to come back to.

    >>> proposed(Decimal(3), Decimal(4), Decimal(10), None), proposed(Decimal(3), Decimal(4), Decimal(10), Decimal(6))
    (Decimal('7'), Decimal('12'))
    """
    if available >= minimum:
        return Decimal(0)
    return whole_packs(max(minimum, maximum or minimum) - available, pack)


def whole_packs(wanted: Decimal, pack: Decimal | None) -> Decimal:
    """A quantity rounded up to whole packs.

    >>> whole_packs(Decimal("2.5"), Decimal(2)), whole_packs(Decimal(3), None)
    (Decimal('4'), Decimal('3'))
    """
    if not pack:
        return wanted
    packs, rest = divmod(wanted, pack)
    return (packs + bool(rest)) * pack


def left_of(quantity: Decimal, cancelled: Decimal, received: Decimal) -> Decimal:
    """What is still to come of an ordered line, never less than zero.

    >>> left_of(Decimal(10), Decimal(2), Decimal(3)), left_of(Decimal(2), Decimal(0), Decimal(3))
    (Decimal('5'), Decimal('0'))
    """
    return max(quantity - cancelled - received, Decimal(0))
