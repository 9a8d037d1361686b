"""The value of the stock in French: families, how it is counted, its papers, refusals and journal (rule S6)."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from garage.domain.errors import stock_years as errors
from garage.domain.errors.base import GarageError
from garage.domain.errors.stock import YearFrozen
from garage.domain.stock import MovementKind
from garage.french.formats import day, euros

NO_FAMILY: Final = "Sans famille"
NO_BIN: Final = "Sans casier"
TITLE: Final = "Valeur du stock"
CARD: Final = "Fiche de stock"
METHOD: Final = (
    "Quantités à la fin du jour, au coût moyen pondéré (CUMP) de ce jour, hors majoration.",
    "La valeur d’une pièce se partage entre ses casiers, quantité × coût moyen, le dernier prend le reste au centime.",
)
# What each kind of movement does to the value, in the order in which a change is told.
CHANGES: Final = {
    MovementKind.RECEIPT: "Entrées des fournisseurs",
    MovementKind.SUPPLIER_RETURN: "Retours aux fournisseurs",
    MovementKind.ISSUE: "Sorties sur les ordres",
    MovementKind.RETURN: "Retours des ordres",
    MovementKind.COUNT: "Écarts d’inventaire",
    MovementKind.LOSS: "Pertes et casse",
    MovementKind.PRICE: "Corrections de prix",
    MovementKind.TRANSFER: "Transferts",
}


def family(name: str) -> str:
    """A family of parts, or that there is none."""
    return name or NO_FAMILY


def place(store: str, code: str) -> str:
    """A bin with its store, in words."""
    return f"{store}, {code or NO_BIN.lower()}"


def title(on: date) -> str:
    """The name of the valuation of a day."""
    return f"{TITLE} au {day(on)}"


def foot(on: date, printed_on: date) -> str:
    """What stands under each page of the valuation of a day."""
    return f"{title(on)}, imprimée le {day(printed_on)}"


def frozen(frozen_on: date) -> str:
    """What a frozen valuation says of itself."""
    return (
        f"Valeur figée le {day(frozen_on)} : ces lignes ne changent plus, et aucun mouvement ne peut plus porter une "
        "date de cette année ou d’une année d’avant."
    )


SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    YearFrozen: lambda x: (
        f"La valeur du stock au 31 décembre {x.year} est figée : choisissez un jour à partir du 1er janvier "
        f"{x.year + 1}."
    ),
    errors.YearNotOver: lambda x: (
        f"Le 31 décembre {x.year} n’est pas passé : sa valeur se fige à partir du 1er janvier {x.year + 1}."
    ),
    errors.YearOutOfOrder: lambda x: (
        f"Les années se figent dans l’ordre : figez d’abord {x.expected}, puis {x.year}."
        if x.expected < x.year
        else f"Une année d’après est figée : {x.year} ne peut plus l’être. La prochaine est {x.expected}."
    ),
    errors.NothingToFreeze: lambda x: f"Aucun mouvement ne date d’avant la fin de {x.year} : il n’y a rien à figer.",
    errors.ValueMoved: lambda x: (
        f"La valeur au 31 décembre {x.year} est maintenant {euros(x.value)} : un mouvement a été saisi depuis que "
        "cette page est ouverte. Relisez, puis confirmez."
    ),
    errors.ValuationFrozen: lambda x: f"La valeur au 31 décembre {x.year} est déjà figée.",
    errors.ValuationDiffers: lambda x: (
        f"Le PDF de la valeur au 31 décembre {x.year} n’a plus l’empreinte gardée le jour où elle a été figée, ou "
        "son dossier ne se lit plus. "
        "Prévenez l’administrateur ; les lignes se lisent toujours à l’écran et en CSV."
    ),
}
JOURNAL: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "stock_year.freeze": lambda key, data: (
        f"Valeur du stock au 31 décembre {key} figée : {euros(Decimal(data.get('value', '0')))}"
    ),
}
