"""The forms of the store's desk: movements by hand, fluids, parts kept, parts asked for."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, FileField, Form, RadioField, SelectField, TextAreaField
from wtforms.widgets import HiddenInput

from garage.domain.errors.base import GarageError
from garage.domain.errors.parts import BinClosed
from garage.domain.errors.stock import BadQuantity, NothingOnHand
from garage.domain.errors.workshop import DayPassed
from garage.domain.losses import LossReason
from garage.domain.stock import MovementKind
from garage.french.labels import label
from garage.french.refusals import sentence
from garage.web.forms.entries import DatedForm, NearDay, decimal, hidden, longest, sent_once, words
from garage.web.forms.fields import Chosen, DayFr, DecimalFr, GarageForm, Required, choices
from garage.web.forms.orders import EntryForm
from garage.web.forms.requests import PICTURES

_QUANTITY = Required("Saisissez la quantité, par exemple 2 ou 5,5")


class MovementFilters(Form):
    """Which movements to list, kept in the address."""

    piece = words("Référence de la pièce", 50)
    mouvement = SelectField("Mouvement", validate_choice=False)
    casier = words("Casier", 60)
    personne = SelectField("Personne", validate_choice=False)
    ordre = words("Ordre", 30)
    du = DayFr("Du")
    au = DayFr("Au")

    def offer(self, people: Iterable[tuple[object, str]]) -> None:
        """The lines of the lists."""
        kinds = [(kind.value, label(kind)) for kind in MovementKind]
        for field, lines in ((self.mouvement, kinds), (self.personne, people)):
            field.choices = choices([("", "Tous" if field is not self.personne else "Toutes"), *lines])


class TransferForm(DatedForm):
    """So much of a part from one bin to another."""

    quantity = decimal("Quantité", 3, _QUANTITY)
    from_bin = SelectField("Du casier", [Chosen("Choisissez le casier de départ")], validate_choice=False)
    to_bin = SelectField("Vers le casier", [Chosen("Choisissez le casier d’arrivée")], validate_choice=False)
    reason = words("Motif", 400)
    seen = hidden(15)

    def refuse(self, refusal: GarageError) -> None:
        """A bin closed meanwhile is told beside the one that was chosen."""
        if isinstance(refusal, BinClosed):
            self.to_bin.errors = [*self.to_bin.errors, sentence(refusal)]
        else:
            super().refuse(refusal)


class LossForm(DatedForm):
    """Goods lost: how much, out of which bin, why (rule S2)."""

    quantity = decimal("Quantité perdue", 3, _QUANTITY)
    from_bin = SelectField("Casier", [Chosen("Choisissez le casier")], validate_choice=False)
    why = RadioField(
        "Motif",
        [Chosen("Choisissez le motif")],
        choices=choices([(one.value, label(one)) for one in LossReason]),
        validate_choice=True,
    )
    reason = words("Ce qui s’est passé", 400, Required("Dites ce qui s’est passé, par exemple bidon percé"))
    seen = hidden(15)


class PriceForm(GarageForm):
    """Another unit cost for goods received; `seen` is the latest movement and the cost checked."""

    cost = decimal("Coût unitaire exact", 4, Required("Saisissez le coût d’achat, par exemple 12,50"))
    reason = words("Motif", 400, Required("Saisissez le motif, par exemple facture 2026-118"))
    seen = hidden(40)


class UndoReceiptForm(GarageForm):
    """Why a line of a delivery is undone."""

    reason = words("Motif", 300, Required("Saisissez le motif, par exemple 50 saisi au lieu de 5"))


class ReserveForm(GarageForm):
    """How much of a part is kept for an order."""

    quantity = decimal("Quantité à réserver", 3, _QUANTITY)


class AskPartForm(GarageForm):
    """A part that an order needs: its reference or words, how much, for when."""

    reference = words("Référence, si vous la connaissez", 50)
    label = words("Quelle pièce", 200, description="Par exemple : plaquettes de frein avant.".replace(" :", "\u00a0:"))
    quantity = decimal("Quantité", 3, _QUANTITY)
    needed_on = NearDay("Il la faut pour le")
    photo = FileField("Photo", render_kw=PICTURES)
    form_token = sent_once()

    def refuse(self, refusal: Any) -> None:
        """A day gone by belongs to the day asked for."""
        super().refuse(refusal)
        if isinstance(refusal, DayPassed):
            self.needed_on.errors, self.form_errors = [*self.needed_on.errors, self.form_errors.pop()], []


class AnswerForm(GarageForm):
    """What the store answers to a request: which part it is, from whom to order it, words."""

    reference = words("Référence de la pièce", 50)
    supplier = SelectField("Fournisseur", validate_choice=False)
    answer = TextAreaField("Réponse à l’atelier", longest(500))
    forced_reason = words("Motif pour sortir plus que le stock", 400)
    version = hidden(9)

    def refuse(self, refusal: Any) -> None:
        """A quantity that is not there may be forced; words are missing where the answer is typed."""
        super().refuse(refusal)
        if self.form_errors and refusal.field == "reason":
            self.answer.errors, self.form_errors = [*self.answer.errors, self.form_errors.pop()], []
        elif self.form_errors and isinstance(refusal, NothingOnHand | BadQuantity):
            self.forced_reason.errors, self.form_errors = [*self.forced_reason.errors, self.form_errors.pop()], []


class FluidsForm(EntryForm):
    """Quantities of fluids, one field for each; a box takes as much as last time. Fields are made by `fluids_form`."""

    forced_reason = words("Motif pour sortir plus que le stock", 400)

    def poured(self, part_ids: Iterable[int]) -> dict[int, Decimal]:
        """How much of each part goes out: what was typed, else what the ticked box says."""
        found: dict[int, Decimal] = {}
        for part in part_ids:
            typed, ticked, last = (self._fields.get(f"{name}{part}") for name in ("q", "meme", "dernier"))
            if typed is not None and typed.data is not None:
                found[part] = typed.data
            elif ticked is not None and ticked.data and last is not None and last.data is not None:
                found[part] = last.data
        return found


def fluids_form(parts: Iterable[tuple[int, str, str | None]]) -> type[FluidsForm]:
    """The form of these parts: id, label, and the words of the last quantity if there is one."""
    fields: dict[str, Any] = {}
    for part, name, last in parts:
        fields[f"q{part}"] = decimal(name, 3)
        if last is not None:
            fields[f"meme{part}"] = BooleanField(last)
            fields[f"dernier{part}"] = DecimalFr("", places=3, widget=HiddenInput())
    return type("FluidsForm", (FluidsForm,), fields)
