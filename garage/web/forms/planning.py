"""The forms of the plan: who, which day, how long; the hours somebody has on a day."""

from wtforms import SelectField

from garage.web.forms.entries import NearDay, WorkTime, hidden
from garage.web.forms.fields import Chosen, GarageForm, Required


class _Sent(GarageForm):
    """Also reads what the address of an undo carries; `vue` is the view to go back to."""

    vu = hidden()
    vue = hidden(10)
    defait = hidden(1)


class PlanForm(_Sent):
    """An order for somebody, on a day, for so long; `vu` is the card as it was seen, when there was one."""

    person = SelectField("Mécanicien", [Chosen("Choisissez un mécanicien dans la liste")], validate_choice=False)
    day = NearDay("Jour", [Required("Choisissez le jour, par exemple 21/11/2026")])
    time = WorkTime("Durée prévue", [Required("Saisissez la durée prévue, par exemple 1 h 30")])


class RemoveForm(_Sent):
    """A card to take off the plan."""


class CapacityForm(_Sent):
    """The hours of one day; empty means the usual ones."""

    time = WorkTime("Heures de ce jour", description="0 pour une absence\u00a0; vide pour les heures habituelles.")
