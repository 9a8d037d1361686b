"""Counts of the stock: what is counted how often, when a second count is asked, what a difference is worth (S2, S3)."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from garage.domain.errors.counts import BadCount, CountedByYou
from garage.domain.money import ZERO, cents, round_half_up


class CountState(StrEnum):
    """Being counted, handed over for approval, approved with its movements written, or given up."""

    COUNTING = "counting"
    TO_APPROVE = "to_approve"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class CountKind(StrEnum):
    """What a count looks at."""

    FULL = "full"
    STORE = "store"
    BINS = "bins"
    FAMILY = "family"
    ROLLING = "rolling"


class CountReason(StrEnum):
    """Why a count differs from the books; every movement of a count bears one."""

    UNRECORDED_ISSUE = "unrecorded_issue"
    UNRECORDED_RECEIPT = "unrecorded_receipt"
    WRONG_BIN = "wrong_bin"
    WRONG_UNIT = "wrong_unit"
    BROKEN = "broken"
    LOST = "lost"
    COUNTED_WRONG = "counted_wrong"
    UNEXPLAINED = "unexplained"


class AbcClass(StrEnum):
    """The place of a part in what a year of issues was worth."""

    A = "a"
    B = "b"
    C = "c"


OPEN: Final = (CountState.COUNTING, CountState.TO_APPROVE)
TIMES_A_YEAR: Final = {AbcClass.A: 4, AbcClass.B: 2, AbcClass.C: 1}
# Shares of the value issued, in percent: a part belongs to the first class whose share is not reached before it.
_SHARES: Final = ((AbcClass.A, Decimal(80)), (AbcClass.B, Decimal(95)))
_GREATEST: Final = Decimal(1_000_000)


def abc_classes(issued: Mapping[int, Decimal]) -> dict[int, AbcClass]:
    """The class of each part by the value issued in euros over 12 months: A makes 80 % of it, B the next 15 %.

    All others, and what was not issued, are C.

    >>> [str(one) for one in abc_classes({1: Decimal(80), 2: Decimal(15), 3: Decimal(5), 4: Decimal(0)}).values()]
    ['a', 'b', 'c', 'c']
    """
    ranked = sorted((one for one in issued if issued[one] > 0), key=lambda one: (-issued[one], one))
    total = sum((issued[one] for one in ranked), ZERO)
    classes = dict.fromkeys(issued, AbcClass.C)
    before = ZERO
    for one in ranked:
        classes[one] = next((name for name, share in _SHARES if before * 100 < share * total), AbcClass.C)
        before += issued[one]
    return classes


@dataclass(frozen=True, slots=True)
class Turn:
    """A part whose turn may have come: its class and the day it was last counted, None for never."""

    part_id: int
    abc: AbcClass
    last: date | None


def due_on(turn: Turn) -> date:
    """The day a part is due again: at once when it was never counted, else 3, 6 or 12 months after its last count.

    >>> due_on(Turn(1, AbcClass.A, date(2026, 11, 30)))
    datetime.date(2027, 2, 28)
    """
    if turn.last is None:
        return date.min
    months = turn.last.month - 1 + 12 // TIMES_A_YEAR[turn.abc]
    year, month = turn.last.year + months // 12, months % 12 + 1
    return date(year, month, min(turn.last.day, monthrange(year, month)[1]))


def due(turns: Iterable[Turn], today: date, size: int | None = None) -> list[Turn]:
    """Those whose turn has come, the oldest count first (never counted before all), then the dearest class."""
    come = [one for one in turns if due_on(one) <= today]
    return sorted(come, key=lambda one: (one.last or date.min, one.abc, one.part_id))[:size]


@dataclass(frozen=True, slots=True)
class Limits:
    """From which difference a second count is asked: above so many euros, or so many percent; 0 never asks."""

    euros: Decimal
    percent: int


def needs_second(expected: Decimal, counted: Decimal, cost: Decimal | None, limits: Limits) -> bool:
    """Whether a difference is beyond a limit, in euros at the average or in percent of what was expected.

    >>> needs_second(Decimal(10), Decimal(7), Decimal(1), Limits(Decimal(50), 20))
    True
    """
    gap = abs(counted - expected)
    dear = limits.euros > 0 and abs(worth(gap, cost)) > limits.euros
    wide = limits.percent > 0 and gap * 100 > limits.percent * abs(expected)
    return bool(gap) and (dear or wide)


def worth(difference: Decimal, cost: Decimal | None) -> Decimal:
    """What a signed difference is worth in euros at the average, to the cent (rule S3)."""
    return cents(difference * (cost or ZERO))


def precision(right: int, counted: int) -> Decimal | None:
    """Lines found as the books said, in percent of those counted, one decimal half up; None when none is counted.

    >>> precision(2, 3)
    Decimal('66.7')
    """
    return round_half_up(Decimal(100 * right) / counted, 1) if counted else None


def check_counted(quantity: Decimal) -> None:
    """Raises BadCount: a quantity found goes from 0 to less than a million, with 3 decimals at most (rule M7)."""
    if not 0 <= quantity < _GREATEST or -int(quantity.normalize().as_tuple().exponent) > 3:
        raise BadCount(quantity)


def check_approver(approver_id: int | None, counters: Iterable[int | None]) -> None:
    """Raises CountedByYou when who approves counted a line; asked when the garage's setting wants somebody else."""
    if approver_id is not None and approver_id in set(counters):
        raise CountedByYou
