"""One order on screen: its works to tick, parts, time, notes and photos, what one may do next; one line of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from flask import render_template, request
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_parts, order_works, part_requests, questions, reservations
from garage.db.queries import repair_orders as queries
from garage.db.queries.order_works import Points
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.order_works import WorkState
from garage.domain.permissions import Permission
from garage.domain.repair_orders import LineNature, OrderState, check_writable
from garage.french import formats
from garage.french.store import lying
from garage.web import order_clock, order_record, order_states
from garage.web.access import allow, person
from garage.web.context import options, reading
from garage.web.filters import plural

# More lines of one nature than this are shown on demand.
_MOST: Final = 30
# The last lines taken away may be put back from the history.
_REMOVED: Final = 10
# The order in which an order tells what was done, hours apart.
_GROUPS: Final = (
    (LineNature.PART, "Pièces"),
    (LineNature.FLAT, "Forfaits"),
    (LineNature.EXTERNAL, "Travaux externes"),
    (LineNature.LABOUR, "Temps"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one nature; `hidden` of them, the first ones, are shown on demand."""

    nature: LineNature
    title: str
    lines: list[AnyRow]
    hidden: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Works:
    """The works of an order as its page shows them."""

    shown: list[AnyRow]
    dropped: list[AnyRow]
    points: dict[int, Points]
    elsewhere: dict[int, str]
    postponed: Sequence[AnyRow] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many are to do."""
        return sum(work.state is WorkState.TODO for work in self.shown)


def works_of(session: Session, order: AnyRow) -> Works:
    """The works of an order, where else the same are to do, and what was put off for its vehicle."""
    rows = order_works.of_order(session, order.id)
    known = order_works.to_do(session, order.vehicle_id)
    found = {one.work_id: order_works.same_elsewhere(known, one) for one in known if one.number == order.number}
    return Works(
        shown=[work for work in rows if work.state is not WorkState.DROPPED],
        dropped=[work for work in rows if work.state is WorkState.DROPPED],
        points=order_works.points(session, order.id),
        elsewhere={work: number for work, number in found.items() if number},
        postponed=order_works.postponed(session, order.vehicle_id, order.id),
    )


def groups(lines: Sequence[AnyRow], *, every: bool = False) -> dict[str, Group]:
    """The lines of an order by nature, natures without a line left out."""
    made: dict[str, Group] = {}
    for nature, title in _GROUPS:
        mine = [line for line in lines if line.nature is nature]
        hidden = 0 if every else max(len(mine) - _MOST, 0)
        if mine:
            made[nature.value] = Group(nature, title, mine[hidden:], hidden, sum(line.minutes or 0 for line in mine))
    return made


def sees_costs() -> bool:
    """Whether the person signed in may read what things cost."""
    return person().may(Permission.CHECK_ORDERS) or person().may(Permission.PREVIEW_INVOICES)


@allow(Permission.READ_ORDERS)
def show(number: str) -> str:
    """One order: works, parts, time, notes, its history, what one may do next."""
    mine, now = person(), clock.now()
    with reading() as session:
        order = queries.order(session, number)
        lines = queries.lines(session, order.id)
        values = {
            "works": works_of(session, order),
            "chrono": order_clock.of_order(session, order.id, mine, now),
            "dossier": order_record.of_order(session, order, mine),
            "history": queries.history(session, order.id),
            "asked": questions.of_orders(session, [order.id]),
            "removed": order_parts.removed(session, number, _REMOVED),
            "kept": reservations.of_order(session, order.id),
            "wanted": part_requests.of_order(session, order.id),
        }
    acting = mine.may(Permission.WORK_ON_ORDERS)
    return render_template(
        "orders/show.html",
        order=order,
        owed_again=_owed_again(order, lines),
        groups=groups(lines, every=request.args.get("lignes") == "toutes"),
        costs=sees_costs(),
        basis=options().cost_basis,
        writable=acting and writable(order),
        acts=_rare_acts(order) if acting else [],
        checks=acting and order_states.may_move(order.state, OrderState.DONE, mine.role),
        heads=mine.may(Permission.CHECK_ORDERS),
        me=mine,
        settles=_settles(order, lines),
        lasted=lambda change: lasted(change.at, change.ended or now),
        **values,
    )


def _rare_acts(order: AnyRow) -> list[order_states.Act]:
    """What may follow besides what the section «Avancement» offers."""
    told = (OrderState.BLOCKED, OrderState.WAITING_PART, OrderState.WAITING_AGREEMENT)
    taken_up = order.state in told
    return [
        act
        for act in order_states.acts(order.state, person().role)
        if act.state not in told and not (act.state is OrderState.IN_PROGRESS and taken_up)
    ]


def _owed_again(order: AnyRow, lines: Sequence[AnyRow]) -> bool:
    """Whether the person signed in may have another collectivity owe it: checked, nothing of it billed (rule O2)."""
    mine = person().may(Permission.CHECK_ORDERS) or person().may(Permission.ISSUE_INVOICES)
    return mine and order.state is OrderState.DONE and not any(line.invoice for line in lines)


def _settles(order: AnyRow, lines: Sequence[AnyRow]) -> bool:
    """Whether the head may end it without a bill: checked, and nothing on it is billed (rule B4)."""
    free = bool(lines) and all(line.non_billable_reason for line in lines)
    return (
        free and order.state is OrderState.DONE and not order.settled_reason and person().may(Permission.CHECK_ORDERS)
    )


def writable(order: AnyRow) -> bool:
    """Whether the person signed in may still add work to an order (rule O2)."""
    try:
        check_writable(order.state, order.number, person().role)
    except OrderClosed:
        return False
    return True


def lasted(start: datetime, end: datetime) -> str:
    """A length of time in whole days, or in hours within a day."""
    span = end - start
    return plural(span.days, "jour") if span.days else formats.hours(int(span.total_seconds()) // 60)


@allow(Permission.READ_ORDERS)
def line(number: str, rank: int) -> str:
    """One line of an order: what it says, its quantity to change, its removal."""
    with reading() as session:
        order = queries.order(session, number)
        found = next((row for row in queries.lines(session, order.id) if row.rank == rank), None)
        if found is None:
            raise NotFound("line", f"{number}/{rank}")
        taken = order_parts.taken_from(session, found.id)
    open_ = person().may(Permission.WORK_ON_ORDERS) and writable(order) and not found.invoice
    values: dict[str, Any] = {"costs": sees_costs(), "basis": options().cost_basis, "writable": open_}
    heads = person().may(Permission.CHECK_ORDERS)
    return render_template(
        "orders/line.html", order=order, line=found, heads=heads, places=lying(taken, found.unit or ""), **values
    )
