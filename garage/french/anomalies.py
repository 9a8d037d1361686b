"""Why an order is left out of a run, in words that tell what to do (rules C4, T3)."""

from collections.abc import Callable

from garage.domain.invoices import einvoice
from garage.domain.invoices.pricing import Anomaly, AnomalyCode
from garage.french.formats import day
from garage.french.typography import typeset


def _on(anomaly: Anomaly) -> str:
    return day(anomaly.day) if anomaly.day else ""


_SENTENCES: dict[AnomalyCode, Callable[[Anomaly], str]] = {
    AnomalyCode.NO_CONVENTION: lambda a: (
        f"Aucune convention ne couvre le {_on(a)}. Ajoutez la convention, ou corrigez le jour de la ligne."
    ),
    AnomalyCode.NO_GRID: lambda a: f"Aucune grille tarifaire publiée ne couvre le {_on(a)}.",
    AnomalyCode.NO_TARIFF_LINE: lambda a: (
        f"La grille en vigueur le {_on(a)} n’a pas de ligne de ce genre pour "
        f"{f'le code « {a.item} »' if a.item else 'ce travail'}."
    ),
    AnomalyCode.NO_COST: lambda a: f"Le coût manque{f' pour « {a.item} »' if a.item else ''}.",
    AnomalyCode.MISSING_ENGAGEMENT: lambda _: "La collectivité exige un numéro d’engagement, et l’ordre n’en a pas.",
    AnomalyCode.NO_LINES: lambda _: "L’ordre est terminé sans aucune ligne.",
    AnomalyCode.OPEN_QUESTION: lambda _: "La collectivité a posé une question sur cet ordre. Répondez-lui d’abord.",
    AnomalyCode.MISSING_SIRET: lambda a: (
        f"La collectivité {a.item} n’a pas de SIRET, et une facture électronique ne peut pas s’en passer."
    ),
    AnomalyCode.MISSING_CODE_SERVICE: lambda a: f"La collectivité {a.item} exige un code service, et n’en a pas.",
    AnomalyCode.BAD_SIRET: lambda a: (
        f"Le SIRET de la collectivité {a.item} est faux : 14 chiffres, dont les 9 premiers sont son SIREN. Corrigez-le."
    ),
    AnomalyCode.LONG_NAME: lambda a: (
        f"Le nom de la collectivité {a.item} passe {einvoice.NAME} caractères, le plus d’une facture électronique. "
        "Abrégez-le."
    ),
    AnomalyCode.LONG_ADDRESS: lambda a: (
        f"L’adresse de la collectivité {a.item} passe {einvoice.ADDRESS} caractères, le plus d’une facture "
        "électronique. Abrégez-la."
    ),
    AnomalyCode.LONG_ENGAGEMENT: lambda a: (
        f"Le numéro d’engagement « {a.item} » passe {einvoice.REFERENCE} caractères, le plus d’une facture "
        "électronique. Corrigez-le."
    ),
    AnomalyCode.LONG_LABEL: lambda _: (
        f"Le libellé de la ligne, avec celui du tarif, passe {einvoice.LABEL} caractères. Abrégez-le."
    ),
}


def anomaly(found: Anomaly) -> str:
    """The sentence of an anomaly, without the order's number."""
    return typeset(_SENTENCES[found.code](found))
