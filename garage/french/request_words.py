"""Words of requests and e-mails: signs of trouble to tick, one sentence per refusal."""

from collections.abc import Callable
from typing import Any, Final

from garage.domain.errors import requests
from garage.domain.errors.base import GarageError
from garage.domain.mails import TOO_OLD

# What whoever uses a vehicle ticks; kept as words, so that a list may change.
SIGNS: Final = (
    "Voyant allumé",
    "Bruit anormal",
    "Fuite",
    "Freins",
    "Pneu",
    "Éclairage",
    "Ne démarre pas",
    "Choc ou casse",
    "Entretien",
)

SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    requests.WhatMissing: lambda _: (
        "Cochez ce qui se passe, ou décrivez-le en quelques mots, par exemple « Fuite d’huile sous le moteur »."
    ),
    requests.ContactMissing: lambda _: (
        "Donnez une adresse électronique ou un téléphone : l’atelier doit pouvoir répondre."
    ),
    requests.BadPhone: lambda x: f"Le téléphone « {x.text[:40]} » n’est pas valable. Exemple : 06 12 34 56 78.",
    requests.TooManyPhotos: lambda x: f"Envoyez {x.most} photos au plus.",
    requests.TooManyRequests: lambda _: (
        "Trop de demandes ont été envoyées d’ici ou pour ce véhicule en peu de temps. Votre saisie est gardée : "
        "attendez quelques minutes, puis envoyez-la. Si c’est urgent, appelez l’atelier."
    ),
    requests.RequestAnswered: lambda x: (
        f"La demande {x.number} a déjà reçu une réponse d’un collègue. Ouvrez-la pour voir laquelle."
    ),
    requests.AnswerMissing: lambda _: (
        "Écrivez la réponse, elle sera lue telle quelle, par exemple « Ce véhicule n’est plus suivi par l’atelier »."
    ),
    requests.OrderElsewhere: lambda x: (
        f"L’ordre {x.number} n’est plus ouvert, ou n’est pas pour la même chose : choisissez-en un autre, ou "
        "ouvrez-en un."
    ),
    requests.MailNotGivenUp: lambda _: "Ce courrier est déjà parti, ou partira de lui-même : il n’est pas à renvoyer.",
}

_ERRORS: Final = {TOO_OLD: "Aucun serveur ne l’a pris pendant trois jours"}


def mail_error(text: str | None) -> str:
    """Why a mail did not go, as it is read."""
    return _ERRORS.get(text or "", text or "")
