"""What the forms of orders and stock have in common: near days, short words, bounded numbers, sent once."""

import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from wtforms import HiddenField, RadioField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import DateInput

from garage import clock
from garage.web.forms.fields import DayFr, DecimalFr, DurationFr, GarageForm, IntegerFr, TextField, choices

_GREATEST: Final = 10**9
_METER: Final = 9_999_999


class Shown:
    """Refuses characters that are never seen, which a database may refuse."""

    def __call__(self, form: Any, field: Any) -> None:
        """Ends of line and tabs pass."""
        del form
        if any(not (letter.isprintable() or letter in "\r\n\t") for letter in str(field.data or "")):
            raise ValidationError("Retirez les caractères invisibles de ce champ")


def longest(count: int) -> list[Any]:
    """A text of at most so many characters."""
    return [Length(max=count, message=f"Écrivez au plus {count} caractères"), Shown()]


def words(label: str, count: int, required: Any = None, **options: Any) -> TextField:
    """A line of text of at most so many characters."""
    return TextField(label, [*([required] if required else []), *longest(count)], **options)


class Within:
    """Refuses a number too great to mean anything here, before the rules read it."""

    def __init__(self, least: int, greatest: int, message: str) -> None:
        self.least, self.greatest, self.message = least, greatest, message

    def __call__(self, form: Any, field: Any) -> None:
        """An empty field passes."""
        del form
        if field.data is not None and not self.least <= field.data <= self.greatest:
            raise ValidationError(self.message)


def decimal(label: str, places: int, required: Any = None, **options: Any) -> DecimalFr:
    """A number with decimals; the rules say which ones are possible."""
    bounds = Within(-_GREATEST, _GREATEST, "Saisissez un nombre plus petit")
    return DecimalFr(label, [*([required] if required else []), bounds], places=places, **options)


def meter_reading(required: Any = None) -> IntegerFr:
    """A meter reading, in whole kilometres or hours."""
    bounds = Within(0, _METER, "Le compteur doit aller de 0 à 9\u202f999\u202f999")
    checks = [*([required] if required else []), bounds]
    return IntegerFr("Compteur", checks, message="Saisissez le compteur en chiffres, par exemple 84 310")


def hidden(count: int = 64) -> HiddenField:
    """A field that is not shown; what it begins with is read as text, as what is sent."""
    return HiddenField(validators=longest(count), filters=[lambda told: None if told is None else str(told)])


def sent_once() -> HiddenField:
    """A token, new for each blank form: sending the same form twice writes one thing. An empty one is none."""
    return HiddenField(default=new_token, validators=longest(64), filters=[lambda token: token or None])


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_hex(16)


class WorkTime(DurationFr):
    """A time worked; no exponent, no endless row of figures."""

    def read(self, typed: str) -> int:
        """Minutes."""
        if len(typed) > 20 or "e" in typed.lower().replace("heure", ""):
            raise ValueError(typed)
        return int(super().read(typed))


class NearDay(DayFr):
    """A day of these weeks, chosen in the calendar of the device."""

    widget = DateInput()  # type: ignore[assignment]

    def shown(self, value: Any) -> str:
        """2026-11-21, as the calendar wants it."""
        return str(value.isoformat())


class DatedForm(GarageForm):
    """A form about one day: today, yesterday (or other days offered), or another one, which wins when filled."""

    near = RadioField("Jour", validate_choice=False)
    done_on = NearDay("Ou un autre jour")

    def __init__(self, *args: Any, offered: list[tuple[date, str]] | None = None, **values: Any) -> None:
        super().__init__(*args, **values)
        today = clock.today()
        days = offered or [(today, "Aujourd’hui"), (today - timedelta(days=1), "Hier")]
        self.near.choices = choices([(day.isoformat(), text) for day, text in days])
        # A page sent after midnight still means the day that was chosen on it.
        if not _is_day(self.near.data):
            self.near.data = days[0][0].isoformat()

    @property
    def day(self) -> date:
        """The day that was meant."""
        return self.done_on.data or date.fromisoformat(self.near.data)


def _is_day(text: Any) -> bool:
    try:
        date.fromisoformat(str(text))
    except ValueError:
        return False
    return True


def number(value: Decimal | None) -> Decimal:
    """A decimal field that `Required` has checked."""
    return value if value is not None else Decimal(0)
