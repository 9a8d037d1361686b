"""The price of each line of an order as it would be billed today, or why it has none (rules T3, T4, C4)."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import billing
from garage.db.queries.tariffs import published_grids
from garage.domain.invoices.pricing import Anomaly, PricedLine, Prices, price
from garage.domain.money import ZERO
from garage.operations.repair_orders import works_of


@dataclass(frozen=True, slots=True)
class OrderPrices:
    """Each line's price or anomaly by rank; `net` is the sum in euros of the lines that have a price, fees apart."""

    lines: dict[int, PricedLine | Anomaly]

    @property
    def net(self) -> Decimal:
        """In euros, 2 decimals, before structure fees and VAT."""
        return sum((line.net for line in self.lines.values() if isinstance(line, PricedLine)), ZERO)

    @property
    def anomalies(self) -> tuple[Anomaly, ...]:
        """What keeps the order from being billed, by rank."""
        return tuple(line for line in self.lines.values() if isinstance(line, Anomaly))


def of_order(session: Session, order_id: int) -> OrderPrices:
    """Price an order's lines, billed or not. Writes nothing."""
    order = session.get_one(RepairOrder, order_id)
    debtor = billing.debtor(session, order.collectivity_id)
    prices = Prices(debtor.conventions, published_grids(session), debtor.is_issuer)
    return OrderPrices({work.rank: price(order.number, work, prices) for work in works_of(session, order_id)})
