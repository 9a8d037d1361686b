"""What the pages of exports read: which bills, and the figures that were on screen. No rule here."""

from collections.abc import Mapping, Sequence

from wtforms import BooleanField, HiddenField, SelectField

from garage.domain.periods import Quarter
from garage.french import formats
from garage.web import paging
from garage.web.forms.entries import sent_once
from garage.web.forms.fields import GarageForm, choices


class ExportForm(GarageForm):
    """The making of a bundle: once per form, with what was on screen."""

    seen = HiddenField()
    form_token = sent_once()


class TransmitForm(GarageForm):
    """The handing over of a bundle; knowingly, when another one with the same bills was handed over."""

    anyway = BooleanField("Transmettre quand même")


class ExportScope(GarageForm):
    """The bills of a quarter, or all that wait."""

    trimestre = SelectField("Trimestre", validate_choice=False)


def scope(values: Mapping[str, str], quarters: Sequence[Quarter]) -> ExportScope:
    """The choice of a quarter, filled with what the address says."""
    form = ExportScope(values, meta={"csrf": False})
    form.trimestre.choices = choices([("", "Tous"), *((one, formats.quarter(one)) for one in quarters)])
    return form


def numbers(values: Sequence[str]) -> set[int]:
    """The numbers among what an address holds."""
    return {number for text in values if (number := paging.whole(text)) is not None}
