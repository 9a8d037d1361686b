"""The entries of the navigation: what each role finds there, in the order of its day."""

from dataclasses import dataclass
from typing import Final

from flask import current_app, request, url_for

from garage.domain.permissions import Permission, Role, may

_ON_PHONE: Final = 5
_ON_RAIL: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A page one can go to: full and short name, icon, endpoint, permission it asks for.

    `only` puts it there for one role; a page told twice counts where it is told first.
    """

    label: str
    short: str
    icon: str
    endpoint: str
    permission: Permission
    only: Role | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is printed."""

    label: str
    short: str
    icon: str
    href: str
    current: bool
    hidden_on_phone: bool
    hidden: bool = False


# Pages of a column that have a blueprint of their own.
_WITHIN: Final = {
    "carried": "invoicing",
    "left_to_bill": "invoicing",
    "year_end": "invoicing",
    "stock_cards": "stock",
    "stock_changes": "stock_value",
    "stock_years": "stock_value",
    "stock_rotation": "stock_value",
}
_MINE: Final = Permission.WORK_ON_ORDERS
ENTRIES: Final = (
    Entry("Ma journée", "Journée", "calendar-event", "my_day.index", _MINE, Role.MECHANIC),
    Entry("Scanner", "Scanner", "scan", "scan.index", _MINE, Role.MECHANIC),
    Entry("Pièces en stock", "Pièces", "packages", "stock.index", _MINE, Role.MECHANIC),
    Entry("Mes temps", "Temps", "clock", "work_time.index", _MINE, Role.MECHANIC),
    Entry("Tableau de bord", "Tableau", "layout-dashboard", "dashboard.index", Permission.MANAGE_WORKSHOP),
    Entry("Planning", "Planning", "calendar", "planning.index", Permission.MANAGE_WORKSHOP),
    Entry("Mes véhicules", "Véhicules", "truck", "vehicles.index", Permission.READ_OWN),
    Entry("Demandes", "Demandes", "inbox", "requests.index", Permission.READ_OWN),
    Entry("Factures", "Factures", "file-invoice", "invoices.mine", Permission.READ_OWN),
    Entry("Relevé de compte", "Relevé", "calculator", "recovery.mine", Permission.READ_OWN),
    Entry("Facturation", "Facturation", "calculator", "invoicing.index", Permission.PREVIEW_INVOICES),
    Entry("Factures émises", "Factures", "file-invoice", "invoices.index", Permission.PREVIEW_INVOICES),
    Entry("Recettes", "Recettes", "hourglass", "recovery.index", Permission.PREVIEW_INVOICES),
    Entry("Avoirs en préparation", "Avoirs", "arrow-back-up", "credit_notes.index", Permission.PREVIEW_INVOICES),
    Entry("Exports comptables", "Exports", "download", "finance_exports.index", Permission.PREVIEW_INVOICES),
    Entry("Communes", "Communes", "building-community", "collectivities.index", Permission.ISSUE_INVOICES),
    Entry("Ordres de réparation", "Ordres", "clipboard-list", "orders.index", Permission.READ_ORDERS),
    Entry("Questions", "Questions", "message-circle", "questions.index", Permission.ISSUE_INVOICES),
    Entry("Réglages", "Réglages", "settings", "settings.index", Permission.ISSUE_INVOICES),
    Entry("Véhicules", "Véhicules", "truck", "fleet.index", Permission.WORK_ON_ORDERS),
    Entry("Magasin", "Magasin", "home", "store_desk.index", Permission.MANAGE_STOCK),
    Entry("Pièces en stock", "Pièces", "packages", "stock.index", Permission.READ_STOCK),
    Entry("Inventaires", "Inventaire", "list-check", "counts.index", Permission.COUNT_STOCK, Role.MECHANIC),
    Entry("Magasin", "Magasin", "home", "store_desk.index", Permission.READ_VALUE, Role.ACCOUNTING),
    Entry("Inventaires", "Inventaires", "list-check", "counts.index", Permission.READ_VALUE, Role.ACCOUNTING),
    Entry("Valeur du stock", "Valeur", "calculator", "stock_value.index", Permission.READ_VALUE, Role.ACCOUNTING),
    Entry("Demandes", "Demandes", "inbox", "requests.index", Permission.CHECK_ORDERS),
    Entry("Questions", "Questions", "message-circle", "questions.index", Permission.CHECK_ORDERS),
    Entry("Clôture du trimestre", "Clôture", "list-check", "cockpit.index", Permission.CHECK_ORDERS),
    Entry("Scanner", "Scanner", "scan", "scan.index", Permission.WORK_ON_ORDERS),
    Entry("Nouvel ordre", "Nouveau", "clipboard-plus", "orders.new", Permission.WORK_ON_ORDERS),
    Entry("Réparation rapide", "Rapide", "tool", "orders.quick", Permission.WORK_ON_ORDERS),
    Entry("Temps de l’atelier", "Temps", "clock", "work_time.board", Permission.MANAGE_WORKSHOP),
    Entry("Ma journée", "Journée", "calendar-event", "my_day.index", _MINE),
    Entry("Étiquettes", "Étiquettes", "tag", "labels.vehicles", Permission.WORK_ON_ORDERS),
    Entry("Appareils", "Appareils", "device-tablet", "devices.index", Permission.MANAGE_WORKSHOP),
    Entry("Forfaits d’atelier", "Forfaits", "list-check", "packages.index", Permission.MANAGE_WORKSHOP),
    Entry("Personnes et rôles", "Personnes", "users", "users.index", Permission.MANAGE_PEOPLE),
    Entry("Appareils", "Appareils", "device-tablet", "devices.index", Permission.MANAGE_PEOPLE),
    Entry("Journal", "Journal", "history", "journal.index", Permission.READ_JOURNAL),
    Entry("Courriers", "Courriers", "mail", "mails.index", Permission.READ_JOURNAL),
    Entry("Tâches", "Tâches", "list-check", "job_runs.index", Permission.READ_JOURNAL),
)


def entries(role: Role) -> list[Entry]:
    """What a role may open, among the pages that exist."""
    known = current_app.view_functions
    mine = [entry for entry in ENTRIES if entry.endpoint in known and may(role, entry.permission)]
    first = {entry.endpoint: entry for entry in reversed(mine) if entry.only in (None, role)}
    return [entry for entry in mine if first.get(entry.endpoint) is entry]


def first_address(role: Role) -> str:
    """Where a role lands once signed in."""
    mine = entries(role)
    return url_for(mine[0].endpoint if mine else "pages.home")


def links(role: Role) -> list[Link]:
    """The navigation of a role, the present page marked; on a phone at most five, the fifth being «Plus».

    The workshop always has that one: the settings of the device are there, and what its rail has no height for.
    """
    mine = entries(role)
    here = _current(mine)
    workshop = may(role, Permission.WORK_ON_ORDERS)
    shown = len(mine) if len(mine) <= _ON_PHONE and not workshop else _ON_PHONE - 1
    tall = len(mine) if len(mine) <= _ON_RAIL or not workshop else _ON_RAIL - 1
    return [
        Link(
            entry.label, entry.short, entry.icon, url_for(entry.endpoint), entry is here, place >= shown, place >= tall
        )
        for place, entry in enumerate(mine)
    ]


def _current(mine: list[Entry]) -> Entry | None:
    """The entry of this very page, else the first one of its column."""
    exact = next((entry for entry in mine if entry.endpoint == request.endpoint), None)
    column = f"{_WITHIN.get(request.blueprint or '', request.blueprint)}."
    return exact or next((entry for entry in mine if entry.endpoint.startswith(column)), None)
