"""Words of titres de recettes, payments and accounts: states, ages, refusals, acts, the statement (rule B11)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from garage.domain.errors import recovery
from garage.domain.errors.base import GarageError
from garage.domain.invoices.bill import BillKind
from garage.domain.recovery import Age, BillState, Entry, EntryKind, SettlementKind, Statement
from garage.french.formats import NBSP, day, euros
from garage.french.labels import label

AGES: Final = {
    Age.NOT_DUE: "Non échu",
    Age.TO_30: f"1 à 30{NBSP}jours",
    Age.TO_60: f"31 à 60{NBSP}jours",
    Age.TO_90: f"61 à 90{NBSP}jours",
    Age.OVER_90: f"Plus de 90{NBSP}jours",
}
# Tone and icon of a state; a colour never says it alone.
TONES: Final = {
    BillState.ISSUED: ("gris", "file-invoice"),
    BillState.TRANSMITTED: ("bleu", "file-invoice"),
    BillState.TITLED: ("bleu", "list-check"),
    BillState.PARTLY_PAID: ("ambre", "clock"),
    BillState.PAID: ("vert", "circle-check"),
    BillState.CANCELLED: ("barre", "x"),
}
_MASCULINE: Final = {
    BillState.ISSUED: "Émis",
    BillState.TRANSMITTED: "Transmis",
    BillState.TITLED: "Titré",
}
SLUGS: Final = {
    "emises": BillState.ISSUED,
    "transmises": BillState.TRANSMITTED,
    "titrees": BillState.TITLED,
    "payees-en-partie": BillState.PARTLY_PAID,
    "payees": BillState.PAID,
    "annulees": BillState.CANCELLED,
}
TITLE: Final = "Relevé de compte"
COLUMNS: Final = ("Date", "Opération", "Débit", "Crédit", "Solde")
OPEN_TITLE: Final = "Factures non soldées"
OPEN_COLUMNS: Final = ("Facture", "Émise le", "Titre", "À payer avant le", "Reste à payer", "Crédit")
OPENING: Final = "Solde au début de la période"
MOVEMENTS: Final = "Total des mouvements"
NOTHING: Final = "Aucune opération sur la période."
NOTHING_OPEN: Final = "Toutes les factures sont soldées."
EXPLAINED: Final = (
    "Débit : ce qui est facturé ou remboursé. Crédit : les avoirs et ce qui est payé. Une compensation utilise le "
    "crédit d’une facture pour en payer une autre : elle figure des deux côtés. Le paiement se fait auprès du "
    "comptable public, à réception de l’avis des sommes à payer."
)


def state(value: BillState, kind: BillKind) -> str:
    """A state, said of a bill of this kind.

    >>> state(BillState.ISSUED, BillKind.CREDIT_NOTE), state(BillState.ISSUED, BillKind.INVOICE)
    ('Émis', 'Émise')
    """
    return label(value) if kind is BillKind.INVOICE else _MASCULINE.get(value, label(value))


def late(days: int) -> str:
    """How late, in words; nothing when it is not."""
    if days <= 0:
        return ""
    return f"en retard de {days}{NBSP}{'jour' if days == 1 else 'jours'}"


def entry(value: Entry) -> str:
    """What a line of a statement tells."""
    reference = f" ({value.reference})" if value.reference else ""
    if value.kind is EntryKind.BILL:
        return f"Facture {value.bill}"
    if value.kind is EntryKind.CREDIT_NOTE:
        return f"Avoir {value.bill} sur la facture {value.other}"
    if value.kind is EntryKind.PAYMENT:
        return f"Paiement de la facture {value.bill}{reference}"
    if value.kind is EntryKind.REFUND:
        return f"Remboursement sur la facture {value.bill}{reference}"
    return f"Compensation : crédit de la facture {value.other} sur la facture {value.bill}{reference}"


def balance(value: Statement) -> str:
    """What the balance means."""
    if value.balance > 0:
        return f"Reste dû au {day(value.on)}"
    return (
        f"Solde en faveur de la collectivité au {day(value.on)}" if value.balance < 0 else f"Solde au {day(value.on)}"
    )


def period(value: Statement) -> str:
    """The days that a statement covers."""
    return f"du {day(value.since)} au {day(value.on)}" if value.since else f"au {day(value.on)}"


def _settle(data: Mapping[str, Any]) -> str:
    amount = f", {euros(Decimal(data['amount']))}" if data.get("amount") else ""
    source = f", par le crédit de {data['from']}" if data.get("from") else ""
    reason = f", motif : {data['reason']}" if data.get("reason") else ""
    return f"{amount}{source}{reason}"


def _kind(data: Mapping[str, Any]) -> str:
    kind = data.get("kind")
    return label(SettlementKind(kind)) if kind in set(SettlementKind) else "Règlement"


def _number(told: Any) -> str:
    return f"{told.get('number')} / {told.get('year')}" if isinstance(told, Mapping) else ""


JOURNAL: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "titre.give": lambda key, data: f"Titre {data.get('titre')} / {data.get('year')} enregistré pour {key}",
    "titre.correct": lambda key, data: (
        f"Titre de {key} corrigé : {_number(data.get('before'))} → {_number(data.get('after'))}, "
        f"motif : {data.get('reason')}"
    ),
    "settlement.payment": lambda key, data: f"Paiement de {key} enregistré{_settle(data)}",
    "settlement.refund": lambda key, data: f"Remboursement sur {key} enregistré{_settle(data)}",
    "settlement.offset": lambda key, data: f"Compensation sur {key} enregistrée{_settle(data)}",
    "settlement.void": lambda key, data: f"{_kind(data)} de {key} : annulation{_settle(data)}",
    "return.apply": lambda key, data: (
        f"Retour de la finance « {key} » enregistré : {data.get('titres')} titres, {data.get('payments')} paiements"
    ),
}


def _titre_taken(refusal: recovery.TitreTaken) -> str:
    owner = f"celui de {refusal.other}" if refusal.other else "celui d’une autre facture"
    return f"Le titre {refusal.number} de {refusal.year} est déjà {owner}. Vérifiez le numéro et l’exercice."


SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    recovery.NotCollected: lambda x: (
        f"{x.number} n’a pas de paiement ici : un relevé interne n’a ni titre ni paiement, un avoir n’a qu’un titre de "
        "réduction."
    ),
    recovery.BadAmount: lambda _: "Saisissez un montant plus grand que zéro, par exemple 125,40.",
    recovery.TitreAmountDiffers: lambda x: (
        f"Le titre de {x.number} doit porter son montant, {euros(x.gross)}, et non {euros(x.amount)}. Corrigez le "
        "montant, ou le titre dans l’application financière."
    ),
    recovery.TitreTaken: _titre_taken,
    recovery.TitreKnown: lambda x: f"{x.number} a déjà le titre {x.titre}. Pour le changer, corrigez-le avec un motif.",
    recovery.NoTitre: lambda x: f"{x.number} n’a pas encore de titre : il n’y a rien à corriger.",
    recovery.ExerciseImpossible: lambda x: (
        f"Un titre du {day(x.titled_on)} ne compte pas dans l’exercice {x.year} : ce peut être l’année de sa date, ou "
        "la précédente en janvier."
    ),
    recovery.SettledTwice: lambda x: (
        f"{euros(x.amount)} du {day(x.day)} avec cette référence sont déjà enregistrés pour {x.number}. Si c’en est un "
        "autre, donnez sa propre référence."
    ),
    recovery.AboveDue: lambda x: (
        f"{euros(x.amount)} dépassent le reste à payer de {x.number} : {euros(x.due)}. Vérifiez le montant et la "
        "facture."
    ),
    recovery.OverpaidReasonMissing: lambda _: "Indiquez pourquoi ce paiement dépasse le reste à payer.",
    recovery.AboveCredit: lambda x: (
        f"{euros(x.amount)} dépassent le crédit qui reste sur {x.number} : {euros(x.left)}."
    ),
    recovery.OffsetElsewhere: lambda _: "Choisissez une autre facture, de la même collectivité.",
    recovery.VoidedAlready: lambda x: f"Ce règlement de {x.number} est déjà annulé.",
    recovery.CreditUsed: lambda x: (
        f"Le crédit laissé par ce règlement de {x.number} a servi à un remboursement ou à une compensation : "
        "annulez-les d’abord."
    ),
    recovery.ReturnChanged: lambda _: (
        "Des titres ou des paiements ont changé depuis le contrôle de ce fichier : rien n’est enregistré. Relisez le "
        "contrôle."
    ),
    recovery.ReturnApplied: lambda x: f"Le fichier « {x.name} » est déjà enregistré : rien n’a changé.",
}
