"""Units as they are typed and printed, with their UN/ECE recommendation 20 codes: one table for page and XML."""

import unicodedata
from typing import Final

ONE: Final = "C62"
MINUTE: Final = "MIN"
PERCENT: Final = "P1"

# Every unit the garage knows; a word that is not here is counted as «one», and stays as it is printed.
CODES: Final = {
    "h": "HUR",
    "heure": "HUR",
    "min": MINUTE,
    "minute": MINUTE,
    "jour": "DAY",
    "mois": "MON",
    "u": ONE,
    "unite": ONE,
    "unit": ONE,
    "forfait": ONE,
    "operation": ONE,
    "passage": ONE,
    "piece": "H87",
    "paire": "PR",
    "jeu": "SET",
    "kit": "KT",
    "lot": "SET",
    "l": "LTR",
    "litre": "LTR",
    "ml": "MLT",
    "m": "MTR",
    "metre": "MTR",
    "cm": "CMT",
    "mm": "MMT",
    "km": "KMT",
    "m2": "MTK",
    "m3": "MTQ",
    "kg": "KGM",
    "g": "GRM",
    "t": "TNE",
    "tonne": "TNE",
    "kwh": "KWH",
    "%": PERCENT,
}


def code(printed: str) -> str:
    """The code of a printed unit, whatever its case, accents, superscripts and plural; C62 when it is not known.

    >>> code("Litres"), code("pièce"), code("m²"), code("bidon")
    ('LTR', 'H87', 'MTK', 'C62')
    """
    bare = unicodedata.normalize("NFKD", printed.casefold())
    word = "".join(letter for letter in bare if not unicodedata.combining(letter)).strip(" .")
    return CODES.get(word) or CODES.get(word.removesuffix("s")) or ONE


def known(printed: str) -> bool:
    """Whether the code says all that the printed unit says."""
    return code(printed) != ONE or printed.casefold().strip(" .") in {"u", "unité", "unités", "unit", "forfait"}
