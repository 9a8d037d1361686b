"""One French sentence per refusal: what is wrong and what to do. Data comes from the error, never its class name."""

from collections.abc import Callable
from typing import Any

from garage.domain.errors import base, collectivities, invoices, repair_orders, settings, stock, tariffs, users
from garage.domain.periods import Quarter
from garage.french.counts import SENTENCES as COUNTS
from garage.french.credit_notes import SENTENCES as CREDIT_NOTES
from garage.french.finance_exports import SENTENCES as FINANCE_EXPORTS
from garage.french.formats import count, day, decimal, quantity, quarter, unit_price
from garage.french.labels import label
from garage.french.parts import SENTENCES as PARTS
from garage.french.purchases import SENTENCES as PURCHASES
from garage.french.recovery import SENTENCES as RECOVERY
from garage.french.settings import refused
from garage.french.stock_value import SENTENCES as STOCK_VALUE
from garage.french.store import SENTENCES as STORE
from garage.french.supplier_invoices import SENTENCES as SUPPLIER_INVOICES
from garage.french.typography import typeset
from garage.french.workshop import SENTENCES as WORKSHOP

_LACKS = {
    "no_lines": "aucune ligne n’est saisie",
    "no_time": "aucun temps n’est saisi",
    "no_meter": "le compteur n’est pas relevé",
    "held_parts": "des pièces sorties du stock y sont posées ; retirez-les d’abord, elles retournent en stock",
    "billed_lines": "une de ses lignes est facturée",
    "no_cost": "une pièce n’a pas de coût",
    "invoice_expected": "la facture d’un fournisseur est attendue",
    "works_todo": "des travaux ne sont ni faits, ni reportés",
    "points_open": "des points à contrôler sont sans réponse",
    "clock_running": "un collègue travaille encore sur cet ordre",
    "clock_unsure": "un chrono oublié attend son heure de fin",
}
# What keeps an order from being cancelled.
_KEPT = {"held_parts", "billed_lines"}
_UNFIT = {
    "missing_siret": "n’a pas de SIRET : saisissez-le dans sa fiche",
    "bad_siret": "a un SIRET faux : corrigez-le dans sa fiche",
    "long_name": "a un nom de plus de 99 caractères : abrégez-le dans sa fiche",
    "long_address": "a une adresse de plus de 400 caractères : abrégez-la dans sa fiche",
}
_THINGS = {
    "order": "ordre de réparation",
    "vehicle": "véhicule",
    "collectivity": "collectivité",
    "part": "pièce",
    "store": "magasin",
    "bin": "casier",
    "supplier": "fournisseur",
    "deposit": "consigne",
    "slip": "bordereau",
    "part_request": "demande de pièce",
    "movement": "mouvement",
    "valuation": "valeur figée",
    "line": "ligne",
    "segment": "temps",
    "activity": "activité",
    "work": "travail",
    "check": "point à contrôler",
    "package": "forfait d’atelier",
    "user": "personne",
    "invoice": "facture",
    "credit_draft": "avoir en préparation",
    "tariff_grid": "grille tarifaire",
    "request": "demande",
    "mail": "courrier",
    "question": "question",
    "settlement": "règlement",
    "return": "retour de la finance",
    "run": "tâche",
    "job": "tâche",
    "finance_export": "export",
    "supplier_invoice": "facture de fournisseur",
    "purchase": "commande",
    "receipt": "livraison",
    "supplier_return": "retour",
    "count": "inventaire",
}


def lacks(code: str) -> str:
    """What an order lacks to be finished (rule O5), as a part of a sentence."""
    return _LACKS[code]


def sentence(error: base.GarageError) -> str:
    """The sentence of a refusal."""
    return typeset((_SENTENCES.get(type(error)) or WORKSHOP[type(error)])(error))


_SENTENCES: dict[type[base.GarageError], Callable[[Any], str]] = {
    base.UnknownQuarter: lambda x: f"Trimestre inconnu : « {x.text} ». Écrivez-le ainsi : 2026-T3.",
    base.BadDay: lambda x: f"« {x.text} » n’est pas une date. Écrivez-la ainsi : 2026-10-05.",
    base.BadCode: lambda x: (
        f"Le code « {x.text} » n’est pas valable : 1 à 20 lettres sans accent, chiffres ou traits d’union."
    ),
    collectivities.BadSiren: lambda x: (
        f"Le SIREN « {x.text} » n’est pas valable : il compte 9 chiffres et une clé de contrôle."
    ),
    collectivities.BadSiret: lambda x: (
        f"Le SIRET « {x.text} » n’est pas valable : il compte 14 chiffres et une clé de contrôle."
    ),
    collectivities.SiretOfAnother: lambda x: f"Le SIRET {x.siret} ne commence pas par le SIREN {x.siren}.",
    base.NotFound: lambda x: f"Introuvable : {_THINGS.get(x.what, x.what)} « {x.key} ».",
    base.NotVisible: lambda x: f"Introuvable : {_THINGS.get(x.what, x.what)} « {x.key} ».",
    base.Conflict: lambda x: (
        "Cette saisie a déjà été enregistrée, avec d’autres valeurs. Ouvrez l’ordre pour la corriger."
        if x.what == "sent"
        else "Quelqu’un d’autre a modifié cette fiche depuis que vous l’avez ouverte. Relisez-la, puis recommencez."
    ),
    users.BadCredentials: lambda _: "Adresse ou mot de passe incorrect. Vérifiez-les, puis réessayez.",
    users.TooManyAttempts: lambda _: "Trop d’essais de connexion. Attendez un quart d’heure, puis réessayez.",
    users.BadName: lambda _: "Saisissez le nom, 200 caractères au plus, par exemple Camille Le Goff.",
    users.BadEmail: lambda x: f"L’adresse « {x.text} » n’est pas valable. Exemple : prenom.nom@commune.fr.",
    users.EmailTaken: lambda x: f"L’adresse {x.text} est déjà celle d’une autre personne.",
    users.WeakPassword: lambda x: f"Le mot de passe est trop court : {x.least} caractères au moins.",
    users.CollectivityMissing: lambda _: (
        "Choisissez la collectivité d’un agent de collectivité ; les autres rôles n’en ont pas."
    ),
    users.LastAdministrator: lambda _: "C’est le dernier administrateur actif : nommez-en un autre d’abord.",
    base.CodeTaken: lambda x: f"« {x.code} » existe déjà.",
    collectivities.SecondIssuer: lambda x: f"Le garage a déjà un émetteur : {x.code}.",
    collectivities.IssuerRegime: lambda x: f"{x.code} est l’émetteur : sa convention reste hors champ de la TVA.",
    base.EndBeforeStart: lambda x: f"La fin ({day(x.ends_on)}) doit suivre le début ({day(x.starts_on)}).",
    collectivities.ConventionOverlap: lambda x: (
        f"Une autre convention, du {day(x.starts_on)}, couvre déjà une partie de ces jours."
    ),
    collectivities.BadInsee: lambda x: f"Le code INSEE « {x.text} » n’est pas valable, par exemple 29105 ou 2A004.",
    collectivities.BadBillingEmail: lambda x: (
        f"L’adresse « {x.text} » n’est pas valable. Exemple : mairie@exemple.fr ; séparez-en plusieurs par une virgule."
    ),
    collectivities.ConventionBilled: lambda x: (
        f"Des travaux du {day(x.first)} au {day(x.last)} sont facturés sous cette convention : son début, sa "
        "catégorie, son régime et ses frais de structure ne changent plus. Terminez-la, puis ajoutez-en une autre."
    ),
    collectivities.EndUnderBilled: lambda x: (
        f"Des travaux sont facturés sous cette convention jusqu’au {day(x.last)} : elle ne peut pas finir avant."
    ),
    collectivities.ExemptUnconfirmed: lambda _: "Lisez l’avertissement sur l’article 261 B, puis cochez la case.",
    collectivities.GoodsWithoutExemption: lambda _: "Des pièces taxées vont avec des services exonérés seulement.",
    collectivities.NoConvention: lambda x: (
        f"Aucune convention de {x.name} ne couvre le {day(x.day)}. Le chef d’atelier peut passer outre avec un motif."
    ),
    tariffs.GridOverlap: lambda x: f"La grille publiée « {x.name} » couvre déjà une partie de ces jours.",
    tariffs.GridTouchesBilled: lambda x: (
        f"La grille commencerait le {day(x.starts_on)}, alors que des travaux sont déjà "
        f"facturés jusqu’au {day(x.latest_billed_day)}."
    ),
    tariffs.GridFrozen: lambda x: f"La grille « {x.name} » est publiée : elle ne se modifie plus.",
    tariffs.TwoLinesOfNature: lambda x: f"Une grille n’a qu’une ligne « {label(x.nature)} ».",
    repair_orders.ForbiddenTransition: lambda x: (
        f"Un ordre « {label(x.present)} » ne peut pas passer à « {label(x.wanted)} »."
    ),
    base.ReasonMissing: lambda _: "Indiquez le motif en quelques mots.",
    repair_orders.OrderClosed: lambda x: (
        f"L’ordre {x.number} est « {label(x.state)} » : il ne reçoit plus de saisie. Adressez-vous au chef d’atelier."
    ),
    repair_orders.LineBilled: lambda x: (
        f"La ligne {x.rank} de l’ordre {x.number} est facturée : elle ne se modifie plus."
    ),
    repair_orders.VehicleOrObject: lambda _: (
        "Choisissez un véhicule, ou décrivez l’objet du travail, par exemple « portail de la déchèterie »."
    ),
    repair_orders.VehicleOfAnother: lambda x: f"Le véhicule {x.fleet_number} n’appartient pas à cette collectivité.",
    repair_orders.MeterBackwards: lambda x: (
        f"Le compteur recule : {count(x.last)}{f' {label(x.unit)} le {day(x.on)}' if x.on else ' au dernier relevé'}, "
        f"{count(x.read)} saisi. Corrigez, ou indiquez le motif (compteur remplacé, erreur de frappe)."
    ),
    base.ImpossibleDay: lambda x: (
        f"Le {day(x.day)} n’est pas possible ici : choisissez un jour "
        + (f"du {day(x.first)} à aujourd’hui." if x.first else "qui n’est pas à venir.")
    ),
    repair_orders.NotYours: lambda x: (
        f"La ligne {x.rank} de l’ordre {x.number} est le temps d’un collègue : lui seul, ou le chef "
        "d’atelier, peut la retirer."
    ),
    repair_orders.BadMinutes: lambda _: "Le temps doit aller de 1 minute à 24 heures, par exemple 1 h 30.",
    stock.BadQuantity: lambda x: (
        f"La quantité {quantity(x.quantity)} n’est pas possible : saisissez un nombre plus "
        + ("petit qu’un million." if x.quantity >= 1_000_000 else "grand que zéro, par exemple 2,5.")
    ),
    stock.BadCost: lambda x: (
        f"Le coût {unit_price(x.cost)} n’est pas possible : saisissez de zéro à un million, par exemple 12,50."
    ),
    tariffs.UnknownTariffCode: lambda x: f"Aucune grille publiée n’a le code « {x.code} » pour ce genre de ligne.",
    stock.NothingOnHand: lambda x: (
        f"Il reste {decimal(x.on_hand, 0, 3)} en stock de {x.reference}, vous en demandez "
        f"{decimal(x.wanted, 0, 3)}. Le chef d’atelier peut passer outre avec un motif."
    ),
    stock.KeptForOthers: lambda x: (
        f"{quantity(x.on_hand - x.left)} de {x.reference} sur {quantity(x.on_hand)} en stock : réservé pour "
        f"{', '.join(x.orders[:5])}{'…' if x.orders[5:] else ''}. Il en reste {quantity(x.left)} de libre, vous en "
        f"demandez {quantity(x.wanted)}. Le chef d’atelier peut passer outre avec un motif."
    ),
    stock.NotInBin: lambda x: (
        f"Le casier {x.bin} ne contient que {decimal(x.in_bin, 0, 3)} de {x.reference}, vous en demandez "
        f"{decimal(x.wanted, 0, 3)}. Prenez dans un autre casier, ou comptez celui-ci."
    ),
    stock.NotThereThen: lambda x: (
        f"Le {day(x.short_on)}, il n’y avait {'que ' + quantity(x.held) if x.held > 0 else 'rien'} de {x.reference}"
        f"{' (casier ' + x.bin + ')' if x.bin else ''}. Choisissez un jour à partir du {day(x.first)}."
    ),
    stock.SameBin: lambda x: f"La pièce est déjà là ({x.bin}) : choisissez un autre casier.",
    stock.NotAReceipt: lambda _: (
        "Seul le prix d’une entrée en stock se corrige : celui d’une pièce achetée pour un ordre est sur sa ligne."
    ),
    repair_orders.ClosingBlocked: lambda x: (
        "L’ordre ne peut pas être "
        f"{'annulé' if _KEPT & {*x.codes} else 'terminé'} : {' ; '.join(_LACKS[code] for code in x.codes)}."
    ),
    invoices.QuarterNotFinished: lambda x: (
        f"Le {quarter(Quarter.parse(x.quarter))} n’est pas terminé : il se prépare, mais ne s’émet pas encore."
    ),
    invoices.IssuedInFuture: lambda x: (
        f"Une facture ne peut pas être datée du {day(x.day)} : ce jour n’est pas encore venu."
    ),
    invoices.IssuedInQuarter: lambda x: (
        f"Une facture du {quarter(Quarter.parse(x.quarter))} ne peut pas être datée du {day(x.day)} : elle doit "
        "suivre son dernier jour."
    ),
    invoices.IssuedBeforeLast: lambda x: (
        f"Une facture ne peut pas être datée du {day(x.day)} : la dernière de la série {x.series} est du {day(x.last)}."
    ),
    invoices.SeriesFull: lambda x: (
        f"La série {x.series} de {x.year} est pleine : après {count(x.last)}, le numéro passerait 20 caractères."
    ),
    invoices.OtherPattern: lambda x: (
        f"La série {x.series} de {x.year} porte des numéros comme {x.number}, et le modèle de numéro a changé "
        f"depuis : datez la facture de {x.year + 1}."
    ),
    invoices.PatternInUse: lambda x: (
        f"Des pièces de {x.year} portent déjà un numéro, comme {x.number} : le modèle ne peut changer qu’à partir du "
        f"1er janvier {x.year + 1}, avant la première facture de l’année."
    ),
    invoices.PatternRepeats: lambda x: (
        f"Avec ce modèle, le numéro {x.number}, déjà émis, pourrait revenir. Choisissez-en un autre."
    ),
    invoices.SeriesBegun: lambda x: (
        f"La série {x.series} a déjà une pièce, {x.number} : ses numéros se suivent, sans autre début."
    ),
    invoices.BadFirstNumber: lambda x: f"Le premier numéro va de 1 à {count(x.most)}, par exemple 57.",
    invoices.UnknownSeries: lambda x: f"« {x.text} » n’est pas une série : {', '.join(x.known)}.",
    invoices.NotThisYear: lambda x: (
        f"Un premier numéro se choisit pour {x.this_year} ou {x.this_year + 1}, pas pour {x.year}."
    ),
    invoices.NoIssuer: lambda _: (
        "Aucune collectivité n’est désignée comme émetteur des factures : la comptabilité coche la case dans sa fiche, "
        "sous « Communes »."
    ),
    invoices.IssuerIncomplete: lambda x: f"L’émetteur des factures, {x.name}, {_UNFIT[x.fault]} avant d’émettre.",
    invoices.BillXmlRefused: lambda x: (
        f"Le fichier électronique de {x.number} n’est pas conforme au schéma Factur-X : rien n’est imprimé. "
        "Transmettez ce message à l’assistance."
    ),
    settings.SettingsRefused: lambda x: refused(x.faults),
    repair_orders.NotSettleable: lambda x: (
        f"L’ordre {x.number} ne peut pas être soldé sans facture : il doit être terminé et toutes ses "
        "lignes non facturables."
    ),
    invoices.NothingIssued: lambda x: (
        f"Le {quarter(Quarter.parse(x.quarter))} n’a aucune facture émise : il n’y a rien à télécharger."
    ),
    invoices.NothingToPreview: lambda x: (
        f"Le {quarter(Quarter.parse(x.quarter))} n’a aucune facture à émettre : il n’y a rien à voir."
    ),
    invoices.NotCarried: lambda x: (
        f"L’ordre {x.number} n’attend pas de facture : sa somme ne peut être ni libérée ni retenue."
    ),
    invoices.FileDiffers: lambda x: (
        f"Le fichier {x.path} n’est plus celui qui a été émis ({x.number}). Prévenez l’administrateur."
    ),
    **COUNTS,
    **CREDIT_NOTES,
    **FINANCE_EXPORTS,
    **RECOVERY,
    **SUPPLIER_INVOICES,
    **PARTS,
    **PURCHASES,
    **STOCK_VALUE,
    **STORE,
}
