"""What one cell means: numbers, days, hours, words, codes."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.operations.importing import values
from garage.operations.importing.values import BadCell


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234,5", "1234.5"),
        ("1234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234\u00a0567,5", "1234567.5"),
        ("1\u202f234,5000000", "1234.5"),
        ("+0012", "12"),
        (",25", "0.25"),
        ("0", "0"),
    ],
)
def test_numbers(cell, value):
    assert values.number(4, limit=10**9)(cell) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("=1+1", "not_a_number"),
        ("12 €", "not_a_number"),
        ("1 2", "not_a_number"),
        ("1234 567", "not_a_number"),
        ("1.234,5", "not_a_number"),
        ("1e3", "not_a_number"),
        ("١٢", "not_a_number"),
        ("NaN", "not_a_number"),
        ("5,", "not_a_number"),
        ("-1", "negative"),
        ("\u22121", "negative"),
        ("1,00001", "too_many_decimals"),
        ("9" * 5000, "too_big"),
    ],
)
def test_no_numbers(cell, code):
    with pytest.raises(BadCell) as bad:
        values.number(4, limit=10**9)(cell)
    assert bad.value.code == code


@pytest.mark.parametrize(
    ("parse", "cell", "code"),
    [
        (values.quantity, "0", "zero"),
        (values.quantity, "0,0001", "too_many_decimals"),
        (values.quantity, "1 000 000", "too_big"),
        (values.count, "1,5", "not_whole"),
        (values.rank, "0", "zero"),
        (values.vat_rate, "100,01", "too_big"),
        (values.vat_rate, "5,555", "too_many_decimals"),
        (values.percentage, "5,555", "too_many_decimals"),
        (values.insee, "1234", "bad_insee"),
        (values.emails, "mairie", "bad_email"),
        (values.emails, ";", "bad_email"),
        (values.text(3), "abcd", "too_long"),
        (values.paragraph, "a" * 10_001, "too_long"),
        (values.yes, "vrai", "unknown_word"),
    ],
)
def test_each_field_has_its_bounds(parse, cell, code):
    with pytest.raises(BadCell) as bad:
        parse(cell)
    assert bad.value.code == code


def test_what_fields_hold():
    assert values.vat_rate("100") == 100
    assert values.rank("12") == 12
    assert values.insee("2a004") == "2A004"
    assert values.emails("A@exemple.fr; b@exemple.fr") == "a@exemple.fr, b@exemple.fr"
    assert values.text(20)("un \n deux") == "un deux"
    assert values.paragraph("un\r\ndeux\rtrois") == "un\ndeux\ntrois"
    assert values.yes(" OUI ") is True


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1/7/2026", "not_a_date"),
        ("01/07/26", "not_a_date"),
        ("01-07-2026", "not_a_date"),
        ("2026/07/01", "not_a_date"),
        ("45678", "not_a_date"),
        ("01/07/2026 00:00", "not_a_date"),
        ("29/02/2026", "no_such_day"),
        ("2026-13-01", "no_such_day"),
        ("00/01/2026", "no_such_day"),
        ("01/01/1899", "bad_year"),
        ("2200-01-01", "bad_year"),
        ("01/01/0026", "bad_year"),
    ],
)
def test_no_days(cell, code):
    with pytest.raises(BadCell) as bad:
        values.day(cell)
    assert bad.value.code == code


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_in_both_ways(day):
    assert values.day(day.isoformat()) == values.day(f"{day:%d/%m/%Y}") == day


@pytest.mark.parametrize(
    ("cell", "minutes", "whole"),
    [
        ("3,25", 195, True),
        ("3.25", 195, True),
        ("3:15", 195, True),
        ("3 h 15", 195, True),
        ("3h15", 195, True),
        ("3\u00a0H\u00a015", 195, True),
        ("0 h 05", 5, True),
        ("8 h", 480, True),
        ("1,3333333333333333333333333333333333333333333333", 80, False),
        ("0,33", 20, False),
        ("0,0084", 1, False),
        ("1 000", 60_000, True),
        ("0,00833333333333333333333333333333333333333333333333334", 1, False),
    ],
)
def test_hours(cell, minutes, whole):
    assert values.minutes(cell) == (minutes, whole)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("3:75", "bad_clock"),
        ("3 h 60", "bad_clock"),
        ("3:5", "not_hours"),
        ("3:", "not_hours"),
        ("3:15:00", "not_hours"),
        ("trois", "not_hours"),
        ("=1+1", "not_hours"),
        ("0", "zero_minutes"),
        ("0:00", "zero_minutes"),
        ("0,008", "zero_minutes"),
        ("0,00833333333333333333333333333333333333333333333333333", "zero_minutes"),
        ("-1:30", "negative"),
        ("-0,5", "negative"),
        ("9" * 30, "too_big"),
    ],
)
def test_no_hours(cell, code):
    with pytest.raises(BadCell) as bad:
        values.minutes(cell)
    assert bad.value.code == code


def test_forecasts():
    assert values.forecast("0") == (Decimal("0.00"), True)
    assert values.forecast("1 200,5") == (Decimal("1200.50"), True)
    assert values.forecast("0,333") == (Decimal("0.33"), False)
    assert values.forecast("3:15") == (Decimal("3.25"), True)


@given(st.text(max_size=40), st.sampled_from([
    values.quantity, values.price, values.count, values.day, values.minutes, values.forecast, values.yes, values.code,
    values.siren, values.emails, values.insee, values.text(20), values.paragraph, values.vat_rate,
]))  # fmt: skip
def test_any_text_is_a_value_or_a_bad_cell(cell, parse):
    with suppress(BadCell):
        parse(cell)
