"""The value of the stock in French: families, how it is counted, its papers, refusals and journal (rule S6)."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from garage.domain.errors import stock_years as errors
from garage.domain.errors.base import GarageError
from garage.domain.errors.stock import YearFrozen
from garage.domain.stock import MovementKind
from garage.domain.stock_value import ChangePart
from garage.french.formats import NBSP, day, euros

NO_FAMILY: Final = "Sans famille"
NO_BIN: Final = "Sans casier"
TITLE: Final = "Valeur du stock"
CHANGE: Final = "Variation du stock"
CARD: Final = "Fiche de stock"
METHOD: Final = (
    "Quantités à la fin du jour, au coût moyen pondéré (CUMP) de ce jour, hors majoration.",
    "La valeur d’une pièce se partage entre ses casiers, quantité × coût moyen, le dernier prend le reste au centime.",
)
AVERAGE: Final = (
    "Le coût moyen (CUMP) ne change qu’à une entrée, à un retour d’ordre ou à une correction de prix.",
    "Après une entrée\u00a0: (en stock avant × CUMP avant + reçu × coût unitaire) ÷ en stock après, à 4 décimales.",
    "C’est le CUMP à quatre décimales qui compte, pas la valeur affichée, arrondie au centime.",
    (
        "Exemple\u00a0: 3 en stock au CUMP de 13,1150 € (valeur 39,35 €), 2 reçues à 20,0000 €\u00a0: "
        "(3 × 13,1150 + 2 × 20,0000) ÷ 5 = 15,8690 €\u202f; la valeur est 5 × 15,8690 = 79,35 €."
    ),
    "Quand il ne restait rien, ou moins que rien, le CUMP est le coût de l’entrée.",
    "Une pièce achetée pour un seul ordre est hors moyenne\u00a0: ni le CUMP ni la valeur n’en gardent rien.",
    (
        "Le calcul suit l’ordre d’écriture, le numéro du mouvement dans les fichiers CSV, même quand un jour plus "
        "ancien a été saisi ensuite."
    ),
)
# What explains a value by another, in the order in which it is told.
CHANGES: Final = {
    (MovementKind.RECEIPT, ChangePart.COST): "Entrées des fournisseurs, au prix payé",
    (MovementKind.RECEIPT, ChangePart.GONE): "Écart de règlement des sorties au-delà du stock et des entrées annulées",
    (MovementKind.SUPPLIER_RETURN, ChangePart.COST): "Retours aux fournisseurs",
    (MovementKind.SUPPLIER_RETURN, ChangePart.GONE): "Écart de coût sur les retours aux fournisseurs",
    (MovementKind.ISSUE, ChangePart.COST): "Sorties sur les ordres",
    (MovementKind.ISSUE, ChangePart.GONE): "Écart de coût sur les sorties",
    (MovementKind.RETURN, ChangePart.COST): "Retours des ordres",
    (MovementKind.RETURN, ChangePart.GONE): "Écart de coût sur les retours des ordres",
    (MovementKind.COUNT, ChangePart.COST): "Écarts d’inventaire",
    (MovementKind.COUNT, ChangePart.GONE): "Écart de coût sur les inventaires",
    (MovementKind.LOSS, ChangePart.COST): "Pertes et casse",
    (MovementKind.LOSS, ChangePart.GONE): "Écart de coût sur les pertes",
    (MovementKind.PRICE, ChangePart.COST): "Corrections de prix",
    (MovementKind.PRICE, ChangePart.GONE): "Corrections de prix sur des pièces déjà sorties",
    (MovementKind.TRANSFER, ChangePart.COST): "Transferts",
    (MovementKind.RECEIPT, ChangePart.ROUNDING): "Arrondis du coût moyen à l’entrée",
}
# The same in few columns: what each of them adds up.
COLUMNS: Final = ("Entrées", "Sorties", "Inventaires et pertes", "Prix et arrondis")
_COLUMN_OF: Final = {
    MovementKind.RECEIPT: 0,
    MovementKind.SUPPLIER_RETURN: 0,
    MovementKind.ISSUE: 1,
    MovementKind.RETURN: 1,
    MovementKind.COUNT: 2,
    MovementKind.LOSS: 2,
    MovementKind.TRANSFER: 2,
    MovementKind.PRICE: 3,
}


def column_of(kind: MovementKind, part: ChangePart) -> int:
    """Which of COLUMNS adds up a part of what movements of a kind did."""
    return _COLUMN_OF[kind] if part is ChangePart.COST else 3


def family(name: str) -> str:
    """A family of parts, or that there is none."""
    return name or NO_FAMILY


def place(store: str, code: str) -> str:
    """A bin with its store, in words."""
    return f"{store}, {code or NO_BIN.lower()}"


def evening(on: date) -> str:
    """The head of a value in a change."""
    return f"Valeur au soir du {day(on)}"


def beside(bought: Decimal, credit: Decimal, left: Decimal) -> tuple[str, ...]:
    """What stands beside the change of a value: bought for orders, and credits of suppliers, in euros."""
    told = [
        f"Pièces achetées pour un seul ordre{NBSP}: {euros(bought)}, entrées et sorties le même jour, hors du stock."
    ]
    if credit or left:
        told.append(
            f"Écart sur retours fournisseurs{NBSP}: avoirs reçus {euros(credit)}, pièces sorties du stock pour "
            f"{euros(left)}, soit {signed(credit - left)}."
        )
    return tuple(told)


def signed(value: Decimal) -> str:
    """Euros with their sign."""
    return f"{'+' if value > 0 else ''}{euros(value)}"


def unlike(kind: MovementKind, won: Decimal, variance: Decimal, *, through: bool) -> str:
    """Why quantity × unit cost is not what the value won by a movement; nothing where it is, or nearly so."""
    if through:
        return "hors moyenne, entrée et sortie se compensent"
    if kind is MovementKind.PRICE:
        gone = f", {signed(variance)} sur ce qui est déjà sorti" if variance else ""
        return f"{signed(won)} sur le stock{gone}"
    if variance:
        return f"{signed(won)} au stock, {signed(variance)} sur des sorties déjà faites à un autre coût"
    return ""


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
