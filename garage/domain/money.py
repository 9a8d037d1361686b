"""Euros, rounding, VAT by rate and the sharing of a sum. Decimals only; nothing else in the house rounds."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Round half away from zero to this many decimals (rules, «Amounts»).

    >>> round_half_up(Decimal("76.475"), 2)
    Decimal('76.48')
    >>> round_half_up(Decimal("-0.125"), 2)
    Decimal('-0.13')
    """
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def cents(value: Decimal) -> Decimal:
    """Round an amount in euros to the cent, half away from zero.

    >>> cents(Decimal(80) * 52 / 60)
    Decimal('69.33')
    """
    return round_half_up(value, 2)


def percent_of(base: Decimal, percent: Decimal) -> Decimal:
    """A percentage of an amount in euros, rounded once to the cent (rules M5, M6).

    >>> percent_of(Decimal("402.50"), Decimal("19"))
    Decimal('76.48')
    """
    return cents(base * percent / HUNDRED)


def with_markup(cost: Decimal, percent: Decimal) -> Decimal:
    """Unit price of a part or of external work: cost plus a percentage, 4 decimals (rules M3, M4).

    >>> with_markup(Decimal("0.0350"), Decimal("10"))
    Decimal('0.0385')
    """
    return round_half_up(cost * (1 + percent / HUNDRED), 4)


def split(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share an amount to the cent in proportion to weights; the last part takes the remainder (rule E9).

    Raises ValueError when there is no weight or their sum is zero.

    >>> split(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)])
    [Decimal('3.33'), Decimal('3.33'), Decimal('3.34')]
    """
    whole = sum(weights, Decimal(0))
    if not weights or whole == 0:
        raise ValueError("weights")
    parts = [cents(total * weight / whole) for weight in weights[:-1]]
    return [*parts, total - sum(parts, ZERO)]


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share an amount to the cent so that no part, however small its weight, turns against the others (rule E9).

    Each part is what the running sum, rounded half up, grew by: the parts foot, and weights of zero get nothing.
    Raises ValueError when there is no weight, one is negative or their sum is zero.

    >>> spread(Decimal("0.03"), [Decimal(1)] * 5)
    [Decimal('0.01'), Decimal('0.00'), Decimal('0.01'), Decimal('0.00'), Decimal('0.01')]
    """
    whole = sum(weights, Decimal(0))
    if whole == 0 or min(weights) < 0:
        raise ValueError("weights")
    parts: list[Decimal] = []
    reached = given = Decimal(0)
    for weight in weights:
        reached += weight
        share = cents(total * reached / whole)
        parts.append(share - given)
        given = share
    return parts
