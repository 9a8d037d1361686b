"""Repair orders: states, listed transitions, kinds of lines, what may be written when (rules O1 to O3, O5)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from garage.domain.errors.base import ImpossibleDay, ReasonMissing
from garage.domain.errors.repair_orders import BadMinutes, ClosingBlocked, ForbiddenTransition, OrderClosed
from garage.domain.errors.stock import BadQuantity
from garage.domain.permissions import Role


class OrderState(StrEnum):
    """States of a repair order (rule O2)."""

    DRAFT = "draft"
    REQUESTED = "requested"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    WAITING_PART = "waiting_part"
    WAITING_AGREEMENT = "waiting_agreement"
    BLOCKED = "blocked"
    TO_CHECK = "to_check"
    DONE = "done"
    INVOICED = "invoiced"
    CANCELLED = "cancelled"


class OrderKind(StrEnum):
    """Why an order was opened (rule O1)."""

    PREVENTIVE = "preventive"
    BREAKDOWN = "breakdown"
    INSPECTION = "inspection"
    ACCIDENT = "accident"
    LOCKSMITH = "locksmith"
    SITE = "site"
    OTHER = "other"


class LineNature(StrEnum):
    """The four kinds of lines of an order (rule O3)."""

    LABOUR = "labour"
    FLAT = "flat"
    PART = "part"
    EXTERNAL = "external"


S = OrderState
_OPEN = frozenset({S.IN_PROGRESS, S.WAITING_PART, S.WAITING_AGREEMENT, S.BLOCKED})
OPEN_STATES = frozenset({S.DRAFT, S.REQUESTED, S.PLANNED, S.TO_CHECK}) | _OPEN

TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    S.DRAFT: frozenset({S.REQUESTED, S.PLANNED, S.IN_PROGRESS, S.CANCELLED}),
    S.REQUESTED: frozenset({S.PLANNED, S.IN_PROGRESS, S.CANCELLED}),
    S.PLANNED: frozenset({S.REQUESTED, S.CANCELLED, S.BLOCKED, S.WAITING_PART, S.WAITING_AGREEMENT, S.IN_PROGRESS}),
    **{state: (_OPEN - {state}) | {S.TO_CHECK, S.CANCELLED} for state in _OPEN},
    S.TO_CHECK: frozenset({S.DONE, S.IN_PROGRESS, S.CANCELLED}),
    S.DONE: frozenset({S.IN_PROGRESS, S.INVOICED}),
    S.INVOICED: frozenset({S.DONE}),
    S.CANCELLED: frozenset(),
}
_NEEDS_REASON = frozenset({S.BLOCKED, S.CANCELLED})
_HEAD_ONLY = frozenset({S.DONE, S.CANCELLED})


def check_transition(present: OrderState, wanted: OrderState, *, role: Role, reason: str | None) -> None:
    """Refuse a transition that is not listed, not this role's, or lacks its reason (rule O2).

    `invoiced` is reached by billing alone. Raises ForbiddenTransition, ReasonMissing.
    """
    billing = S.INVOICED in (present, wanted)
    head_only = wanted in _HEAD_ONLY or present is S.DONE
    if wanted not in TRANSITIONS[present] or billing or (head_only and role is not Role.HEAD):
        raise ForbiddenTransition(present, wanted)
    if (wanted in _NEEDS_REASON or present is S.DONE) and not (reason or "").strip():
        raise ReasonMissing(wanted)


def check_writable(state: OrderState, number: str, role: Role) -> None:
    """Refuse a new line on an order that is checked, billed or cancelled (rule O2): raises OrderClosed.

    The head alone may complete a checked or billed order: the line is billed by the next run (rule B4).
    """
    completed = state in (S.DONE, S.INVOICED)
    if state is S.CANCELLED or (completed and role is not Role.HEAD):
        raise OrderClosed(number, state)


def check_day(day: date, today: date, first: date | None = None) -> None:
    """Refuse a day in the future (rule O4), or before a first day: raises ImpossibleDay."""
    if day > today or (first is not None and day < first):
        raise ImpossibleDay(day, first)


def first_day_of_entry(today: date) -> date:
    """Orders are opened and goods received at most since the 1st of January of last year; older ones are imported."""
    return date(today.year - 1, 1, 1)


def check_cancellable(*, holds_parts: bool, billed: bool) -> None:
    """Refuse to cancel an order whose parts are out of stock or that is billed in part: raises ClosingBlocked."""
    codes = [code for code, there in (("held_parts", holds_parts), ("billed_lines", billed)) if there]
    if codes:
        raise ClosingBlocked(tuple(codes))


def check_minutes(minutes: int) -> None:
    """Refuse a length of work that is not between 1 minute and 24 hours: raises BadMinutes."""
    if not 1 <= minutes <= 24 * 60:
        raise BadMinutes(minutes)


def check_quantity(quantity: Decimal) -> None:
    """Refuse a quantity that is not above zero, or beyond what a workshop can mean: raises BadQuantity."""
    if not 0 < quantity < 1_000_000:
        raise BadQuantity(quantity)


@dataclass(frozen=True, slots=True)
class Work:
    """One line as it was done: minutes for labour, quantity (3 decimals) else, cost in euros (4 decimals)."""

    id: int
    rank: int
    nature: LineNature
    done_on: date
    code: str | None
    label: str | None
    unit: str | None
    minutes: int | None
    quantity: Decimal | None
    cost: Decimal | None
    supplier: str | None = None
    supplier_invoice: str | None = None
    non_billable_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something absent when an order is finished, and whether it blocks (rule O5)."""

    code: str
    blocking: bool


def missing_at_closing(works: tuple[Work, ...], *, has_vehicle: bool, meter: int | None) -> tuple[Missing, ...]:
    """What an order lacks when it is finished; parts without cost block, the rest warns (rule O5)."""
    found: list[Missing] = []
    if not works:
        found.append(Missing("no_lines", blocking=True))
    if not any(work.nature is LineNature.LABOUR for work in works):
        found.append(Missing("no_time", blocking=False))
    if has_vehicle and meter is None:
        found.append(Missing("no_meter", blocking=False))
    if any(work.nature in (LineNature.PART, LineNature.EXTERNAL) and work.cost is None for work in works):
        found.append(Missing("no_cost", blocking=True))
    return tuple(found)
