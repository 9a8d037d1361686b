"""Any sequence of movements: on hand is their sum, the average lies between the costs received (rules S2 to S4)."""

from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from garage.domain.errors.stock import BadQuantity, NothingOnHand
from garage.domain.stock import Balance

QUANTITIES = st.decimals(min_value="0.001", max_value=10000, places=3)
COSTS = st.decimals(min_value=0, max_value=10000, places=4)


class StockMachine(RuleBasedStateMachine):
    """One part's balance beside its movements."""

    def __init__(self) -> None:
        super().__init__()
        self.balance = Balance(Decimal(0), None)
        self.moved: list[Decimal] = []
        self.costs: list[Decimal] = []

    @rule(quantity=QUANTITIES, cost=COSTS)
    def receive(self, quantity: Decimal, cost: Decimal) -> None:
        self.balance = self.balance.receive(quantity, cost)
        self.moved.append(quantity)
        self.costs.append(cost)

    @rule(quantity=QUANTITIES)
    def issue(self, quantity: Decimal) -> None:
        before = self.balance
        if quantity > before.on_hand:
            with pytest.raises(NothingOnHand):
                before.take(quantity, "R")
            return
        self.balance = before.take(quantity, "R")
        assert self.balance.average_cost == before.average_cost
        self.moved.append(-quantity)

    @rule(quantity=QUANTITIES)
    @precondition(lambda self: self.costs)
    def force(self, quantity: Decimal) -> None:
        self.balance = self.balance.take(quantity, "R", forced=True)
        self.moved.append(-quantity)

    @rule(counted=st.decimals(min_value=0, max_value=10000, places=3))
    def count(self, counted: Decimal) -> None:
        self.moved.append(counted - self.balance.on_hand)
        self.balance = self.balance.count(counted)

    @rule(quantity=st.decimals(max_value=0, min_value=-100, places=3))
    def refuse(self, quantity: Decimal) -> None:
        with pytest.raises(BadQuantity):
            self.balance.receive(quantity, Decimal(1))
        with pytest.raises(BadQuantity):
            self.balance.take(quantity, "R", forced=True)

    @invariant()
    def on_hand_is_the_sum(self) -> None:
        assert self.balance.on_hand == sum(self.moved)

    @invariant()
    def the_average_lies_between_the_costs(self) -> None:
        if self.balance.average_cost is not None:
            assert min(self.costs) <= self.balance.average_cost <= max(self.costs)


TestStock = StockMachine.TestCase
