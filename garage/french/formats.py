"""Figures, dates and names of periods for the eye, on screen and on paper. Nothing here reads what people type.

Spaces: U+202F between thousands, U+00A0 before a unit; the minus sign is U+2212.
"""

import re
from datetime import date
from decimal import Decimal

from garage.domain.money import round_half_up
from garage.domain.periods import Quarter

NBSP = "\u00a0"
NARROW = "\u202f"
MINUS = "\u2212"

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_PLATE = re.compile(r"([A-Z]{2})[\s-]*(\d{3})[\s-]*([A-Z]{2})")
_OLD_PLATE = re.compile(r"(\d{1,4})[\s-]*([A-Z]{1,3})[\s-]*(\d{2,3}|2[AB])")


def decimal(value: Decimal, min_places: int, max_places: int) -> str:
    """A number with a decimal comma; zeros after min_places are cut, more than max_places are rounded half up.

    >>> decimal(Decimal("-8.500"), 0, 3)
    '−8,5'
    """
    shown = round_half_up(value, max_places)
    whole, _, places = f"{abs(shown):,.{max_places}f}".partition(".")
    if min_places < max_places:
        places = places.rstrip("0").ljust(min_places, "0")
    whole = whole.replace(",", NARROW)
    sign = MINUS if shown < 0 else ""
    return f"{sign}{whole},{places}" if places else sign + whole


def amount(value: Decimal) -> str:
    """An amount in euros without its sign, for columns whose head says euros.

    >>> amount(Decimal("0.5"))
    '0,50'
    """
    return decimal(value, 2, 2)


def euros(value: Decimal) -> str:
    """An amount in euros, always two decimals.

    >>> euros(Decimal("-1234.56")) == f"{MINUS}1{NARROW}234,56{NBSP}€"
    True
    """
    return f"{decimal(value, 2, 2)}{NBSP}€"


def unit_price(value: Decimal) -> str:
    """A unit price in euros without its sign: four decimals, zeros cut after the second.

    >>> unit_price(Decimal("0.0385")), unit_price(Decimal("52.0000"))
    ('0,0385', '52,00')
    """
    return decimal(value, 2, 4)


def quantity(value: Decimal) -> str:
    """A quantity: up to three decimals, trailing zeros cut.

    >>> quantity(Decimal("8.500")), quantity(Decimal("20.000"))
    ('8,5', '20')
    """
    return decimal(value, 0, 3)


def count(value: int) -> str:
    """A whole number, thousands apart.

    >>> count(84310) == f"84{NARROW}310"
    True
    """
    return f"{abs(value):,}".replace(",", NARROW) if value >= 0 else MINUS + count(-value)


def hours(minutes: int) -> str:
    """A length of work in hours and minutes, no-break spaces inside.

    >>> hours(190).split(), hours(5).split()
    (['3', 'h', '10'], ['0', 'h', '05'])
    """
    whole, rest = divmod(abs(minutes), 60)
    return f"{MINUS if minutes < 0 else ''}{whole}{NBSP}h{NBSP}{rest:02d}"


def hundredths(minutes: int) -> str:
    """A length of work in hours and hundredths, rounded half up.

    >>> hundredths(190)
    '3,17'
    """
    return decimal(Decimal(minutes) / 60, 2, 2)


def percent(value: Decimal) -> str:
    """A percentage of at most two decimals, zeros cut.

    >>> percent(Decimal("5.50")) == f"5,5{NBSP}%"
    True
    """
    return f"{decimal(value, 0, 2)}{NBSP}%"


def day(value: date) -> str:
    """A day in figures.

    >>> day(date(2026, 11, 21))
    '21/11/2026'
    """
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def long_day(value: date) -> str:
    """A day in words.

    >>> long_day(date(2026, 11, 21)), long_day(date(2026, 5, 1))
    ('samedi 21 novembre 2026', 'vendredi 1er mai 2026')
    """
    number = "1er" if value.day == 1 else str(value.day)
    return f"{_DAYS[value.weekday()]} {number} {_MONTHS[value.month - 1]} {value.year}"


def quarter(value: Quarter) -> str:
    """A quarter in words.

    >>> quarter(Quarter(2026, 3)), quarter(Quarter(2026, 1))
    ('3e trimestre 2026', '1er trimestre 2026')
    """
    return f"{'1er' if value.number == 1 else f'{value.number}e'} trimestre {value.year}"


def registration(text: str) -> str:
    """A plate as it is painted; anything that is no French plate is left as it was.

    >>> registration("ab123cd"), registration("1234AB35") == f"1234{NBSP}AB{NBSP}35"
    ('AB-123-CD', True)
    """
    typed = text.strip().upper()
    if found := _PLATE.fullmatch(typed):
        return "-".join(found.groups())
    if found := _OLD_PLATE.fullmatch(typed):
        return NBSP.join(found.groups())
    return text.strip()


def siret(digits: str) -> str:
    """Fourteen digits in groups of 3, 3, 3 and 5 (nine digits: a SIREN); anything else is left as it was.

    >>> siret("24290080100012").split()
    ['242', '900', '801', '00012']
    """
    if not digits.isdigit() or len(digits) not in {9, 14}:
        return digits
    return NBSP.join(filter(None, (digits[:3], digits[3:6], digits[6:9], digits[9:])))
