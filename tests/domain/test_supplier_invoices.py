"""A supplier's invoice: prices, differences, shares to the cent, what is left to bill (E9)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain.errors.stock import BadCost, BadQuantity
from garage.domain.errors.supplier_invoices import BadInvoiceTotal, NotFromPrices
from garage.domain.money import cents
from garage.domain.supplier_invoices import (
    Difference,
    Effect,
    Expected,
    Gap,
    check_total,
    corrected_cost,
    differences,
    needs_reason,
    priced,
    shares,
    still_billable,
)

AMOUNTS = st.decimals("0.01", "99999.99", places=2)
QUANTITIES = st.decimals("0.001", "9999", places=3)
PRICES = st.decimals("0", "9999", places=4)


@given(AMOUNTS, st.lists(st.decimals("0.001", "1000", places=3), min_size=1, max_size=9))
def test_given_shares_lose_no_cent(total: Decimal, weights: list[Decimal]) -> None:
    parts = shares(total, weights)
    assert sum(parts) == total
    assert all(part == cents(part) for part in parts)
    whole = sum(weights)
    for part, weight in zip(parts[:-1], weights[:-1], strict=True):
        assert abs(part - total * weight / whole) <= Decimal("0.005")


@given(AMOUNTS, st.integers(1, 40))
def test_equal_shares_lose_no_cent_and_the_last_takes_the_remainder(total: Decimal, count: int) -> None:
    parts = shares(total, [None] * count)
    assert sum(parts) == total
    assert len(set(parts[:-1])) <= 1


@pytest.mark.parametrize(
    "weights", [[Decimal(1), None], [None, Decimal(1)], [Decimal(0), Decimal(1)], [Decimal(-1), Decimal(2)]]
)
def test_half_given_or_senseless_shares_are_refused(weights: list[Decimal | None]) -> None:
    with pytest.raises(ValueError, match="weights"):
        shares(Decimal(10), weights)


@given(QUANTITIES, PRICES)
def test_a_printed_price_makes_its_net(quantity: Decimal, price: Decimal) -> None:
    assert priced(quantity, price, None) == (price, cents(quantity * price))


@given(st.decimals("0.001", "40", places=3), AMOUNTS)
def test_a_printed_net_is_kept_to_the_cent(quantity: Decimal, net: Decimal) -> None:
    try:
        price, kept = priced(quantity, None, net)
    except BadCost:
        assert net / quantity > 999_999
    else:
        assert kept == net == cents(quantity * price)


@pytest.mark.parametrize(
    ("quantity", "price", "net", "refusal"),
    [
        ("0", "1", None, BadQuantity),
        ("-1", "1", None, BadQuantity),
        ("10000000", "1", None, BadQuantity),
        ("1", None, None, NotFromPrices),
        ("1", "-0.01", None, BadCost),
        ("1", None, "-5", BadCost),
        ("1", "1000000", None, BadCost),
        ("99999", None, "0.05", NotFromPrices),
    ],
)
def test_what_is_no_line(quantity: str, price: str | None, net: str | None, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        priced(Decimal(quantity), price and Decimal(price), net and Decimal(net))


@pytest.mark.parametrize(
    ("quantity", "price", "expected", "gaps"),
    [
        ("2", "10", ("2", "10"), []),
        ("2", "10", None, [(Gap.NOWHERE, "20.00")]),
        ("3", "10", ("2", "10"), [(Gap.QUANTITY_ABOVE, "1")]),
        ("1.5", "10", ("2", "10"), [(Gap.QUANTITY_BELOW, "-0.5")]),
        ("2", "11.50", ("2", "10"), [(Gap.PRICE_ABOVE, "3.00")]),
        ("2", "9", ("2", "10"), [(Gap.PRICE_BELOW, "-2.00")]),
        ("3", "9", ("2", "10"), [(Gap.QUANTITY_ABOVE, "1"), (Gap.PRICE_BELOW, "-3.00")]),
        ("2", "10.0001", ("2", "10"), []),
        ("2", "10", ("2", None), []),
    ],
)
def test_differences(quantity: str, price: str, expected: tuple[str, str | None] | None, gaps: list) -> None:
    known = expected and Expected(Decimal(expected[0]), expected[1] and Decimal(expected[1]))
    found = differences(Decimal(quantity), Decimal(price), known or None)
    assert found == tuple(Difference(gap, Decimal(by)) for gap, by in gaps)


def test_which_differences_need_words() -> None:
    def gap(kind: Gap) -> list[Difference]:
        return [Difference(kind, Decimal(1))]

    for kind in (Gap.NOWHERE, Gap.QUANTITY_ABOVE):
        assert needs_reason(gap(kind), Effect.NOTHING)
    for kind in (Gap.PRICE_ABOVE, Gap.PRICE_BELOW):
        assert needs_reason(gap(kind), Effect.KEEPS)
        assert not needs_reason(gap(kind), Effect.CORRECTS_PRICE)
    assert not needs_reason(gap(Gap.QUANTITY_BELOW), Effect.NOTHING)
    assert not needs_reason([], Effect.NOTHING)


def test_goods_sent_back_or_billed_too_much_leave_nothing() -> None:
    billed = [(Decimal(4), Decimal(10)), (Decimal(2), Decimal(10))]
    assert still_billable(Decimal(5), Decimal(10), billed) == Expected(Decimal(0), Decimal(10))


@given(st.integers(2, 50), PRICES, st.lists(st.tuples(st.integers(1, 10), PRICES), max_size=5))
def test_invoices_one_after_the_other_bring_a_receipt_to_what_was_billed(
    received: int, cost: Decimal, invoices: list[tuple[int, Decimal]]
) -> None:
    """Whatever the prices, goods billed in parts end at the sum billed, but for the fourth decimal of a unit."""
    whole, now = Decimal(received), cost
    billed: list[tuple[Decimal, Decimal]] = []
    for count, price in invoices:
        expected = still_billable(whole, now, billed)
        quantity = min(Decimal(count), expected.quantity)
        if not quantity:
            break
        now = corrected_cost(whole, now, (quantity, price), expected)
        billed.append((quantity, price))
    rest = whole - sum((quantity for quantity, _ in billed), Decimal(0))
    worth = sum((quantity * price for quantity, price in billed), Decimal(0)) + rest * cost
    drift = Decimal("0.0001") * whole * (len(billed) + 1) * whole
    assert abs(now * whole - worth) <= drift


@pytest.mark.parametrize("net", ["0", "-1", "100000000"])
def test_a_total_that_is_none(net: str) -> None:
    with pytest.raises(BadInvoiceTotal):
        check_total(Decimal(net), Decimal(0))
    check_total(Decimal("0.01"), Decimal(0))
