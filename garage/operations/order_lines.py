"""Lines of a repair order: hours, flat prices, parts, external work (rule O3, S4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from garage.db.models.invoices import LiveBilling
from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.stock import StockMovement
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.queries import credit_notes, order_records
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.credit_notes import LineWasBilled
from garage.domain.errors.repair_orders import LineBilled, NotYours
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.errors.workshop import Disagreement
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
from garage.french import formats
from garage.operations import (
    journal,
    line_stock,
    repair_orders,
    request_news,
    reservations,
    stock,
    stock_returns,
    supplier_invoices,
)
from garage.operations.work_time import segments

# What a removed line is kept with in the journal, beside what is written in other words there.
KEPT_AS_IS = (
    "code", "part_id", "mechanic_id", "bought_for_order", "label", "supplier", "supplier_invoice",
    "non_billable_reason", "form_token", "created_by_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What every new line says: the order, the day, why it is not billed if so; who enters it and when.

    `form_token` makes a repeated sending of the same form give the same line; `receipt_line_id` is the delivery that
    a bought part came on.
    """

    order: str
    done_on: date
    actor: Actor
    now: datetime
    today: date
    label: str | None = None
    non_billable_reason: str | None = None
    form_token: str | None = None
    receipt_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class External:
    """Work bought outside for an order: unit cost in euros (4 decimals), None until their invoice is there."""

    supplier: str
    supplier_invoice: str | None
    quantity: Decimal
    cost: Decimal | None


def add_labour(session: Session, entry: Entry, code: str, minutes: int, mechanic_id: int | None) -> OrderLine:
    """Hours of a mechanic, in whole minutes, under a labour code.

    Raises NotFound, OrderClosed, ImpossibleDay, BadMinutes, UnknownTariffCode, DayOverfull.
    """
    check_minutes(minutes)
    _check_code(session, code, TariffNature.LABOUR)
    if mechanic_id is not None and not _sent(session, entry):
        segments.check_day_room(session, mechanic_id, entry.done_on, minutes)
    return _add(session, entry, LineNature.LABOUR, code=code, minutes=minutes, mechanic_id=mechanic_id)


def change_minutes(session: Session, line: OrderLine, minutes: int, entry: Entry) -> None:
    """Give a labour line that is not billed another length, in whole minutes, as its clock tells it (rule O3).

    Raises OrderClosed, LineBilled, BadMinutes, DayOverfull.
    """
    check_minutes(minutes)
    order = repair_orders.locked(session, entry.order)
    _writable_line(session, order, line.rank, entry.actor, line.id)
    before = line.minutes or 0
    if line.mechanic_id is not None and minutes > before:
        segments.check_day_room(session, line.mechanic_id, line.done_on, minutes - before)
    line.minutes = minutes
    order.version += 1
    _reopen(session, order, entry)
    session.flush()
    data = {"rank": line.rank, "from": before, "to": minutes}
    subject = ("repair_orders", order.number)
    journal.record(session, entry.actor, "order.change_minutes", subject, data=data, now=entry.now)


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
    """A part out of stock at the weighted average of the moment (rules S3, S4), on the first day that holds it (S6).

    Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, and unless the head forces it with a reason NothingOnHand
    and KeptForOthers.
    """
    check_quantity(quantity)
    line = _add(session, entry, LineNature.PART, part_id=part_id, quantity=quantity)
    if line.cost is None and not _issued(session, line.id):
        forced = bool(forced_reason) and entry.actor.role is Role.HEAD
        movement = stock.Movement(entry.done_on, entry.actor, entry.now, forced_reason, line.id, forced=forced)
        reservations.check_free(session, stock.locked(session, part_id), line, quantity, forced=forced)
        line.cost = stock.issue(session, part_id, quantity, movement)
        reservations.consume(session, line, quantity, reservations.By(entry.actor, entry.now))
        session.flush()
    return line


def add_bought_part(session: Session, entry: Entry, part_id: int, quantity: Decimal, cost: Decimal | None) -> OrderLine:
    """A part bought for this order at its own unit cost in euros, the stock unmoved (rule S2).

    Without cost the line waits for one, and keeps the order from being finished (rule O5).
    Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, BadCost.
    """
    check_quantity(quantity)
    if cost is not None:
        stock.check_cost(cost)
    line = _add(session, entry, LineNature.PART, part_id=part_id, quantity=quantity, cost=cost, bought_for_order=True)
    if cost is not None and not _issued(session, line.id):
        movement = stock.Movement(
            entry.done_on, entry.actor, entry.now, None, line.id, receipt_line_id=entry.receipt_line_id
        )
        stock_returns.pass_through(session, part_id, quantity, cost, movement)
        reservations.consume(session, line, quantity, reservations.By(entry.actor, entry.now))
    return line


def add_external(session: Session, entry: Entry, external: External) -> OrderLine:
    """Work bought outside (rule O3). Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, BadCost."""
    check_quantity(external.quantity)
    if external.cost is not None:
        stock.check_cost(external.cost)
    return _add(
        session,
        entry,
        LineNature.EXTERNAL,
        quantity=external.quantity,
        cost=external.cost,
        supplier=external.supplier.strip() or None,
        supplier_invoice=(external.supplier_invoice or "").strip() or None,
    )


@dataclass(frozen=True, slots=True)
class NewQuantity:
    """A line's other quantity (3 decimals): `wanted` whole, having `seen` the one before, or so much `more` or less.

    `line_id`, when given, must be the line's: ranks are used again. `reason` lets the head go beyond the stock (S4).
    """

    order: str
    rank: int
    more: Decimal = Decimal(0)
    wanted: Decimal | None = None
    seen: Decimal | None = None
    line_id: int | None = None
    reason: str | None = None


def change_quantity(
    session: Session, change: NewQuantity, actor: Actor, now: datetime, today: date
) -> tuple[OrderLine, Decimal]:
    """Change how much of a part, a flat price or external work there is, stock following: the line, and how much more.

    Less goes back to stock at the line's cost (rule S5) and may come again at it; more goes out at the average of the
    moment (rule S3), on a line of its own when that is another cost: an issue already made never changes.
    Raises NotFound, OrderClosed, LineBilled, BadQuantity, Disagreement, NothingOnHand unless the head gives a reason.
    """
    order = repair_orders.locked(session, change.order)
    line = _writable_line(session, order, change.rank, actor, change.line_id)
    before = line.quantity
    if before is None:
        raise NotFound("line", f"{change.order}/{change.rank}")
    after = change.wanted if change.wanted is not None else before + change.more
    check_quantity(after)
    if after == before:
        return line, Decimal(0)
    if change.seen not in (None, before):
        raise _disagreement(session, line, before, after)
    by = reservations.By(actor, now)
    if line.part_id is not None and not line_stock.change(session, line, after - before, change.reason, by):
        entry = Entry(
            change.order, line.done_on, actor, now, today, line.label, non_billable_reason=line.non_billable_reason
        )
        return add_part(session, entry, line.part_id, after - before, change.reason), after - before
    line.quantity = after
    order.version += 1
    session.flush()
    data = {"rank": line.rank, "from": str(before), "to": str(after), "part_id": line.part_id}
    journal.record(session, actor, "order.change_quantity", ("repair_orders", order.number), data=data, now=now)
    return line, after - before


def _disagreement(session: Session, line: OrderLine, before: Decimal, after: Decimal) -> Disagreement:
    order = session.get_one(RepairOrder, line.order_id)
    last = order_records.last_act(session, order.number, ("order.change_quantity",))
    who, at = (last.actor, last.at) if last else ("Quelqu’un", line.created_at)
    return Disagreement("la quantité", formats.quantity(before), who, at, formats.quantity(after), str(before))


def remove(session: Session, number: str, rank: int, actor: Actor, now: datetime, *, line_id: int | None = None) -> int:
    """Take a line away that is not billed; a part goes back to stock at its issue cost (rules O2, S5). Gives its id.

    A mechanic takes his own time away, not a colleague's. `line_id`, when given, must be the line's.
    Raises NotFound, OrderClosed, LineBilled, NotYours, LineWasBilled when a credit note freed it, LineMatched.
    """
    order = repair_orders.locked(session, number)
    line = _writable_line(session, order, rank, actor, line_id)
    if line.nature is LineNature.LABOUR and actor.role is not Role.HEAD and line.mechanic_id not in (None, actor.id):
        raise NotYours(number, rank)
    if credit_notes.was_billed(session, line.id):
        raise LineWasBilled(number, rank)
    supplier_invoices.check_not_matched(session, number, rank, line.id)
    data = _told(session, line)
    data |= line_stock.take_away(session, line, f"{number}/{rank}", reservations.By(actor, now))
    data["segments"] = segments.forget_line(session, line.id, segments.By(actor, now))
    session.execute(update(OrderWork).where(OrderWork.order_line_id == line.id).values(order_line_id=None))
    session.delete(line)
    order.version += 1
    session.flush()
    journal.record(session, actor, "order.remove_line", ("repair_orders", number), data=data, now=now)
    return line.id


def remove_several(session: Session, number: str, line_ids: Sequence[int], actor: Actor, now: datetime) -> int:
    """Take away those of these lines that are still there; gives how many. Raises what `remove` raises."""
    order = repair_orders.locked(session, number)
    wanted = select(OrderLine.id, OrderLine.rank, OrderLine.part_id).where(
        OrderLine.order_id == order.id, OrderLine.id.in_(line_ids)
    )
    rows = session.execute(wanted.order_by(OrderLine.part_id, OrderLine.id)).all()
    for row in rows:
        remove(session, number, row.rank, actor, now, line_id=row.id)
    return len(rows)


def _writable_line(session: Session, order: RepairOrder, rank: int, actor: Actor, line_id: int | None) -> OrderLine:
    check_writable(order.state, order.number, actor.role)
    line = session.scalar(select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.rank == rank))
    if line is None or line_id not in (None, line.id):
        raise NotFound("line", f"{order.number}/{rank}")
    if session.get(LiveBilling, line.id):
        raise LineBilled(order.number, rank)
    return line


def _told(session: Session, line: OrderLine) -> dict[str, object]:
    """All that a line says, as the journal keeps it and as operations.removed_lines puts it back."""
    forced = select(StockMovement.reason).where(StockMovement.order_line_id == line.id, StockMovement.forced)
    work = select(OrderWork.id).where(OrderWork.order_line_id == line.id)
    return {
        "id": line.id,
        "rank": line.rank,
        "nature": line.nature.value,
        "day": line.done_on.isoformat(),
        "quantity": str(line.quantity or line.minutes),
        "cost": None if line.cost is None else str(line.cost),
        "created_at": line.created_at.isoformat(),
        "forced": session.scalar(forced.limit(1)),
        "work_id": session.scalar(work.limit(1)),
        **{name: getattr(line, name) for name in KEPT_AS_IS},
    }


def _check_code(session: Session, code: str, nature: TariffNature) -> None:
    known = select(TariffGridLine.id).join(TariffGrid, TariffGrid.id == TariffGridLine.grid_id)
    known = known.where(
        TariffGridLine.code == code, TariffGridLine.nature == nature, TariffGrid.status == GridStatus.PUBLISHED
    )
    if session.scalar(known.limit(1)) is None:
        raise UnknownTariffCode(code)


def _sent(session: Session, entry: Entry) -> bool:
    """Whether this very form made its line already."""
    known = select(OrderLine.id).where(OrderLine.form_token == entry.form_token)
    return entry.form_token is not None and session.scalar(known) is not None


def _issued(session: Session, line_id: int) -> bool:
    return stock_returns.line_moved(session, line_id)


def _add(session: Session, entry: Entry, nature: LineNature, **values: object) -> OrderLine:
    """Write a line under the order's lock; an invoiced order becomes `done` again for its complement (rule O1)."""
    order = repair_orders.locked(session, entry.order)
    if entry.form_token:
        same = session.scalar(select(OrderLine).where(OrderLine.form_token == entry.form_token))
        if same is not None:
            _check_same(same, entry, values)
            return same
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
        session.flush()
        request_news.tell(session, order, order.state, entry.now)
