"""What people type about their time: times of day, a day, what they worked at."""

import re
from datetime import time
from typing import Any

from wtforms import Form, SelectField
from wtforms.widgets import TimeInput

from garage.web.forms.entries import NearDay
from garage.web.forms.fields import Required, _TypedField

_HOUR = re.compile(r"(\d{1,2})(?:\s*[h:.]\s*(\d{2})?)?|(\d{2})(\d{2})")


class TimeFr(_TypedField):
    """A time of day: 14:32, 14 h 32, 14h, 1432; 24:00 is midnight."""

    widget = TimeInput()  # type: ignore[assignment]
    message = "Saisissez une heure, par exemple 14:32"

    def read(self, typed: str) -> time:
        """The time on the clock."""
        found = _HOUR.fullmatch(typed.lower().replace("\u00a0", " "))
        if not found:
            raise ValueError(typed)
        hour, minute = (int(part or 0) for part in (found[1] or found[3], found[2] or found[4]))
        return time(0) if (hour, minute) == (24, 0) else time(hour, minute)

    def shown(self, value: Any) -> str:
        """14:32, as the device's own field wants it."""
        return f"{value:%H:%M}"


def hour(label: str, required: str | None = None) -> TimeFr:
    """A time of day."""
    return TimeFr(label, [Required(required)] if required else [])


class Span(Form):
    """A period, and whose time; kept in the address."""

    du = NearDay("Du")
    au = NearDay("Au")
    personne = SelectField("Personne", validate_choice=False)
