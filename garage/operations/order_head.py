"""What the head of an order says, changed after it was opened: who asks, for what, for which day (rule O1)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from garage.db.models.repair_orders import RepairOrder
from garage.domain.errors.workshop import DayPassed, SameField
from garage.domain.merging import merged
from garage.domain.permissions import Actor
from garage.domain.repair_orders import OrderKind, check_writable
from garage.operations import journal, repair_orders


@dataclass(frozen=True, slots=True)
class Head:
    """Everything of it that may change; what is empty is None."""

    kind: OrderKind
    reason: str | None = None
    requester: str | None = None
    service: str | None = None
    engagement: str | None = None
    promised_on: date | None = None


def of(order: RepairOrder | Any) -> Head:
    """The head of an order as it is, ends of line as one writes them."""
    values = {name: getattr(order, name) for name in Head.__slots__}
    return Head(**values | {"reason": values["reason"].replace("\r\n", "\n") if values["reason"] else None})


def change(
    session: Session, number: str, versions: tuple[Head, Head], actor: Actor, now: datetime, today: date
) -> tuple[str, ...]:
    """Change what differs between what was read and what is wanted; the names of what changed.

    Two people who changed different things both keep theirs. Raises NotFound, OrderClosed, DayPassed, and SameField
    with the names of what somebody else gave another value meanwhile: then nothing is written.
    """
    order = repair_orders.locked(session, number)
    check_writable(order.state, number, actor.role)
    seen, mine = (asdict(version) for version in versions)
    present = asdict(of(order))
    changed, disputed = merged(seen, mine, present)
    if disputed:
        raise SameField(disputed)
    promised: date | None = changed.get("promised_on")
    if promised is not None and promised < today:
        raise DayPassed(promised)
    if not changed:
        return ()
    for name, value in changed.items():
        setattr(order, name, value)
    order.version += 1
    session.flush()
    data = {"before": {name: _plain(present[name]) for name in changed}}
    data["after"] = {name: _plain(value) for name, value in changed.items()}
    journal.record(session, actor, "order.head", ("repair_orders", number), data=data, now=now)
    return tuple(changed)


def _plain(value: Any) -> str | None:
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
