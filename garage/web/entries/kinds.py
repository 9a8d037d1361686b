"""What an entry of the workshop is made of: its form, what applies it, what is said once done and how to undo it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField

from garage.clock import paris_day
from garage.domain.permissions import Actor
from garage.photos import Kept
from garage.web.forms.entries import hidden, longest, new_token
from garage.web.forms.fields import GarageForm

# Fields that carry the entry and say nothing of the work.
ENVELOPE = ("cle", "saisi_a", "envoye_a", "auteur", "retour", "csrf_token")


class EntryForm(GarageForm):
    """The base of every entry: its key, its author and time as the device tells them, where to go back to."""

    cle = HiddenField(default=new_token, validators=longest(64))
    saisi_a = hidden()
    envoye_a = hidden()
    auteur = hidden(200)
    retour = hidden(500)


@dataclass(frozen=True, slots=True)
class Sent:
    """Who entered it (`author`), under whose right (`actor`: the head for one applied later), and when.

    `entered_at` is by the server's clock; `photo` is on disk already.
    """

    key: str
    author: Actor
    actor: Actor
    entered_at: datetime
    received_at: datetime
    photo: Kept | None = None

    @property
    def day(self) -> date:
        """The civil day in Paris of the entry (rule E20)."""
        return paris_day(self.entered_at)

    @property
    def today(self) -> date:
        """The civil day in Paris on which it was received."""
        return paris_day(self.received_at)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done («1 × Filtre à huile ajouté»), and the entry that undoes it, if one does.

    `text` may be empty where the page itself shows it. `to` replaces the address to go back to.
    """

    text: str
    undo: tuple[str, Mapping[str, Any]] | None = None
    to: str | None = None

    def undo_address(self, back: str) -> str | None:
        """Where to post the entry that undoes this one."""
        if self.undo is None:
            return None
        slug, values = self.undo
        return url_for("entries.receive", slug=slug, cle=new_token(), retour=back, **values)


@dataclass(frozen=True, slots=True)
class EntryKind:
    """One kind of entry: the word of its address, its name in French, its form and what applies it.

    `subject` tells from the form what it is about («OR-2026-00012»); `home` where to go when the form does not say.
    """

    slug: str
    label: str
    form: type[EntryForm]
    apply: Callable[[Session, Sent, Any], Done]
    subject: Callable[[Any], str | None] = field(default=lambda _form: None)
    home: Callable[[Any], str] = field(default=lambda _form: url_for("pages.home"))
