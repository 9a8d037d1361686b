"""The life of a bill after its issue: handed over, titled, paid; what is still due (rule B11, E14)."""

from enum import StrEnum


class SettlementKind(StrEnum):
    """How euros settle a bill: received, given back, or covered by the credit that another bill left."""

    PAYMENT = "payment"
    REFUND = "refund"
    OFFSET = "offset"


class BillState(StrEnum):
    """Where a bill stands with accounting."""

    ISSUED = "issued"
    TRANSMITTED = "transmitted"
    TITLED = "titled"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CANCELLED = "cancelled"
