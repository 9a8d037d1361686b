"""The report of an import in words: what is wrong, what to write instead, what to do next. Nothing is decided here."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Protocol

from garage.domain.parts import WasteClass
from garage.french.formats import NARROW, NBSP, count, day, decimal, hours

WASTE_WORDS = {
    "huile": WasteClass.OIL,
    "batterie": WasteClass.BATTERY,
    "pneu": WasteClass.TYRE,
    "filtre": WasteClass.FILTER,
    "liquide": WasteClass.COOLANT,
}
OPENING_REASON = "Reprise du stock"
RETURN_REASON = "Retour : ligne corrigée par un nouvel import".replace(" :", f"{NBSP}:")
LONGEST_SHOWN = 80


class Finding(Protocol):
    """A fault or a warning as the operations give it."""

    @property
    def code(self) -> str: ...
    @property
    def file(self) -> str | None: ...
    @property
    def line(self) -> int | None: ...
    @property
    def column(self) -> str | None: ...
    @property
    def read(self) -> str | None: ...
    @property
    def data(self) -> Mapping[str, object]: ...


class FileCount(Protocol):
    """Rows of one file and what became of them."""

    @property
    def file(self) -> str: ...
    @property
    def read(self) -> int: ...
    @property
    def created(self) -> int: ...
    @property
    def updated(self) -> int: ...
    @property
    def unchanged(self) -> int: ...


class Report(Protocol):
    """All that an import found."""

    @property
    def faults(self) -> tuple[Finding, ...]: ...
    @property
    def warnings(self) -> tuple[Finding, ...]: ...
    @property
    def counts(self) -> tuple[FileCount, ...]: ...
    @property
    def ignored_columns(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def ignored_files(self) -> tuple[str, ...]: ...
    @property
    def new_mechanics(self) -> tuple[str, ...]: ...


_PLAIN = {
    "folder_missing": "ce dossier n’existe pas. Vérifiez le chemin, par exemple « garage import /home/garage/reprise »",
    "folder_is_a_file": "ce n’est pas un dossier. Donnez le dossier qui contient les fichiers, pas un fichier",
    "folder_unreadable": "ce dossier ne peut pas être lu. Demandez le droit d’y accéder",
    "no_known_file": "ce dossier ne contient aucun fichier connu. Attendus : {files}",
    "same_file_twice": "le fichier est là deux fois sous des noms voisins. N’en gardez qu’un",
    "not_a_file": "ce n’est pas un fichier ordinaire (c’est peut-être un dossier). Remplacez-le par un fichier CSV",
    "file_unreadable": "le fichier ne peut pas être lu. Fermez-le dans les autres programmes et vérifiez vos droits",
    "file_too_big": "le fichier dépasse {megabytes} Mo. Coupez-le en plusieurs dossiers, importés l’un après l’autre",
    "file_empty": "le fichier est vide. Écrivez au moins la ligne des noms de colonnes, ou retirez le fichier",
    "utf_16": "le fichier est en UTF-16. Enregistrez-le de nouveau en « CSV UTF-8 »",
    "not_text": "ce n’est pas un fichier texte. Dans le tableur, choisissez « Enregistrer sous », format « CSV UTF-8 »",
    "too_many_columns": "{columns} colonnes, {most} au plus. Vérifiez le séparateur : point-virgule, virgule ou "
    "tabulation",
    "duplicate_column": "deux colonnes portent ce nom. N’en gardez qu’une",
    "missing_column": "cette colonne est obligatoire et manque. Ajoutez-la à la ligne des noms de colonnes",
    "bad_quotes": 'un guillemet (") ouvert sur cette ligne est mal fermé (lecture jusqu’à la ligne {until}). '
    'Fermez-le, ou doublez les guillemets à l’intérieur du texte, par exemple "pneu 15"" neige"',
    "cell_too_big": "une case de cette ligne est beaucoup trop longue. Raccourcissez-la",
    "too_few_cells": "nombre de cases : {cells} au lieu de {columns}. Complétez la ligne, même avec des cases vides",
    "too_many_cells": "nombre de cases : {cells} au lieu de {columns}. Un texte contient sans doute le séparateur : "
    "mettez ce texte entre guillemets",
    "duplicate_key": "déjà donné à la ligne {first}. Gardez une seule des deux lignes",
    "required": "cette case est obligatoire. Remplissez-la",
    "too_long": "{length} caractères, {longest} au plus. Raccourcissez le texte",
    "not_a_number": "ce n’est pas un nombre. Écrivez par exemple 1234,5, sans unité ni formule",
    "not_whole": "un nombre entier est attendu. Écrivez par exemple 12",
    "too_many_decimals": "{places} décimales au plus. Arrondissez vous-même le nombre",
    "negative": "un nombre négatif n’est pas accepté. Écrivez un nombre positif, par exemple 12,50",
    "zero": "zéro n’est pas accepté ici. Écrivez un nombre plus grand que zéro, ou laissez vide si la case peut l’être",
    "too_big": "ce nombre est trop grand (il doit rester sous {limit} environ). Vérifiez la virgule",
    "not_a_date": "ce n’est pas une date. Écrivez JJ/MM/AAAA, par exemple 05/07/2026, ou AAAA-MM-JJ",
    "no_such_day": "ce jour n’existe pas dans le calendrier. Corrigez la date",
    "bad_year": "l’année doit être entre 1900 et 2199. Écrivez-la avec quatre chiffres, par exemple 05/07/2026",
    "not_hours": "ce n’est pas une durée. Écrivez 3,25 ou 3:15 ou 3 h 15",
    "bad_clock": "les minutes vont de 00 à 59. Écrivez par exemple 3:45 ou 3,75",
    "zero_minutes": "moins d’une demi-minute de travail. Écrivez au moins 0:01, ou retirez la ligne",
    "unknown_word": "mot inconnu. Écrivez l’un de ceux-ci : {words}",
    "bad_code": "un code a 1 à 20 caractères parmi A–Z, 0–9 et le tiret, sans espace ni accent, par exemple MO-VL",
    "bad_siren": "SIREN faux : neuf chiffres dont le dernier vérifie les autres. Recopiez-le, la colonne au "
    "format texte",
    "bad_siret": "SIRET faux : quatorze chiffres dont le dernier vérifie les autres. Recopiez-le, la colonne au format "
    "texte",
    "siret_of_another": "ce SIRET ne commence pas par le SIREN {siren} de la même ligne. Corrigez l’un des deux",
    "bad_email": "ce n’est pas une adresse électronique. Écrivez par exemple mairie@exemple.fr",
    "bad_insee": "un code INSEE a cinq caractères, par exemple 29103 ou 2A004. Mettez la colonne au format texte pour "
    "garder le zéro du début",
    "in_future": "cette date est après aujourd’hui ({today}). Corrigez-la",
    "end_before_start": "la fin doit venir après le début ({start}). C’est le premier jour qui n’est plus couvert",
    "second_issuer": "un seul émetteur est possible, et c’est déjà {issuer}. Écrivez « non » sur l’une des deux lignes",
    "issuer_has_regime": "cette collectivité a une convention (début {start}) avec un autre régime que "
    "hors_champ : elle ne peut pas être l’émetteur",
    "issuer_billed": "des factures sont émises : l’émetteur ne change plus. Remettez la valeur d’avant",
    "unknown_collectivity": "collectivité inconnue. Ajoutez-la à collectivites.csv ou corrigez le code",
    "convention_overlap": "cette convention a des jours en commun avec celle qui débute le {other}. Terminez "
    "l’une avant l’autre (fin = premier jour qui n’est plus couvert)",
    "goods_not_exempt": "des pièces taxées vont avec le régime « exonere » seulement. Mettez « non », ou corrigez le "
    "régime",
    "issuer_regime": "une convention de l’émetteur est toujours hors_champ. Écrivez hors_champ ou laissez vide",
    "convention_billed": "une facture s’appuie sur la convention qui débute le {start} : elle ne change plus. "
    "Remettez les valeurs d’avant",
    "grid_differs": "les lignes d’une grille doivent toutes dire la même chose ici. Recopiez la valeur de la "
    "ligne {first}",
    "grid_overlap": "cette grille a des jours en commun avec la grille « {other} ». Terminez l’une avant "
    "l’autre (fin = premier jour qui n’est plus couvert)",
    "grid_touches_billed": "une grille ne peut pas débuter avant un travail déjà facturé ({latest}). Faites-la débuter "
    "plus tard",
    "grid_billed": "une facture s’appuie sur la grille « {grid} » : elle ne change plus. Remettez la valeur d’avant",
    "tariff_billed": "une facture s’appuie sur ce tarif de la grille « {grid} » : il ne change plus. Remettez "
    "les valeurs d’avant",
    "two_of_nature": "une grille n’a qu’une ligne de cette nature, et c’est déjà {other}. Retirez l’une des deux",
    "unit_of_nature": "cette unité ne va pas avec la nature de la ligne. Écrivez {usual}",
    "quantity_without_cost": "une quantité demande son coût. Écrivez le coût d’une unité, par exemple 12,50",
    "bad_reference": "cette référence commence ou finit par une barre, ou finit comme une page du garage "
    "(par exemple « /fiche »). Écrivez-la autrement, par exemple avec un tiret",
    "barcode_taken": "ce code-barres est déjà celui de la pièce {reference}. Corrigez l’un des deux",
    "supplier_expected": "une référence de fournisseur va avec son nom. Remplissez la colonne fournisseur",
    "still_on_hand": "une pièce qui a du stock ({on_hand}) ne se retire pas. Écrivez oui, ou sortez d’abord le stock",
    "opening_used": "la reprise de cette pièce est déjà faite ({quantity} à {cost} €, le {day}) et son stock a bougé "
    "depuis. Remettez ces valeurs ; un écart se corrige par un inventaire dans l’application",
    "vehicle_or_object": "un ordre a un véhicule (colonne parc) ou un objet (colonne objet). Remplissez l’un des deux",
    "unknown_vehicle": "véhicule inconnu. Ajoutez-le à vehicules.csv ou corrigez le numéro de parc",
    "closed_before_opened": "l’ordre est terminé ({closed}) avant d’être ouvert ({opened}). Corrigez l’une des dates",
    "order_billed": "cet ordre a des lignes facturées : il ne change plus. Remettez la valeur d’avant{present}",
    "order_cancelled": "cet ordre est annulé dans l’application : il ne reçoit plus de ligne. Retirez la ligne",
    "unknown_order": "ordre inconnu. Ajoutez-le à ordres.csv ou corrigez le numéro",
    "unknown_tariff_code": "aucune grille ne connaît ce code. Ajoutez-le à tarifs.csv (nature {wanted}) ou corrigez-le",
    "code_of_another_nature": "ce code est de nature {natures}, la ligne demande {wanted}. Corrigez le code ou "
    "la nature",
    "store_name_differs": "ce magasin a déjà un autre nom à la ligne {first}. Gardez-en un seul",
    "sold_differs": "pieces.csv donne « {told} » à cette pièce chez ce fournisseur. Écrivez la même référence aux deux "
    "endroits",
    "own_equivalent": "c’est la pièce elle-même. Écrivez une autre référence, ou retirez la ligne",
    "no_such_part": "aucune pièce ne porte cette référence. Corrigez-la, ou créez d’abord la pièce",
    "no_such_bin": "aucun casier ne porte ce nom dans ce magasin. Corrigez-le, ou créez d’abord le casier",
    "bin_expected": "cette pièce est attendue en plusieurs endroits. Ajoutez la colonne casier",
    "counted_already": "déjà comptée : {counted}, par {who}. Retirez la ligne du fichier, ou corrigez-la à l’écran",
    "in_another_count": "déjà à compter à cet endroit dans {number}. Retirez la ligne",
    "unknown_part": "pièce inconnue. Ajoutez-la à pieces.csv ou corrigez la référence",
    "line_billed": "cette ligne est facturée : elle ne change plus. Remettez les valeurs d’avant",
    "reason_expected": "écrivez la raison, par exemple « garantie », ou laissez vide si la ligne est facturable",
    "frozen_year": "le stock de l’année {year} est arrêté : plus aucun mouvement ne peut y être daté. Retirez la ligne",
    "beyond_stock": "la sortie ({wanted}) dépasse le stock de la pièce {part} à cette date ({on_hand}). Corrigez la "
    "quantité reprise dans pieces.csv, ou donnez le cout_unitaire si la pièce fut achetée pour l’ordre",
    "unknown_bill": "aucune facture ne porte ce numéro. Recopiez celui du document, par exemple F2026-0001",
    "not_collected": "ce document n’a ni titre ni paiement : un relevé interne n’en a pas, un avoir n’a qu’un titre "
    "de réduction. Retirez la ligne ou ces cases",
    "incomplete_titre": "un titre a un numéro et une date. Remplissez titre et date_titre, ou videz-les toutes",
    "incomplete_payment": "un paiement a une date et un montant. Remplissez date_paiement et montant_paye, ou videz "
    "les cases du paiement",
    "titre_amount": "le titre doit porter le montant de la facture, {gross} €. Corrigez le fichier, ou le titre dans "
    "l’application financière",
    "titre_differs": "cette facture a déjà le titre {titre}. Corrigez le fichier, ou corrigez le titre sur la page de "
    "la facture",
    "titre_taken": "ce titre de {year} est déjà celui de la facture {bill}. Corrigez l’un des deux",
    "titre_exercise": "un titre du {day} ne compte pas dans l’exercice {year}. Corrigez l’un des deux",
    "before_issue": "cette date est avant l’émission de la facture ({issued}). Corrigez-la",
    "payment_twice": "ce paiement est déjà à la ligne {first} : mêmes facture, date, montant et référence. "
    "Retirez l’une des deux lignes",
    "payment_voided": "ce paiement a été annulé ici ({reason}). Retirez la ligne, ou enregistrez-le à la "
    "main",
    "above_due": "il ne reste que {due} € à payer sur cette facture. Vérifiez qu’elle n’est pas payée deux fois ; un "
    "trop-perçu s’enregistre à la main, sur la page de la facture",
    "mixed_encoding": "des accents semblent abîmés (deux encodages mêlés). Relisez le fichier après l’import",
    "no_rows": "le fichier n’a que la ligne des noms de colonnes",
    "ends_on_31_december": "la fin est le premier jour qui n’est PLUS couvert : le 31 décembre ne l’est donc pas. Pour "
    "couvrir l’année entière, écrivez {next_year}",
    "rounded_minutes": "pas un nombre entier de minutes : compté {minutes}",
    "rounded_forecast": "arrondi à {hours} heures",
    "meter_lower": "le compteur connu est plus haut ({present}) : il est gardé",
    "cost_without_quantity": "un coût sans quantité n’est pas repris",
    "vehicle_and_object": "l’ordre a aussi un véhicule : c’est le véhicule qui compte, l’objet n’est pas repris",
    "vehicle_of_another": "ce véhicule est à {owner}, pas à la collectivité de l’ordre",
    "order_without_convention": "{collectivity} n’a pas de convention à l’ouverture : les travaux qu’aucune ne "
    "couvre bloqueront la facture de l’ordre",
    "line_without_convention": "{collectivity} n’a pas de convention ce jour-là : sans elle, l’ordre ne pourra "
    "pas être facturé",
    "missing_engagement": "{collectivity} demande un numéro d’engagement : sans lui, l’ordre ne sera pas facturé",
    "line_outside_order": "la ligne n’est pas dans les jours de l’ordre ({opened} – {closed})",
    "labour_without_mechanic": "main-d’œuvre sans mécanicien",
    "day_over_24_hours": "ce mécanicien a {minutes} le {day}, plus de 24 heures",
    "external_without_cost": "travaux externes sans prix : à compléter avant la facture",
    "cost_not_kept": "un coût n’a pas cours pour cette nature : il n’est pas repris",
}  # fmt: skip
FILES = (
    "collectivites.csv, conventions.csv, tarifs.csv, vehicules.csv, fournisseurs.csv, casiers.csv, pieces.csv, "
    "references.csv, equivalences.csv, ordres.csv, lignes.csv"
)
_SPACES = {" :": f"{NBSP}:", "« ": f"«{NBSP}", " »": f"{NBSP}»", " ;": f"{NARROW};", " ?": f"{NARROW}?",
           " !": f"{NARROW}!", "'": "’", " €": f"{NBSP}€", " Mo": f"{NBSP}Mo"}  # fmt: skip


def _typeset(text: str) -> str:
    for typed, set_ in _SPACES.items():
        text = text.replace(typed, set_)
    return text


SENTENCES = {code: _typeset(sentence) for code, sentence in _PLAIN.items()}


def shown(text: str) -> str:
    """What was read, on one line, cut, harmless for a terminal."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"


def _figure(name: str, value: object) -> str:
    """A value inside a sentence."""
    if name == "minutes" and isinstance(value, int):
        return hours(value)
    if name == "present":
        return f" ({_figure('', value)})" if value not in (None, "") else ""
    if value is None:
        return "…"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal):
        return decimal(value, 0, 4)
    return count(value) if isinstance(value, int) else shown(str(value))


def sentence(finding: Finding) -> str:
    """What is wrong and what to write instead."""
    figures = {name: _figure(name, value) for name, value in finding.data.items()}
    if finding.code == "meter_lower":
        figures["present"] = figures["present"].strip(" ()")
    return SENTENCES[finding.code].format(files=FILES, **figures)


def located(finding: Finding) -> str:
    """A finding on one line: line, column, sentence, what was read."""
    place = [f"ligne {finding.line}"] if finding.line else []
    place += [f"colonne «{NBSP}{finding.column}{NBSP}»"] if finding.column else []
    before = f"{', '.join(place)}{NBSP}: " if place else ""
    read = f", lu{NBSP}: «{NBSP}{shown(finding.read)}{NBSP}»" if finding.read else ""
    return f"{before}{sentence(finding)}{read}"


def number(value: int, singular: str, plural: str) -> str:
    """A count with its words; French counts 0 and 1 as one.

    >>> number(0, "ligne", "lignes"), number(2, "ligne", "lignes")
    ('0 ligne', '2 lignes')
    """
    return f"{count(value)} {singular if value < 2 else plural}"


def file_count(one: FileCount) -> str:
    """What became of the rows of a file."""
    return f"{one.file}{NBSP}: " + ", ".join(
        (
            number(one.read, "ligne lue", "lignes lues"),
            number(one.created, "nouvelle", "nouvelles"),
            number(one.updated, "modifiée", "modifiées"),
            number(one.unchanged, "inchangée", "inchangées"),
        )
    )


def _grouped(findings: tuple[Finding, ...]) -> Iterator[str]:
    for file, group in groupby(findings, key=lambda finding: finding.file):
        yield f"  {file or 'Dossier'}"
        for finding in group:
            yield f"    {located(finding)}"


def report_lines(report: Report, folder: Path, *, dry_run: bool) -> Iterator[str]:
    """The whole report for people, faults last, then what to do next."""
    yield f"Import du dossier «{NBSP}{shown(str(folder))}{NBSP}»"
    yield from _left_alone(report)
    if report.warnings:
        yield ""
        yield f"À regarder ({number(len(report.warnings), 'avertissement', 'avertissements')})"
        yield from _grouped(report.warnings)
    if report.faults:
        yield ""
        yield f"À corriger ({number(len(report.faults), 'erreur', 'erreurs')})"
        yield from _grouped(report.faults)
        yield ""
        yield "Rien n’a été écrit. Corrigez les fichiers, puis relancez la même commande."
        return
    yield ""
    yield from (f"  {file_count(one)}" for one in report.counts)
    if report.new_mechanics:
        yield f"  Personnes ajoutées, sans compte{NBSP}: {', '.join(map(shown, report.new_mechanics))}"
    yield ""
    yield _conclusion(report, dry_run=dry_run)


def _left_alone(report: Report) -> Iterator[str]:
    for file, columns in groupby(report.ignored_columns, key=lambda pair: pair[0]):
        names = ", ".join(shown(column) for _, column in columns)
        yield f"  {file}{NBSP}: colonnes inconnues laissées de côté{NBSP}: {names}"
    if report.ignored_files:
        yield f"  Fichiers inconnus laissés de côté{NBSP}: {', '.join(map(shown, report.ignored_files))}"


def _conclusion(report: Report, *, dry_run: bool) -> str:
    if dry_run:
        return "Essai réussi, rien n’a été écrit. Pour importer, relancez la commande sans --dry-run."
    if not any(one.created or one.updated for one in report.counts):
        return "Tout était déjà là : rien n’a changé.".replace(" :", f"{NBSP}:")
    return "Import terminé : tout est écrit.".replace(" :", f"{NBSP}:")


DATABASE_REFUSED = _typeset(
    "Rien n’a été écrit : la base de données est occupée, ou n’est pas à jour. Réessayez dans une minute ; si "
    "cela dure, vérifiez qu’elle est en marche et à jour."
)


def waste_word(waste: WasteClass | None) -> str | None:
    """The word of a waste class in a file."""
    return next((word for word, one in WASTE_WORDS.items() if one is waste), None)
