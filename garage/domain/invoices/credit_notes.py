"""Credit notes: what may be taken back of an issued bill, and what it comes to (rule B8, E14, E15)."""

from enum import StrEnum


class CreditPurpose(StrEnum):
    """Why a credit note is made: to bill the orders again, to lower a quantity, or because a part came back (S5)."""

    REBILL = "rebill"
    REDUCE = "reduce"
    PART_RETURN = "part_return"


class CreditState(StrEnum):
    """From preparation to issue; a dropped one never had a number."""

    PREPARED = "prepared"
    REVIEWED = "reviewed"
    ISSUED = "issued"
    DROPPED = "dropped"
