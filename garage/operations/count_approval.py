"""The approval of a count: one movement per differing line, all or none, under a reason each (rules S2, S3; PA-13)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountHand, CountLine, StockCount
from garage.db.models.stock import Part, StockMovement
from garage.db.queries.settings import current
from garage.domain.counts import CountReason, CountState, check_approver
from garage.domain.errors.base import Conflict
from garage.domain.errors.counts import CountedSince, CountReasonMissing
from garage.domain.permissions import Actor
from garage.domain.stock import MovementKind
from garage.french.counts import movement_reason
from garage.operations import counting, journal, past_stock, stock
from garage.operations.past_stock import Shortage
from garage.operations.stock import Movement

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Approval:
    """What was read and decided: the version of the count, the reason of some lines, that of all others."""

    seen: int
    reasons: Mapping[int, CountReason] = field(default_factory=dict)
    other: CountReason | None = None


def approve(session: Session, count_id: int, approval: Approval, actor: Actor, now: datetime) -> int:
    """Write what was found: a movement for each line that differs, dated the day of the count; returns how many.

    What is missing and was not there yet that day is dated the first day that holds it.
    Raises NotFound, CountClosed, Conflict, CountedByYou, CountReasonMissing, CountedSince, TakenSince, YearFrozen.
    """
    count = counting.lock_in(session, count_id, CountState.TO_APPROVE)
    if count.version != approval.seen:
        raise Conflict("count")
    _check_who(session, count_id, actor)
    differing = list(
        session.scalars(
            select(CountLine)
            .where(CountLine.count_id == count_id, CountLine.counted != CountLine.expected)
            .order_by(CountLine.part_id, CountLine.id)
        )
    )
    reasons = {line.id: approval.reasons.get(line.id, approval.other) for line in differing}
    if lacking := sum(reason is None for reason in reasons.values()):
        raise CountReasonMissing(lacking)
    _lock_parts(session, [line.part_id for line in differing])
    _check_alone(session, count_id)
    for line in differing:
        _adjust(session, count, line, reasons[line.id] or CountReason.UNEXPLAINED, (actor, now))
    count.state, count.version = CountState.APPROVED, count.version + 1
    count.approved_by_id, count.approved_at = actor.id, now
    session.flush()
    data = {"lines": len(differing)}
    journal.record(session, actor, "count.approve", ("stock_counts", count.number), data=data, now=now)
    return len(differing)


def put_off(session: Session, day: date, differing: Iterable[Any]) -> dict[int, Shortage]:
    """Of the lines that differ, those by id whose missing goods their day did not hold, and the day they get (S6)."""
    ordered = sorted(differing, key=lambda line: (line.part_id, line.id))
    told = [(line.id, line.part_id, line.bin_id, line.counted - line.expected) for line in ordered]
    return past_stock.plan(session, day, told)


def _check_who(session: Session, count_id: int, actor: Actor) -> None:
    if not current(session).count_by_other:
        return
    hands = select(CountHand.user_id).join(CountLine, CountLine.id == CountHand.line_id)
    check_approver(actor.id, set(session.scalars(hands.where(CountLine.count_id == count_id).distinct())))


def _lock_parts(session: Session, part_ids: list[int]) -> None:
    """Have these parts to ourselves, in the order of their ids."""
    for start in range(0, len(part_ids), _BATCH):
        some = part_ids[start : start + _BATCH]
        session.execute(
            select(Part.id).where(Part.id.in_(some)).order_by(Part.id).with_for_update(key_share=True)
        ).all()


def _check_alone(session: Session, count_id: int) -> None:
    """No other count wrote the same parts and bins since they were counted here."""
    since = select(StockMovement.id).where(
        StockMovement.part_id == CountLine.part_id,
        StockMovement.bin_id == CountLine.bin_id,
        StockMovement.kind == MovementKind.COUNT,
        StockMovement.id > CountLine.seen_movement_id,
    )
    mine = select(Part.reference).join(CountLine, CountLine.part_id == Part.id)
    void = mine.where(CountLine.count_id == count_id, CountLine.counted != CountLine.expected, since.exists())
    if references := list(session.scalars(void.order_by(Part.reference))):
        raise CountedSince(tuple(references))


def _adjust(
    session: Session, count: StockCount, line: CountLine, reason: CountReason, by: tuple[Actor, datetime]
) -> None:
    if line.counted is None or line.expected is None:
        return
    line.reason = reason.value
    movement = Movement(
        count.counted_on,
        by[0],
        by[1],
        movement_reason(count.number, reason),
        bin_id=line.bin_id,
        count_line_id=line.id,
    )
    stock.adjust(session, line.part_id, line.counted - line.expected, movement)
