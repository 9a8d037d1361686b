"""Numbers of bills: each pattern gives each bill its own, and a new pattern repeats none (rule B3)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garage.domain.errors.invoices import OtherPattern, SeriesFull
from garage.domain.invoices.numbering import check_same_pattern, number, read_number
from garage.domain.settings import NUMBER_LENGTH, BillingSettings, SettingFault, faults, flat, iban_holds, with_values

_AROUND = st.text("AZaz019+-_/", max_size=3)


@st.composite
def patterns(draw: Any) -> BillingSettings:
    """Patterns that the settings take."""
    places = draw(st.permutations(["{serie}", "{annee}", "{numero}"]))
    parts = [draw(_AROUND), places[0], draw(_AROUND), places[1], draw(_AROUND), places[2], draw(_AROUND)]
    made = BillingSettings(number_pattern="".join(parts), number_digits=draw(st.integers(3, 5)))
    return made if not faults(made, None) else BillingSettings()


PLACES = st.tuples(st.sampled_from("FAR"), st.integers(2000, 2099), st.integers(1, 999))


@settings(max_examples=120, deadline=None)
@given(patterns(), PLACES, PLACES)
def test_two_bills_never_have_the_same_number(pattern: BillingSettings, one: Any, other: Any) -> None:
    first, second = number(*one, pattern), number(*other, pattern)
    assert (first == second) == (one == other)
    assert len(first) <= NUMBER_LENGTH
    assert read_number(first, pattern) == one


@settings(max_examples=120, deadline=None)
@given(patterns(), patterns(), PLACES, PLACES)
def test_a_number_of_another_pattern_is_read_for_what_it_would_be(
    old: BillingSettings, new: BillingSettings, issued: Any, coming: Any
) -> None:
    """What the settings ask before a change: if the new pattern ever wrote an issued number, reading it says so."""
    if number(*issued, old) == number(*coming, new):
        assert read_number(number(*issued, old), new) == coming


def test_a_series_may_pass_its_digits_but_not_twenty_characters() -> None:
    assert number("F", 2026, 10000) == "F2026-10000"
    full = BillingSettings(number_pattern="GARAGE/{serie}{annee}-{numero}", number_digits=7)
    assert number("F", 2026, 9_999_999, full) == "GARAGE/F2026-9999999"
    with pytest.raises(SeriesFull) as refused:
        number("F", 2026, 10_000_000, full)
    assert refused.value.last == 9_999_999


def test_a_series_goes_on_in_its_own_pattern() -> None:
    slashes = BillingSettings(number_pattern="GM/{serie}{annee}/{numero}")
    check_same_pattern(None, ("F", 2026, 1), slashes)
    check_same_pattern("GM/F2026/0001", ("F", 2026, 2), slashes)
    with pytest.raises(OtherPattern):
        check_same_pattern("F2026-0001", ("F", 2026, 2), slashes)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("floor", "-0.01", SettingFault.FLOOR),
        ("floor", "0.001", SettingFault.FLOOR),
        ("invoicing_day", 0, SettingFault.DAY),
        ("invoicing_day", 29, SettingFault.DAY),
        ("question_days", 5, SettingFault.QUESTION_DAYS),
        ("question_days", -1, SettingFault.QUESTION_DAYS),
        ("number_pattern", "", SettingFault.EMPTY),
        ("number_pattern", "{serie}{annee}", SettingFault.PATTERN_PARTS),
        ("number_pattern", "{serie}{serie}{annee}{numero}", SettingFault.PATTERN_PARTS),
        ("number_pattern", "{serie}{annee} {numero}", SettingFault.PATTERN_LETTERS),
        ("number_pattern", "{serie}{annee}~{numero}", SettingFault.PATTERN_LETTERS),
        ("number_pattern", "{serie}{annee}é{numero}", SettingFault.PATTERN_LETTERS),
        ("number_pattern", "{serie}{annee}{{}}{numero}", SettingFault.PATTERN_LETTERS),
        ("number_pattern", "123456789012{serie}{annee}{numero}", SettingFault.PATTERN_LENGTH),
        ("number_digits", 2, SettingFault.DIGITS),
        ("number_digits", 9, SettingFault.DIGITS),
        ("vat_number", "FR00242900801", SettingFault.VAT_NUMBER),
        ("vat_number", "FR39356000000", SettingFault.VAT_OF_ANOTHER),
        ("iban", "FR7630001007941234567890186", SettingFault.IBAN),
        ("iban", "FR76 3000 1007 9412 3456 7890 185", SettingFault.IBAN),
        ("bic", "BDFEFRPPCC", SettingFault.BIC),
        ("accounting_email", "comptabilite", SettingFault.EMAIL),
        ("note_pmt", "", SettingFault.EMPTY),
        ("note_pmd", "x" * 1025, SettingFault.TOO_LONG),
        ("note_aab", "Pas d’escompte\x00", SettingFault.NOT_SHOWN),
        ("mention_exempt", "x" * 501, SettingFault.TOO_LONG),
        ("mention_out_of_scope", "", SettingFault.EMPTY),
        ("payment_terms", "", SettingFault.EMPTY),
        ("due_days", 366, SettingFault.DUE_DAYS),
        ("due_days", -1, SettingFault.DUE_DAYS),
        ("labour_article", "7O878", SettingFault.ARTICLE),
        ("labour_function", "12345678901", SettingFault.FUNCTION),
        ("parts_product_code", "ABCDE", SettingFault.PRODUCT_CODE),
        ("magnus_budget", "x" * 51, SettingFault.TOO_LONG),
        ("pes_post", "29", SettingFault.PES_POST),
        ("pes_collectivity_code", "40", SettingFault.PES_COLLECTIVITY),
        ("pes_budget_code", "0a", SettingFault.PES_BUDGET),
        ("pes_budget_label", "x" * 39, SettingFault.TOO_LONG),
    ],
)
def test_what_cannot_be_is_named(name: str, value: Any, fault: SettingFault) -> None:
    known = flat(BillingSettings())
    typed = type(known[name])(value)
    assert faults(with_values(BillingSettings(), {name: typed}), "242900801") == {name: fault}


def test_what_can_be_is_taken() -> None:
    good = {
        "vat_number": "FR03242900801", "iban": "FR7630001007941234567890185", "bic": "BDFEFRPPCCT",
        "pes_post": "02A012", "pes_collectivity_code": "400", "pes_budget_code": "A0", "labour_article": "70878",
        "structure_product_code": "MO1", "note_aab": "Deux\nlignes, l’œuvre\u00a0: 10\u202f%",
    }  # fmt: skip
    wanted = with_values(BillingSettings(), good)
    assert faults(wanted, "242900801") == {}
    assert {name: flat(wanted)[name] for name in good} == good
    assert iban_holds("BE68539007547034")
    assert with_values(wanted, dict.fromkeys(("labour_article", "structure_product_code"), "")).imputations == {}
