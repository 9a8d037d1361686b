"""What is said of a part beside its stock: its waste class, its core deposit (rule S1)."""

from enum import StrEnum


class WasteClass(StrEnum):
    """What becomes of a part once used: the dangerous or regulated wastes of a garage."""

    OIL = "oil"
    BATTERY = "battery"
    TYRE = "tyre"
    FILTER = "filter"
    COOLANT = "coolant"


class DepositState(StrEnum):
    """Where a core deposit stands."""

    OWED = "owed"
    SENT = "sent"
    CREDITED = "credited"
    ABANDONED = "abandoned"
