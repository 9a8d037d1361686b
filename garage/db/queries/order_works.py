"""Reads of the works of orders: to tick, to check, put off, and open elsewhere. Columns, not entities."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.order_works import OrderCheck, OrderWork, Package
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow, AnySelect
from garage.domain.errors.base import NotFound
from garage.domain.order_works import CheckResult, WorkState
from garage.domain.repair_orders import OPEN_STATES, OrderState
from garage.domain.tariffs import GridStatus, TariffNature
from garage.french.plain import plain_text

_ticker, _resuming, _resuming_order = aliased(User), aliased(OrderWork), aliased(RepairOrder)


@dataclass(frozen=True, slots=True)
class Points:
    """How far the checklist of a work is: points in all, without answer, found at fault and not followed up."""

    total: int = 0
    left: int = 0
    failed: int = 0


def _works() -> AnySelect:
    return (
        select(
            OrderWork.id, OrderWork.order_id, OrderWork.rank, OrderWork.code, OrderWork.label,
            OrderWork.standard_minutes, OrderWork.package_id, OrderWork.state, OrderWork.done_at, OrderWork.reason,
            OrderWork.order_line_id, _ticker.name.label("done_by"), Package.code.label("package"),
            OrderLine.rank.label("line_rank"),
        )
        .outerjoin(_ticker, _ticker.id == OrderWork.done_by_id)
        .outerjoin(Package, Package.id == OrderWork.package_id)
        .outerjoin(OrderLine, OrderLine.id == OrderWork.order_line_id)
    )  # fmt: skip


def of_order(session: Session, order_id: int) -> Sequence[AnyRow]:
    """Every work of an order by rank, dropped ones included."""
    return session.execute(_works().where(OrderWork.order_id == order_id).order_by(OrderWork.rank)).all()


def one(session: Session, order_id: int, rank: int) -> AnyRow:
    """One work of an order by its rank. Raises NotFound."""
    row = session.execute(_works().where(OrderWork.order_id == order_id, OrderWork.rank == rank)).one_or_none()
    if row is None:
        raise NotFound("work", str(rank))
    return row


def checks(session: Session, work_id: int) -> Sequence[AnyRow]:
    """The points of a work by rank, with who checked them and the work that follows; a dropped one follows nothing."""
    follow = aliased(OrderWork)
    return session.execute(
        select(
            OrderCheck.id, OrderCheck.rank, OrderCheck.label, OrderCheck.result, OrderCheck.note,
            OrderCheck.checked_at, User.name.label("checked_by"), follow.id.label("follow_id"),
            follow.rank.label("follow_rank"), follow.state.label("follow_state"),
        )
        .outerjoin(User, User.id == OrderCheck.checked_by_id)
        .outerjoin(follow, (follow.id == OrderCheck.follow_up_id) & (follow.state != WorkState.DROPPED))
        .where(OrderCheck.work_id == work_id)
        .order_by(OrderCheck.rank)
    ).all()  # fmt: skip


def points(session: Session, order_id: int) -> dict[int, Points]:
    """How far the checklists of an order are, by work."""
    follow = aliased(OrderWork)
    rows = session.execute(
        select(OrderCheck.work_id, OrderCheck.result, follow.id.label("follow_id"))
        .join(OrderWork, OrderWork.id == OrderCheck.work_id)
        .outerjoin(follow, (follow.id == OrderCheck.follow_up_id) & (follow.state != WorkState.DROPPED))
        .where(OrderWork.order_id == order_id)
    )
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.work_id].append(row)
    return {
        work: Points(
            len(mine),
            sum(row.result is None for row in mine),
            sum(row.result is CheckResult.FAILED and row.follow_id is None for row in mine),
        )
        for work, mine in found.items()
    }


def postponed(session: Session, vehicle_id: int | None, but: int | None = None) -> Sequence[AnyRow]:
    """The works of a vehicle that were put off and that nobody took over, the oldest first; `but` leaves an order out.

    Taken over by a work that was dropped, or never done on a cancelled order, is not taken over.
    """
    if vehicle_id is None:
        return []
    vain = (_resuming.state == WorkState.DROPPED) | (
        (_resuming_order.state == OrderState.CANCELLED) & (_resuming.state == WorkState.TODO)
    )
    mine = (
        select(
            OrderWork.id, OrderWork.code, OrderWork.label, OrderWork.standard_minutes, OrderWork.reason,
            RepairOrder.number, RepairOrder.opened_on,
        )
        .join(RepairOrder, RepairOrder.id == OrderWork.order_id)
        .outerjoin(_resuming, _resuming.id == OrderWork.resumed_by_id)
        .outerjoin(_resuming_order, _resuming_order.id == _resuming.order_id)
        .where(RepairOrder.vehicle_id == vehicle_id, OrderWork.state == WorkState.POSTPONED)
        .where(OrderWork.resumed_by_id.is_(None) | vain)
        .order_by(OrderWork.id)
    )  # fmt: skip
    return session.execute(mine.where(OrderWork.order_id != but) if but is not None else mine).all()


def taken_over(session: Session, work_id: int) -> str | None:
    """The number of the order where a work put off was taken over, if it still is."""
    vain = (_resuming.state == WorkState.DROPPED) | (
        (_resuming_order.state == OrderState.CANCELLED) & (_resuming.state == WorkState.TODO)
    )
    return session.scalar(
        select(_resuming_order.number)
        .select_from(OrderWork)
        .join(_resuming, _resuming.id == OrderWork.resumed_by_id)
        .join(_resuming_order, _resuming_order.id == _resuming.order_id)
        .where(OrderWork.id == work_id, ~vain)
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A work to do on an open order of the vehicle: which one, and what it is known by."""

    work_id: int
    number: str
    words: str
    source: tuple[int | None, str | None]


def to_do(session: Session, vehicle_id: int | None) -> list[Known]:
    """Every work to do on the open orders of a vehicle."""
    if vehicle_id is None:
        return []
    rows = session.execute(
        select(OrderWork.id, OrderWork.code, OrderWork.label, OrderWork.package_id, RepairOrder.number)
        .join(RepairOrder, RepairOrder.id == OrderWork.order_id)
        .where(
            RepairOrder.vehicle_id == vehicle_id,
            RepairOrder.state.in_(OPEN_STATES),
            OrderWork.state == WorkState.TODO,
        )
        .order_by(RepairOrder.number, OrderWork.rank)
    )
    return [Known(row.id, row.number, plain_text(row.label), (row.package_id, row.code)) for row in rows]


def same_elsewhere(known: Sequence[Known], work: Known) -> str | None:
    """The order on which the same words, the same package or the same code are to be done besides this work."""
    for other in known:
        same = other.words == work.words or (other.source == work.source and any(work.source))
        if same and other.work_id != work.work_id:
            return other.number
    return None


def nature_of(session: Session, code: str) -> TariffNature | None:
    """What a code of the published grids prices, the latest grid first."""
    return session.scalar(
        select(TariffGridLine.nature)
        .join(TariffGrid, TariffGrid.id == TariffGridLine.grid_id)
        .where(TariffGridLine.code == code, TariffGrid.status == GridStatus.PUBLISHED)
        .order_by(TariffGrid.starts_on.desc())
        .limit(1)
    )


def label_of(session: Session, code: str, day: date) -> str | None:
    """The words of a labour or flat code of the grid in force on a day."""
    return session.scalar(
        select(TariffGridLine.label)
        .join(TariffGrid, TariffGrid.id == TariffGridLine.grid_id)
        .where(
            TariffGridLine.code == code,
            TariffGridLine.nature.in_((TariffNature.LABOUR, TariffNature.FLAT)),
            TariffGrid.status == GridStatus.PUBLISHED,
            TariffGrid.starts_on <= day,
            TariffGrid.ends_on.is_(None) | (TariffGrid.ends_on > day),
        )
    )


def last_rank(session: Session, order_id: int) -> int:
    """The rank of the last work of an order, 0 before the first."""
    return session.scalar(select(func.max(OrderWork.rank)).where(OrderWork.order_id == order_id)) or 0
