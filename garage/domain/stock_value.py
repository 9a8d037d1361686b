"""What stock is worth on a day: the cost of one unit then, and a part's euros shared over its bins (rule S6)."""

from collections.abc import Sequence
from decimal import Decimal

from garage.domain.money import ZERO, cents, round_half_up


def cost_of_day(quantity: Decimal, value: Decimal, average: Decimal | None) -> Decimal:
    """The cost in euros (4 decimals) of one unit of a part: its weighted average, where it says that value.

    Movements entered after later ones leave a value that no average of that time says: it is then value ÷ quantity.

    >>> cost_of_day(Decimal(3), Decimal("10.00"), Decimal("3.3333"))
    Decimal('3.3333')
    >>> cost_of_day(Decimal(4), Decimal("10.00"), Decimal("3.3333"))
    Decimal('2.5000')
    """
    known = average if average is not None else Decimal(0)
    if not quantity or cents(quantity * known) == value:
        return round_half_up(known, 4)
    return round_half_up(value / quantity, 4)


def shared(quantities: Sequence[Decimal], cost: Decimal, value: Decimal) -> list[Decimal]:
    """A part's value in euros over its bins: quantity × cost to the cent, the last bin takes the remainder.

    >>> shared([Decimal(1), Decimal(2)], Decimal("3.3333"), Decimal("10.00"))
    [Decimal('3.33'), Decimal('6.67')]
    """
    shares = [cents(quantity * cost) for quantity in quantities[:-1]]
    return [*shares, value - sum(shares, ZERO)] if quantities else []
