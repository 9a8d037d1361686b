"""The words of credit notes: what each purpose does, what becomes of the orders. No layout."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from garage.domain.errors import credit_notes as errors
from garage.domain.errors.base import GarageError
from garage.domain.invoices.credit_notes import CreditPurpose
from garage.french.formats import NBSP, day, hours, quantity
from garage.french.labels import label

ALREADY_TAKEN: Final = "Déjà repris par un avoir"

EFFECTS: Final = {
    CreditPurpose.REBILL: (
        "Le débiteur, la convention ou le tarif était faux. Des ordres sont repris en entier : leurs lignes sont "
        "libérées, se corrigent, et la prochaine émission les facture de nouveau."
    ),
    CreditPurpose.REDUCE: (
        "Une quantité était trop forte. Vous en rendez une partie ou toute la ligne ; la ligne reste facturée pour le "
        "reste et n’est pas facturée de nouveau."
    ),
    CreditPurpose.PART_RETURN: (
        "Une pièce facturée est revenue à l’atelier. Elle rentre aussitôt en stock à son coût de sortie, et l’avoir "
        "de sa ligne est préparé avec elle."
    ),
}


def freed(number: str) -> str:
    """Why an order waits for its bill again."""
    return f"Libéré par l’avoir {number}"


def _measure(value: Any, unit: str | None) -> str:
    return hours(int(value)) if unit is None else f"{quantity(value)}{NBSP}{unit}".rstrip()


def _line(error: Any) -> str:
    return f"La ligne {error.rank} de l’ordre {error.order}"


SENTENCES: dict[type[GarageError], Callable[[Any], str]] = {
    errors.CreditNoteCredited: lambda x: (
        f"{x.number} est un avoir : il ne se crédite pas. Si l’avoir est faux, les prestations se facturent de nouveau."
    ),
    errors.LineOfAnother: lambda x: f"Une des lignes choisies n’est pas sur {x.number}. Ouvrez de nouveau la facture.",
    errors.BadMeasure: lambda x: (
        f"{_line(x)} : saisissez une quantité plus grande que zéro, en minutes entières pour des heures, avec trois "
        "décimales au plus pour le reste."
    ),
    errors.AboveRest: lambda x: (
        f"{_line(x)} : il reste {_measure(x.left, x.unit)} à créditer, vous en demandez "
        f"{_measure(x.wanted, x.unit)}. Un avoir ne rend jamais plus que ce qui a été facturé."
        if x.left
        else f"{_line(x)} est déjà créditée en entier : elle ne se crédite pas deux fois."
    ),
    errors.OrderNotWhole: lambda x: (
        f"Pour être facturé de nouveau, l’ordre {x.order} se reprend en entier, avec tout ce qui reste de ses lignes."
    ),
    errors.LineWorthNothing: lambda x: f"{_line(x)} n’a pas été facturée : il n’y a rien à en rendre.",
    errors.NotAPart: lambda x: f"{_line(x)} n’est pas une pièce : elle ne revient pas en stock.",
    errors.NothingToCredit: lambda x: (
        f"Il n’y a rien à créditer : choisissez au moins une ligne de {x.number} dont il reste un montant."
    ),
    errors.CreditBeforeBill: lambda x: (
        f"Un avoir ne peut pas être daté du {day(x.day)} : la facture qu’il corrige est du {day(x.first)}."
    ),
    errors.ReviewMissing: lambda _: (
        "Cet avoir doit être relu par une deuxième personne avant d’être émis. Demandez à un collègue de le relire."
    ),
    errors.ReviewOwn: lambda _: "Vous avez préparé cet avoir : c’est une autre personne qui le relit.",
    errors.CreditClosed: lambda x: f"Cet avoir est déjà « {label(x.state)} » : il n’est plus en préparation.",
    errors.ReturnMade: lambda _: (
        "Les pièces de cet avoir sont déjà rentrées en stock : ses quantités ne changent plus. Abandonnez-le pour les "
        "ressortir, puis recommencez."
    ),
    errors.DebtorFixed: lambda x: (
        f"La collectivité débitrice de l’ordre {x.number} ne change que s’il est « Terminé » et qu’aucune de ses "
        "lignes n’est facturée. Une ligne facturée se reprend par un avoir « Annuler pour refacturer »."
    ),
    errors.SameDebtor: lambda x: f"L’ordre {x.number} est déjà au compte de cette collectivité.",
    errors.LineWasBilled: lambda x: (
        f"La ligne {x.rank} de l’ordre {x.number} a figuré sur une facture émise : elle ne se retire plus. Changez sa "
        "quantité, ou rendez-la non facturable avec son motif."
    ),
    errors.LineClocked: lambda x: (
        f"Les heures de la ligne {x.rank} de l’ordre {x.number} viennent d’un chrono : corrigez-les dans les temps de "
        "la personne, la ligne suivra."
    ),
}


def _purpose(data: Mapping[str, Any]) -> str:
    known = data.get("purpose") in set(CreditPurpose)
    why = f", motif : {data['reason']}" if data.get("reason") else ""
    return (f", {label(CreditPurpose(data['purpose'])).lower()}" if known else "") + why


def _corrected(key: str, data: Mapping[str, Any]) -> str:
    free = data.get("to_free")
    how = f"non facturable ({free})" if free else f"{data.get('to_minutes') or 0} min" if data.get("to_minutes") else ""
    return f"Ligne {data.get('rank')} de l’ordre {key} corrigée{' : ' if how else ''}{how}"


# Acts of the journal.
ACTS: dict[str, Callable[[str, Mapping[str, Any]], str]] = {
    "credit.prepare": lambda key, data: f"Avoir préparé sur {key}{_purpose(data)}",
    "credit.change": lambda key, data: f"Avoir en préparation sur {key} modifié{_purpose(data)}",
    "credit.review": lambda key, _: f"Avoir en préparation sur {key} relu",
    "credit.drop": lambda key, _: f"Avoir en préparation sur {key} abandonné",
    "order.freed": lambda key, data: f"Ordre {key} libéré par l’avoir {data.get('credit_note')}, à facturer de nouveau",
    "order.debtor": lambda key, data: (
        f"Collectivité débitrice de l’ordre {key} : {data.get('from')} → {data.get('to')}, motif : {data.get('reason')}"
    ),
    "order.correct_line": _corrected,
}
