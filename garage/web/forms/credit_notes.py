"""What the screens of credit notes read: which orders or lines, how much of each, why, on which day. No rule here."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

from wtforms import BooleanField, Field, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import Length

from garage.domain.errors.base import GarageError
from garage.domain.errors.credit_notes import AboveRest, BadMeasure, LineWorthNothing, NotAPart
from garage.domain.invoices.bill import BilledNature
from garage.domain.invoices.credit_notes import Creditable
from garage.french.refusals import sentence
from garage.web.forms.fields import (
    Chosen,
    DayFr,
    DecimalFr,
    DurationFr,
    GarageForm,
    Required,
    TextField,
    creation_key,
)

_ABOUT_A_LINE = AboveRest | BadMeasure | LineWorthNothing | NotAPart


class CreditForm(GarageForm):
    """What every credit note says: why it is made."""

    reason = TextField(
        "Motif",
        [
            Required("Saisissez le motif, par exemple «\u00a0Facturé à la mauvaise commune\u00a0»"),
            Length(max=1000, message="1 000 lettres au plus"),
        ],
    )
    form_token = creation_key()
    version = HiddenField()


class OrdersForm(CreditForm):
    """Orders taken back whole."""

    orders = SelectMultipleField("Ordres à reprendre en entier", validate_choice=False)


class LinesForm(CreditForm):
    """Lines ticked, with how much of each; made for one bill by `lines_form`."""

    lines: tuple[Creditable, ...] = ()

    def tick(self, line: Creditable) -> Field:
        """The box that chooses a line."""
        return self[f"ligne_{line.id}"]

    def measure(self, line: Creditable) -> Field:
        """How much of it."""
        return self[f"quantite_{line.id}"]

    @property
    def wanted(self) -> dict[int, Decimal]:
        """The measure of each ticked line, by its id."""
        return {line.id: Decimal(self.measure(line).data or 0) for line in self.lines if self.tick(line).data}

    def refuse(self, refusal: GarageError) -> None:
        """Show what is wrong with a line beside it."""
        for line in self.lines:
            if isinstance(refusal, _ABOUT_A_LINE) and (line.order, line.rank) == (refusal.order, refusal.rank):
                field = self.measure(line)
                field.errors = [*field.errors, sentence(refusal)]
                return
        super().refuse(refusal)


def lines_form(lines: Iterable[Creditable], chosen: Mapping[int, Decimal], **data: Any) -> LinesForm:
    """A form of these lines, each filled with what is left of it, those chosen ticked with their measure."""
    mine = tuple(lines)
    fields: dict[str, Any] = {"lines": mine}
    for line in mine:
        labour = line.nature is BilledNature.LABOUR
        value = chosen.get(line.id, line.left)
        fields[f"ligne_{line.id}"] = BooleanField("Créditer cette ligne", default=line.id in chosen)
        fields[f"quantite_{line.id}"] = (
            DurationFr("Durée à créditer", default=int(value))
            if labour
            else DecimalFr("Quantité à créditer", places=3, default=value)
        )
    made = type("LinesForm", (LinesForm,), fields)
    return cast("LinesForm", made(data=data or None))


class IssueCreditForm(GarageForm):
    """The last check: the day that the credit note bears."""

    on = DayFr(
        "Date de l’avoir",
        [Required("Saisissez la date de l’avoir, par exemple 05/10/2026")],
        message="Saisissez la date de l’avoir, par exemple 05/10/2026",
    )
    version = HiddenField()


class DebtorForm(GarageForm):
    """Who owes an order from now on."""

    collectivity = SelectField(
        "Collectivité débitrice", [Chosen("Choisissez la collectivité qui doit cet ordre")], validate_choice=False
    )
    engagement = TextField("Numéro d’engagement", [Length(max=100, message="100 lettres au plus")])
    service = TextField("Service", [Length(max=200, message="200 lettres au plus")])
    reason = TextField(
        "Motif",
        [
            Required("Saisissez le motif, par exemple «\u00a0Véhicule prêté à la commune voisine\u00a0»"),
            Length(max=500, message="500 lettres au plus"),
        ],
    )
    version = HiddenField()


class CorrectLineForm(GarageForm):
    """A freed line put right."""

    time = DurationFr("Durée")
    free = TextField("Motif pour ne pas la facturer", [Length(max=500, message="500 lettres au plus")])
