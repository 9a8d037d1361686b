"""Entries from a scan: an order opened at once for a vehicle, a code tied to a part or a vehicle, and untied."""

from typing import Any, Final

from flask import url_for
from sqlalchemy.orm import Session

from garage.db.queries import fleet, stock
from garage.db.queries.tags import Found
from garage.domain.tags import Thing
from garage.operations import openings, tags
from garage.web.entries.kinds import Done, EntryForm, EntryKind, Sent
from garage.web.forms.entries import hidden


class OpeningEntry(EntryForm):
    """An order for a vehicle, nothing else asked."""

    vehicule = hidden()


class PartCodeEntry(EntryForm):
    """A code and the part it is to lead to."""

    code = hidden(500)
    reference = hidden()


class VehicleCodeEntry(EntryForm):
    """A code and the vehicle it is to lead to."""

    code = hidden(500)
    vehicule = hidden()


def _open(session: Session, sent: Sent, form: OpeningEntry) -> Done:
    at = (sent.day, sent.received_at, sent.today)
    opening = openings.open_at_once(session, form.vehicule.data or "", sent.key, sent.actor, at)
    text = f"Ordre {opening.number} ouvert" if opening.new else f"L’ordre {opening.number} était déjà ouvert"
    return Done(text, to=url_for("orders.show", number=opening.number))


def _part(session: Session, form: PartCodeEntry) -> Found:
    row = stock.part(session, form.reference.data or "")
    return Found(Thing.PART, row.reference, row.label, row.id)


def _vehicle(session: Session, form: VehicleCodeEntry) -> Found:
    row = fleet.vehicle(session, form.vehicule.data or "")
    return Found(Thing.VEHICLE, row.fleet_number, row.registration or row.fleet_number, row.id)


def _tie_part(session: Session, sent: Sent, form: PartCodeEntry) -> Done:
    target = _part(session, form)
    code = tags.tie(session, form.code.data or "", target, sent.actor, sent.received_at)
    return Done(f"Code associé à {target.title}", ("dissocier-piece", {"code": code, "reference": target.key}))


def _untie_part(session: Session, sent: Sent, form: PartCodeEntry) -> Done:
    target = _part(session, form)
    tags.untie(session, form.code.data or "", target, sent.actor, sent.received_at)
    return Done(f"Code retiré de {target.title}")


def _tie_vehicle(session: Session, sent: Sent, form: VehicleCodeEntry) -> Done:
    target = _vehicle(session, form)
    code = tags.tie(session, form.code.data or "", target, sent.actor, sent.received_at)
    return Done(f"Code associé à {target.title}", ("dissocier-vehicule", {"code": code, "vehicule": target.key}))


def _untie_vehicle(session: Session, sent: Sent, form: VehicleCodeEntry) -> Done:
    target = _vehicle(session, form)
    tags.untie(session, form.code.data or "", target, sent.actor, sent.received_at)
    return Done(f"Code retiré de {target.title}")


def _vehicle_page(form: Any) -> str:
    number = form.vehicule.data
    return url_for("fleet.show", fleet_number=number) if number else url_for("fleet.index")


def _part_page(form: Any) -> str:
    reference = form.reference.data
    return url_for("stock.show", reference=reference) if reference else url_for("stock.index")


def _of_part(form: Any) -> str | None:
    return str(form.reference.data or "")[:50] or None


def _of_vehicle(form: Any) -> str | None:
    return str(form.vehicule.data or "")[:50] or None


KINDS: Final = (
    EntryKind("ouvrir", "Nouvel ordre", OpeningEntry, _open, _of_vehicle, _vehicle_page),
    EntryKind("associer-piece", "Code associé à une pièce", PartCodeEntry, _tie_part, _of_part, _part_page),
    EntryKind("dissocier-piece", "Code retiré d’une pièce", PartCodeEntry, _untie_part, _of_part, _part_page),
    EntryKind(
        "associer-vehicule", "Code associé à un véhicule", VehicleCodeEntry, _tie_vehicle, _of_vehicle, _vehicle_page
    ),
    EntryKind(
        "dissocier-vehicule", "Code retiré d’un véhicule", VehicleCodeEntry, _untie_vehicle, _of_vehicle, _vehicle_page
    ),
)
