"""Words of orders to suppliers, goods received and goods sent back: refusals, journal, states, the mail, the PDF."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from garage.domain.errors import purchases
from garage.domain.errors.base import GarageError
from garage.domain.purchases import PurchaseState
from garage.french.formats import NBSP, day, euros, long_day, quantity
from garage.french.request_mails import Text
from garage.french.typography import typeset

# Tone and icon of a state on screen.
TONES: Final = {
    PurchaseState.DRAFT: ("gris", "pencil"),
    PurchaseState.ORDERED: ("bleu", "hourglass"),
    PurchaseState.RECEIVED: ("vert", "check"),
    PurchaseState.CLOSED: ("neutre", "lock"),
    PurchaseState.CANCELLED: ("barre", "x"),
}
SLUGS: Final = {
    "brouillons": PurchaseState.DRAFT,
    "envoyees": PurchaseState.ORDERED,
    "recues": PurchaseState.RECEIVED,
    "soldees": PurchaseState.CLOSED,
    "annulees": PurchaseState.CANCELLED,
}

TITLE: Final = "Bon de commande"
COLUMNS: Final = ("Votre référence", "Désignation", "Quantité", "Prix unitaire", "Montant")
TOTAL: Final = "Total prévu"
DELIVER_TO: Final = "À livrer à"
SUPPLIER: Final = "Fournisseur"
PRICES: Final = (
    "Prix indicatifs hors taxes. Rappelez le numéro de cette commande sur le bon de livraison et la facture."
)


def ordered_on(on: date | None) -> str:
    """The day of an order, as the PDF says it."""
    return f"Commande du {day(on)}" if on else "Brouillon, pas encore commandé"


def expected_on(on: date) -> str:
    """The day it is expected, as the PDF says it."""
    return f"Livraison souhaitée avant le {day(on)}"


def bought_by(name: str, contact: str) -> str:
    """Who ordered, and where to reach them, as the PDF says it."""
    return f"Commandé par {name}" + (f", {contact}" if contact else "")


def unpriced(lines: int) -> str:
    """What a total leaves out: the lines whose price is not known."""
    return f"hors {lines} ligne{'s' if lines > 1 else ''} sans prix" if lines else ""


def by_pack(pack: Decimal | None) -> str:
    """How a supplier sells a part."""
    return f"par lot de {quantity(pack)}" if pack else ""


def credit_gap(amount: Decimal, expected: Decimal) -> str:
    """How far a credit is from what was expected, in euros; empty when it is not."""
    if amount == expected:
        return ""
    return f"{euros(abs(amount - expected))} de {'plus' if amount > expected else 'moins'} qu’attendu"


def undone(delivery_note: str, reason: str) -> str:
    """Why a receipt typed wrong and the movement that takes it out again are there."""
    return f"Bon {delivery_note}, entrée annulée" + (f"{NBSP}: {reason}" if reason else "")


def mail(number: str, ordered: date, expected: date | None, issuer: str) -> Text:
    """The mail that carries an order; the PDF is attached when it leaves."""
    wished = f" Nous souhaitons être livrés avant le {long_day(expected)}." if expected else ""
    asked = "Rappelez ce numéro sur le bon de livraison et sur la facture."
    body = (
        f"Bonjour,\n\nVous trouverez ci-joint notre commande {number} du {long_day(ordered)}.{wished}\n\n{asked}\n\n"
        f"{issuer}\n"
    )
    return Text(typeset(f"Commande {number}, {issuer}"), typeset(body))


_FOLLOWED: Final = {
    "order": (
        "Cette pièce est allée directement sur un ordre : corrigez la quantité sur sa ligne, ou retournez-la au "
        "fournisseur."
    ),
    "invoice": "Une facture du fournisseur porte cette ligne : retirez-l’en, ou rendez la pièce si elle est acceptée.",
    "return": "Une partie de cette ligne est déjà retournée au fournisseur : elle ne s’annule plus.",
    "deposit": "La consigne de cette ligne est déjà renvoyée, rendue ou abandonnée : elle ne s’annule plus.",
}
_DONE: Final = {
    PurchaseState.DRAFT: "n’est pas encore envoyée",
    PurchaseState.ORDERED: "est déjà envoyée",
    PurchaseState.RECEIVED: "est déjà reçue en entier",
    PurchaseState.CLOSED: "est soldée",
    PurchaseState.CANCELLED: "est annulée",
}

SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    purchases.NotADraft: lambda x: f"La commande {x.number} {_DONE[x.state]} : ses lignes ne changent plus.",
    purchases.NotOrdered: lambda x: f"La commande {x.number} {_DONE[x.state]} : elle n’attend rien.",
    purchases.NothingOrdered: lambda _: "Choisissez au moins une pièce à commander.",
    purchases.ExpectedTooSoon: lambda x: f"La livraison ne peut pas être attendue le {day(x.day)}, avant la commande.",
    purchases.NoSupplierAddress: lambda x: (
        f"{x.supplier} n’a pas d’adresse électronique : saisissez-la dans sa fiche, ou téléchargez le bon de commande."
    ),
    purchases.NoteReceived: lambda x: (
        f"Le bon de livraison {x.delivery_note} de {x.supplier} est déjà enregistré, au {day(x.received_on)}."
    ),
    purchases.NothingReceived: lambda _: "Saisissez la quantité reçue d’au moins une pièce.",
    purchases.AboveOrder: lambda x: (
        f"Il reste {quantity(x.left)} à recevoir de {x.part}, vous en saisissez {quantity(x.wanted)}. Corrigez, ou "
        "indiquez pourquoi vous gardez le surplus."
    ),
    purchases.OtherSupplier: lambda x: (
        f"Une ligne vient de la commande {x.number}, d’un autre fournisseur ou d’une autre pièce. Rechargez la page."
    ),
    purchases.WentToOrder: lambda x: (
        f"Cette pièce est allée directement sur l’ordre {x.order} : elle n’est pas en stock. Retirez-la "
        "d’abord de l’ordre : elle revient en stock, puis se retourne au fournisseur."
    ),
    purchases.ReceiptFollowed: lambda x: _FOLLOWED[x.why],
    purchases.GoodsGone: lambda x: (
        f"{x.bin} : {quantity(x.there)} de {x.reference} sur les {quantity(x.received)} reçus. Remettez d’abord le "
        "reste à sa place (transfert, retour d’un ordre), ou retournez la pièce au fournisseur."
    ),
    purchases.AboveReceived: lambda x: (
        f"De cette livraison, {quantity(x.left)} peuvent encore être retournés, vous en saisissez {quantity(x.wanted)}."
    ),
    purchases.NoSupplier: lambda x: f"{x.reference} n’a pas de fournisseur habituel : choisissez-le dans la liste.",
    purchases.CreditDiffers: lambda x: (
        f"L’avoir attendu est de {euros(x.expected)} : {credit_gap(x.amount, x.expected)}. Corrigez le montant, ou "
        "indiquez pourquoi."
    ),
    purchases.CreditKnown: lambda x: f"L’avoir de ce retour est déjà enregistré, au {day(x.credited_on)}.",
}


def _why(data: Mapping[str, Any]) -> str:
    return f", motif : {data['reason']}" if data.get("reason") else ""


def _when(data: Mapping[str, Any]) -> str:
    return day(date.fromisoformat(data["after"])) if data.get("after") else ""


JOURNAL: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "purchase.draft": lambda key, _: f"Commande {key} préparée",
    "purchase.add_line": lambda key, data: f"Ligne {data.get('rank')} ajoutée à la commande {key}",
    "purchase.change": lambda key, _: f"Commande {key} modifiée",
    "purchase.send": lambda key, data: f"Commande {key} passée, {data.get('lines')} lignes",
    "purchase.mail": lambda key, data: f"Commande {key} envoyée par courriel à {data.get('to')}",
    "purchase.expect": lambda key, data: f"Commande {key} attendue le {_when(data)}",
    "purchase.close": lambda key, data: f"Commande {key} soldée{_why(data)}",
    "purchase.cancel_line": lambda key, data: f"Reste de la ligne {data.get('rank')} de {key} annulé{_why(data)}",
    "goods.receive": lambda key, data: f"Livraison {key} de {data.get('supplier')} reçue, {data.get('lines')} lignes",
    "goods.undo": lambda key, data: (
        f"Livraison {key} : {data.get('quantity')} × {data.get('reference')} annulés{_why(data)}"
    ),
    "goods.send_back": lambda key, data: f"{data.get('quantity')} × {key} retournés au fournisseur{_why(data)}",
    "goods.credited": lambda key, data: f"Avoir {data.get('reference')} reçu pour un retour de {key}{_why(data)}",
}
