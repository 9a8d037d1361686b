"""Words of the store's desk: losses, requests for parts, parts kept for an order, refusals, acts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from garage.domain.errors import part_requests
from garage.domain.errors.base import GarageError
from garage.domain.part_requests import PartRequestState
from garage.french.formats import NBSP, day, quantity
from garage.french.labels import label

# What lies in a store outside its bins.
NO_BIN: Final = "Sans casier"
# Tone and icon of a state; a colour never says it alone.
TONES: Final = {
    PartRequestState.ASKED: ("gris", "hand-stop"),
    PartRequestState.READY: ("vert", "packages"),
    PartRequestState.ORDERED: ("bleu", "hourglass"),
    PartRequestState.GIVEN: ("neutre", "check"),
    PartRequestState.REFUSED: ("rouge", "x"),
    PartRequestState.WITHDRAWN: ("barre", "x"),
}
SLUGS: Final = {
    "demandees": PartRequestState.ASKED,
    "mises-de-cote": PartRequestState.READY,
    "commandees": PartRequestState.ORDERED,
    "remises": PartRequestState.GIVEN,
    "refusees": PartRequestState.REFUSED,
    "retirees": PartRequestState.WITHDRAWN,
}
TABS: Final = {
    "demandees": "Demandées",
    "mises-de-cote": "Mises de côté",
    "commandees": "Commandées",
    "remises": "Remises",
    "refusees": "Refusées",
    "retirees": "Retirées",
}


class _Kept(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def missing(self) -> Decimal: ...


def readiness(kept: Sequence[_Kept]) -> str:
    """Whether the parts kept for an order are there.

    >>> readiness([])
    ''
    """
    if not kept:
        return ""
    short = [f"{quantity(one.missing)} {one.label}" for one in kept if one.missing]
    return f"il manque {', '.join(short)}" if short else "pièces prêtes"


def bin_name(code: str, store_id: int, store: str) -> str:
    """A bin in words: its code, with its store when it is not the main one."""
    name = code or NO_BIN
    return name if store_id == 1 else f"{name} ({store})"


def lying(rows: Iterable[Any], unit: str) -> str:
    """How much lies in which bin: «A2-10 (5 jeu), Sans casier (2 jeu)»."""
    return ", ".join(
        f"{bin_name(row.code, row.store_id, row.store)} ({quantity(row.quantity)}{NBSP}{unit})" for row in rows
    )


def put_off(reason: str | None, asked: date) -> str:
    """Why a movement is dated after the day that was asked, beside its own reason.

    >>> put_off(None, date(2026, 11, 20))
    'Saisi au 20/11/2026, reporté au premier jour possible'
    """
    words = f"aisi au {day(asked)}, reporté au premier jour possible"
    return f"{reason[: 497 - len(words)]} – s{words}" if reason else f"S{words}"


SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    part_requests.RequestAnswered: lambda x: (
        f"Cette demande est déjà « {label(x.state).lower()} » : il n’y a plus rien à répondre."
    ),
    part_requests.PartUnnamed: lambda _: (
        "Choisissez la pièce : saisissez sa référence. La demande ne la donne qu’en mots."
    ),
    part_requests.NothingAsked: lambda _: "Dites quelle pièce il faut, par exemple Filtre à huile.",
    part_requests.NothingSetAside: lambda x: (
        f"Il reste {quantity(x.free)} de {x.reference} hors réservations, il en faut {quantity(x.wanted)} : "
        "commandez-la."
    ),
    part_requests.NothingPoured: lambda _: "Saisissez au moins une quantité.",
}

JOURNAL: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "part.transfer": lambda key, data: f"{data.get('quantity')} {key} transféré",
    "part.lose": lambda key, data: f"Perte de {data.get('quantity')} {key} : {data.get('words')}",
    "part.price": lambda key, data: f"Prix d’une entrée de {key} corrigé : {data.get('reason')}",
    "reservation.keep": lambda key, data: f"{data.get('quantity')} {data.get('reference')} réservé pour {key}",
    "reservation.release": lambda key, _: f"Réservation de {key} libérée",
    "reservation.take": lambda key, data: f"{data.get('quantity')} {data.get('reference')} réservé pris pour {key}",
    "reservation.give_back": lambda key, data: (
        f"{data.get('quantity')} {data.get('reference')} de nouveau réservé pour {key}"
    ),
    "part_request.ask": lambda key, data: f"Pièce demandée pour {key} : {data.get('label')}",
    "part_request.ready": lambda key, data: f"Pièce mise de côté pour {key} : {data.get('label')}",
    "part_request.give": lambda key, data: f"Pièce remise pour {key} : {data.get('label')}",
    "part_request.order": lambda key, data: f"Pièce commandée pour {key} : {data.get('label')}",
    "part_request.refuse": lambda key, data: f"Pièce refusée pour {key} : {data.get('label')}",
    "part_request.withdraw": lambda key, data: f"Demande de pièce retirée de {key} : {data.get('label')}",
}
