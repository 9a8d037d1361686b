"""Entries that tell and show an order: notes, photos, the meter."""

from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from garage.domain.errors.base import NotFound
from garage.domain.errors.workshop import BadPhoto
from garage.domain.order_works import NoteKind
from garage.french.formats import count
from garage.french.labels import label
from garage.operations import order_meters, order_records
from garage.operations.order_meters import Reading
from garage.operations.order_records import By, Taken
from garage.web.entries.kinds import Done, EntryKind, Sent
from garage.web.forms.records import (
    MeterBackEntry,
    MeteredEntry,
    MeterEntry,
    NoteEntry,
    OrderEntry,
    PhotoEntry,
    RecordEntry,
    whole,
)


def by(sent: Sent) -> By:
    """Who tells it, under whose right, and when."""
    return By(sent.author, sent.actor, sent.entered_at, sent.received_at)


def order_of(form: OrderEntry) -> str:
    """The number of the order an entry is about."""
    return form.ordre.data or ""


def order_page(form: OrderEntry) -> str:
    """The page of the order an entry is about."""
    return url_for("orders.show", number=form.ordre.data or "-")


def _note(session: Session, sent: Sent, form: NoteEntry) -> Done:
    kind = NoteKind(form.kind.data) if form.kind.data in set(NoteKind) else NoteKind.NOTE
    work = whole(form.travail.data)
    note = order_records.add_note(session, order_of(form), kind, form.text.data or "", by(sent), work)
    text = "Note enregistrée" if kind is NoteKind.NOTE else f"{label(kind)} enregistré{'e' if _feminine(kind) else ''}"
    return Done(text, undo=("retirer-note", {"ordre": order_of(form), "note": note.id}))


def _feminine(kind: NoteKind) -> bool:
    return kind in (NoteKind.COMPLAINT, NoteKind.CAUSE)


def _id(text: str | None, what: str) -> int:
    found = whole(text)
    if found is None:
        raise NotFound(what, text or "")
    return found


def _remove_note(session: Session, sent: Sent, form: RecordEntry) -> Done:
    note = _id(form.note.data, "note")
    order_records.remove_note(session, order_of(form), note, by(sent))
    return Done("Note retirée", undo=("remettre-note", {"ordre": order_of(form), "note": note}))


def _restore_note(session: Session, sent: Sent, form: RecordEntry) -> Done:
    order_records.restore_note(session, order_of(form), _id(form.note.data, "note"), by(sent))
    return Done("Note remise")


def _photo(session: Session, sent: Sent, form: PhotoEntry) -> Done:
    if sent.photo is None:
        raise BadPhoto
    kept = sent.photo
    taken = Taken(kept.sha256, kept.width, kept.height, kept.size, form.caption.data)
    photo, new = order_records.add_photo(session, order_of(form), taken, by(sent))
    if not new:
        return Done("Cette photo était déjà sur l’ordre")
    return Done("Photo ajoutée", undo=("retirer-photo", {"ordre": order_of(form), "photo_id": photo.id}))


def _remove_photo(session: Session, sent: Sent, form: RecordEntry) -> Done:
    photo = _id(form.photo_id.data, "photo")
    order_records.remove_photo(session, order_of(form), photo, by(sent))
    return Done("Photo retirée", undo=("remettre-photo", {"ordre": order_of(form), "photo_id": photo}))


def _restore_photo(session: Session, sent: Sent, form: RecordEntry) -> Done:
    order_records.restore_photo(session, order_of(form), _id(form.photo_id.data, "photo"), by(sent))
    return Done("Photo remise")


def reading(sent: Sent, form: MeteredEntry) -> Reading | None:
    """The meter of a form, None when it holds none."""
    if form.meter.data is None:
        return None
    return Reading(form.meter.data, sent.day, form.reason.data, bool(form.confirme.data), form.vu.data)


def _meter(session: Session, sent: Sent, form: MeterEntry) -> Done:
    read = reading(sent, form)
    if read is None:
        raise ValueError("the form asks for it")
    known = order_meters.read(session, order_of(form), read, by(sent))
    text = f"Compteur relevé\u00a0: {count(read.value)}\u00a0{label(known.unit)}"
    if known.before == read.value:
        return Done(text)
    undo = {"ordre": order_of(form), "meter": read.value, "avant": "" if known.before is None else known.before}
    return Done(text, undo=("annuler-compteur", undo))


def _meter_back(session: Session, sent: Sent, form: MeterBackEntry) -> Done:
    value, former = form.meter.data or 0, whole(form.avant.data)
    order_meters.take_back(session, order_of(form), value, former, by(sent))
    return Done("Relevé du compteur annulé")


KINDS: Final = (
    EntryKind("note", "Note", NoteEntry, _note, order_of, order_page),
    EntryKind("retirer-note", "Note retirée", RecordEntry, _remove_note, order_of, order_page),
    EntryKind("remettre-note", "Note remise", RecordEntry, _restore_note, order_of, order_page),
    EntryKind("photo", "Photo", PhotoEntry, _photo, order_of, order_page),
    EntryKind("retirer-photo", "Photo retirée", RecordEntry, _remove_photo, order_of, order_page),
    EntryKind("remettre-photo", "Photo remise", RecordEntry, _restore_photo, order_of, order_page),
    EntryKind("compteur", "Compteur", MeterEntry, _meter, order_of, order_page),
    EntryKind("annuler-compteur", "Relevé annulé", MeterBackEntry, _meter_back, order_of, order_page),
)
