"""Lines of a repair order: hours, flat prices, parts, external work (rule O3, S4)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.invoices import LiveBilling
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.repair_orders import LineBilled, NotYours
from garage.domain.errors.stock import BadCost
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import (
    LineNature,
    OrderState,
    check_day,
    check_minutes,
    check_quantity,
    check_writable,
)
from garage.domain.tariffs import GridStatus, TariffNature
from garage.operations import journal, repair_orders, stock


@dataclass(frozen=True, slots=True)
class Entry:
    """What every new line says: the order, the day, why it is not billed if so; who enters it and when.

    `form_token` makes a repeated sending of the same form give the same line.
    """

    order: str
    done_on: date
    actor: Actor
    now: datetime
    today: date
    label: str | None = None
    non_billable_reason: str | None = None
    form_token: str | None = None


@dataclass(frozen=True, slots=True)
class External:
    """Work bought outside for an order: unit cost in euros (4 decimals), None until their invoice is there."""

    supplier: str
    supplier_invoice: str | None
    quantity: Decimal
    cost: Decimal | None


def add_labour(session: Session, entry: Entry, code: str, minutes: int, mechanic_id: int | None) -> OrderLine:
    """Hours of a mechanic, in whole minutes, under a labour code.

    Raises NotFound, OrderClosed, ImpossibleDay, BadMinutes, UnknownTariffCode.
    """
    check_minutes(minutes)
    _check_code(session, code, TariffNature.LABOUR)
    return _add(session, entry, LineNature.LABOUR, code=code, minutes=minutes, mechanic_id=mechanic_id)


def add_flat(session: Session, entry: Entry, code: str, quantity: Decimal) -> OrderLine:
    """A flat price: quantity (3 decimals) of a flat code.

    Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, UnknownTariffCode.
    """
    check_quantity(quantity)
    _check_code(session, code, TariffNature.FLAT)
    return _add(session, entry, LineNature.FLAT, code=code, quantity=quantity)


def add_part(
    session: Session, entry: Entry, part_id: int, quantity: Decimal, forced_reason: str | None = None
) -> OrderLine:
    """A part out of stock at the weighted average of the moment (rules S3, S4).

    Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, NothingOnHand unless the head forces it with a reason.
    """
    check_quantity(quantity)
    line = _add(session, entry, LineNature.PART, part_id=part_id, quantity=quantity)
    if line.cost is None and not _issued(session, line.id):
        forced = bool(forced_reason) and entry.actor.role is Role.HEAD
        movement = stock.Movement(entry.done_on, entry.actor, entry.now, forced_reason, line.id, forced=forced)
        line.cost = stock.issue(session, part_id, quantity, movement)
        session.flush()
    return line


def add_bought_part(session: Session, entry: Entry, part_id: int, quantity: Decimal, cost: Decimal) -> OrderLine:
    """A part bought for this order at its own unit cost in euros, the stock unmoved (rule S2).

    Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, BadCost.
    """
    check_quantity(quantity)
    line = _add(session, entry, LineNature.PART, part_id=part_id, quantity=quantity, cost=cost, bought_for_order=True)
    if not _issued(session, line.id):
        movement = stock.Movement(entry.done_on, entry.actor, entry.now, None, line.id)
        stock.pass_through(session, part_id, quantity, cost, movement)
    return line


def add_external(session: Session, entry: Entry, external: External) -> OrderLine:
    """Work bought outside (rule O3). Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, BadCost."""
    check_quantity(external.quantity)
    if external.cost is not None and not 0 <= external.cost < 1_000_000:
        raise BadCost(external.cost)
    return _add(
        session,
        entry,
        LineNature.EXTERNAL,
        quantity=external.quantity,
        cost=external.cost,
        supplier=external.supplier.strip() or None,
        supplier_invoice=(external.supplier_invoice or "").strip() or None,
    )


def remove(session: Session, number: str, rank: int, actor: Actor, now: datetime) -> None:
    """Take a line away that is not billed; a part goes back to stock at its issue cost (rules O2, S5).

    A mechanic takes his own time away, not a colleague's. Raises NotFound, OrderClosed, LineBilled, NotYours.
    """
    order = repair_orders.locked(session, number)
    check_writable(order.state, number, actor.role)
    line = session.scalar(select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.rank == rank))
    if line is None:
        raise NotFound("line", f"{number}/{rank}")
    if session.get(LiveBilling, line.id):
        raise LineBilled(number, rank)
    if line.nature is LineNature.LABOUR and actor.role is not Role.HEAD and line.mechanic_id not in (None, actor.id):
        raise NotYours(number, rank)
    if line.nature is LineNature.PART and not line.bought_for_order and line.part_id and line.quantity:
        movement = stock.Movement(line.done_on, actor, now, f"{number}/{rank}")
        stock.take_back(session, line.part_id, line.quantity, line.cost or Decimal(0), movement)
    stock.forget_line(session, line.id)
    session.delete(line)
    order.version += 1
    session.flush()
    data: dict[str, object] = {"rank": rank, "nature": line.nature.value, "day": line.done_on.isoformat()}
    data |= {"code": line.code, "part_id": line.part_id, "mechanic_id": line.mechanic_id}
    data |= {"quantity": str(line.quantity or line.minutes)}
    journal.record(session, actor, "order.remove_line", ("repair_orders", number), data=data, now=now)


def _check_code(session: Session, code: str, nature: TariffNature) -> None:
    known = select(TariffGridLine.id).join(TariffGrid, TariffGrid.id == TariffGridLine.grid_id)
    known = known.where(
        TariffGridLine.code == code, TariffGridLine.nature == nature, TariffGrid.status == GridStatus.PUBLISHED
    )
    if session.scalar(known.limit(1)) is None:
        raise UnknownTariffCode(code)


def _issued(session: Session, line_id: int) -> bool:
    return stock.line_moved(session, line_id)


def _add(session: Session, entry: Entry, nature: LineNature, **values: object) -> OrderLine:
    """Write a line under the order's lock; an invoiced order becomes `done` again for its complement (rule O1)."""
    if entry.form_token:
        same = session.scalar(select(OrderLine).where(OrderLine.form_token == entry.form_token))
        if same is not None:
            _check_same(same, entry, values)
            return same
    order = repair_orders.locked(session, entry.order)
    check_day(entry.done_on, entry.today, order.opened_on)
    check_writable(order.state, order.number, entry.actor.role)
    last = session.scalar(select(func.max(OrderLine.rank)).where(OrderLine.order_id == order.id)) or 0
    line = OrderLine(
        order_id=order.id,
        rank=last + 1,
        nature=nature,
        done_on=entry.done_on,
        label=(entry.label or "").strip() or None,
        non_billable_reason=(entry.non_billable_reason or "").strip() or None,
        form_token=entry.form_token,
        created_by_id=entry.actor.id,
        created_at=entry.now,
        **values,
    )
    session.add(line)
    order.version += 1
    _reopen(session, order, entry)
    session.flush()
    data = {"rank": line.rank, "nature": nature.value, "day": entry.done_on.isoformat()}
    data |= {key: str(value) for key, value in values.items() if value is not None}
    journal.record(session, entry.actor, "order.add_line", ("repair_orders", order.number), data=data, now=entry.now)
    return line


def _check_same(sent: OrderLine, entry: Entry, values: dict[str, object]) -> None:
    """The same form sent again gives the same line; with other figures it is no repetition: raises Conflict."""
    if sent.done_on != entry.done_on or any(getattr(sent, name) != value for name, value in values.items()):
        raise Conflict("sent")


def _reopen(session: Session, order: RepairOrder, entry: Entry) -> None:
    if order.state is OrderState.INVOICED:
        order.state = OrderState.DONE
        change = OrderStateChange(order_id=order.id, state=OrderState.DONE, at=entry.now, actor_id=entry.actor.id)
        session.add(change)
    order.settled_at = order.settled_reason = None
    if order.state in (OrderState.REQUESTED, OrderState.PLANNED, OrderState.DRAFT):
        order.state = OrderState.IN_PROGRESS
        change = OrderStateChange(
            order_id=order.id, state=OrderState.IN_PROGRESS, at=entry.now, actor_id=entry.actor.id
        )
        session.add(change)
