"""Acts of the journal as French sentences, and the kinds of things they are about."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from garage.domain.invoices.bill import SERIES, BillKind
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.french.formats import euros, quarter
from garage.french.jobs import job_name
from garage.french.labels import label
from garage.french.typography import typeset

# What people filter by, and the subjects written in the journal for it.
SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ordres": ("Ordres de réparation", ("repair_orders", "order")),
    "factures": ("Factures", ("invoices", "invoice")),
    "vehicules": ("Véhicules", ("vehicles", "vehicle")),
    "pieces": ("Pièces en stock", ("parts", "part", "stock")),
    "collectivites": ("Collectivités et conventions", ("collectivities", "collectivity", "conventions")),
    "tarifs": ("Tarifs", ("tariff_grids", "tariff_grid")),
    "personnes": ("Personnes", ("users", "user")),
    "reprises": ("Reprises de données", ("folder", "demo")),
    "taches": ("Tâches", ("job_runs", "run", "job")),
}
_Data = Mapping[str, Any]


def _words(data: _Data, name: str, before: str = "") -> str:
    value = data.get(name)
    return f"{before}{value}" if value not in (None, "") else ""


def _state(value: Any) -> str:
    return label(OrderState(value)) if value in set(OrderState) else str(value)


def _role(data: _Data) -> str:
    return label(Role(data["role"])).lower() if data.get("role") in set(Role) else ""


def _quarter(data: _Data) -> str:
    return quarter(Quarter.parse(data["quarter"])) if data.get("quarter") else ""


def _issued(key: str, data: _Data) -> str:
    amount = f", {euros(Decimal(data['gross']))}" if data.get("gross") else ""
    kind = next((kind for kind, letter in SERIES.items() if key.startswith(letter)), BillKind.INVOICE)
    done = "émise" if kind is BillKind.INVOICE else "émis"
    return f"{label(kind)} {key} {done} : {_words(data, 'collectivity')}, {_quarter(data)}{amount}"


def _asked(key: str, data: _Data) -> str:
    about = f" ({_quarter(data)})" if data.get("quarter") else ""
    return f"Tâche demandée : {_job(key)}{about}"


def _job(key: str) -> str:
    try:
        return job_name(key)
    except KeyError:
        return key


_SENTENCES: dict[str, Callable[[str, _Data], str]] = {
    "access.refused": lambda key, _: f"Adresse refusée : {key}",
    "not_visible": lambda key, _: f"A demandé ce qui appartient à une autre collectivité : {key}",
    "collectivity.create": lambda key, _: f"Collectivité {key} créée",
    "collectivity.change": lambda key, _: f"Collectivité {key} modifiée",
    "convention.create": lambda key, _: f"Convention enregistrée pour {key}",
    "invoice.issue": _issued,
    "invoice.reprint": lambda key, _: f"Facture {key} imprimée de nouveau, à l’identique",
    "invoice.file_differs": lambda key, _: f"ALERTE : le fichier de la facture {key} n’est plus celui qui a été émis",
    "invoice.file_unreadable": lambda key, _: f"Le fichier de la facture {key} n’a pas pu être lu",
    "job.ask": _asked,
    "order.engagement": lambda key, data: (
        f"Numéro d’engagement{_words(data, 'engagement', ' ')} ajouté à l’ordre {key}"
    ),
    "demo.load": lambda _, __: "Garage de démonstration chargé",
    "order.open": lambda key, data: f"Ordre {key} ouvert{_words(data, 'forced', ', sans convention : ')}",
    "order.add_line": lambda key, _: f"Ligne ajoutée à l’ordre {key}",
    "order.remove_line": lambda key, _: f"Ligne retirée de l’ordre {key}",
    "order.settle": lambda key, data: f"Ordre {key} soldé sans facture{_words(data, 'reason', ' : ')}",
    "order.waive_floor": lambda key, _: f"Somme reportée libérée par l’ordre {key}",
    "order.state": lambda key, data: (
        f"Ordre {key} : {_state(data.get('from'))} → {_state(data.get('to'))}{_words(data, 'reason', ', motif : ')}"
    ),
    "order.correct_meter": lambda key, data: f"Compteur corrigé sur l’ordre {key}{_words(data, 'reason', ' : ')}",
    "entry.hold": lambda _, data: f"Saisie tardive mise de côté{_words(data, 'refusal', ' : ')}",
    "entry.resolve": lambda _, data: f"Saisie à vérifier traitée{_words(data, 'reason', ' : ')}",
    "import": lambda key, _: f"Dossier {key} importé",
    "part.receive": lambda key, _: f"Entrée en stock : {key}",
    "part.create": lambda key, _: f"Pièce {key} créée",
    "tariff.draft": lambda key, _: f"Grille « {key} » préparée",
    "tariff.publish": lambda key, _: f"Grille « {key} » publiée",
    "user.create": lambda key, data: f"Compte {key} créé, {_role(data)}",
    "user.change": lambda key, data: (
        f"Compte {key} modifié, {_role(data)}{'' if data.get('active', True) else ', désactivé'}"
    ),
    "vehicle.register": lambda key, _: f"Véhicule {key} enregistré",
}


def sentence(action: str, key: str, data: _Data) -> str:
    """What was done, in one sentence; an act that has none yet is told by its name."""
    known = _SENTENCES.get(action)
    return typeset(known(key, data)) if known else f"{action} {key}"
