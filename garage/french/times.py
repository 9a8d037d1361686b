"""Times of day as they read in Paris: 08:12, 08:12 – 09:40."""

from datetime import date, datetime

from garage.clock import PARIS
from garage.french.formats import NBSP, day

_SHORT = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


def short_day(value: date) -> str:
    """A day of the week and of the month.

    >>> short_day(date(2026, 11, 21)).split()
    ['sam.', '21']
    """
    return f"{_SHORT[value.weekday()]}{NBSP}{value.day}"


def hour(instant: datetime) -> str:
    """The time that clocks show.

    >>> from datetime import UTC
    >>> hour(datetime(2026, 11, 21, 7, 12, tzinfo=UTC))
    '08:12'
    """
    return f"{instant.astimezone(PARIS):%H:%M}"


def hour_of_day(instant: datetime, today: date) -> str:
    """The time, and the day when it is not today."""
    local = instant.astimezone(PARIS)
    return hour(instant) if local.date() == today else f"{day(local.date())} à{NBSP}{hour(instant)}"


def stretch(start: datetime, end: datetime | None) -> str:
    """From when to when.

    >>> from datetime import UTC
    >>> stretch(datetime(2026, 11, 21, 7, tzinfo=UTC), None)
    '08:00 – en cours'
    """
    return f"{hour(start)} – {hour(end) if end else 'en cours'}"
