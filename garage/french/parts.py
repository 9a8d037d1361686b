"""Words of the catalogue of parts, stores, suppliers, core deposits and waste: refusals, acts of the journal."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from garage.domain.errors import parts
from garage.domain.errors.base import GarageError
from garage.domain.parts import DepositState, WasteClass
from garage.french.formats import day, euros, quantity
from garage.french.labels import label

# Tone and icon of a deposit's state; a colour never says it alone.
DEPOSIT_TONES: Final = {
    DepositState.OWED: ("ambre", "hourglass"),
    DepositState.SENT: ("bleu", "truck"),
    DepositState.CREDITED: ("vert", "circle-check"),
    DepositState.ABANDONED: ("barre", "x"),
}
_NAMES: Final = {
    "reference": "référence",
    "label": "désignation",
    "unit": "unité",
    "family": "famille",
    "bin": "casier",
    "minimum": "minimum",
    "maximum": "maximum",
    "supplier": "fournisseur",
    "waste": "déchet",
    "deposit": "consigne",
    "barcodes": "codes-barres",
    "sold": "références des fournisseurs",
    "equivalents": "équivalents",
    "models": "modèles",
    "name": "nom",
    "email": "courriel",
    "phone": "téléphone",
    "address": "adresse",
    "customer_number": "numéro de client",
    "delivery_days": "délai de livraison",
    "active": "en service",
}


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"


SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    parts.ReferenceTaken: lambda x: f"Une pièce porte déjà la référence « {x.reference} » ou ce code-barres.",
    parts.BadReference: lambda x: (
        f"La référence « {x.reference} » n’est pas possible : elle commence ou finit par une barre, ou finit comme "
        "une page du garage. Écrivez-la autrement, par exemple avec un tiret."
    ),
    parts.BarcodeTaken: lambda x: (
        f"Le code {x.code} mène déjà ailleurs, à « {x.reference} » : retirez-le d’abord de là-bas."
    ),
    parts.UnitKept: lambda x: (
        f"{x.reference} a déjà des mouvements en « {x.unit} » : son unité ne change plus. Créez une autre pièce."
    ),
    parts.PartKept: lambda x: f"« {x.reference} » sert à toutes les pièces sans référence : elle reste telle quelle.",
    parts.StillOnHand: lambda x: (
        f"Le stock de {x.reference} est de {quantity(x.on_hand)} : une pièce se retire quand il n’en reste rien."
    ),
    parts.StillNeeded: lambda x: (
        f"{x.reference} est encore sur {', '.join(x.holders)} : finissez-en d’abord, puis retirez-la du catalogue."
    ),
    parts.PartRetired: lambda x: (
        f"{x.reference} est retirée du catalogue : remettez-la au catalogue depuis sa fiche, puis recommencez."
    ),
    parts.MaximumBelowMinimum: lambda x: (
        f"Le maximum ({quantity(x.maximum)}) doit être au moins égal au minimum ({quantity(x.minimum)})."
    ),
    parts.BadLevel: lambda x: f"{quantity(x.quantity)} n’est pas possible ici : saisissez un nombre positif.",
    parts.BadDeposit: lambda x: (
        f"Une consigne de {euros(x.amount)} n’est pas possible : saisissez plus de zéro, ou rien s’il n’y en a pas."
    ),
    parts.UnknownEquivalent: lambda x: f"Aucune pièce n’a la référence « {x.reference} ».",
    parts.OwnEquivalent: lambda x: f"« {x.reference} » est la pièce elle-même : retirez-la de ses équivalents.",
    parts.SoldTwice: lambda x: f"{x.supplier} est donné deux fois : gardez une seule ligne.",
    parts.UnknownBin: lambda x: (
        f"« {x.store} » n’a pas de casier « {x.bin} » : "
        + (f"vouliez-vous dire « {x.nearest} » ? Corrigez, " if x.nearest else "corrigez son nom, ")
        + "ou cochez la case pour le créer."
    ),
    parts.BinInUse: lambda x: (
        f"Le casier {x.bin} sert encore ({_some(x.parts, 'pièce')}) : videz-le, et donnez un autre casier à ce qui s’y "
        "range."
    ),
    parts.BinClosed: lambda x: f"Le casier {x.bin} est fermé : rouvrez-le, ou choisissez un autre casier.",
    parts.StoreInUse: lambda x: f"« {x.store} » a encore {_some(x.bins, 'casier')} : fermez d’abord chacun d’eux.",
    parts.BinKept: lambda x: (
        f"« {x.store} » est le magasin principal, ou ce casier y reçoit ce qui n’en a pas : il reste ouvert."
    ),
    parts.StoreClosed: lambda x: f"« {x.store} » est fermé : rouvrez-le, ou choisissez un autre magasin.",
    parts.SupplierKnown: lambda x: f"Le fournisseur « {x.name} » existe déjà.",
    parts.DepositOver: lambda x: f"Cette consigne est « {label(x.state)} » : ce geste n’est plus possible.",
    parts.AboveDeposit: lambda x: (
        f"Cette consigne porte sur {quantity(x.quantity)}, vous en saisissez {quantity(x.wanted)}."
    ),
    parts.CreditTooHigh: lambda x: (
        f"{euros(x.amount)} n’est pas possible : saisissez plus de zéro, et au plus les {euros(x.paid)} payés."
    ),
    parts.SlipKnown: lambda x: f"Le bordereau « {x.number} » est déjà dans le registre.",
    parts.BeforeRemoval: lambda x: f"Le {day(x.day)} est trop tôt : choisissez un jour à partir du {day(x.first)}.",
}


def changes(data: Mapping[str, Any]) -> str:
    """What changed of a part or a supplier, before and after, as the end of a sentence."""
    told = data.get("changes") or {}
    said = [f"{_NAMES.get(name, name)} {_said(name, one[0])} → {_said(name, one[1])}" for name, one in told.items()]
    return f" : {' ; '.join(said)}" if said else ""


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "rien"
    if value in (None, ""):
        return "rien"
    if name == "waste":
        return label(WasteClass(value)).lower()
    return str(value).replace(".", ",") if name in {"minimum", "maximum", "deposit"} else str(value)


def _deposit(key: str, data: Mapping[str, Any]) -> str:
    to = label(DepositState(data["to"])).lower() if data.get("to") in set(DepositState) else ""
    amount = f", {euros(Decimal(data['amount']))}" if data.get("amount") else ""
    why = data.get("reason") or data.get("reference")
    return f"Consigne de la pièce {key} : {to}{amount}{f' ({why})' if why else ''}"


def _waste(data: Mapping[str, Any]) -> str:
    if "waste" not in data:
        return ""
    return f" : {label(WasteClass(data['waste'])).lower()}, {quantity(Decimal(data['quantity']))} {data['unit']}"


def _treated(data: Mapping[str, Any]) -> str:
    return f" le {day(date.fromisoformat(data['on']))}" if "on" in data else ""


JOURNAL: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "part.change": lambda key, data: f"Pièce {key} modifiée{changes(data)}",
    "part.retire": lambda key, _: f"Pièce {key} retirée du catalogue",
    "part.restore": lambda key, _: f"Pièce {key} remise au catalogue",
    "part.photo": lambda key, data: f"Photo de la pièce {key} {'changée' if data.get('to') else 'retirée'}",
    "store.create": lambda key, _: f"Magasin {key} créé",
    "store.change": lambda _, data: f"Magasin {data.get('from')} modifié : {data.get('to')}",
    "store.close": lambda key, _: f"Magasin {key} fermé",
    "store.reopen": lambda key, _: f"Magasin {key} rouvert",
    "bin.create": lambda key, data: f"Casier {data.get('bin')} créé dans {key}",
    "bin.rename": lambda key, data: f"Casier {data.get('from')} de {key} renommé {data.get('to')}",
    "bin.close": lambda key, data: f"Casier {data.get('bin')} de {key} fermé",
    "bin.reopen": lambda key, data: f"Casier {data.get('bin')} de {key} rouvert",
    "supplier.create": lambda key, _: f"Fournisseur {key} créé",
    "supplier.change": lambda key, data: f"Fournisseur {key} modifié{changes(data)}",
    "deposit.change": _deposit,
    "waste.add": lambda key, data: f"Bordereau {key} enregistré{_waste(data)}",
    "waste.treat": lambda key, data: f"Bordereau {key} : déchet traité{_treated(data)}",
}
