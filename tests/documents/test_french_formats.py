"""Figures and dates as they are shown (formats of the interface: which no-break space stands where)."""

import doctest
from datetime import date
from decimal import Decimal

import pytest

from garage.domain.periods import Quarter
from garage.french import bill, formats


@pytest.mark.parametrize("module", [formats, bill])
def test_the_examples_of_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "0,00\u00a0€"),
        ("-0.00", "0,00\u00a0€"),
        ("1234.56", "1\u202f234,56\u00a0€"),
        ("-1234567.8", "\u22121\u202f234\u202f567,80\u00a0€"),
        ("999.995", "1\u202f000,00\u00a0€"),
    ],
)
def test_euros(value: str, shown: str) -> None:
    assert formats.euros(Decimal(value)) == shown


def test_other_figures() -> None:
    assert formats.unit_price(Decimal("8.6350")) == "8,635"
    assert formats.quantity(Decimal("1204")) == "1\u202f204"
    assert formats.quantity(Decimal("0.125")) == "0,125"
    assert formats.percent(Decimal("20.00")) == "20\u00a0%"
    assert formats.hours(190) == "3\u00a0h\u00a010"
    assert formats.hours(-75) == "\u22121\u00a0h\u00a015"
    assert formats.hundredths(80) == "1,33"
    assert formats.count(-1204) == "\u22121\u202f204"
    assert formats.siret("24290080100012") == "242\u00a0900\u00a0801\u00a000012"
    assert formats.siret("inconnu") == "inconnu"


def test_days_quarters_and_plates() -> None:
    assert formats.day(date(2026, 1, 5)) == "05/01/2026"
    assert formats.long_day(date(2026, 8, 1)) == "samedi 1er août 2026"
    assert formats.quarter(Quarter(2026, 4)) == "4e trimestre 2026"
    assert formats.registration("ab 123 cd") == "AB-123-CD"
    assert formats.registration("Remorque 4") == "Remorque 4"
