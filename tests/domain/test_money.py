"""Rounding, VAT, markups and sharing (rules M1 to M7, E9 to E13)."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config import ROOT
from garage.domain.invoices.composition import vat_shares
from garage.domain.money import cents, percent_of, round_half_up, split, with_markup

AMOUNTS = st.decimals(min_value=-(10**7), max_value=10**7, places=2)
RATES = st.decimals(min_value=0, max_value=100, places=2)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("1e3", "1000.00")],
)
def test_half_goes_away_from_zero(value: str, rounded: str) -> None:
    assert cents(Decimal(value)) == Decimal(rounded)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.integers(0, 4))
def test_rounding_moves_at_most_half_a_unit_and_is_symmetric(value: Decimal, places: int) -> None:
    rounded = round_half_up(value, places)
    assert abs(rounded - value) * 2 <= Decimal(1).scaleb(-places)
    assert round_half_up(-value, places) == -rounded
    assert round_half_up(rounded, places) == rounded


@given(AMOUNTS, st.lists(st.decimals(min_value="0.01", max_value=1000, places=2), min_size=1, max_size=12))
@example(Decimal("100.00"), [Decimal(1)] * 3)
def test_a_shared_sum_loses_no_cent(total: Decimal, weights: list[Decimal]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts[:-1], weights, strict=False):
        assert abs(part - total * weight / whole) <= Decimal("0.005")


@pytest.mark.parametrize("weights", [[], [Decimal(0)]])
def test_sharing_needs_a_weight(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(Decimal(1), weights)


@given(st.lists(st.tuples(RATES, AMOUNTS), max_size=30))
@example([(Decimal("20"), Decimal("0.03"))] * 3)
def test_vat_is_rounded_once_per_rate(nets: list[tuple[Decimal, Decimal]]) -> None:
    shares = vat_shares(nets)
    assert sum(share.net for share in shares) == sum(net for _, net in nets)
    assert [share.rate for share in shares] == sorted({rate for rate, _ in nets})
    for share in shares:
        assert share.vat == cents(share.net * share.rate / 100)


def test_the_trap_of_floats() -> None:
    assert percent_of(Decimal("402.50"), Decimal("19")) == Decimal("76.48")
    assert with_markup(Decimal("0.0350"), Decimal("10")) == Decimal("0.0385")


def test_the_page_about_money_is_true() -> None:
    failed, tried = doctest.testfile(str(ROOT / "docs" / "money.md"), module_relative=False)
    assert (failed, tried > 5) == (0, True)
