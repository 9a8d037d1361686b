"""The forms of what is told and shown of an order, of its states, and of finishing it."""

from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import HiddenField, TextAreaField

from garage.domain.errors.base import GarageError
from garage.domain.errors.repair_orders import MeterBackwards
from garage.domain.errors.workshop import MeterLeap
from garage.domain.order_works import NoteKind
from garage.web.entries.kinds import EntryForm
from garage.web.forms.entries import NearDay, hidden, longest, meter_reading, words
from garage.web.forms.fields import Required

# Why a meter goes back (rule O6), as one presses it.
BACKWARDS: Final = ("Compteur remplacé", "Erreur de frappe corrigée")


class Pressed(HiddenField):
    """What the button that was pressed says: of several values, the last that says something."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        said = [str(value) for value in valuelist if str(value).strip()]
        self.data = said[-1] if said else ""


class OrderEntry(EntryForm):
    """Anything entered about an order."""

    ordre = hidden()


class NoteEntry(OrderEntry):
    """A note: what was complained of, why, what was done, or anything else."""

    kind = Pressed(default=NoteKind.NOTE.value, validators=longest(20))
    text = TextAreaField("Note", [Required("Écrivez la note, par exemple « Jeu dans le moyeu »"), *longest(5000)])
    travail = hidden(10)


class RecordEntry(OrderEntry):
    """A note or a photo of an order."""

    note = hidden(10)
    photo_id = hidden(10)


class PhotoEntry(OrderEntry):
    """A picture of an order."""

    photo = FileField("Photo")
    caption = words("Légende", 200)


Buttons = tuple[tuple[str, str, str], ...]


def all_the_same(refusal: GarageError) -> Buttons:
    """What to press for an odd meter to count all the same (rule O6): text, name and value of each button."""
    if isinstance(refusal, MeterBackwards):
        return tuple((text, "reason", text) for text in BACKWARDS)
    return (("Confirmer ce relevé", "confirme", "1"),) if isinstance(refusal, MeterLeap) else ()


class MeteredEntry(OrderEntry):
    """What holds a meter: when it goes back or leaps, the form comes again with a button for each good reason."""

    meter = meter_reading()
    reason = Pressed(validators=longest(500))
    confirme = Pressed(validators=longest(5))
    vu = hidden(12)

    boutons: Buttons = ()

    def refuse(self, refusal: GarageError) -> None:
        """Beside the field, and what to press to have it count all the same."""
        self.boutons = all_the_same(refusal)
        super().refuse(refusal)


class MeterEntry(MeteredEntry):
    """A meter reading."""

    meter = meter_reading(Required("Saisissez le compteur, par exemple 84\u202f310"))


class FinishEntry(MeteredEntry):
    """What was done, and the meter (rule O5)."""

    works = TextAreaField("Travaux faits", longest(5000))


class MeterBackEntry(OrderEntry):
    """A reading to take back: its value and the one before, empty when there was none."""

    meter = meter_reading()
    avant = hidden(12)


class BlockEntry(OrderEntry):
    """An order that cannot go on, and why."""

    reason = words("Motif", 500)


class WaitEntry(BlockEntry):
    """An order that waits, and until when if it is known."""

    on = NearDay("Livraison prévue le")


class PromiseEntry(OrderEntry):
    """The day an order is promised for; nothing takes the promise back."""

    on = NearDay("Promis pour le")
    vu = hidden(10)


class BackEntry(OrderEntry):
    """A change of state to take back: the state it led to, and the day a part was expected before."""

    etat = hidden(20)
    avant = hidden(10)


def whole(text: str | None) -> int | None:
    """The number of a hidden field, None when it holds none."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None
