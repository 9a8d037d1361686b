"""Where a part that the workshop asked for stands."""

from enum import StrEnum


class PartRequestState(StrEnum):
    """Asked, put aside on the counter, ordered from a supplier, given to the order, refused or taken back."""

    ASKED = "asked"
    READY = "ready"
    ORDERED = "ordered"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
