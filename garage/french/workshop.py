"""One French sentence per refusal of the workshop's day."""

from collections.abc import Callable
from typing import Any

from garage.domain.errors import workshop
from garage.domain.errors.base import GarageError
from garage.french.formats import day

SENTENCES: dict[type[GarageError], Callable[[Any], str]] = {
    workshop.EntryTooOld: lambda x: f"Cette saisie date du {day(x.at.date())} : le chef d’atelier doit la vérifier.",
    workshop.EntryOfNobody: lambda _: "L’auteur de cette saisie ne peut plus saisir : le chef d’atelier la verra.",
    workshop.BadPhoto: lambda _: "Ce fichier n’est pas une photo lisible : envoyez une image JPEG, PNG ou WebP.",
    workshop.Disagreement: lambda x: f"{x.who} a déjà saisi {x.label} : {x.theirs}. Vous avez saisi : {x.mine}.",
    workshop.EntryResolved: lambda _: "Cette saisie a déjà été traitée.",
}
