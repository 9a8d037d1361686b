"""What a line cost, known later than the work: the supplier's invoice that arrives, a part without a price (O3, E8)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.invoices import LiveBilling
from garage.db.models.repair_orders import OrderLine
from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import LineBilled
from garage.domain.errors.workshop import CostKept, CostOfHead, NoCostHere, SameField
from garage.domain.merging import merged
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import LineNature, check_writable
from garage.operations import journal, past_stock, repair_orders, stock, stock_returns


@dataclass(frozen=True, slots=True)
class Cost:
    """Who did the work, the number of their invoice, the unit cost in euros (4 decimals); None is not known yet."""

    supplier: str | None
    supplier_invoice: str | None
    cost: Decimal | None


def set_cost(
    session: Session, number: str, rank: int, versions: tuple[Cost, Cost], actor: Actor, now: datetime
) -> None:
    """Complete what a line cost; `versions` are what was read and what is wanted: different fields both stand.

    A mechanic gives the supplier and the number, the head the cost too. A part issued at a cost keeps it (rule S5); one
    bought for the order goes through the stock on its day, or after the years that are frozen (rule S6).
    Raises NotFound, OrderClosed, LineBilled, NoCostHere, CostKept, CostOfHead, BadCost, SameField.
    """
    order = repair_orders.locked(session, number)
    check_writable(order.state, number, actor.role)
    line = session.scalar(select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.rank == rank))
    if line is None:
        raise NotFound("line", f"{number}/{rank}")
    if session.get(LiveBilling, line.id):
        raise LineBilled(number, rank)
    seen, mine = (asdict(version) for version in versions)
    present = {name: getattr(line, name) for name in mine}
    changed, disputed = merged(seen, mine, present)
    _check(line, number, changed, actor)
    if disputed:
        raise SameField(disputed)
    if not changed:
        return
    for name, value in changed.items():
        setattr(line, name, value)
    if (
        line.bought_for_order
        and line.cost is not None
        and line.part_id
        and not stock_returns.line_moved(session, line.id)
    ):
        bought = stock.Movement(past_stock.open_day(session, line.done_on), actor, now, None, line.id)
        stock_returns.pass_through(session, line.part_id, line.quantity or Decimal(0), line.cost, bought)
    order.version += 1
    session.flush()
    data: dict[str, Any] = {"rank": rank, "before": _plain(present, changed), "after": _plain(changed, changed)}
    journal.record(session, actor, "order.line_cost", ("repair_orders", number), data=data, now=now)


def _check(line: OrderLine, number: str, changed: dict[str, Any], actor: Actor) -> None:
    if line.nature not in (LineNature.PART, LineNature.EXTERNAL):
        raise NoCostHere(number, line.rank)
    if "cost" not in changed:
        return
    if actor.role is not Role.HEAD:
        raise CostOfHead
    if line.nature is LineNature.PART and line.cost is not None:
        raise CostKept(number, line.rank)
    cost: Decimal | None = changed["cost"]
    if cost is not None:
        stock.check_cost(cost)


def _plain(values: dict[str, Any], names: dict[str, Any]) -> dict[str, str | None]:
    return {name: None if values[name] is None else str(values[name]) for name in names}
