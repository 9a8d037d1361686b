"""The forms of the stock's value: a day, a span of days, months without issue, the freezing of a year."""

from datetime import date

from werkzeug.datastructures import MultiDict

from garage import clock
from garage.french import formats
from garage.web.forms.entries import Within, hidden
from garage.web.forms.fields import DayFr, GarageForm, IntegerFr, Required

_WHICH = "Saisissez un jour, par exemple 31/12/2026"
_MONTHS = "Saisissez un nombre de mois de 1 à 120, par exemple 12"


class _ReadForm(GarageForm):
    """A page that is read: nothing is sent."""

    class Meta(GarageForm.Meta):
        """No token in an address."""

        csrf = False


class DayForm(_ReadForm):
    """The day at whose end the stock is looked at."""

    au = DayFr("Au soir du", [Required(_WHICH)], message=_WHICH)

    @property
    def day(self) -> date | None:
        """The day asked for; None, with its sentence at the field, when it cannot be read or is not yet come."""
        return self.au.data if self.validate() and _sensible(self.au) else None


class SpanForm(_ReadForm):
    """Two days: what happened after the evening of the first, until the evening of the second."""

    du = DayFr("Du soir du", [Required(_WHICH)], message=_WHICH)
    au = DayFr("Au soir du", [Required(_WHICH)], message=_WHICH)

    @property
    def span(self) -> tuple[date, date] | None:
        """The two days; None, with a sentence at the field, when they cannot be read or stand the wrong way round."""
        if not self.validate() or not all([_sensible(self.du), _sensible(self.au)]):
            return None
        if self.du.data > self.au.data:
            self.au.errors = ["Le second jour est avant le premier"]
            return None
        return self.du.data, self.au.data


def since(first: date, form: SpanForm) -> SpanForm:
    """The form of an address that says its last day only, from this first one."""
    told = formats.day(form.au.data) if form.au.data else ""
    return SpanForm(MultiDict({"du": formats.day(first), "au": told}))


class MonthsForm(_ReadForm):
    """How many months without any issue."""

    mois = IntegerFr("Sans sortie depuis", [Required(_MONTHS), Within(1, 120, _MONTHS)], message=_MONTHS)


class FreezeForm(GarageForm):
    """The value, in euros, that the check page showed."""

    seen = hidden(30)


def _sensible(field: DayFr) -> bool:
    if field.data > clock.today():
        field.errors = [f"Le {formats.day(field.data)} n’est pas encore venu."]
    elif field.data.year < 1900:
        field.errors = [_WHICH]
    return not field.errors
