"""Where an order to a supplier stands."""

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
