"""Works of an order: add, tick, put off, drop, take up again; points checked and what follows (rule O3)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.order_works import OrderCheck, OrderWork, Package, PackageCheck
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.db.queries import order_works as queries
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.errors.workshop import (
    Disagreement,
    NothingToDo,
    PackageArchived,
    PointNotFailed,
    WorkOfAnother,
    WorkResumed,
)
from garage.domain.order_works import CheckResult, Finding, WorkState, check_state
from garage.domain.permissions import Actor
from garage.domain.repair_orders import OrderState, check_writable
from garage.domain.tariffs import TariffNature
from garage.french.labels import label
from garage.operations import journal, order_lines, repair_orders
from garage.operations.order_lines import Entry

_LONGEST = 500
_NOT_BEGUN = (OrderState.DRAFT, OrderState.REQUESTED, OrderState.PLANNED)


@dataclass(frozen=True, slots=True)
class Act:
    """On which order; whose work it is and under whose right; `at` it was really done, on that civil `day`.

    `now` it is written down, `today`.
    """

    order: str
    author: Actor
    actor: Actor
    at: datetime
    day: date
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class NewWork:
    """A work as it is chosen: a labour or flat code in force, a package's code, or words."""

    code: str | None = None
    package: str | None = None
    words: str | None = None


def add(session: Session, act: Act, wanted: NewWork) -> OrderWork:
    """A work to do, last of the list; a package brings its points to check.

    Raises NotFound, OrderClosed, NothingToDo, UnknownTariffCode, PackageArchived.
    """
    order = _order(session, act)
    words = " ".join((wanted.words or "").split())[:_LONGEST]
    if wanted.package:
        return _add_package(session, order, act, wanted.package)
    if wanted.code:
        known = queries.label_of(session, wanted.code, act.day)
        if known is None:
            raise UnknownTariffCode(wanted.code)
        work = OrderWork(code=wanted.code, label=words or known)
    elif words:
        work = OrderWork(label=words)
    else:
        raise NothingToDo
    return _put(session, order, act, work)


def _add_package(session: Session, order: RepairOrder, act: Act, code: str) -> OrderWork:
    package = session.scalar(select(Package).where(Package.code == code))
    if package is None:
        raise NotFound("package", code)
    if not package.active:
        raise PackageArchived(code)
    minutes = package.standard_minutes
    work = OrderWork(code=package.labour_code, label=package.label, standard_minutes=minutes, package_id=package.id)
    _put(session, order, act, work)
    points = select(PackageCheck).where(PackageCheck.package_id == package.id).order_by(PackageCheck.rank)
    for rank, point in enumerate(session.scalars(points), start=1):
        session.add(OrderCheck(work_id=work.id, rank=rank, label=point.label))
    session.flush()
    return work


def _put(session: Session, order: RepairOrder, act: Act, work: OrderWork) -> OrderWork:
    work.order_id, work.rank = order.id, queries.last_rank(session, order.id) + 1
    work.state = work.state or WorkState.TODO
    work.created_by_id, work.created_at = act.author.id, act.now
    session.add(work)
    _written(session, order, act, work, "order.add_work")
    return work


def tick(session: Session, act: Act, work_id: int) -> OrderWork | None:
    """A work is done: by whom and when; a flat code puts its line on the order. None when it was ticked already.

    An order that had not begun has. Raises NotFound, OrderClosed, WorkNotOpen, ImpossibleDay.
    """
    order = _order(session, act)
    work = _work(session, order, work_id)
    if work.state is WorkState.DONE:
        return None
    check_state(work.label, work.state, WorkState.TODO)
    work.state, work.done_at, work.done_by_id = WorkState.DONE, act.at, act.author.id
    if work.code and queries.nature_of(session, work.code) is TariffNature.FLAT:
        entry = Entry(act.order, act.day, act.actor, act.now, act.today)
        work.order_line_id = order_lines.add_flat(session, entry, work.code, Decimal(1)).id
    elif order.state in _NOT_BEGUN:
        repair_orders.change_state(session, act.order, OrderState.IN_PROGRESS, act.actor, act.now)
    _written(session, order, act, work, "order.tick_work")
    return work


def untick(session: Session, act: Act, work_id: int) -> OrderWork | None:
    """A work is to do after all; the flat line it put goes away. None when it was not ticked.

    Raises NotFound, OrderClosed, LineBilled; WorkNotOpen when it was put off or dropped.
    """
    order = _order(session, act)
    work = _work(session, order, work_id)
    if work.state is WorkState.TODO:
        return None
    check_state(work.label, work.state, WorkState.DONE)
    line = session.get(OrderLine, work.order_line_id) if work.order_line_id is not None else None
    if line is not None:
        order_lines.remove(session, act.order, line.rank, act.actor, act.now)
    work.state, work.done_at, work.done_by_id, work.order_line_id = WorkState.TODO, None, None, None
    _written(session, order, act, work, "order.untick_work")
    return work


def postpone(session: Session, act: Act, work_id: int, reason: str) -> OrderWork:
    """A work waits for the vehicle's next visit, for a reason.

    Raises NotFound, OrderClosed, WorkNotOpen, ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing(WorkState.POSTPONED)
    order = _order(session, act)
    work = _work(session, order, work_id)
    check_state(work.label, work.state, WorkState.TODO, WorkState.DROPPED)
    work.state, work.reason, work.resumed_by_id = WorkState.POSTPONED, reason.strip()[:_LONGEST], None
    _written(session, order, act, work, "order.postpone_work")
    return work


def drop(session: Session, act: Act, work_id: int) -> tuple[OrderWork, WorkState]:
    """A work is not to be done, and what it was; one that it had taken over is put off again.

    Raises NotFound, OrderClosed, WorkNotOpen when it is done, WorkResumed when it was taken over.
    """
    return _moved(session, act, work_id, WorkState.DROPPED, (WorkState.TODO, WorkState.POSTPONED))


def put_back(session: Session, act: Act, work_id: int) -> tuple[OrderWork, WorkState]:
    """A work that was put off or dropped is to do again, and what it was.

    Raises NotFound, OrderClosed, WorkNotOpen when it is done, WorkResumed when it was taken over.
    """
    return _moved(session, act, work_id, WorkState.TODO, (WorkState.POSTPONED, WorkState.DROPPED))


def _moved(
    session: Session, act: Act, work_id: int, wanted: WorkState, asked: tuple[WorkState, ...]
) -> tuple[OrderWork, WorkState]:
    """A work in another state; asked for twice, nothing more happens."""
    order = _order(session, act)
    work = _work(session, order, work_id)
    before = work.state
    if before is not wanted:
        check_state(work.label, before, *asked)
        _refuse_taken_over(session, work)
        work.state = wanted
        _written(session, order, act, work, f"order.{'drop' if wanted is WorkState.DROPPED else 'put_back'}_work")
    return work, before


def _refuse_taken_over(session: Session, work: OrderWork) -> None:
    elsewhere = queries.taken_over(session, work.id) if work.state is WorkState.POSTPONED else None
    if elsewhere is not None:
        raise WorkResumed(work.label, elsewhere)


def resume(session: Session, act: Act, work_id: int) -> OrderWork:
    """Take up on this order a work put off on another of the same vehicle, with the points it had not passed.

    Raises NotFound, OrderClosed, WorkResumed, WorkOfAnother.
    """
    order = _order(session, act)
    old = session.get(OrderWork, work_id, with_for_update=True, populate_existing=True)
    if old is None:
        raise NotFound("work", str(work_id))
    its = session.get_one(RepairOrder, old.order_id)
    if its.vehicle_id is None or its.vehicle_id != order.vehicle_id or its.id == order.id:
        raise WorkOfAnother(old.label)
    if old.state is not WorkState.POSTPONED:
        raise WorkResumed(old.label, its.number)
    _refuse_taken_over(session, old)
    kept = {name: getattr(old, name) for name in ("code", "label", "standard_minutes", "package_id")}
    work = _put(session, order, act, OrderWork(**kept))
    left = select(OrderCheck).where(OrderCheck.work_id == old.id, OrderCheck.result.is_(None))
    for rank, point in enumerate(session.scalars(left.order_by(OrderCheck.rank)), start=1):
        session.add(OrderCheck(work_id=work.id, rank=rank, label=point.label))
    old.resumed_by_id = work.id
    _written(session, order, act, work, "order.resume_work")
    return work


def check_point(
    session: Session, act: Act, check_id: int, found: Finding, seen: CheckResult | None
) -> tuple[OrderCheck, Finding]:
    """What was found at a point, having `seen` what was there; also gives what was there.

    Raises NotFound, OrderClosed, Disagreement when somebody else found something else meanwhile.
    """
    order = _order(session, act)
    point = _point(session, order, check_id)
    before = Finding(point.result, point.note)
    if point.result not in (None, seen, found.result) and point.checked_by_id != act.author.id:
        raise _disagreement(session, point, found, act.now)
    point.result, point.note = found.result, (found.note or "").strip()[:_LONGEST] or None
    checked = found.result is not None
    point.checked_at, point.checked_by_id = (act.at, act.author.id) if checked else (None, None)
    if order.state in _NOT_BEGUN and checked:
        repair_orders.change_state(session, act.order, OrderState.IN_PROGRESS, act.actor, act.now)
    order.version += 1
    session.flush()
    data = {"point": point.label, "result": found.result, "note": point.note}
    journal.record(session, act.author, "order.check_point", ("repair_orders", act.order), data=data, now=act.now)
    return point, before


def _disagreement(session: Session, point: OrderCheck, found: Finding, now: datetime) -> Disagreement:
    who = session.get(User, point.checked_by_id)
    theirs, mine = (label(one) if one else "À contrôler" for one in (point.result, found.result))
    seen = point.result.value if point.result else ""
    what = f"le point « {point.label} »"
    return Disagreement(what, theirs, who.name if who else "Quelqu’un", point.checked_at or now, mine, seen)


def follow_up(session: Session, act: Act, check_id: int, *, postponed: bool = False) -> OrderWork:
    """The work that a point at fault asks for: to do now, or put off at once with what was noted as its reason.

    Asked for twice, it is the same work. Raises NotFound, OrderClosed, PointNotFailed.
    """
    order = _order(session, act)
    point = _point(session, order, check_id)
    known = session.get(OrderWork, point.follow_up_id) if point.follow_up_id is not None else None
    if known is not None and known.state is not WorkState.DROPPED:
        return known
    if point.result is not CheckResult.FAILED:
        raise PointNotFailed(point.label)
    words = f"{point.label} – {point.note}" if point.note else point.label
    work = OrderWork(label=words[:_LONGEST], state=WorkState.POSTPONED if postponed else WorkState.TODO)
    work.reason = (point.note or point.label) if postponed else None
    _put(session, order, act, work)
    point.follow_up_id = work.id
    session.flush()
    return work


def _order(session: Session, act: Act) -> RepairOrder:
    order = repair_orders.locked(session, act.order)
    check_writable(order.state, order.number, act.actor.role)
    return order


def _work(session: Session, order: RepairOrder, work_id: int) -> OrderWork:
    work = session.get(OrderWork, work_id, with_for_update=True, populate_existing=True)
    if work is None or work.order_id != order.id:
        raise NotFound("work", str(work_id))
    return work


def _point(session: Session, order: RepairOrder, check_id: int) -> OrderCheck:
    point = session.get(OrderCheck, check_id, populate_existing=True)
    if point is None or session.get_one(OrderWork, point.work_id).order_id != order.id:
        raise NotFound("check", str(check_id))
    return point


def _written(session: Session, order: RepairOrder, act: Act, work: OrderWork, action: str) -> None:
    order.version += 1
    session.flush()
    data = {"work": work.id, "label": work.label, "code": work.code, "reason": work.reason}
    journal.record(session, act.author, action, ("repair_orders", act.order), data=data, now=act.now)
