"""The running clock of the person signed in, for every workshop page; forgotten clocks as the question they ask."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from sqlalchemy.orm import Session

from garage import clock
from garage.clock import PARIS, paris_day
from garage.db.queries import work_time as queries
from garage.db.queries.paging import AnyRow
from garage.domain.work_time import forgotten, minutes_between, on_day, provisional_end
from garage.french.times import hour
from garage.web.access import person_or_nobody
from garage.web.context import reading
from garage.web.work_choices import named, subject

_OFFERED: Final = (time(12), time(17))


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs: on what, since when, the whole minutes so far."""

    id: int
    person: str
    number: str | None
    text: str
    subject: str
    start: datetime
    minutes: int
    forgotten: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A forgotten clock: it was still running at `until`; `hours` are the ends one tap away."""

    id: int
    person: str
    text: str
    day: date
    start: datetime
    until: datetime
    hours: tuple[str, ...]
    runs: bool


def running(row: AnyRow, now: datetime) -> Running:
    """A running clock as it is shown."""
    return Running(
        id=row.id,
        person=row.person,
        number=row.number,
        text=named(row),
        subject="" if row.number is None else subject(row),
        start=row.started_at,
        minutes=max(minutes_between(row.started_at, now), 0),
        forgotten=forgotten(row.started_at, now, PARIS),
    )


def mine() -> Running | None:
    """My clock, if one runs: one read, asked by the pages of the workshop alone."""
    person = person_or_nobody()
    if person is None or not person.workshop:
        return None
    with reading() as session:
        row = queries.running(session, person.id)
    return running(row, clock.now()) if row is not None else None


def questions(session: Session, user_id: int | None, now: datetime) -> list[Question]:
    """The forgotten clocks of somebody, or of everybody: cut and waiting for their end, or running still."""
    rows = [*queries.to_confirm(session, user_id)]
    if user_id is None:
        still = queries.all_running(session)
    else:
        still = [row for row in [queries.running(session, user_id)] if row is not None]
    rows += [row for row in still if forgotten(row.started_at, now, PARIS)]
    return [_question(session, row, now) for row in rows]


def _question(session: Session, row: AnyRow, now: datetime) -> Question:
    bound = queries.follower(session, row.user_id, row.started_at) or now
    until = row.ended_at or provisional_end(row.started_at, bound, PARIS)
    day = paris_day(row.started_at)
    usual = [on_day(day, at, PARIS) for at in _OFFERED]
    if bound == until:
        usual.append(until)
    ends = sorted({at for at in usual if row.started_at < at <= bound})
    return Question(
        id=row.id,
        person=row.person,
        text=named(row),
        day=day,
        start=row.started_at,
        until=until,
        hours=tuple(hour(at) for at in ends),
        runs=row.ended_at is None,
    )
