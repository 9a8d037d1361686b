"""What is said of a part beside its stock: its waste class, its core deposit (rule S1)."""

from enum import StrEnum
from typing import Final

# What ends the addresses of a part's pages: a reference that ends so would lead to a page of another part.
PAGES: Final = frozenset(
    (
        "entree", "fiche", "fiche.csv", "fiche.pdf", "modifier", "photo", "photo.jpg", "poses", "poses.csv", "remettre",
        "retirer", "sans-photo", "vignette.jpg",
    )
)  # fmt: skip
# What stands where a part's address does.
FILES: Final = frozenset(("export.csv",))


def addressable(reference: str) -> bool:
    """Whether the pages of a part of this reference have addresses of their own.

    >>> [addressable(one) for one in ("ALT-140A/2", "fiche", "ALT/fiche", "/A", "A//B", "A/..", "export.csv")]
    [True, True, False, False, False, False, False]
    """
    pieces = reference.split("/")
    whole = all(piece.strip() not in ("", ".", "..") for piece in pieces)
    return whole and reference not in FILES and (len(pieces) == 1 or pieces[-1] not in PAGES)


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
