"""The form of a quick repair: a whole order on one screen (rules O1, O3)."""

from decimal import Decimal
from typing import Any, Final

from wtforms import RadioField, SelectField, TextAreaField

from garage.domain.errors.base import GarageError
from garage.domain.errors.collectivities import NoConvention
from garage.domain.errors.repair_orders import VehicleOrObject
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.errors.workshop import NoLabourCode, PackageArchived
from garage.domain.repair_orders import OrderKind
from garage.french.labels import label
from garage.french.refusals import sentence
from garage.web.forms.entries import WorkTime, decimal, longest, meter_reading, sent_once, words
from garage.web.forms.fields import GarageForm, choices
from garage.web.forms.records import Buttons, Pressed, all_the_same

PARTS: Final = (1, 2, 3)
VEHICLE, OBJECT = "vehicule", "objet"


class QuickForm(GarageForm):
    """For what, what was done, how long, with which parts; then one of two buttons."""

    pour = RadioField("Pour", choices=choices([(VEHICLE, "Un véhicule"), (OBJECT, "Un site ou un objet")]))
    vehicule = words("Plaque ou numéro de parc", 100)
    collectivite = SelectField("Collectivité", validate_choice=False)
    objet = words("Site ou objet", 200)
    kind = RadioField("Nature", choices=choices([(kind.value, label(kind)) for kind in OrderKind]))
    travail = SelectField("Travail", validate_choice=False)
    time = WorkTime("Temps passé")
    piece_1, piece_2, piece_3 = (words(f"Pièce {n}", 100) for n in PARTS)
    quantite_1, quantite_2, quantite_3 = (decimal(f"Quantité {n}", 3, default=Decimal(1)) for n in PARTS)
    meter = meter_reading()
    reason = Pressed(validators=longest(500))
    confirme = Pressed(validators=longest(5))
    note = TextAreaField("Ce qui a été fait", longest(5000))
    forced_reason = words("Motif pour passer outre", 500)
    suite = Pressed(default="terminer", validators=longest(20))
    form_token = sent_once()

    place = 0  # the part being written, for its refusal
    no_convention = False
    boutons: Buttons = ()

    @property
    def for_vehicle(self) -> bool:
        """Whether the order is for a vehicle."""
        return bool(self.pour.data != OBJECT)

    def parts(self) -> list[tuple[int, str, Decimal]]:
        """The parts that were named: which line of the form, reference or barcode, quantity."""
        lines = ((n, self[f"piece_{n}"].data or "", self[f"quantite_{n}"].data) for n in PARTS)
        return [(n, code, Decimal(1) if quantity is None else quantity) for n, code, quantity in lines if code]

    def refuse(self, refusal: GarageError) -> None:
        """Beside the field that led to it, and what to press for an odd meter to count all the same."""
        self.boutons = all_the_same(refusal)
        self.no_convention = isinstance(refusal, NoConvention)
        field = self._concerned(refusal)
        if field is None:
            super().refuse(refusal)
        else:
            self.say(field, sentence(refusal))

    def say(self, field: str, text: str) -> None:
        """Something wrong with a field."""
        self[field].errors = [*self[field].errors, text]

    def _concerned(self, refusal: GarageError) -> str | None:
        if self.place:
            return f"quantite_{self.place}" if refusal.field == "quantity" else f"piece_{self.place}"
        if isinstance(refusal, NoConvention):
            return "vehicule" if self.for_vehicle else "collectivite"
        if isinstance(refusal, VehicleOrObject):
            return OBJECT
        return "travail" if isinstance(refusal, UnknownTariffCode | PackageArchived | NoLabourCode) else None


def blank(vehicle: str, collectivity: str) -> dict[str, Any]:
    """What a new form holds: a vehicle that is known already, else the workshop's most common case."""
    pour = OBJECT if collectivity and not vehicle else VEHICLE
    kind = OrderKind.SITE if pour == OBJECT else OrderKind.BREAKDOWN
    return {"pour": pour, "vehicule": vehicle, "collectivite": collectivity, "kind": kind.value}
