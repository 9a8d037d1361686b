"""A supplier's invoice against what was received and worked: differences, shares, what its acceptance does (E9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from garage.domain.errors.stock import BadCost
from garage.domain.errors.supplier_invoices import BadInvoiceTotal, BadInvoiceVat, NotFromPrices
from garage.domain.money import ZERO, cents, round_half_up, split
from garage.domain.repair_orders import check_quantity

_GREATEST: Final = Decimal(100_000_000)


class Gap(StrEnum):
    """How a line of an invoice differs from what it bills."""

    NOWHERE = "nowhere"
    QUANTITY_ABOVE = "quantity_above"
    QUANTITY_BELOW = "quantity_below"
    PRICE_ABOVE = "price_above"
    PRICE_BELOW = "price_below"


class Effect(StrEnum):
    """What accepting an invoice does for one of its lines."""

    NOTHING = "nothing"
    CORRECTS_PRICE = "corrects_price"
    SETS_COST = "sets_cost"
    NEW_LINE = "new_line"
    COMPLEMENT = "complement"
    KEEPS = "keeps"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a line should bill: a quantity (3 decimals), its unit cost in euros (4), None when the invoice brings it."""

    quantity: Decimal
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference, in units for a quantity, in euros to the cent for a price; above is positive."""

    gap: Gap
    by: Decimal


def priced(quantity: Decimal, price: Decimal | None, net: Decimal | None) -> tuple[Decimal, Decimal]:
    """The unit price (4 decimals) and the net (euros) of a line of which one, or both, is printed.

    A net that the printed price does not give (a discount) makes the price. Raises BadQuantity, BadCost,
    NotFromPrices when no price of 4 decimals gives that net to the cent.

    >>> priced(Decimal(3), None, Decimal("10.00"))
    (Decimal('3.3333'), Decimal('10.00'))
    >>> priced(Decimal(2), Decimal("5"), Decimal("9.50"))
    (Decimal('4.7500'), Decimal('9.50'))
    """
    check_quantity(quantity)
    if net is None:
        if price is None:
            raise NotFromPrices(quantity, ZERO)
        net = cents(quantity * price)
    elif price is None or cents(quantity * price) != net:
        price = round_half_up(net / quantity, 4)
    if not 0 <= price < 1_000_000:
        raise BadCost(price)
    if cents(quantity * price) != net:
        raise NotFromPrices(quantity, net)
    return price, net


def differences(quantity: Decimal, price: Decimal, expected: Expected | None) -> tuple[Difference, ...]:
    """How so much at a unit price differs from what is expected; None: it was received nowhere.

    >>> [one.gap.value for one in differences(Decimal(3), Decimal(11), Expected(Decimal(2), Decimal(10)))]
    ['quantity_above', 'price_above']
    """
    if expected is None:
        return (Difference(Gap.NOWHERE, cents(quantity * price)),)
    found = []
    more = quantity - expected.quantity
    if more:
        found.append(Difference(Gap.QUANTITY_ABOVE if more > 0 else Gap.QUANTITY_BELOW, more))
    dearer = ZERO if expected.cost is None else cents(quantity * price) - cents(quantity * expected.cost)
    if dearer:
        found.append(Difference(Gap.PRICE_ABOVE if dearer > 0 else Gap.PRICE_BELOW, dearer))
    return tuple(found)


def needs_reason(gaps: Sequence[Difference], effect: Effect) -> bool:
    """Whether a difference is accepted only with words: nothing else in the books will explain it."""
    named = {one.gap for one in gaps}
    kept = effect is Effect.KEEPS and bool(named & {Gap.PRICE_ABOVE, Gap.PRICE_BELOW})
    return kept or bool(named & {Gap.NOWHERE, Gap.QUANTITY_ABOVE})


def still_billable(received: Decimal, cost: Decimal, billed: Sequence[tuple[Decimal, Decimal]]) -> Expected:
    """What is left to bill of goods received at a cost, after accepted lines of (quantity, price).

    Their prices are in the cost already: what is left keeps the cost it came at.

    >>> still_billable(Decimal(10), Decimal("10.5000"), [(Decimal(5), Decimal(11))])
    Expected(quantity=Decimal('5'), cost=Decimal('10.0000'))
    """
    left = received - sum((quantity for quantity, _ in billed), Decimal(0))
    if left <= 0:
        return Expected(max(left, Decimal(0)), cost)
    worth = received * cost - sum((quantity * price for quantity, price in billed), Decimal(0))
    return Expected(left, round_half_up(max(worth, Decimal(0)) / left, 4))


def corrected_cost(received: Decimal, cost: Decimal, billed: tuple[Decimal, Decimal], expected: Expected) -> Decimal:
    """The unit cost (4 decimals) of goods received once a (quantity, price) of them is billed otherwise than expected.

    >>> corrected_cost(Decimal(10), Decimal(10), (Decimal(5), Decimal(11)), Expected(Decimal(10), Decimal(10)))
    Decimal('10.5000')
    """
    quantity, price = billed
    counted = min(quantity, expected.quantity)
    before = cost if expected.cost is None else expected.cost
    return round_half_up(cost + counted * (price - before) / received, 4)


def shares(total: Decimal, weights: Sequence[Decimal | None]) -> list[Decimal]:
    """A sum shared to the cent by given weights, equally when none is given; the last takes the remainder (rule E9).

    Raises ValueError when only some are given, or one is not above zero.

    >>> shares(Decimal("10.00"), [None, None, None])
    [Decimal('3.33'), Decimal('3.33'), Decimal('3.34')]
    """
    given = [weight for weight in weights if weight is not None]
    if given and (len(given) < len(weights) or min(given) <= 0):
        raise ValueError("weights")
    return split(total, given or [Decimal(1)] * len(weights))


def check_total(net: Decimal, vat: Decimal) -> None:
    """Refuse a printed total not above zero, or senseless, and a VAT below zero or as great as the total.

    Raises BadInvoiceTotal, BadInvoiceVat.
    """
    if not 0 < net < _GREATEST:
        raise BadInvoiceTotal(net)
    if not 0 <= vat < net:
        raise BadInvoiceVat(vat)


@dataclass(frozen=True, slots=True)
class Sums:
    """What is printed at the foot of an invoice, in euros: without VAT, VAT, with VAT."""

    net: Decimal
    vat: Decimal
    gross: Decimal


def sums(total: Decimal, vat: Decimal, basis: str) -> Sums:
    """The three sums of an invoice whose lines make `total` on the basis on which costs are kept, ht or ttc (rule M8).

    >>> sums(Decimal("100.00"), Decimal("20.00"), "ht").gross
    Decimal('120.00')
    >>> sums(Decimal("120.00"), Decimal("20.00"), "ttc").net
    Decimal('100.00')
    """
    return Sums(total - vat, vat, total) if basis == "ttc" else Sums(total, vat, total + vat)
