"""Words of counts of the stock: refusals, journal, title, reason of a movement."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from garage.domain.counts import CountReason
from garage.domain.errors import counts
from garage.domain.errors.base import GarageError
from garage.french.formats import quantity
from garage.french.labels import label
from garage.french.typography import typeset

_SOME: Final = 5


def movement_reason(number: str, reason: CountReason) -> str:
    """What a movement of a count says of itself."""
    return typeset(f"{number} : {label(reason).lower()}")


def _lines(count: int, singular: str, plural: str) -> str:
    return f"{count} {plural if count > 1 else singular}"


def _few(names: tuple[str, ...]) -> str:
    more = f" et {len(names) - _SOME} autres" if len(names) > _SOME else ""
    return ", ".join(names[:_SOME]) + more


SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    counts.BadCount: lambda x: (
        f"La quantité comptée {quantity(x.quantity)} n’est pas possible : saisissez de 0 à moins d’un million, avec "
        "trois décimales au plus, par exemple 12 ou 3,5."
    ),
    counts.NothingToCount: lambda _: (
        "Il n’y a rien à compter ici : aucune pièce ne s’y trouve, ou un autre inventaire ouvert les compte déjà."
    ),
    counts.UnknownBins: lambda x: (
        f"Casier inconnu, ou présent dans plusieurs magasins : {_few(x.names)}. Écrivez par exemple A1-01, ou "
        "A1-01@DEPOT avec le code du magasin."
    ),
    counts.CountClosed: lambda x: (
        f"L’inventaire {x.number} est « {label(x.state).lower()} » : rien n’a changé. Relisez-le."
    ),
    counts.NothingCounted: lambda x: f"Aucune ligne de {x.number} n’est comptée : comptez-en au moins une.",
    counts.SecondCountMissing: lambda x: (
        f"Un second comptage est demandé pour {_lines(x.lines, 'ligne', 'lignes')} : faites-le d’abord."
    ),
    counts.CountedMeanwhile: lambda x: (
        f"Quelqu’un vient de compter {x.reference} à cet endroit : {quantity(x.counted)}. Vérifiez, puis enregistrez "
        "de nouveau pour remplacer."
    ),
    counts.InAnotherCount: lambda x: (
        f"{x.reference} est déjà à compter à cet endroit dans {x.number} : comptez-la là-bas."
    ),
    counts.CountReasonMissing: lambda x: (
        f"Choisissez un motif pour {_lines(x.lines, 'écart', 'écarts')} : chaque ligne le sien, ou un motif commun."
    ),
    counts.CountedByYou: lambda _: (
        "Vous avez compté une ligne de cet inventaire : quelqu’un d’autre doit l’approuver, selon les réglages."
    ),
    counts.CountedSince: lambda x: (
        f"Un autre inventaire a corrigé depuis : {_few(x.references)}. Demandez un second comptage de ces lignes."
    ),
    counts.TakenSince: lambda x: (
        f"Il est sorti plus de {x.reference} depuis le comptage que ce qui avait été trouvé. Demandez un second "
        "comptage de cette ligne."
    ),
}


def _about(data: Mapping[str, Any]) -> str:
    return f", {_lines(data.get('lines') or 0, 'ligne', 'lignes')}"


JOURNAL: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "count.open": lambda key, data: f"Inventaire {key} ouvert : {data.get('title')}{_about(data)}",
    "count.file": lambda key, data: f"Inventaire {key} : fichier de comptage repris{_about(data)}",
    "count.hand_over": lambda key, data: f"Inventaire {key} remis à l’approbation{_about(data)}",
    "count.send_back": lambda key, _: f"Inventaire {key} renvoyé au comptage",
    "count.count_again": lambda key, data: f"Inventaire {key} : second comptage demandé pour {data.get('reference')}",
    "count.approve": lambda key, data: (
        f"Inventaire {key} approuvé : {_lines(data.get('lines') or 0, 'écart écrit', 'écarts écrits')}"
    ),
    "count.cancel": lambda key, data: f"Inventaire {key} abandonné, motif : {data.get('reason')}",
}
