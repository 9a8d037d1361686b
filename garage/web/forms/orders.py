"""The forms of repair orders: open one, add work to it, change its state, finish and check it."""

from typing import Any

from wtforms import Form, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.widgets import HiddenInput

from garage.domain.errors.base import GarageError
from garage.domain.errors.collectivities import NoConvention
from garage.domain.errors.repair_orders import VehicleOrObject
from garage.domain.repair_orders import OrderKind
from garage.french.labels import label
from garage.web.forms.entries import (
    DatedForm,
    NearDay,
    WorkTime,
    decimal,
    hidden,
    longest,
    meter_reading,
    sent_once,
    words,
)
from garage.web.forms.fields import Chosen, GarageForm, Required, choices

_QUANTITY = Required("Saisissez la quantité, par exemple 2 ou 8,5")
_NOT_BILLED = "Garantie, reprise, geste commercial, usage interne. Laissez vide pour facturer."


class OrderFilters(Form):
    """The filters of the list, kept in its address."""

    etat = SelectField("État", validate_choice=False)
    collectivite = SelectField("Collectivité", validate_choice=False)
    mecanicien = SelectField("Mécanicien", validate_choice=False)
    du = NearDay("Ouvert depuis le")
    au = NearDay("Jusqu’au")


class ViewForm(GarageForm):
    """The name of a list that one wants to find again."""

    name = words("Nom de la vue", 100, Required("Saisissez le nom de la vue, par exemple Freins de Bourg"))


class SubjectFilters(Form):
    """Whose vehicles are looked for."""

    collectivite = SelectField("Collectivité", validate_choice=False)


class OpenForm(DatedForm):
    """A new order for a vehicle, or for an object in words (rule O1)."""

    collectivity = hidden()
    vehicle = hidden()
    object_label = words("Site ou objet", 200)
    reason = TextAreaField("Motif de la demande", longest(2000))
    kind = SelectField("Nature", choices=choices([(kind.value, label(kind)) for kind in OrderKind]))
    meter = meter_reading()
    meter_reason = words("Motif du compteur en recul", 500)
    requester = words("Demandeur", 200)
    service = words("Service", 200)
    engagement = words("Numéro d’engagement", 100)
    forced_reason = words("Motif pour passer outre", 500)
    form_token = sent_once()

    no_convention = False

    def refuse(self, refusal: GarageError) -> None:
        """Beside the field that one sees: the object, and the reason to go beyond."""
        self.no_convention = isinstance(refusal, NoConvention)
        if isinstance(refusal, VehicleOrObject):
            self.object_label.errors = []
        super().refuse(refusal)
        if isinstance(refusal, VehicleOrObject):
            self.object_label.errors, self.vehicle.errors = self.vehicle.errors, []


class EntryForm(DatedForm):
    """What every new line of an order says (rule O3)."""

    non_billable_reason = words("Motif pour ne pas facturer", 500, description=_NOT_BILLED)
    form_token = sent_once()


class LabourForm(EntryForm):
    """Hours of a mechanic."""

    time = WorkTime("Temps passé", [Required("Saisissez le temps passé, par exemple 1 h 30")])
    code = SelectField("Main-d’œuvre", [Chosen("Choisissez la main-d’œuvre dans la liste")], validate_choice=False)
    mechanic = SelectField("Mécanicien", validate_choice=False)
    label = words("Travail fait", 500)


class FlatForm(EntryForm):
    """A flat price of the grid."""

    code = SelectField("Forfait", [Chosen("Choisissez le forfait dans la liste")], validate_choice=False)
    quantity = decimal("Quantité", 3, _QUANTITY)
    label = words("Précision", 500)


class PartForm(EntryForm):
    """A part out of stock; the head may go beyond what is on hand (rule S4)."""

    quantity = decimal("Quantité", 3, _QUANTITY)
    forced_reason = words("Motif pour sortir plus que le stock", 500)


class BoughtForm(EntryForm):
    """A part bought for this order, in the catalogue or not (rule S2); whoever knows its cost must say it."""

    label = words("Désignation", 200, Required("Saisissez la désignation, par exemple Filtre à huile"))
    quantity = decimal("Quantité", 3, _QUANTITY)
    cost = decimal("Coût unitaire", 4)
    reference = words("Référence", 50)
    unit = words("Unité", 20, description="u, L, m, kg…")

    cost_known = True

    def validate(self, extra_validators: Any = None) -> bool:
        """The cost is asked of the head alone."""
        valid = bool(super().validate(extra_validators=extra_validators))
        if self.cost_known and self.cost.data is None and not self.cost.errors:
            self.cost.errors = [*self.cost.errors, "Saisissez le coût d’achat, par exemple 12,50"]
            return False
        return valid


class ExternalForm(EntryForm):
    """Work bought outside (rule O3)."""

    supplier = words("Fournisseur", 200, Required("Saisissez le fournisseur, par exemple Pneus de l’Ouest"))
    label = words("Travail confié", 500, Required("Saisissez le travail confié, par exemple Rectification du volant"))
    supplier_invoice = words("Numéro de leur facture", 100)
    quantity = decimal("Quantité", 3, _QUANTITY)
    cost = decimal("Coût unitaire", 4, description="Laissez vide si leur facture n’est pas arrivée.")


class StateForm(GarageForm):
    """A change of state and its reason (rule O2)."""

    reason = words("Motif", 500)


class CheckForm(DatedForm):
    """The closing day, the engagement number if it came late, and the version of the order that was read."""

    near = RadioField("Jour de clôture", validate_choice=False)
    engagement = words("Numéro d’engagement", 100)
    version = IntegerField(widget=HiddenInput())
