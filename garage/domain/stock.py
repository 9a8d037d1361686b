"""The parts stock: movements, on hand as their sum, weighted average cost (rules S2 to S4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from garage.domain.errors.stock import BadQuantity, NothingOnHand
from garage.domain.money import ZERO, cents, round_half_up
from garage.domain.repair_orders import check_quantity

# The lowest and the highest unit cost in euros that a part was ever received at, corrected prices with them.
Span = tuple[Decimal, Decimal]
# What rounding does: the average to its fourth decimal for each unit, the values before and after to the cent.
_HALF_UNIT: Final = Decimal("0.00005")
_CENTS: Final = Decimal("0.02")
_AS_WRITTEN: Final[Mapping[int, Decimal]] = MappingProxyType({})


class MovementKind(StrEnum):
    """Why a quantity of a part moved (rule S2)."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    LOSS = "loss"
    COUNT = "count"
    TRANSFER = "transfer"
    SUPPLIER_RETURN = "supplier_return"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Balance:
    """What is on hand of a part (3 decimals) and its weighted average cost in euros (CUMP, 4 decimals).

    The average is None until a first receipt gave one.
    """

    on_hand: Decimal
    average_cost: Decimal | None

    @property
    def value(self) -> Decimal:
        """Value on hand in euros, not rounded: quantity × weighted average cost."""
        return self.on_hand * (self.average_cost or Decimal(0))

    @property
    def worth(self) -> Decimal:
        """Value on hand in euros, to the cent: what the accounts show, and movements change."""
        return cents(self.value)

    def receive(self, quantity: Decimal, cost: Decimal) -> "Balance":
        """After a receipt: a new weighted average, rounded to 4 decimals (rule S3).

        The receipt's own cost when nothing or less was on hand, or nothing that had a cost. Raises BadQuantity.

        >>> Balance(Decimal(2), Decimal("10")).receive(Decimal(1), Decimal("13")).average_cost
        Decimal('11.0000')
        """
        check_quantity(quantity)
        after = self.on_hand + quantity
        unknown = self.on_hand <= 0 or self.average_cost is None
        average = cost if unknown else (self.value + quantity * cost) / after
        return Balance(after, round_half_up(average, 4))

    def take(self, quantity: Decimal, reference: str, *, forced: bool = False) -> "Balance":
        """After an issue or a loss: the average does not move (rule S3).

        Raises BadQuantity, and NothingOnHand beyond what is on hand unless forced (rule S4).
        """
        check_quantity(quantity)
        if quantity > self.on_hand and not forced:
            raise NothingOnHand(reference, self.on_hand, quantity)
        return Balance(self.on_hand - quantity, self.average_cost)

    def take_again(self, quantity: Decimal, cost: Decimal, reference: str, *, forced: bool = False) -> "Balance":
        """After a return undone: out again at the cost it came back at, what is left worth what it was (S3, S5).

        The average stays where nothing is left or what is left would be worth less than nothing.
        Raises BadQuantity, and NothingOnHand beyond what is on hand unless forced (rule S4).

        >>> Balance(Decimal(1), Decimal("10")).receive(Decimal(1), Decimal("13")).take_again(
        ...     Decimal(1), Decimal("13"), "P1").average_cost
        Decimal('10.0000')
        """
        after = self.take(quantity, reference, forced=forced)
        worth = self.value - quantity * cost
        if after.on_hand <= 0 or worth < 0:
            return after
        return Balance(after.on_hand, round_half_up(worth / after.on_hand, 4))

    def within(self, span: Span | None) -> "Balance":
        """The average brought back between the costs ever received, after goods came and went at another (rule S3).

        No average while nothing was ever received at a cost.

        >>> Balance(Decimal(1), Decimal("1.8180")).within((Decimal(10), Decimal(20))).average_cost
        Decimal('10')
        """
        if span is None or self.average_cost is None:
            return Balance(self.on_hand, None)
        return Balance(self.on_hand, min(max(self.average_cost, span[0]), span[1]))

    def count(self, counted: Decimal) -> "Balance":
        """After a count: what was found is on hand, the average does not move (rule S3). Raises BadQuantity."""
        if counted < 0:
            raise BadQuantity(counted)
        return Balance(counted, self.average_cost)

    def differ(self, difference: Decimal, cost: Decimal | None, span: Span | None = None) -> "Balance":
        """After what a count found more or less on a past day, at the unit cost in euros of that day (rules S3, S6).

        As if it had been written then: the average stays when that cost is its own, or is not known.

        >>> Balance(Decimal(8), Decimal("193.2188")).differ(Decimal(-1), Decimal("9.15")).average_cost
        Decimal('219.5143')
        """
        if cost is None or cost == self.average_cost:
            return Balance(self.on_hand + difference, self.average_cost)
        if difference > 0:
            found = self.receive(difference, cost)
        else:
            found = self.take_again(-difference, cost, "", forced=True)
        return found.within(span) if span else found


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement as it was written: signed quantity, unit cost, weighted average after it.

    `through` marks a part bought for one order, whose two movements leave the average alone; `undone` a receipt typed
    wrong, its corrected prices and what took it out again.
    """

    id: int
    kind: MovementKind
    quantity: Decimal
    unit_cost: Decimal
    average_cost: Decimal | None
    through: bool = False
    undone: bool = False


def replay(moves: Iterable[Moved], costs: Mapping[int, Decimal] = _AS_WRITTEN) -> Balance:
    """The balance after all these movements of a part, in the order they were written (rules S2, S3).

    `costs` gives receipts, by id, another unit cost in euros than the one they came at: the balance is then what it
    would have been, without what was undone. What was issued before keeps its cost (rule S5): only the average is made
    anew.
    """
    balance, written, span = Balance(Decimal(0), None), Balance(Decimal(0), None), None
    for move in moves:
        after = Balance(written.on_hand + move.quantity, move.average_cost)
        cost = costs.get(move.id, move.unit_cost)
        if not (costs and move.undone):
            if move.kind in (MovementKind.RECEIPT, MovementKind.PRICE):
                span = wider(wider(span, move.unit_cost), cost)
            balance = _step(balance, (written, after), move, (cost, span), corrected=bool(costs))
        written = after
    return balance


def gap(moved: tuple[Decimal, Decimal], won: Decimal, on_hand: Decimal) -> Decimal:
    """Euros that (quantity, unit cost) are worth beyond what the stock won, where rounding does not explain them.

    Goods that settle issues beyond the stock at another cost (rule S4), or that the average cannot follow (rule S3).
    `on_hand` is what is there afterwards.

    >>> gap((Decimal(5), Decimal("12.0000")), Decimal("56.00"), Decimal(3))
    Decimal('4.00')
    >>> gap((Decimal(3), Decimal("3.3333")), Decimal("10.01"), Decimal(3))
    Decimal('0.00')
    """
    beyond = cents(moved[0] * moved[1]) - won
    return beyond if abs(beyond) > abs(on_hand) * _HALF_UNIT + _CENTS else ZERO


def wider(span: Span | None, cost: Decimal) -> Span:
    """The span of costs with one more."""
    return (cost, cost) if span is None else (min(span[0], cost), max(span[1], cost))


def _step(
    balance: Balance, written: tuple[Balance, Balance], move: Moved, at: tuple[Decimal, Span | None], *, corrected: bool
) -> Balance:
    """The balance after a movement that was written between two others; `at` is its cost, and the span until then."""
    on_hand, (before, after), (cost, span) = balance.on_hand + move.quantity, written, at
    if move.through:
        return Balance(on_hand, cost if balance.average_cost is None else balance.average_cost)
    if move.kind is MovementKind.RECEIPT and move.quantity > 0:
        return balance.receive(move.quantity, cost)
    if move.kind is MovementKind.RETURN:
        return balance.receive(move.quantity, cost).within(span)
    if after.average_cost == before.average_cost or (corrected and move.kind is MovementKind.PRICE):
        return Balance(on_hand, balance.average_cost)
    if balance.average_cost == before.average_cost or move.kind is MovementKind.PRICE:
        return Balance(on_hand, after.average_cost)
    return balance.differ(move.quantity, move.unit_cost, span)
