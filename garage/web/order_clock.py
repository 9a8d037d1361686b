"""The clock as an order's page shows it: mine, my time, who else is on it, every segment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.queries import work_time as queries
from garage.db.queries.paging import AnyRow
from garage.domain.permissions import Permission
from garage.domain.work_time import forgotten, minutes_between
from garage.web.access import SignedIn


@dataclass(frozen=True, slots=True)
class Part:
    """One segment of an order: whose, from when to when, in whole minutes until now if it runs."""

    id: int
    person: str
    code: str | None
    start: datetime
    end: datetime | None
    minutes: int
    to_confirm: bool
    mine: bool
    editable: bool

    @property
    def runs(self) -> bool:
        """Whether it has no end yet."""
        return self.end is None


@dataclass(frozen=True, slots=True)
class OrderClock:
    """`running` is my clock on this order, `mine` my minutes on it, `others` the colleagues whose clock runs on it."""

    running: Part | None
    mine: int
    others: tuple[Part, ...]
    segments: tuple[Part, ...]

    @property
    def minutes(self) -> int:
        """All the time spent on the order by the clock, running ones included."""
        return sum(part.minutes for part in self.segments)


def of_order(session: Session, order_id: int, person: SignedIn, now: datetime) -> OrderClock:
    """The clocks of an order as this person sees them."""
    heads = person.may(Permission.MANAGE_WORKSHOP)
    parts = tuple(_part(row, person, now, heads=heads) for row in queries.of_order(session, order_id))
    return OrderClock(
        running=next((part for part in parts if part.mine and part.runs), None),
        mine=sum(part.minutes for part in parts if part.mine and not part.to_confirm),
        others=tuple(part for part in parts if part.runs and not part.mine),
        segments=parts,
    )


def _part(row: AnyRow, person: SignedIn, now: datetime, *, heads: bool) -> Part:
    mine = row.user_id == person.id
    left = row.ended_at is None and forgotten(row.started_at, now, PARIS)
    return Part(
        id=row.id,
        person=row.person,
        code=row.code,
        start=row.started_at,
        end=row.ended_at,
        minutes=0 if row.to_confirm or left else max(minutes_between(row.started_at, row.ended_at or now), 0),
        to_confirm=row.to_confirm or left,
        mine=mine,
        editable=mine or heads,
    )
