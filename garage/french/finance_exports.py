"""Bundles for the finance application in French: what is missing, what is left out, the LISEZMOI (rule B11)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from garage.domain.errors import finance_exports as errors
from garage.domain.errors.base import GarageError
from garage.domain.finance_exports import (
    Bundle,
    ExportFile,
    HandedBill,
    Lack,
    Missing,
    Shares,
    posted,
    reduced,
    shares,
    titled,
    totals,
)
from garage.domain.invoices.bill import BillKind
from garage.domain.tariffs import TariffNature
from garage.french.formats import NARROW, NBSP, count, day, euros
from garage.french.labels import label
from garage.french.typography import typeset

FILES = {
    ExportFile.JOURNAL: "Journal neutre (CSV)",
    ExportFile.MAGNUS: "Fichiers Magnus (Berger-Levrault)",
    ExportFile.PES: "Brouillon de PES Recette",
}
_MAGNUS_FIELDS = {
    "collectivity": "collectivité",
    "budget": "budget",
    "operation": "opération",
    "service": "service",
    "court": "tribunal",
}
_LACKS = {
    Lack.ARTICLE: "Aucun article n’est choisi pour « {about} » : complétez les imputations dans les réglages.",
    Lack.ARTICLE_FORM: (
        "L’article « {about} » n’a pas la forme attendue : 10 signes au plus pour Magnus, 12 chiffres au plus pour "
        "le PES."
    ),
    Lack.FUNCTION_FORM: "La fonction « {about} » n’a pas la forme attendue : 10 chiffres au plus.",
    Lack.PRODUCT_CODE: (
        "Le code produit local de l’article {about} manque ou n’est pas valable : 1 à 4 lettres ou chiffres, jamais "
        "que des zéros."
    ),
    Lack.MAGNUS_COLLECTIVITY: "Le code de la collectivité dans Magnus manque dans les réglages.",
    Lack.MAGNUS_BUDGET: "Le code du budget dans Magnus manque dans les réglages.",
    Lack.MAGNUS_LENGTH: "Dans les réglages de Magnus, le champ « {about} » est trop long.",
    Lack.PES_POST: "Le numéro codique du poste comptable manque dans les réglages (6 ou 7 chiffres).",
    Lack.PES_COLLECTIVITY: "Le code de la collectivité dans Hélios manque dans les réglages (3 chiffres).",
    Lack.PES_BUDGET: "Le code du budget dans Hélios manque dans les réglages (2 signes, par exemple 00).",
    Lack.ISSUER_SIRET: "L’émetteur des factures n’a pas de SIRET.",
    Lack.THIRD_PARTY: "{about} n’a pas de code tiers : saisissez dans sa fiche celui de l’application financière.",
    Lack.THIRD_PARTY_LENGTH: "Le code tiers de {about} est trop long pour Magnus : 15 signes au plus.",
    Lack.THIRD_PARTY_CATEGORY: (
        "La catégorie de tiers et la nature juridique de {about} ne se déduisent pas de son genre : saisissez-les "
        "dans sa fiche."
    ),
    Lack.SIRET: "{about} n’a pas de SIRET.",
    Lack.ADDRESS: (
        "L’adresse de {about} est incomplète (rue, code postal à 5 chiffres et ville) : complétez sa fiche, ou écartez "
        "cette pièce."
    ),
    Lack.SCHEMA: "Le schéma du PES ne se lit pas à l’endroit indiqué dans les réglages : {about}.",
    Lack.INVALID: "Le schéma du PES refuse le fichier : {about}",
    Lack.NOTHING: "Aucune facture à titrer dans cette sélection.",
}
_KINDS = {
    BillKind.INVOICE: ("facture", "factures"),
    BillKind.CREDIT_NOTE: ("avoir", "avoirs"),
    BillKind.INTERNAL_STATEMENT: ("relevé interne", "relevés internes"),
}
_README = "LISEZMOI.txt"


def missing(one: Missing) -> str:
    """Why a file cannot be made, in a sentence."""
    about = one.about
    if one.lack is Lack.ARTICLE:
        about = label(TariffNature(about))
    elif one.lack is Lack.MAGNUS_LENGTH:
        about = _MAGNUS_FIELDS[about]
    elif one.lack is Lack.PRODUCT_CODE and not about:
        about = "à choisir"
    return typeset(_LACKS[one.lack].format(about=about))


def left_out(found: Sequence[Missing]) -> dict[str, list[str]]:
    """The sentences of each file that cannot be made."""
    told: dict[str, list[str]] = {}
    for one in found:
        words = told.setdefault(one.file.value, [])
        sentence = missing(one)
        if sentence not in words:
            words.append(sentence)
    return told


def titre(number: str, year: int, given: str) -> str:
    """A bill and the titre it has: «F2026-0001, déjà titrée n° 412 / 2026»."""
    return f"{number}, déjà titrée n° {given} / {year}"


def warnings(bills: Sequence[HandedBill]) -> list[str]:
    """What could be titled twice, or for nothing."""
    told: list[str] = []
    if known := [titre(bill.number, *bill.titre) for bill in bills if bill.titre]:
        told.append(f"Dans le journal seulement, jamais titrées deux fois : {' ; '.join(known)}.")
    if void := [bill.number for bill in bills if titled(bill) and bill.taken_back >= bill.gross > 0]:
        told.append(
            "Annulées en entier par leurs avoirs : écartez la facture et son avoir s’ils ne doivent pas être titrés : "
            f"{', '.join(void)}."
        )
    return [typeset(one) for one in told]


def parts(apart: Shares) -> list[tuple[str, Decimal]]:
    """Gross euros of what a total is made of, in words; internal statements and titled bills only where some are."""
    told: list[tuple[str, Decimal]] = [("Factures − avoirs, à titrer", apart.due.gross)]
    if apart.known.bills:
        told.append(("dont pièces déjà titrées", apart.known.gross))
    if apart.internal.bills:
        told.append(("dont relevés internes (jamais titrés)", apart.internal.gross))
    return told


def remarks(bills: Sequence[HandedBill]) -> list[str]:
    """What of the bundle is not in each file, bill by bill."""
    told: list[str] = []
    homeless = [bill for bill in bills if (titled(bill) or reduced(bill)) and not posted(bill)]
    if homeless:
        about = ", ".join(f"{bill.number} ({bill.addressee.name})" for bill in homeless)
        told.append(
            "Absentes du PES Recette, car l’adresse est incomplète (rue, code postal à 5 chiffres et ville) : "
            f"complétez la fiche et refaites un export, ou écartez ces pièces : {about}."
        )
    internal = [bill.number for bill in bills if bill.kind is BillKind.INTERNAL_STATEMENT]
    lowered = [bill for bill in bills if bill.kind is BillKind.CREDIT_NOTE and not bill.titre]
    earlier = [bill.number for bill in lowered if bill.earlier_year]
    unknown = [bill.number for bill in lowered if not bill.earlier_year and not reduced(bill)]
    if internal:
        told.append(f"Relevés internes, dans le journal seulement, car ils ne se titrent pas : {', '.join(internal)}.")
    if lowered:
        numbers = ", ".join(bill.number for bill in lowered)
        told.append(f"Avoirs, absents des fichiers Magnus : saisissez la réduction du titre dans Magnus : {numbers}.")
    if earlier:
        told.append(
            "Avoirs sur exercice antérieur, absents du PES Recette, car ils se régularisent par un mandat "
            f"(article 673) : {', '.join(earlier)}."
        )
    if unknown:
        told.append(
            "Avoirs absents du PES Recette, car le titre à réduire n’est pas connu : saisissez son numéro, puis "
            f"refaites un export : {', '.join(unknown)}."
        )
    return [typeset(one) for one in told]


def counted(bills: Sequence[HandedBill]) -> str:
    """How many bills of each kind: «12 factures, 1 avoir»."""
    parts: list[str] = []
    for kind, (one, many) in _KINDS.items():
        number = sum(bill.kind is kind for bill in bills)
        if number:
            parts.append(f"{count(number)}{NBSP}{many if number > 1 else one}")
    return ", ".join(parts)


def readme(bundle: Bundle, names: Mapping[str, str], out: Mapping[str, list[str]], told: Sequence[str]) -> bytes:
    """LISEZMOI.txt: what is in the bundle, what it comes to, what is not in it and why; `names` pairs file and words.

    Plain words that any editor of texts opens: UTF-8 with its mark, ends of line of Windows.
    """
    sums = totals(bundle.bills)
    lines = [
        f"Export n° {bundle.number} du {day(bundle.made_on)}",
        "",
        f"Contenu : {counted(bundle.bills)}.",
        f"Total net : {euros(sums.net)}",
        f"TVA : {euros(sums.vat)}",
        f"Total : {euros(sums.gross)}",
        "Les avoirs sont déduits de ces totaux.",
        *(f"{words[0].upper()}{words[1:]} : {euros(amount)}" for words, amount in parts(shares(bundle.bills))),
        "",
        "Fichiers :",
        *(f"- {name} : {words}" for name, words in names.items()),
    ]
    for file, reasons in out.items():
        lines += [
            "",
            f"{FILES[ExportFile(file)]} : ce fichier n’est pas dans l’export.",
            *(f"- {one}" for one in reasons),
        ]
    if told:
        lines += ["", "À savoir :", *(f"- {one}" for one in told)]
    lines += ["", "Le sens de chaque colonne et de chaque champ est dans la documentation des formats d’export."]
    text = typeset("\r\n".join(lines)) + "\r\n"
    return text.replace(NARROW, NBSP).encode("utf-8-sig")


def names(number: int, out: Mapping[str, object], *, electronic: bool, checked: bool) -> dict[str, str]:
    """The files of a bundle by name, in its order, each with what it is; folders end with a slash."""
    told = {_README: "ce texte"}
    if ExportFile.JOURNAL.value not in out:
        told[journal_name(number)] = "journal neutre, une ligne par imputation, à ouvrir avec un tableur"
    if ExportFile.MAGNUS.value not in out:
        told[MAGNUS_NAME] = "fichiers Magnus (WTAMC001) et leurs PDF"
    if ExportFile.PES.value not in out:
        proof = "conforme au schéma" if checked else "non vérifié par le schéma"
        told[pes_name(number)] = f"brouillon de PES Recette, {proof}, à contrôler avec la trésorerie avant tout envoi"
    told["factures/"] = "les PDF tels qu’ils ont été émis"
    if electronic:
        told["xml/"] = "les factures électroniques (EN 16931) contenues dans les PDF"
    return told


MAGNUS_NAME = "MAGNUS-WTAMC001.zip"


def journal_name(number: int) -> str:
    """The name of the neutral journal."""
    return f"journal-{number:04d}.csv"


def pes_name(number: int) -> str:
    """The name of the draft, which says that it is one."""
    return f"BROUILLON-PES-RECETTE-{number:04d}.xml"


SENTENCES: dict[type[GarageError], Callable[[Any], str]] = {
    errors.ExportUnbalanced: lambda x: (
        f"Les lignes de {x.number} ne font pas son total : rien n’est exporté. Prévenez l’administrateur."
    ),
    errors.ExportEmpty: lambda _: "Choisissez au moins une facture à exporter.",
    errors.ExportUnfinished: lambda x: (
        f"L’export n° {x.number} n’est pas terminé : terminez-le avant de le transmettre."
    ),
    errors.ExportTwice: lambda x: (
        f"Des pièces de cet export sont déjà transmises, dans {'les exports' if len(x.others) > 1 else 'l’export'} "
        f"n° {', '.join(str(one) for one in x.others)} : cochez « Transmettre quand même » si elles ne seront pas "
        "titrées deux fois."
    ),
    errors.ExportDiffers: lambda x: (
        f"L’export n° {x.number} ne se refait plus à l’identique : servez-vous du fichier déjà téléchargé, et prévenez "
        "l’administrateur."
    ),
    errors.PesRefused: lambda x: f"Le schéma du PES refuse le brouillon, qui n’est donc pas remis : {x.reason}",
}
JOURNAL: dict[str, Callable[[str, Mapping[str, Any]], str]] = {
    "finance_export.make": lambda key, data: (
        f"Export n° {key} préparé pour l’application financière : {data.get('bills', 0)} "
        f"{'pièces' if data.get('bills', 0) > 1 else 'pièce'}, {euros(Decimal(data.get('gross', 0)))}"
    ),
    "finance_export.transmit": lambda key, _: f"Export n° {key} marqué comme transmis",
    "finance_export.take_back": lambda key, _: f"Export n° {key} de nouveau à transmettre",
    "finance_export.failed": lambda key, data: f"L’export n° {key} n’a pas pu être fait : {data.get('error', '')}",
}
