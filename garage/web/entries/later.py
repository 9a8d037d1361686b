"""An entry that waits for the head: its form again as it was sent, in words, and applied under the head's right."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, FileField, HiddenField, SelectField

from garage.db.models.users import User
from garage.db.queries import entries as queries
from garage.domain.errors.workshop import BadPhoto
from garage.domain.order_works import NoteKind
from garage.domain.permissions import Actor
from garage.domain.repair_orders import OrderState
from garage.french.labels import label
from garage.operations import entries
from garage.photos import Kept, PhotoStore
from garage.web.entries import registry
from garage.web.entries.kinds import ENVELOPE, Done, EntryForm, EntryKind, Sent

_YES, _NO = "Oui", "Non"
# Hidden fields that say something to people; the others name rows.
_HIDDEN: Final = {
    "reference": "Pièce",
    "reason": "Motif",
    "kind": "Nature",
    "etat": "État",
    "ligne": "Ligne",
    "code": "Code",
    "vehicule": "Véhicule",
    "confirme": "Confirmé",
    "vu": "Valeur vue sur la page",
    "avant": "Valeur d’avant",
}


@dataclass(frozen=True, slots=True)
class Head:
    """Who decides, when, and where the photos lie."""

    actor: Actor
    now: datetime
    photos: PhotoStore


def kind_of(slug: str) -> EntryKind | None:
    """The kind of an entry, None when there is none of that name any more."""
    return registry.KINDS.get(slug)


def form_of(kind: EntryKind, data: Mapping[str, Any]) -> EntryForm:
    """The form of an entry as it was sent; the check of the page it came from is done already."""
    pairs = [(name, str(one)) for name, values in data.items() for one in _several(values)]
    return kind.form(formdata=MultiDict(pairs), meta={"csrf": False})


def _several(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def in_words(session: Session, kind: EntryKind, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was entered, under the words of its form; fields left empty are not told."""
    told = []
    for field in form_of(kind, data):
        if field.name in ENVELOPE or field.name == "ordre" or isinstance(field, FileField):
            continue
        name = _HIDDEN.get(field.name) if isinstance(field, HiddenField) else field.label.text
        value = _value(session, field)
        if name and value:
            told.append((name, value))
    return told


def _value(session: Session, field: Field) -> str:
    if isinstance(field, BooleanField):
        return _YES if field.data else _NO
    if isinstance(field, SelectField):
        chosen = next((str(text) for value, text, *_ in field.iter_choices() if value == field.data), "")
        return chosen or str(field.data or "")
    typed = str(field._value()) if hasattr(field, "_value") else str(field.data or "")  # noqa: SLF001 - WTForms' own name
    return _told(session, field.name, typed)


def _told(session: Session, name: str, typed: str) -> str:
    if name == "reference":
        part = queries.part_label(session, typed)
        return f"{part} ({typed})" if part else typed
    if name == "kind" and typed in set(NoteKind):
        return label(NoteKind(typed))
    if name == "etat" and typed in set(OrderState):
        return label(OrderState(typed))
    return _YES if name == "confirme" and typed else typed


def merged(kind: EntryKind, data: Mapping[str, Any], posted: MultiDict[str, str]) -> dict[str, Any]:
    """What the head corrected over what was entered; a box he unticked is not there."""
    names = {field.name for field in form_of(kind, data) if not isinstance(field, HiddenField | FileField)}
    kept = {name: value for name, value in data.items() if name not in names}
    return kept | {name: posted.getlist(name) for name in posted if name not in (*ENVELOPE, "modifie")}


def record(session: Session, key: int, form: EntryForm, head: Head, changed: str | None) -> Done:
    """Apply a held entry, corrected or not, as its author's, under the head's right; it is resolved with it.

    Raises NotFound, EntryResolved, and what the operation refuses: then nothing is written.
    """
    entry = entries.held(session, key)
    kind = registry.kind(entry.kind)
    person = session.get_one(User, entry.author_id)
    author = Actor(person.id, person.name, person.role)
    photo = _photo(head.photos, entry.photo)
    done = kind.apply(session, Sent(entry.key, author, head.actor, entry.entered_at, head.now, photo), form)
    entries.applied_later(session, entry, head.actor, head.now, changed)
    return done


def _photo(photos: PhotoStore, sha256: str | None) -> Kept | None:
    try:
        return photos.kept(sha256) if sha256 else None
    except FileNotFoundError:
        raise BadPhoto from None
