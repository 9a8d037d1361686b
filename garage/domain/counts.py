"""Where a count of the stock stands."""

from enum import StrEnum


class CountState(StrEnum):
    """Being counted, handed over for approval, approved with its movements written, or given up."""

    COUNTING = "counting"
    TO_APPROVE = "to_approve"
    APPROVED = "approved"
    CANCELLED = "cancelled"
