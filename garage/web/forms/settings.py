"""The forms of the settings, one per group: fields by the kind of value they hold. Rules are in the domain."""

from decimal import Decimal
from functools import cache
from typing import Any, Final

from wtforms import BooleanField, SelectField, TextAreaField

from garage.domain.errors.settings import SettingsRefused
from garage.domain.invoices.bill import SERIES
from garage.domain.settings import FIELDS_OF, MANDATORY, BillingSettings, SettingFault, SettingGroup, flat
from garage.french.labels import label
from garage.french.settings import effect_of, fault, name_of, value_of
from garage.web.forms.entries import Within, hidden
from garage.web.forms.fields import DecimalFr, GarageForm, IntegerFr, Required, TextField, choices

LONG: Final = frozenset({"payment_terms", "late_payment_text", "note_pmt", "note_pmd", "note_aab"})
# Typed with spaces in groups, kept without.
_BARE: Final = frozenset({"iban", "bic", "vat_number"})
_DEFAULTS: Final = flat(BillingSettings())
_GREATEST: Final = 10**9


class SettingsForm(GarageForm):
    """A group of settings; `seen` is the version it was made from."""

    seen = hidden()

    def values(self, group: SettingGroup) -> dict[str, Any]:
        """What was typed, by flat name."""
        return {name: _kept(name, self[name].data) for name in FIELDS_OF[group]}

    def show_faults(self, refusal: SettingsRefused) -> None:
        """Each fault beside its field."""
        for name, found in refusal.faults.items():
            self[name].errors = [*self[name].errors, fault(SettingFault(found))]


def _kept(name: str, typed: Any) -> Any:
    if not isinstance(typed, str):
        return typed
    text = "\n".join(line.rstrip() for line in typed.strip().splitlines())
    return "".join(text.split()).upper() if name in _BARE else text


@cache
def form_of(group: SettingGroup) -> type[SettingsForm]:
    """The form of a group."""
    return type("SettingsForm", (SettingsForm,), {name: _field(name) for name in FIELDS_OF[group]})


def _field(name: str) -> Any:
    default = _DEFAULTS[name]
    told = effect_of(name)
    if not isinstance(default, bool):
        told += f" Par défaut\u00a0: {value_of(name, default).removesuffix('.')}."
    words: dict[str, Any] = {"description": told}
    bounds = [Within(-_GREATEST, _GREATEST, "Saisissez un nombre plus petit")]
    if isinstance(default, bool):
        field: Any = BooleanField(name_of(name), **words)
    elif isinstance(default, Decimal):
        field = DecimalFr(name_of(name), [Required("Saisissez un montant, par exemple 15,00"), *bounds], **words)
    elif isinstance(default, int):
        message = "Saisissez un nombre entier, par exemple 5"
        field = IntegerFr(name_of(name), [Required(message), *bounds], message=message, **words)
    else:
        field = (TextAreaField if name in LONG else TextField)(name_of(name), **words)
    return field


def mandatory(name: str) -> bool:
    """Whether a field may not be left empty."""
    return name in MANDATORY or not isinstance(_DEFAULTS[name], str)


class StartForm(GarageForm):
    """The first number of a series, when its bills were on paper before."""

    series = SelectField(
        "Série", choices=choices([(letter, f"{letter} – {label(kind)}") for kind, letter in SERIES.items()])
    )
    year = SelectField("Année")
    first = IntegerFr(
        "Premier numéro",
        [
            Required("Saisissez le premier numéro, par exemple 57"),
            Within(-_GREATEST, _GREATEST, "Saisissez un nombre plus petit"),
        ],
        message="Saisissez un nombre entier, par exemple 57",
    )

    def __init__(self, this_year: int, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.year.choices = choices([(year, str(year)) for year in (this_year, this_year + 1)])
