"""What stock is worth on a day: the cost of one unit then, and a part's euros shared over its bins (rule S6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from garage.domain.money import ZERO, cents, round_half_up
from garage.domain.stock import MovementKind


class ChangePart(Enum):
    """Of what movements cost: all of it, what fell on goods already gone, what the rounded average makes."""

    COST = "cost"
    GONE = "gone"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class Change:
    """Euros that movements of a kind won, what they cost beyond that, what those that are receipts cost."""

    value: Decimal = ZERO
    variance: Decimal = ZERO
    paid: Decimal = ZERO

    def __add__(self, other: "Change") -> "Change":
        return Change(self.value + other.value, self.variance + other.variance, self.paid + other.paid)

    def explained(self, kind: MovementKind) -> dict[ChangePart, Decimal]:
        """What the value won, cut into what the movements cost and what of it the value did not win (rule S3).

        >>> Change(Decimal("798.00"), Decimal("12.00"), Decimal("810.00")).explained(MovementKind.RECEIPT)
        {<ChangePart.COST: 'cost'>: Decimal('810.00'), <ChangePart.GONE: 'gone'>: Decimal('-12.00')}
        """
        cost = self.paid if kind is MovementKind.RECEIPT else self.value + self.variance
        found = {
            ChangePart.COST: cost,
            ChangePart.GONE: -self.variance,
            ChangePart.ROUNDING: self.value + self.variance - cost,
        }
        return {part: euros for part, euros in found.items() if euros}


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
