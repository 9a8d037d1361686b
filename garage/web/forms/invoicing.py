"""What the invoicing screens read: a quarter in an address, filters, the day of the bills. No rule here."""

from wtforms import HiddenField, SelectField

from garage.domain.errors.base import NotFound, UnknownQuarter
from garage.domain.periods import Quarter
from garage.web.forms.fields import DayFr, GarageForm, Required


def quarter_of_address(text: str) -> Quarter:
    """The quarter named by an address. Raises NotFound when there is none."""
    try:
        return Quarter.parse(text)
    except UnknownQuarter:
        raise NotFound("quarter", text) from None


class IssueForm(GarageForm):
    """The last check: the day that the bills bear, and the figures that were on screen."""

    on = DayFr(
        "Date des factures",
        [Required("Saisissez la date des factures, par exemple 05/10/2026")],
        message="Saisissez la date des factures, par exemple 05/10/2026",
    )
    seen = HiddenField()


class BillFilters(GarageForm):
    """Which bills to list; an empty choice is all of them."""

    trimestre = SelectField("Trimestre", validate_choice=False)
    collectivite = SelectField("Collectivité", validate_choice=False)
