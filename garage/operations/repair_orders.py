"""Repair orders: open, add work, change state, finish, check (rules O1 to O5, C4)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import LiveBilling
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.vehicles import Vehicle
from garage.db.queries import order_records
from garage.db.queries.billing import work_of
from garage.domain.errors.base import Conflict, ImpossibleDay, NotFound, ReasonMissing
from garage.domain.errors.invoices import NotCarried
from garage.domain.errors.repair_orders import (
    ClosingBlocked,
    ForbiddenTransition,
    NotSettleable,
    VehicleOfAnother,
    VehicleOrObject,
)
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import (
    LineNature,
    Missing,
    OrderKind,
    OrderState,
    Work,
    check_cancellable,
    check_day,
    check_opening,
    check_transition,
    first_day_of_entry,
    missing_at_closing,
)
from garage.operations import journal, request_news, vehicles
from garage.operations.collectivities import check_convention
from garage.operations.numbering import next_order_number


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it is entered: a vehicle or an object in words (rule O1).

    `forced_reason` lets the head open it without a live convention (rule C4); `form_token` makes a repeated
    sending of the same form give the same order.
    """

    collectivity_id: int
    opened_on: date
    kind: OrderKind
    vehicle_id: int | None = None
    object_label: str | None = None
    reason: str | None = None
    meter: int | None = None
    meter_reason: str | None = None
    requester: str | None = None
    service: str | None = None
    engagement: str | None = None
    forced_reason: str | None = None
    form_token: str | None = None
    state: OrderState = OrderState.IN_PROGRESS


def open_order(session: Session, entered: NewOrder, actor: Actor, now: datetime, today: date) -> RepairOrder:
    """Open an order, in progress unless told otherwise, and number it (rule O1).

    Raises VehicleOrObject, VehicleOfAnother, NotFound, ImpossibleDay, ForbiddenTransition, NoConvention unless forced
    by the head with a reason (rule C4), MeterBackwards.
    """
    check_opening(entered.state)
    if entered.form_token:
        same = session.scalar(select(RepairOrder).where(RepairOrder.form_token == entered.form_token))
        if same is not None:
            _check_same(same, entered)
            return same
    check_day(entered.opened_on, today, first_day_of_entry(today))
    collectivity = session.get(Collectivity, entered.collectivity_id)
    if collectivity is None:
        raise NotFound("collectivity", str(entered.collectivity_id))
    _check_object(session, entered)
    if not (entered.forced_reason and actor.role is Role.HEAD):
        check_convention(session, collectivity, entered.opened_on)
    order = RepairOrder(
        number=next_order_number(session, entered.opened_on),
        collectivity_id=collectivity.id,
        vehicle_id=entered.vehicle_id,
        object_label=_words(entered.object_label) if entered.vehicle_id is None else None,
        opened_on=entered.opened_on,
        state=entered.state,
        kind=entered.kind,
        reason=_words(entered.reason),
        meter=entered.meter,
        requester=_words(entered.requester),
        service=_words(entered.service),
        engagement=_words(entered.engagement),
        forced_reason=_words(entered.forced_reason),
        form_token=entered.form_token,
        created_by_id=actor.id,
        created_at=now,
    )
    session.add(order)
    session.flush()
    _read_meter(session, order, entered)
    _enter(session, order, entered.state, actor, now)
    data = {"collectivity": collectivity.code, "forced": order.forced_reason}
    journal.record(session, actor, "order.open", ("repair_orders", order.number), data=data, now=now)
    return order


def _check_same(sent: RepairOrder, entered: NewOrder) -> None:
    """The same form sent again gives the same order; with other words it is no repetition: raises Conflict."""
    before = (sent.collectivity_id, sent.vehicle_id, sent.opened_on, sent.kind, sent.reason)
    if before != (entered.collectivity_id, entered.vehicle_id, entered.opened_on, entered.kind, _words(entered.reason)):
        raise Conflict("sent")


def _words(text: str | None) -> str | None:
    return (text or "").strip() or None


def _check_object(session: Session, entered: NewOrder) -> None:
    if entered.vehicle_id is None:
        if not _words(entered.object_label):
            raise VehicleOrObject
        return
    vehicle = session.get(Vehicle, entered.vehicle_id)
    if vehicle is None:
        raise NotFound("vehicle", str(entered.vehicle_id))
    if vehicle.collectivity_id != entered.collectivity_id:
        raise VehicleOfAnother(vehicle.fleet_number)


def _read_meter(session: Session, order: RepairOrder, entered: NewOrder) -> None:
    if order.vehicle_id is not None and entered.meter is not None:
        vehicles.read_meter(
            session, order.vehicle_id, entered.meter, order.opened_on, reason=entered.meter_reason, order_id=order.id
        )


def locked(session: Session, number: str, version: int | None = None) -> RepairOrder:
    """The order, locked until the transaction ends. Raises NotFound, Conflict when it changed since it was read."""
    order = session.scalar(
        select(RepairOrder).where(RepairOrder.number == number).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if order is None:
        raise NotFound("order", number)
    if version is not None and order.version != version:
        raise Conflict("order")
    return order


def change_state(
    session: Session, number: str, wanted: OrderState, actor: Actor, now: datetime, *, reason: str | None = None
) -> RepairOrder:
    """Move an order along a listed transition (rule O2). `to_check` goes through finish, `done` through check.

    Raises NotFound, ForbiddenTransition, ReasonMissing.
    """
    order = locked(session, number)
    if wanted in (OrderState.TO_CHECK, OrderState.DONE):
        raise ForbiddenTransition(order.state, wanted)
    check_transition(order.state, wanted, role=actor.role, reason=reason)
    if wanted is OrderState.CANCELLED:
        _check_cancellable(session, order)
    if order.state is OrderState.DONE:
        order.closed_on, order.settled_at, order.settled_reason = None, None, None
    _move(session, order, wanted, actor, now, reason=reason)
    return order


def put_back(
    session: Session, order: RepairOrder, state: OrderState, actor: Actor, now: datetime, reason: str | None
) -> None:
    """Put a locked order back into the state it was in before, with the reason it had then; kept as one more change."""
    _move(session, order, state, actor, now, reason=reason)


def _check_cancellable(session: Session, order: RepairOrder) -> None:
    lines = select(OrderLine.id).where(OrderLine.order_id == order.id)
    held = lines.where(OrderLine.nature == LineNature.PART, ~OrderLine.bought_for_order)
    billed = select(LiveBilling.invoice_id).where(LiveBilling.order_line_id.in_(lines))
    check_cancellable(
        holds_parts=session.scalar(held.limit(1)) is not None, billed=session.scalar(billed.limit(1)) is not None
    )


def finish(
    session: Session, number: str, works: str | None, meter: int | None, actor: Actor, now: datetime
) -> RepairOrder:
    """The work is done, the head's check is due: in progress → to check (rules O2, O5).

    Raises NotFound, ForbiddenTransition, MeterBackwards, ClosingBlocked with the codes of what is missing.
    """
    order = locked(session, number)
    check_transition(order.state, OrderState.TO_CHECK, role=actor.role, reason=None)
    order.works = _words(works) or order.works
    if meter is not None and order.vehicle_id is not None and meter != order.meter:
        vehicles.read_meter(session, order.vehicle_id, meter, order.opened_on, order_id=order.id)
        order.meter = meter
    _refuse_missing(session, order)
    _move(session, order, OrderState.TO_CHECK, actor, now)
    return order


def check(session: Session, number: str, closed_on: date, actor: Actor, now: datetime, today: date) -> RepairOrder:
    """The head checked it: to check → done, ready to bill, closed that day (rules O2, B1).

    Raises NotFound, ForbiddenTransition, ImpossibleDay, ClosingBlocked.
    """
    order = locked(session, number)
    check_transition(order.state, OrderState.DONE, role=actor.role, reason=None)
    if closed_on > today or closed_on < order.opened_on:
        raise ImpossibleDay(closed_on, order.opened_on)
    _refuse_missing(session, order)
    order.closed_on = closed_on
    _move(session, order, OrderState.DONE, actor, now)
    return order


def _refuse_missing(session: Session, order: RepairOrder) -> None:
    blocking = tuple(one.code for one in missing(session, order) if one.blocking)
    if blocking:
        raise ClosingBlocked(blocking)


def missing(session: Session, order: RepairOrder, but: int | None = None) -> tuple[Missing, ...]:
    """What the order lacks to be finished, or to be checked once it is: blocking or not (rule O5).

    `but` is whoever finishes it: their own clock stops with it.
    """
    return missing_at_closing(
        works_of(session, order.id),
        has_vehicle=order.vehicle_id is not None,
        meter=order.meter,
        pending=order_records.pending(session, order.id, but),
        checking=order.state is OrderState.TO_CHECK,
    )


def works_of(session: Session, order_id: int) -> tuple[Work, ...]:
    """Every line of an order by rank, as the rules read it."""
    rows = session.execute(
        select(
            OrderLine.id, OrderLine.rank, OrderLine.nature, OrderLine.done_on, OrderLine.code, OrderLine.label,
            Part.reference, Part.label.label("part_label"), Part.unit, OrderLine.minutes, OrderLine.quantity,
            OrderLine.cost, OrderLine.supplier, OrderLine.supplier_invoice, OrderLine.non_billable_reason,
        )
        .outerjoin(Part, Part.id == OrderLine.part_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.rank)
    )  # fmt: skip
    return tuple(work_of(row) for row in rows)


def waive_floor(session: Session, number: str, actor: Actor, now: datetime) -> None:
    """Release by hand the sum carried forward that this order belongs to (rule B4). Raises NotFound, NotCarried."""
    order = locked(session, number)
    if order.state is not OrderState.DONE:
        raise NotCarried(number)
    order.floor_waived_at = now
    order.version += 1
    journal.record(session, actor, "order.waive_floor", ("repair_orders", number), data={}, now=now)


def hold_floor(session: Session, number: str, actor: Actor, now: datetime) -> None:
    """Take back a release that is not billed yet: the sum waits again (rule B4). Raises NotFound, NotCarried."""
    order = locked(session, number)
    if order.state is not OrderState.DONE or order.floor_waived_at is None:
        raise NotCarried(number)
    order.floor_waived_at = None
    order.version += 1
    journal.record(session, actor, "order.hold_floor", ("repair_orders", number), data={}, now=now)


def settle(session: Session, number: str, reason: str, actor: Actor, now: datetime) -> None:
    """Settle without a bill a checked order whose lines are all non-billable (rule B4).

    Raises NotFound, ReasonMissing, NotSettleable.
    """
    if not _words(reason):
        raise ReasonMissing(OrderState.DONE)
    order = locked(session, number)
    works = works_of(session, order.id)
    if order.state is not OrderState.DONE or not works or any(not work.non_billable_reason for work in works):
        raise NotSettleable(number)
    order.settled_at, order.settled_reason = now, reason.strip()
    order.version += 1
    journal.record(session, actor, "order.settle", ("repair_orders", number), data={"reason": reason}, now=now)


def _move(
    session: Session, order: RepairOrder, state: OrderState, actor: Actor, now: datetime, *, reason: str | None = None
) -> None:
    before, order.state = order.state, state
    order.version += 1
    _enter(session, order, state, actor, now, reason=reason)
    data = {"from": before.value, "to": state.value, "reason": reason}
    journal.record(session, actor, "order.state", ("repair_orders", order.number), data=data, now=now)


def _enter(
    session: Session, order: RepairOrder, state: OrderState, actor: Actor, now: datetime, *, reason: str | None = None
) -> None:
    session.add(OrderStateChange(order_id=order.id, state=state, at=now, reason=_words(reason), actor_id=actor.id))
    session.flush()
    request_news.tell(session, order, state, now)
