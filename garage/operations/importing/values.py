"""From the text of one cell to a value: numbers, days, hours, words, codes. No row, no file, no database here."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import TypeVar

from garage.domain.collectivities import read_code, read_siren
from garage.domain.errors.base import BadCode
from garage.domain.errors.collectivities import BadSiren
from garage.domain.errors.users import BadEmail
from garage.domain.money import round_half_up
from garage.domain.users import read_email
from garage.operations.importing.layout import normal
from garage.operations.importing.report import FaultCode

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
LONGEST_TEXT = 10_000
QUANTITY_LIMIT = 1_000_000
MONEY_LIMIT = 1_000_000
COUNT_LIMIT = 1_000_000_000

_BREAKS = re.compile(r"\s*[\r\n\t\v\f]+\s*")
_SPACES = "[ \u00a0\u202f]"
_NUMBER = re.compile(rf"([+\u2212-]?)([0-9]{{1,3}}(?:{_SPACES}[0-9]{{3}})+|[0-9]+|(?=[.,]))(?:[.,]([0-9]+))?")
_NOT_DIGITS = re.compile("[^0-9]")
_FRENCH_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK = re.compile(rf"(-?)([0-9]{{1,7}})(?::|{_SPACES}?[hH]{_SPACES}?)([0-9]{{2}})?")
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")


class BadCell(Exception):
    """A cell that cannot be read: the code of the fault and the figures its sentence needs."""

    def __init__(self, code: FaultCode, **data: object) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


def text(longest: int) -> Callable[[str], str]:
    """One line of at most so many characters; breaks inside become spaces."""

    def parse(cell: str) -> str:
        line = _BREAKS.sub(" ", cell)
        if len(line) > longest:
            raise BadCell(FaultCode.TOO_LONG, longest=longest, length=len(line))
        return line

    return parse


def paragraph(cell: str) -> str:
    """A text of several lines."""
    if len(cell) > LONGEST_TEXT:
        raise BadCell(FaultCode.TOO_LONG, longest=LONGEST_TEXT, length=len(cell))
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _decimal(cell: str, fault: FaultCode) -> Decimal:
    """A signed number with comma or dot, thousands apart by space, U+00A0 or U+202F."""
    found = _NUMBER.fullmatch(cell)
    if not found:
        raise BadCell(fault)
    whole = _NOT_DIGITS.sub("", found[2]).lstrip("0") or "0"
    places = (found[3] or "").rstrip("0")
    sign = "" if found[1] in ("", "+") else "-"
    return Decimal(f"{sign}{whole}.{places}" if places else f"{sign}{whole}")


def number(places: int, *, limit: int, above_zero: bool = False) -> Callable[[str], Decimal]:
    """A number of zero or more with at most so many decimals, trailing zeros apart (rule M7); refused, never rounded.

    >>> number(4, limit=10**9)("1 234,5000")
    Decimal('1234.5')
    """

    def parse(cell: str) -> Decimal:
        value = _decimal(cell, FaultCode.NOT_A_NUMBER)
        exponent = value.as_tuple().exponent
        if value < 0:
            raise BadCell(FaultCode.NEGATIVE)
        if above_zero and not value:
            raise BadCell(FaultCode.ZERO)
        if value >= limit:
            raise BadCell(FaultCode.TOO_BIG, limit=limit)
        if isinstance(exponent, int) and -exponent > places:
            raise BadCell(FaultCode.NOT_WHOLE) if places == 0 else BadCell(FaultCode.TOO_MANY_DECIMALS, places=places)
        return value

    return parse


quantity = number(3, limit=QUANTITY_LIMIT, above_zero=True)
level = number(3, limit=QUANTITY_LIMIT)
price = number(4, limit=MONEY_LIMIT)
cost = number(4, limit=MONEY_LIMIT)
amount = number(2, limit=MONEY_LIMIT, above_zero=True)
percentage = number(2, limit=MONEY_LIMIT)
_count = number(0, limit=COUNT_LIMIT)
_rank = number(0, limit=COUNT_LIMIT, above_zero=True)
_rate = number(2, limit=101)


def count(cell: str) -> int:
    """A whole number, zero or more."""
    return int(_count(cell))


def rank(cell: str) -> int:
    """A whole number from 1."""
    return int(_rank(cell))


def vat_rate(cell: str) -> Decimal:
    """A VAT rate in percent, 0 to 100, 2 decimals."""
    rate = _rate(cell)
    if rate > 100:
        raise BadCell(FaultCode.TOO_BIG, limit=100)
    return rate


def day(cell: str) -> date:
    """A day written JJ/MM/AAAA or AAAA-MM-JJ, of the years 1900 to 2199, that is in the calendar.

    >>> day("28/02/2026") == day("2026-02-28")
    True
    """
    if found := _FRENCH_DAY.fullmatch(cell):
        year, month, number_of_day = int(found[3]), int(found[2]), int(found[1])
    elif found := _ISO_DAY.fullmatch(cell):
        year, month, number_of_day = int(found[1]), int(found[2]), int(found[3])
    else:
        raise BadCell(FaultCode.NOT_A_DATE)
    if not 1900 <= year <= 2199:
        raise BadCell(FaultCode.BAD_YEAR)
    try:
        return date(year, month, number_of_day)
    except ValueError:
        raise BadCell(FaultCode.NO_SUCH_DAY) from None


def _hours(cell: str) -> Decimal:
    """Hours as 3,25, 3:15 or 3 h 15, exact to the sixtieth: times 60 for a clock, as typed for decimals."""
    if found := _CLOCK.fullmatch(cell):
        if found[3] is None and ":" in cell:
            raise BadCell(FaultCode.NOT_HOURS)
        if int(found[3] or 0) > 59:
            raise BadCell(FaultCode.BAD_CLOCK)
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return Decimal(-minutes if found[1] else minutes)
    return _decimal(cell, FaultCode.NOT_HOURS) * 60


def minutes(cell: str) -> tuple[int, bool]:
    """Whole minutes of a length of work, rounded half up, and whether they were whole as typed (rules M1, M7).

    >>> minutes("3 h 15"), minutes("3,25"), minutes("0,33")
    ((195, True), (195, True), (20, False))
    """
    with localcontext(prec=len(cell) + 28):
        exact = _hours(cell)
        if exact < 0:
            raise BadCell(FaultCode.NEGATIVE)
        if exact >= COUNT_LIMIT:
            raise BadCell(FaultCode.TOO_BIG, limit=COUNT_LIMIT // 60)
        rounded = round_half_up(exact, 0)
        if not rounded:
            raise BadCell(FaultCode.ZERO_MINUTES)
        return int(rounded), rounded == exact


def forecast(cell: str) -> tuple[Decimal, bool]:
    """A forecast in hours, rounded half up to 2 decimals, and whether it held in them as typed.

    >>> forecast("120"), forecast("3:20")
    ((Decimal('120.00'), True), (Decimal('3.33'), False))
    """
    with localcontext(prec=len(cell) + 28):
        exact = _hours(cell)
        if exact < 0:
            raise BadCell(FaultCode.NEGATIVE)
        if exact >= COUNT_LIMIT:
            raise BadCell(FaultCode.TOO_BIG, limit=COUNT_LIMIT // 60)
        rounded = round_half_up(exact / 60, 2)
        return rounded, rounded * 60 == exact


def word(words: Mapping[str, T]) -> Callable[[str], T]:
    """A word of a closed list, in any case, accents ignored, space as underscore."""

    def parse(cell: str) -> T:
        found = normal(cell)
        if found not in words:
            raise BadCell(FaultCode.UNKNOWN_WORD, words=", ".join(words))
        return words[found]

    return parse


yes = word({"oui": True, "non": False})


def several(parse: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Values kept apart by commas, each once.

    >>> several(text(9))("12, 34,12")
    ('12', '34')
    """
    return lambda cell: tuple(dict.fromkeys(parse(one.strip()) for one in cell.split(",") if one.strip()))


def code(cell: str) -> str:
    """A code of A–Z 0–9 and hyphen, in capitals (rule C1)."""
    try:
        return read_code(cell)
    except BadCode:
        raise BadCell(FaultCode.BAD_CODE) from None


def siren(cell: str) -> str:
    """A SIREN (rule C1)."""
    try:
        return read_siren(cell)
    except BadSiren:
        raise BadCell(FaultCode.BAD_SIREN) from None


def emails(cell: str) -> str:
    """One or several addresses, kept apart by a comma and a space."""
    try:
        addresses = [read_email(part) for part in re.split(r"[\s,;]+", cell) if part]
    except BadEmail:
        raise BadCell(FaultCode.BAD_EMAIL) from None
    if not addresses:
        raise BadCell(FaultCode.BAD_EMAIL)
    return ", ".join(dict.fromkeys(addresses))


def insee(cell: str) -> str:
    """The code of a commune in the official geographic code, five characters (rule C1)."""
    if not _INSEE.fullmatch(cell.upper()):
        raise BadCell(FaultCode.BAD_INSEE)
    return cell.upper()


def words_of(members: type[E], french: str) -> dict[str, E]:
    """The French words of a closed list, in the order of its members."""
    return dict(zip(french.split(), members, strict=True))
