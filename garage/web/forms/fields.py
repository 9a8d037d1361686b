"""Fields that read what people type in French, and the base of every form. No rule of the garage here."""

import re
import uuid
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, Form, HiddenField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import TextInput

from garage.domain.errors.base import GarageError
from garage.french import formats
from garage.french.refusals import sentence

_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_DAY = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4}|\d{2})|(\d{2})(\d{2})(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEARS = range(1900, 3000)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DECIMAL_HOURS = re.compile(r"[0-9]{1,6}|[0-9]{1,6}[.,][0-9]{1,9}h?")
_DURATION = re.compile(r"(?:(\d+)(?:h|:))?(\d{1,2})?(?:mn|min)?")


class _Typeset:
    """Translations whose apostrophes are curly."""

    def __init__(self, known: Any) -> None:
        self._known = known

    def gettext(self, text: str) -> str:
        return str(self._known.gettext(text)).replace("'", "’")

    def ngettext(self, one: str, many: str, count: int) -> str:
        return str(self._known.ngettext(one, many, count)).replace("'", "’")


class GarageForm(FlaskForm):
    """The base of every form: CSRF, French, errors of the form itself, refusals of the operations."""

    class Meta(FlaskForm.Meta):
        """French messages where a field brings none of its own."""

        locales = ("fr_FR", "fr")

        def get_translations(self, form: BaseForm) -> Any:
            """WTForms' French, with the apostrophe of our own sentences."""
            return _Typeset(super().get_translations(form))  # type: ignore[no-untyped-call]

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)  # type: ignore[no-untyped-call]

    def is_submitted(self) -> bool:
        """Whether the request sends a form."""
        return bool(super().is_submitted())  # type: ignore[no-untyped-call]

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        """Whether a form was sent and every field of it can be read."""
        return self.is_submitted() and bool(self.validate(extra_validators=extra_validators))

    def refuse(self, refusal: GarageError) -> None:
        """Show a refusal beside the field it names, else at the top."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(sentence(refusal))
        else:
            field.errors = [*field.errors, sentence(refusal)]


def errors_of(form: Form) -> list[tuple[str | None, str]]:
    """The lines of the error summary: what to go to, and the same words as beside the field."""
    lines: list[tuple[str | None, str]] = [(None, str(text)) for text in form.form_errors]
    for field in form:
        if not field.errors:
            continue
        target = None if isinstance(field, HiddenField) else str(field.id)
        lines.append((target, str(field.errors[0])))
    return lines


class Required(InputRequired):
    """Something must be typed; the message says what, with an example."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class Chosen(DataRequired):
    """Something must be chosen in a list whose first line is empty; the message says what."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class TextField(StringField):
    """A line of text, stray spaces removed; nothing typed is the empty string."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = " ".join(str(valuelist[0]).split()) if valuelist else ""


class _TooFine(ValueError):
    """A number with more decimals than the field holds, in words."""


class _TypedField(Field):
    """A text field that keeps what was typed when it cannot be read."""

    widget = TextInput()
    message = ""

    def __init__(self, label: str, validators: Any = None, *, message: str = "", **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.message = message or self.message

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.shown(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if typed:
            try:
                self.data = self.read(typed)
            except _TooFine as fine:
                raise ValueError(str(fine)) from None
            except (ValueError, InvalidOperation):
                raise ValueError(self.message) from None

    def read(self, typed: str) -> Any:
        """The value of what was typed; ValueError when it has none."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """A value as it would be typed."""
        return str(value)


class DecimalFr(_TypedField):
    """A number with comma or dot, any spaces, €, %, km or h around; at most `places` decimals."""

    message = "Saisissez un nombre, par exemple 12,50"

    def __init__(
        self, label: str, validators: Any = None, *, places: int = 2, message: str = "", **options: Any
    ) -> None:
        super().__init__(label, validators, message=message, **options)
        self.places = places

    def read(self, typed: str) -> Decimal:
        """«1 234,56 €» is 1234.56."""
        number = Decimal(_bare_number(typed))
        if not number.is_finite() or number.adjusted() > 12:
            raise ValueError(typed)
        if -int(number.as_tuple().exponent) > self.places:
            raise _TooFine(f"Saisissez un nombre avec au plus {self.places} chiffres après la virgule")
        return number

    def shown(self, value: Any) -> str:
        """Without thousands, so that it can be typed over."""
        return (
            formats.decimal(value, 2 if self.places in (2, 4) else 0, self.places)
            .replace(formats.NARROW, "")
            .replace(formats.MINUS, "-")
        )


class IntegerFr(_TypedField):
    """A whole number, spaces and unit allowed."""

    message = "Saisissez un nombre entier, par exemple 84 310"

    def read(self, typed: str) -> int:
        """«84 310 km» is 84310."""
        return int(_bare_number(typed))


class DayFr(_TypedField):
    """A day typed 21/11/2026, 21/11/26, 21-11-2026 or 21112026; also what `type=date` sends."""

    message = "Saisissez une date, par exemple 21/11/2026"

    def read(self, typed: str) -> date:
        """The day; two figures of a year are of this century."""
        if found := _ISO.fullmatch(typed):
            return _sensible(date(*(int(part) for part in found.groups())))
        found = _DAY.fullmatch(typed)
        if not found:
            raise ValueError(typed)
        day, month, year = (part for part in found.groups() if part is not None)
        return _sensible(date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)))

    def shown(self, value: Any) -> str:
        """21/11/2026."""
        return formats.day(value)


class DurationFr(_TypedField):
    """A time worked, in whole minutes: 1 h 30, 1:30, 45 min, or hours with decimals (1,5)."""

    message = "Saisissez une durée, par exemple 1\u00a0h\u00a030 ou 90\u00a0min"

    def read(self, typed: str) -> int:
        """Minutes; decimals of an hour must make whole minutes."""
        text = _SPACES.sub("", typed).lower().replace("heures", "h").replace("heure", "h")
        if _DECIMAL_HOURS.fullmatch(text):
            minutes = Decimal(text.removesuffix("h").replace(",", ".")) * 60
            if minutes != int(minutes):
                raise ValueError(typed)
            return int(minutes)
        found = _DURATION.fullmatch(text)
        if not found or not text or (found[1] and int(found[2] or 0) > 59):
            raise ValueError(typed)
        return int(found[1] or 0) * 60 + int(found[2] or 0)

    def shown(self, value: Any) -> str:
        """1 h 30."""
        return formats.hours(value)


def choices(pairs: Iterable[tuple[object, str]]) -> Any:
    """The lines of a list, from pairs of value and label."""
    return [SelectChoice(str(value), text) for value, text in pairs]


def creation_key() -> HiddenField:
    """A hidden token, new for each blank form: sending the same form twice creates one thing."""
    return HiddenField(default=lambda: uuid.uuid4().hex, filters=[lambda token: token or None])


def _sensible(day: date) -> date:
    """A day that somebody may mean; ValueError for a year whose figures were mistyped."""
    if day.year not in _YEARS:
        raise ValueError(day)
    return day


def _bare_number(typed: str) -> str:
    """Figures with a dot, without spaces nor unit; ValueError for what only a machine calls a number (1e3, 1_0)."""
    bare = _SPACES.sub("", typed).replace(formats.MINUS, "-").replace(",", ".")
    number = re.sub(r"(?:€|%|km|h|l)$", "", bare, flags=re.IGNORECASE)
    if not _NUMBER.fullmatch(number):
        raise ValueError(typed)
    return number
