"""The forms of stores, bins, suppliers, core deposits and waste slips."""

from datetime import date
from typing import Any, Final

from wtforms import BooleanField, Form, SelectField, TelField, TextAreaField

from garage.domain.errors.base import GarageError, ImpossibleDay, NotFound
from garage.domain.errors.users import BadEmail
from garage.domain.parts import WasteClass
from garage.french.labels import label
from garage.french.refusals import sentence
from garage.operations.suppliers import Sheet
from garage.operations.waste import NewSlip
from garage.web.forms.entries import Within, decimal, hidden, longest, number, words
from garage.web.forms.fields import Chosen, DayFr, GarageForm, IntegerFr, Required, choices

_DAY: Final = "Saisissez la date, par exemple 08/10/2026"
_UNITS: Final = ("L", "kg", "t", "u")
WASTES: Final = [(kind.value, label(kind)) for kind in WasteClass]


class StoreForm(GarageForm):
    """A store; `seen` is its code and name when the page was made."""

    code = words("Code", 20, Required("Saisissez un code, par exemple FOURGON-2"))
    name = words("Nom", 100, Required("Saisissez le nom, par exemple Fourgon de dépannage"))
    seen = hidden(200)


class BinForm(GarageForm):
    """A bin of a store; `seen` is its code when the page was made."""

    code = words("Nom du casier", 50, Required("Saisissez le nom du casier, par exemple B12"))
    seen = hidden(100)


class SupplierForm(GarageForm):
    """A supplier; `seen` is its version when the page was made."""

    name = words("Nom", 200, Required("Saisissez le nom, par exemple Pièces de l’Ouest"))
    email = words("Adresse électronique des commandes", 254)
    phone = TelField("Téléphone", longest(40))
    address = TextAreaField("Adresse postale", longest(1000))
    customer_number = words("Notre numéro de client", 50)
    delivery_days = IntegerFr(
        "Délai de livraison",
        [Within(0, 365, "Saisissez un délai de 0 à 365 jours")],
        message="Saisissez le délai en jours, par exemple 3",
    )
    active = BooleanField("Ce fournisseur sert encore", default=True)
    seen = hidden(9)

    @property
    def sheet(self) -> Sheet:
        """What was written."""
        return Sheet(
            name=self.name.data or "",
            email=self.email.data or None,
            phone=self.phone.data or None,
            address=(self.address.data or "").strip() or None,
            customer_number=self.customer_number.data or None,
            delivery_days=self.delivery_days.data,
            active=bool(self.active.data),
        )

    def refuse(self, refusal: GarageError) -> None:
        """Beside the address of orders when that is what cannot be read."""
        if isinstance(refusal, BadEmail):
            self.email.errors = [sentence(refusal)]
        else:
            super().refuse(refusal)


class DepositForm(GarageForm):
    """What all acts on a core deposit have: for how much of it, and the version that was read."""

    quantity = decimal("Quantité", 3)
    seen = hidden(9)

    def refuse(self, refusal: GarageError) -> None:
        """Beside the day when it is what is wrong."""
        if isinstance(refusal, ImpossibleDay) and "on" in self:
            self["on"].errors = [sentence(refusal)]
        else:
            super().refuse(refusal)


class PaidForm(GarageForm):
    """A deposit opened by hand; `seen` is the last one when the page was made."""

    reference = words("Référence ou code-barres de la pièce", 100, Required("Saisissez la référence de la pièce"))
    supplier = SelectField("Fournisseur", [Chosen("Choisissez le fournisseur dans la liste")], validate_choice=False)
    quantity = decimal("Quantité", 3, Required("Saisissez la quantité, par exemple 1"))
    deposit = decimal("Consigne payée en tout", 2, Required("Saisissez le montant, par exemple 60,00"))
    on = DayFr("Payée le", [Required(_DAY)], message=_DAY)
    reason = words(
        "Motif", 500, Required("Indiquez le motif, par exemple «\u00a0reçue au dépannage, oubliée sur le bon\u00a0»")
    )
    seen = hidden(9)

    def refuse(self, refusal: GarageError) -> None:
        """Beside the day, or the part that is not known, when that is what is wrong."""
        if isinstance(refusal, ImpossibleDay):
            self.on.errors = [sentence(refusal)]
        elif isinstance(refusal, NotFound) and refusal.what == "part":
            self.reference.errors = [sentence(refusal)]
        else:
            super().refuse(refusal)


class SendForm(DepositForm):
    """The old part sent back."""

    on = DayFr("Renvoyée le", [Required(_DAY)], message=_DAY)
    reference = words("Bon de renvoi", 100)


class CreditForm(DepositForm):
    """The deposit credited by the supplier, in euros."""

    on = DayFr("Créditée le", [Required(_DAY)], message=_DAY)
    reference = words("Numéro de l’avoir", 100, Required("Saisissez le numéro de l’avoir, par exemple AV-5521"))
    amount = decimal("Montant crédité", 2, Required("Saisissez le montant, par exemple 60,00"))


class AbandonForm(DepositForm):
    """A deposit that will not come back."""

    reason = words("Motif", 500, Required("Indiquez le motif, par exemple « carcasse cassée, refusée »"))


class WasteFilters(Form):
    """Which slips to list, kept in the address of the page."""

    dechet = SelectField("Déchet", choices=choices([("", "Tous"), *WASTES]), validate_choice=False)
    du = DayFr("Du")
    au = DayFr("Au")


class SlipForm(GarageForm):
    """A slip of waste taken away."""

    waste = SelectField(
        "Déchet",
        [Chosen("Choisissez le déchet")],
        choices=choices([("", "Choisir"), *WASTES]),
        validate_choice=False,
    )
    number = words("Numéro du bordereau", 50, Required("Saisissez le numéro, par exemple BSD-20261008-A1"))
    on = DayFr("Enlevé le", [Required(_DAY)], message=_DAY)
    quantity = decimal("Quantité enlevée", 3, Required("Saisissez la quantité, par exemple 600"))
    unit = SelectField("Unité", choices=choices([(one, one) for one in _UNITS]), validate_choice=False)
    carrier = words("Collecteur", 200, Required("Saisissez le collecteur, par exemple Ouest Collecte"))
    destination = words("Destination", 200)
    treated_on = DayFr("Traité le", message=_DAY)
    note = words("Note", 500)

    def validate(self, extra_validators: Any = None) -> bool:
        """A class and a unit of the lists."""
        valid = bool(super().validate(extra_validators=extra_validators))
        if self.waste.data and self.waste.data not in set(WasteClass):
            self.waste.errors = ["Choisissez le déchet"]
        if self.unit.data not in _UNITS:
            self.unit.errors = ["Choisissez l’unité dans la liste"]
        return valid and not self.waste.errors and not self.unit.errors

    @property
    def slip(self) -> NewSlip:
        """What was written."""
        return NewSlip(
            waste=WasteClass(self.waste.data),
            number=self.number.data or "",
            removed_on=self.on.data,
            quantity=number(self.quantity.data),
            unit=self.unit.data,
            carrier=self.carrier.data or "",
            destination=self.destination.data or None,
            treated_on=self.treated_on.data,
            note=self.note.data or None,
        )

    def refuse(self, refusal: GarageError) -> None:
        """Beside the day that it is about."""
        day = getattr(refusal, "day", None)
        if isinstance(day, date):
            field = self.treated_on if day == self.treated_on.data else self.on
            field.errors = [sentence(refusal)]
        else:
            super().refuse(refusal)


class TreatedForm(GarageForm):
    """The day a waste was treated."""

    on = DayFr("Traité le", [Required(_DAY)], message=_DAY)

    def refuse(self, refusal: GarageError) -> None:
        """Always beside the day."""
        self.on.errors = [sentence(refusal)]
