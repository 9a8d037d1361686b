"""The plan in French: hours in short, loads against what one has, weeks, public holidays."""

from datetime import date
from typing import Final

from garage.domain.planning import Holiday, Load, Week
from garage.french.formats import NBSP, day, hours, long_day

_HOLIDAYS: Final = {
    Holiday.NEW_YEAR: "Jour de l’An",
    Holiday.EASTER_MONDAY: "Lundi de Pâques",
    Holiday.LABOUR_DAY: "Fête du Travail",
    Holiday.VICTORY_1945: "Victoire de 1945",
    Holiday.ASCENSION: "Ascension",
    Holiday.WHIT_MONDAY: "Lundi de Pentecôte",
    Holiday.NATIONAL_DAY: "Fête nationale",
    Holiday.ASSUMPTION: "Assomption",
    Holiday.ALL_SAINTS: "Toussaint",
    Holiday.ARMISTICE_1918: "Armistice de 1918",
    Holiday.CHRISTMAS: "Noël",
}


def holiday_name(one: Holiday) -> str:
    """The name of a public holiday."""
    return _HOLIDAYS[one]


def short_hours(minutes: int) -> str:
    """A length of work, whole hours without minutes.

    >>> short_hours(540).split(), short_hours(570).split(), short_hours(30).split()
    (['9', 'h'], ['9', 'h', '30'], ['0', 'h', '30'])
    """
    return f"{minutes // 60}{NBSP}h" if minutes % 60 == 0 else hours(minutes)


def load(one: Load) -> str:
    """What is planned out of what there is.

    >>> load(Load(540, 420)).split()
    ['9', 'h', 'sur', '7', 'h']
    """
    return f"{short_hours(one.planned)} sur {short_hours(one.capacity)}"


def day_name(value: date) -> str:
    """A day of the week and its number, for the head of a column.

    >>> day_name(date(2026, 11, 16)), day_name(date(2026, 12, 1))
    ('lundi 16', 'mardi 1er')
    """
    name, number, *_ = long_day(value).split()
    return f"{name} {number}"


def week(one: Week) -> str:
    """A week by its days.

    >>> week(Week(date(2026, 11, 16)))
    'Semaine 47, du 16/11/2026 au 22/11/2026'
    """
    return f"Semaine {one.number}, du {day(one.days[0])} au {day(one.days[-1])}"
