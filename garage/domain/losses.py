"""Why goods are lost (rule S2)."""

from enum import StrEnum


class LossReason(StrEnum):
    """The reason of a loss, beside its free words."""

    LOST = "lost"
    BROKEN = "broken"
    STOLEN = "stolen"
    EXPIRED = "expired"
    MISTAKE = "mistake"
