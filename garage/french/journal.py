"""Acts of the journal as French sentences, and the kinds of things they are about."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from garage.domain.devices import DeviceKind
from garage.domain.invoices.bill import BillKind
from garage.domain.order_works import CheckResult
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.french.collectivities import changes as collectivity_changes
from garage.french.counts import JOURNAL as COUNTS
from garage.french.credit_notes import ACTS as CREDIT_ACTS
from garage.french.finance_exports import JOURNAL as EXPORTS
from garage.french.formats import day, euros, quarter
from garage.french.jobs import job_name
from garage.french.journal_clock import SENTENCES as CLOCK
from garage.french.labels import label
from garage.french.parts import JOURNAL as PARTS
from garage.french.planning import short_hours
from garage.french.purchases import JOURNAL as PURCHASES
from garage.french.recovery import JOURNAL as RECOVERY
from garage.french.settings import changed as setting_changed
from garage.french.stock_value import JOURNAL as STOCK_VALUE
from garage.french.store import JOURNAL as STORE
from garage.french.supplier_invoices import JOURNAL as SUPPLIER_INVOICES
from garage.french.typography import typeset

# What people filter by, and the subjects written in the journal for it.
SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ordres": ("Ordres de réparation", ("repair_orders", "order")),
    "factures": ("Factures", ("invoices", "invoice", "credit_drafts", "finance_returns", "finance_exports")),
    "vehicules": ("Véhicules", ("vehicles", "vehicle")),
    "pieces": ("Pièces en stock", ("parts", "part", "stock", "stores", "suppliers", "waste_slips")),
    "inventaires": ("Inventaires", ("stock_counts",)),
    "achats": ("Achats et réceptions", ("purchase_orders", "goods_receipts", "supplier_invoices")),
    "collectivites": ("Collectivités et conventions", ("collectivities", "collectivity", "conventions")),
    "tarifs": ("Tarifs", ("tariff_grids", "tariff_grid")),
    "forfaits": ("Forfaits d’atelier", ("packages", "package")),
    "temps": ("Temps passés", ("clock_segments",)),
    "saisies": ("Saisies à vérifier", ("entries", "entry")),
    "personnes": ("Personnes", ("users", "user", "saved_views")),
    "appareils": ("Appareils", ("devices", "device")),
    "reprises": ("Reprises de données", ("folder", "demo")),
    "demandes": ("Demandes et courriers", ("requests", "request", "mails")),
    "questions": ("Questions des collectivités", ("questions", "question")),
    "reglages": ("Réglages", ("settings", "numbering")),
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
    kind = BillKind(data.get("kind", BillKind.INVOICE))
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


def _day(value: Any) -> str:
    return day(date.fromisoformat(value)) if value else ""


def _slot(value: Any) -> str:
    slot = value or {}
    return f"{slot.get('person')}, {_day(slot.get('day'))}, {short_hours(slot.get('minutes') or 0)}"


def _capacity(minutes: Any) -> str:
    return "comme d’habitude" if minutes is None else short_hours(minutes)


def _device_kind(data: _Data) -> str:
    return f" : {label(DeviceKind(data['kind'])).lower()}" if data.get("kind") in set(DeviceKind) else ""


def _left_behind(data: _Data) -> str:
    count = data.get("waiting") or 0
    return f", {count} {'saisies restaient' if count > 1 else 'saisie restait'} à envoyer" if count else ""


def _result(data: _Data) -> str:
    found = data.get("result")
    return f", {label(CheckResult(found)).lower()}" if found in set(CheckResult) else ""


_SENTENCES: dict[str, Callable[[str, _Data], str]] = {
    "access.refused": lambda key, _: f"Adresse refusée : {key}",
    "not_visible": lambda key, _: f"A demandé ce qui appartient à une autre collectivité : {key}",
    "collectivity.create": lambda key, _: f"Collectivité {key} créée",
    "collectivity.change": lambda key, data: f"Collectivité {key} modifiée{collectivity_changes(data)}",
    "convention.create": lambda key, data: (
        f"Convention enregistrée pour {key}, à partir du {_day(data.get('starts_on'))}"
    ),
    "convention.change": lambda key, data: (
        f"Convention de {key} du {_day(data.get('starts_on'))} modifiée{collectivity_changes(data)}"
    ),
    "invoice.issue": _issued,
    **COUNTS,
    **CREDIT_ACTS,
    "invoice.send": lambda key, data: f"{key} envoyée par courriel à {', '.join(data.get('to', []))}",
    "question.ask": lambda key, data: f"Question posée sur {key}{_words(data, 'rank', ', ligne ')}",
    "question.answer": lambda key, _: f"Réponse à une question sur {key}",
    "invoice.reprint": lambda key, _: f"Facture {key} imprimée de nouveau, à l’identique",
    "invoice.file_differs": lambda key, _: f"ALERTE : le fichier de la facture {key} n’est plus celui qui a été émis",
    "invoice.file_unreadable": lambda key, _: f"Le fichier de la facture {key} n’a pas pu être lu",
    "job.ask": _asked,
    "setting.change": setting_changed,
    "numbering.start": lambda key, data: (
        f"Premier numéro de la série {key} en {data.get('year')} : {data.get('before')} → {data.get('after')}"
    ),
    "order.engagement": lambda key, data: (
        f"Numéro d’engagement{_words(data, 'engagement', ' ')} ajouté à l’ordre {key}"
    ),
    "demo.load": lambda _, __: "Garage de démonstration chargé",
    "order.open": lambda key, data: f"Ordre {key} ouvert{_words(data, 'forced', ', sans convention : ')}",
    "order.add_line": lambda key, _: f"Ligne ajoutée à l’ordre {key}",
    "order.add_work": lambda key, data: f"Travail ajouté à l’ordre {key}{_words(data, 'label', ' : ')}",
    "order.change_quantity": lambda key, data: (
        f"Quantité changée sur l’ordre {key}{_words(data, 'from', ' : ')}{_words(data, 'to', ' → ')}"
    ),
    "order.check_point": lambda key, data: (
        f"Point contrôlé sur l’ordre {key}{_words(data, 'point', ' : ')}{_result(data)}"
    ),
    "order.drop_work": lambda key, data: f"Travail retiré de l’ordre {key}{_words(data, 'label', ' : ')}",
    "order.postpone_work": lambda key, data: (
        f"Travail reporté sur l’ordre {key}{_words(data, 'label', ' : ')}{_words(data, 'reason', ', motif : ')}"
    ),
    "order.put_back_work": lambda key, data: f"Travail remis à faire sur l’ordre {key}{_words(data, 'label', ' : ')}",
    "order.restore_line": lambda key, _: f"Ligne remise sur l’ordre {key}",
    "order.resume_work": lambda key, data: f"Travail reporté repris sur l’ordre {key}{_words(data, 'label', ' : ')}",
    "order.tick_work": lambda key, data: f"Travail fait sur l’ordre {key}{_words(data, 'label', ' : ')}",
    "order.untick_work": lambda key, data: f"Travail décoché sur l’ordre {key}{_words(data, 'label', ' : ')}",
    "package.archive": lambda key, _: f"Forfait d’atelier {key} archivé",
    "package.change": lambda key, _: f"Forfait d’atelier {key} modifié",
    "package.create": lambda key, _: f"Forfait d’atelier {key} créé",
    "package.restore": lambda key, _: f"Forfait d’atelier {key} remis en service",
    "order.change_minutes": lambda key, data: (
        f"Temps d’une ligne de l’ordre {key} : {_words(data, 'from')} → {_words(data, 'to')} min"
    ),
    "order.remove_line": lambda key, _: f"Ligne retirée de l’ordre {key}",
    "order.settle": lambda key, data: f"Ordre {key} soldé sans facture{_words(data, 'reason', ' : ')}",
    "order.waive_floor": lambda key, _: f"Somme reportée libérée par l’ordre {key}",
    "order.hold_floor": lambda key, _: f"Somme de l’ordre {key} de nouveau reportée",
    "order.state": lambda key, data: (
        f"Ordre {key} : {_state(data.get('from'))} → {_state(data.get('to'))}{_words(data, 'reason', ', motif : ')}"
    ),
    "order.correct_meter": lambda key, data: f"Compteur corrigé sur l’ordre {key}{_words(data, 'reason', ' : ')}",
    "order.note": lambda key, _: f"Note ajoutée à l’ordre {key}",
    "order.photo": lambda key, _: f"Photo ajoutée à l’ordre {key}",
    "order.remove_record": lambda key, data: f"{'Photo' if 'photo' in data else 'Note'} retirée de l’ordre {key}",
    "order.restore_record": lambda key, data: f"{'Photo' if 'photo' in data else 'Note'} remise sur l’ordre {key}",
    "order.meter": lambda key, data: f"Compteur relevé sur l’ordre {key}{_words(data, 'meter', ' : ')}",
    "order.meter_back": lambda key, _: f"Relevé de compteur annulé sur l’ordre {key}",
    "order.promise": lambda key, data: f"Ordre {key} promis{_words(data, 'to', ' pour le ') or ' sans date'}",
    "order.expect": lambda key, data: f"Pièce de l’ordre {key} attendue{_words(data, 'to', ' le ') or ' sans date'}",
    "order.line_cost": lambda key, data: f"Coût de la ligne{_words(data, 'rank', ' ')} de l’ordre {key} complété",
    "order.head": lambda key, _: f"Fiche de l’ordre {key} modifiée",
    "entry.hold": lambda _, data: f"Saisie tardive mise de côté{_words(data, 'refusal', ' : ')}",
    "entry.resolve": lambda _, data: f"Saisie à vérifier traitée{_words(data, 'reason', ' : ')}",
    "plan.add": lambda key, data: f"Ordre {key} planifié : {_slot(data.get('to'))}",
    "plan.move": lambda key, data: f"Ordre {key} : {_slot(data.get('from'))} → {_slot(data.get('to'))}",
    "plan.remove": lambda key, data: f"Ordre {key} retiré du planning : {_slot(data.get('from'))}",
    "plan.capacity": lambda _, data: (
        f"Heures de {data.get('person')} le {_day(data.get('day'))} : {_capacity(data.get('to'))}"
    ),
    "request.receive": lambda key, data: f"Demande {key} reçue{', véhicule immobilisé' if data.get('urgent') else ''}",
    "request.accept": lambda key, data: (
        f"Demande {key} acceptée, ordre {_words(data, 'order')}{' ouvert' if data.get('opened') else ' déjà ouvert'}"
    ),
    "request.refuse": lambda key, data: f"Demande {key} refusée{_words(data, 'answer', ' : ')}",
    "request.reopen": lambda key, _: f"Demande {key} remise à traiter",
    "mail.send_again": lambda _, __: "Courrier électronique abandonné renvoyé",
    **CLOCK,
    **RECOVERY,
    **PARTS,
    **PURCHASES,
    **STORE,
    **STOCK_VALUE,
    **SUPPLIER_INVOICES,
    **EXPORTS,
    "import": lambda key, _: f"Dossier {key} importé",
    "part.receive": lambda key, _: f"Entrée en stock : {key}",
    "part.create": lambda key, _: f"Pièce {key} créée",
    "tariff.draft": lambda key, _: f"Grille « {key} » préparée",
    "tariff.publish": lambda key, _: f"Grille « {key} » publiée",
    "user.create": lambda key, data: f"Compte {key} créé, {_role(data)}",
    "user.change": lambda key, data: (
        f"Compte {key} modifié, {_role(data)}{'' if data.get('active', True) else ', désactivé'}"
    ),
    "view.drop": lambda key, _: f"Vue « {key} » retirée",
    "view.save": lambda key, _: f"Vue « {key} » enregistrée",
    "device.register": lambda key, data: f"Appareil « {key} » ajouté{_device_kind(data)}",
    "device.rename": lambda key, data: f"Appareil « {_words(data, 'from')} » renommé « {key} »",
    "device.revoke": lambda key, data: f"Appareil « {key} » retiré{_left_behind(data)}",
    "pin.choose": lambda key, _: f"Code de tablette choisi par {key}",
    "pin.give": lambda key, _: f"Nouveau code de tablette donné à {key}",
    "pin.withdraw": lambda key, _: f"Code de tablette de {key} retiré",
    "pin.throttled": lambda key, data: f"Codes faux en série pour {key}{_words(data, 'device', ', sur ')}",
    "badge.withdraw": lambda key, _: f"Badge de {key} retiré",
    "vehicle.register": lambda key, _: f"Véhicule {key} enregistré",
    "vehicle.tie_code": lambda key, data: f"Code {_words(data, 'code')} associé au véhicule {key}",
    "vehicle.untie_code": lambda key, data: f"Code {_words(data, 'code')} retiré du véhicule {key}",
    "part.tie_code": lambda key, data: f"Code {_words(data, 'code')} associé à la pièce {key}",
    "part.untie_code": lambda key, data: f"Code {_words(data, 'code')} retiré de la pièce {key}",
    "user.renew_badge": lambda key, _: f"Nouveau badge de {key} imprimé",
}


def sentence(action: str, key: str, data: _Data) -> str:
    """What was done, in one sentence; an act that has none yet is told by its name."""
    known = _SENTENCES.get(action)
    return typeset(known(key, data)) if known else f"{action} {key}"
