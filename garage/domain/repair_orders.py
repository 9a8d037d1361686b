"""Repair orders: states, listed transitions, kinds of lines, what may be written when (rules O1 to O3, O5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
# Open, and the work itself not finished.
WORK_LEFT = OPEN_STATES - {S.TO_CHECK}

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
# What an order may begin as.
OPENING_STATES = frozenset({S.REQUESTED, S.PLANNED, S.IN_PROGRESS})
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


def time_in_states(entered: Sequence[tuple[OrderState, datetime]], now: datetime) -> dict[OrderState, timedelta]:
    """How long an order was in each state in all, from the instants it entered them (rule O2).

    >>> start = datetime(2026, 10, 1)
    >>> time_in_states([(S.IN_PROGRESS, start), (S.WAITING_PART, start)], start + timedelta(days=12))[S.WAITING_PART]
    datetime.timedelta(days=12)
    """
    spent: dict[OrderState, timedelta] = {}
    ends = [at for _, at in entered[1:]] + [now]
    for (state, at), end in zip(entered, ends, strict=True):
        spent[state] = spent.get(state, timedelta(0)) + max(end - at, timedelta(0))
    return spent


def check_opening(state: OrderState) -> None:
    """Refuse to open an order in any other state than asked for, planned or in progress: raises ForbiddenTransition."""
    if state not in OPENING_STATES:
        raise ForbiddenTransition(OrderState.DRAFT, state)


def may_take_back(former: OrderState, present: OrderState) -> bool:
    """Whether a change between two states of an order at work may be taken back: the check and the bill never (O2).

    >>> may_take_back(S.PLANNED, S.BLOCKED), may_take_back(S.TO_CHECK, S.IN_PROGRESS)
    (True, False)
    """
    before = _OPEN | {S.DRAFT, S.REQUESTED, S.PLANNED}
    return former in before and present in _OPEN and present in TRANSITIONS[former]


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
    """Refuse what is not above zero, beyond what a workshop can mean, or finer than 3 decimals: raises BadQuantity."""
    if not 0 < quantity < 1_000_000 or quantity * 1000 % 1:
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


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not ended on an order: works to tick, points to check, who works on it now, clocks with no known end."""

    works: int = 0
    points: int = 0
    running: tuple[str, ...] = ()
    unsure: int = 0


NOTHING_PENDING = Pending()


def missing_at_closing(
    works: tuple[Work, ...],
    *,
    has_vehicle: bool,
    meter: int | None,
    pending: Pending = NOTHING_PENDING,
    checking: bool = False,
) -> tuple[Missing, ...]:
    """What an order lacks when it is finished, or `checking` when the head checks it (rule O5).

    No line and a part without cost block both; a supplier's invoice to come and time whose end is not known warn when
    it is finished and block the check: billing needs them. The rest warns.
    """
    costless = {work.nature for work in works if work.cost is None}
    looked_at = (
        ("no_lines", not works, True),
        ("no_time", all(work.nature is not LineNature.LABOUR for work in works), False),
        ("no_meter", has_vehicle and meter is None, False),
        ("works_todo", pending.works > 0, False),
        ("points_open", pending.points > 0, False),
        ("no_cost", LineNature.PART in costless, True),
        ("invoice_expected", LineNature.EXTERNAL in costless, checking),
        ("clock_running", bool(pending.running), checking),
        ("clock_unsure", pending.unsure > 0, checking),
    )
    return tuple(Missing(code, blocking) for code, there, blocking in looked_at if there)
