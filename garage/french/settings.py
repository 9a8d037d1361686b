"""Words of the settings: the name of each field and its effect, values, what is wrong, and changes in the journal."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from garage.domain.settings import SettingFault, SettingGroup
from garage.domain.tariffs import TariffNature
from garage.french.formats import count, euros
from garage.french.labels import label
from garage.french.typography import typeset

GROUPS: Final = {
    SettingGroup.RUN: "Passage trimestriel",
    SettingGroup.NUMBERS: "Numéros",
    SettingGroup.FLOOR: "Seuil et relevés internes",
    SettingGroup.BANK: "Identité et banque",
    SettingGroup.TEXTS: "Textes et mentions",
    SettingGroup.MAILS: "Courriers électroniques",
    SettingGroup.ACCOUNTS: "Comptes",
    SettingGroup.MAGNUS: "Magnus",
    SettingGroup.PES: "PES Recette",
    SettingGroup.STOCK: "Inventaires du stock",
}
_PARTS: Final = {
    "article": ("article", "Nature comptable des lignes de ce genre, si la ligne de tarif n’en porte pas."),
    "function": ("fonction", "Compte de fonction écrit dans les fichiers pour la trésorerie."),
    "product_code": ("code produit local", "CodProdLoc, 1 à 4 lettres ou chiffres, connu de votre trésorerie."),
}
FIELDS: Final[dict[str, tuple[str, str]]] = {
    "invoicing_day": (
        "Jour du passage",
        "Le trimestre terminé est pris ce jour du mois suivant, de 1 à 28, et chaque jour ensuite tant qu’il en reste.",
    ),
    "issues_alone": (
        "Émettre sans attendre",
        "Oui : le passage émet et numérote. Non : il prépare, et vous émettez à l’écran.",
    ),
    "question_days": (
        "Jours pour les questions",
        "Avant le jour du passage, les collectivités voient leurs projets et interrogent une ligne. 0 : jamais.",
    ),
    "reviewed_credits": (
        "Avoirs relus par une seconde personne",
        "Oui : un avoir préparé est relu par quelqu’un d’autre avant d’être émis.",
    ),
    "number_pattern": (
        "Modèle de numéro",
        "{serie}, {annee} et {numero} en tout ordre, avec lettres, chiffres et + - _ / autour, 20 caractères au plus.",
    ),
    "number_digits": ("Chiffres du numéro", "De 3 à 8 ; le numéro est complété par des zéros."),
    "floor": (
        "Seuil de facturation",
        "Une facture au-dessous de ce montant TTC est reportée au trimestre suivant, sans numéro.",
    ),
    "floor_release_q4": (
        "Libérer les reports au 4e trimestre",
        "Oui : le passage du 4e trimestre facture aussi ce qui est sous le seuil.",
    ),
    "issuer_invoices": (
        "Facturer l’émetteur lui-même",
        "Oui : ses propres véhicules donnent des factures (garage en budget annexe). Non : des relevés internes.",
    ),
    "vat_number": (
        "Numéro de TVA intracommunautaire",
        "Imprimé sur les factures et écrit dans leur fichier électronique ; exigé si une convention est soumise.",
    ),
    "iban": ("IBAN", "Compte imprimé sur les factures à venir ; vide : aucun compte."),
    "bic": ("BIC", "8 ou 11 caractères, à côté de l’IBAN."),
    "account_holder": ("Titulaire du compte", "Le plus souvent la trésorerie, par exemple SGC de Landerneau."),
    "payment_terms": ("Conditions de règlement", "Imprimées sur chaque facture."),
    "due_days": (
        "Jours avant l’échéance",
        "Une facture est en retard ce nombre de jours après son titre de recettes, ou après son émission.",
    ),
    "late_payment_text": ("Texte de retard de paiement", "Imprimé au bas des factures ; vide : rien."),
    "note_pmt": ("Indemnité de recouvrement (PMT)", "Mention obligatoire des factures électroniques."),
    "note_pmd": ("Pénalités de retard (PMD)", "Mention obligatoire des factures électroniques."),
    "note_aab": ("Escompte (AAB)", "Mention obligatoire des factures électroniques."),
    "mention_out_of_scope": ("Mention hors champ", "Imprimée à la place de la TVA pour une convention hors champ."),
    "mention_exempt": ("Mention d’exonération", "Imprimée à la place de la TVA pour une convention exonérée."),
    "mails_bills": (
        "Envoyer les factures",
        "Oui : chaque pièce émise part à l’adresse de facturation de la collectivité.",
    ),
    "accounting_email": ("Adresse de la comptabilité", "Elle reçoit le résumé de chaque passage ; vide : aucun."),
    **{
        f"{nature.value}_{part}": (f"{label(nature)} : {name}", effect)
        for nature in TariffNature
        for part, (name, effect) in _PARTS.items()
    },
    "count_by_other": (
        "Inventaire approuvé par quelqu’un d’autre",
        "Oui : qui a compté une ligne d’un inventaire ne peut pas l’approuver.",
    ),
    "recount_euros": (
        "Second comptage au-delà de (montant)",
        "Une ligne dont l’écart vaut plus que ce montant, au coût moyen, est comptée une seconde fois. 0 : jamais.",
    ),
    "recount_percent": (
        "Second comptage au-delà de (pourcentage)",
        "Une ligne dont l’écart dépasse cette part de la quantité attendue est comptée une seconde fois. 0 : jamais.",
    ),
    "magnus_collectivity": ("Collectivité", "Code de la collectivité dans Magnus, tel que ses écrans l’affichent."),
    "magnus_budget": ("Budget", "Code du budget dans Magnus."),
    "magnus_operation": ("Opération", "Opération des écritures ; vide : aucune."),
    "magnus_service": ("Service", "Premier axe analytique des écritures ; vide : aucun."),
    "magnus_court": ("Tribunal", "Code du tribunal compétent, écrit dans l’avis ; vide : aucun."),
    "pes_post": ("Poste comptable (IdPost)", "6 ou 7 chiffres donnés par la trésorerie."),
    "pes_collectivity_code": ("Code collectivité (CodCol)", "3 chiffres donnés par la trésorerie."),
    "pes_budget_code": ("Code budget (CodBud)", "2 caractères donnés par la trésorerie, par exemple 00."),
    "pes_budget_label": ("Libellé du budget", "38 caractères au plus ; vide : aucun."),
    "pes_schema": (
        "Schéma de contrôle",
        "Chemin, sur le serveur, de PES_Aller.xsd : le projet est contrôlé avec lui. Vide : aucun contrôle.",
    ),
}
FAULTS: Final = {
    SettingFault.FLOOR: "Saisissez un montant de 0 à 9 999 999,99 avec deux décimales au plus, par exemple 15,00",
    SettingFault.DAY: "Saisissez un jour de 1 à 28, par exemple 5",
    SettingFault.QUESTION_DAYS: "La fenêtre se termine avant le jour du passage : saisissez moins de jours, ou 0",
    SettingFault.PATTERN_PARTS: "Le modèle contient {serie}, {annee} et {numero}, une fois chacun",
    SettingFault.PATTERN_LETTERS: "N’écrivez autour que des lettres sans accent, des chiffres, ou + - _ /",
    SettingFault.PATTERN_LENGTH: "Le numéro compterait plus de 20 caractères : raccourcissez le modèle",
    SettingFault.DIGITS: "Saisissez de 3 à 8, par exemple 4",
    SettingFault.VAT_NUMBER: "Ce numéro n’est pas valable : FR, deux chiffres de clé, puis le SIREN",
    SettingFault.VAT_OF_ANOTHER: "Ce numéro ne se termine pas par le SIREN de l’émetteur",
    SettingFault.IBAN: "Cet IBAN n’est pas valable : vérifiez chaque caractère, par exemple FR76 3000 1007 9412 3456 "
    "7890 185",
    SettingFault.BIC: "Ce BIC n’est pas valable : 8 ou 11 lettres et chiffres, par exemple BDFEFRPPCCT",
    SettingFault.EMAIL: "Saisissez une adresse, par exemple comptabilite@exemple.fr",
    SettingFault.EMPTY: "Ce texte est obligatoire : saisissez-le, au besoin « sans objet »",
    SettingFault.TOO_LONG: "Ce texte est trop long : raccourcissez-le",
    SettingFault.NOT_SHOWN: "Retirez les caractères invisibles de ce champ",
    SettingFault.DUE_DAYS: "Saisissez de 0 à 365 jours, par exemple 30",
    SettingFault.ARTICLE: "Saisissez un article en chiffres, 10 au plus, par exemple 70878",
    SettingFault.FUNCTION: "Saisissez une fonction en chiffres, 10 au plus, par exemple 020",
    SettingFault.PRODUCT_CODE: "Saisissez de 1 à 4 lettres ou chiffres",
    SettingFault.PES_POST: "Saisissez 6 ou 7 chiffres, par exemple 029012",
    SettingFault.PES_COLLECTIVITY: "Saisissez 3 chiffres, par exemple 400",
    SettingFault.PES_BUDGET: "Saisissez un chiffre ou une capitale, puis un chiffre, par exemple 00",
    SettingFault.NO_FILE: "Aucun fichier n’est à cet endroit du serveur",
    SettingFault.RECOUNT_EUROS: "Saisissez un montant de 0 à 9 999 999,99 avec deux décimales au plus, par exemple "
    "50,00",
    SettingFault.RECOUNT_PERCENT: "Saisissez de 0 à 1000, par exemple 20",
}
_UNITS: Final = {"question_days": "jour", "due_days": "jour"}
_AMOUNTS: Final = ("floor", "recount_euros")


def name_of(field: str) -> str:
    """The name of a field."""
    return typeset(FIELDS[field][0])


def effect_of(field: str) -> str:
    """What a field does."""
    return typeset(FIELDS[field][1])


def fault(found: SettingFault) -> str:
    """What is wrong with a field and what to do."""
    return typeset(FAULTS[found])


def refused(faults: Mapping[str, StrEnum]) -> str:
    """Every field that is refused, in one sentence."""
    return " ".join(f"{FIELDS[name][0]} : {FAULTS[SettingFault(found)]}." for name, found in faults.items())


def value_of(field: str, value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, Decimal):
        return euros(value)
    if isinstance(value, int):
        unit = _UNITS.get(field, "")
        return count(value) + (f"\u00a0{unit}{'s' if value > 1 else ''}" if unit else "")
    return str(value) or "Aucun"


def changed(key: str, data: Mapping[str, Any]) -> str:
    """A change as the journal tells it: what was, what is."""
    before, after = data.get("before"), data.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = _leaves(key, before), _leaves(key, after)
        names = [name for name in FIELDS if pairs[0].get(name, "") != pairs[1].get(name, "")]
        told = [f"{FIELDS[name][0]}, {_said(pairs[0].get(name))} → {_said(pairs[1].get(name))}" for name in names]
        return f"Réglages modifiés : {' ; '.join(told)}"
    name = FIELDS[key][0] if key in FIELDS else key
    if key in _AMOUNTS:
        before, after = (euros(Decimal(str(value))) for value in (before, after))
    return f"Réglage « {name} » modifié : {_said(before)} → {_said(after)}"


def _leaves(key: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Flat names of what a nested setting holds."""
    if key != "imputations":
        return {f"{key}_{name}": value for name, value in values.items()}
    return {f"{nature}_{name}": value for nature, one in values.items() for name, value in one.items()}


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value) if value not in (None, "") else "rien"
