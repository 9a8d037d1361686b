"""Lives the demonstration from 1 January of last year to a day, through the operations that people use.

The same day gives the same garage: one seeded generator, no clock. Every finished quarter but the last is billed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.journal import JournalEntry
from garage.db.models.stock import Part
from garage.db.models.tariffs import TariffGrid
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.queries import settings
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.operations import invoicing_run, journal, recovery
from garage.operations.demo import bodies, corrections, desk, finance, fleet, grids, people, stocktaking, wanted
from garage.operations.demo.courses import billing_day, come_in
from garage.operations.demo.jobs import Demand
from garage.operations.demo.people import Team
from garage.operations.demo.script import write_anomalies, write_open_orders
from garage.operations.demo.seasons import after, at, before, minutes_due, working_days
from garage.operations.demo.shelf import Shelf
from garage.operations.demo.stock import Storeroom
from garage.operations.demo.supply import TOLD, Supply
from garage.operations.demo.wanted import Counter
from garage.operations.demo.workshop import Agenda, Workshop
from garage.operations.invoices import Issuing
from garage.operations.purchases import By
from garage.operations.stock import Movement

Progress = Callable[[int, int], None]
_MARK = "demo.load"
_MORNING, _EVENING = 7 * 60, 17 * 60 + 30
# The shelf is filled on Tuesdays and Fridays, and left alone at the end so that some parts are short.
_DELIVERIES, _NO_DELIVERY = (1, 4), timedelta(days=12)


class NotEmpty(GarageError):
    """The demonstration is loaded into an empty database only."""


class HalfLoaded(NotEmpty):
    """A former loading of the demonstration was stopped before its end."""


@dataclass(frozen=True, slots=True)
class _Garage:
    """What is there on the first morning."""

    workshop: Workshop
    demand: Demand
    supply: Supply


def loaded_on(session: Session) -> date | None:
    """The day that the demonstration in this database was made for; None when there is none."""
    day = session.scalar(select(JournalEntry.subject_key).where(JournalEntry.action == _MARK))
    return date.fromisoformat(day) if day else None


def _check_empty(session: Session) -> None:
    if session.scalar(select(User.id).where(User.email == people.HEAD)):
        raise HalfLoaded
    for table in (Collectivity, User, Vehicle, Part, TariffGrid):
        if session.scalar(select(table.id).limit(1)) is not None:
            raise NotEmpty


def first_day(today: date) -> date:
    """When the demonstration's history begins: 1 January of last year."""
    return date(today.year - 1, 1, 1)


def load(
    database: Database,
    today: date,
    progress: Progress | None = None,
    *,
    since: date | None = None,
) -> bool:
    """Load the demonstration into an empty database; False when it is there already.

    `since` shortens its history; `progress` is told of days done and days in all. Raises NotEmpty when other data
    are there, HalfLoaded when a former loading was stopped: only an empty database will do then.
    """
    since = since or first_day(today)
    with database.reading() as session:
        if loaded_on(session):
            return False
        _check_empty(session)
    with database.transaction() as session:
        garage = _set_up(session, since, today)
    days = list(working_days(since, today))
    billed = {billing_day(quarter): quarter for quarter in _past_quarters(since, today)}
    planned, due, done = 0, 0.0, 0
    for week in _weeks(days, billed):
        with database.transaction() as session:
            for day in week:
                due += minutes_due(day)
                while planned < due:
                    planned += come_in(garage.workshop, *garage.demand.draw(day), day)
                _live(session, garage, day, today)
        if quarter := billed.get(week[-1]):
            _close(
                database, quarter, week[-1], garage.workshop.team, corrected=len(billed) > 1 and week[-1] == max(billed)
            )
        done += len(week)
        if progress:
            progress(done, len(days))
    _end(database, garage, (since, today), billed)
    return True


def _end(database: Database, garage: _Garage, span: tuple[date, date], billed: dict[date, Quarter]) -> None:
    """The last morning: what the finance office knows by then, what lies on the desk, the mark that all is loaded."""
    since, today = span
    team = garage.workshop.team
    with database.transaction() as session:
        if billed:
            by = recovery.By(team.accounting, at(today, _MORNING), today)
            finance.recover(session, max(billed.values(), key=str), by, in_time=False)
        if since < today:
            planned = desk.lay(session, team, garage.demand.targets, today)
            counter = Counter(team, garage.workshop.shelf, at(last := before(today, 1), _EVENING), last)
            wanted.reserve(session, counter, planned)
            wanted.ask(session, counter, planned)
            stocktaking.begin(session, (team.head, team.mechanics[0]), counter.now)
        actor = team.head
        subject = ("demo", today.isoformat())
        journal.record(session, actor, _MARK, subject, data={"since": since.isoformat()}, now=at(today, _MORNING))


def _set_up(session: Session, since: date, today: date) -> _Garage:
    eve = since - timedelta(days=1)
    now, chance = at(eve, _MORNING), Random(f"garage-demo {since.year}")  # noqa: S311  # believable, not secret
    ids = bodies.found(session, people.GARAGE, now)
    team = people.hire(session, ids["PENCRAN"], now)
    finance.decide(session, team.accounting, now)
    targets = fleet.park(session, ids, team.head, now)
    workshop = Workshop(team, Shelf(session, team.head, now, eve), Agenda(since), chance)
    for vote in grids.votes(since.year, today.year):
        _vote(session, workshop, vote, eve)
    write_anomalies(workshop, targets, Quarter.of(today).previous)
    write_open_orders(workshop, targets, today)
    Storeroom(workshop, today).write()
    stocktaking.write(workshop, today)
    return _Garage(workshop, Demand(targets, chance), Supply(workshop.shelf, team.accounting))


def _vote(session: Session, workshop: Workshop, vote: grids.Vote, eve: date) -> None:
    """A grid is written and published at once when that was before the first day, else on its days."""
    actor = workshop.team.accounting
    for day, act in ((vote.drafted_on, grids.draft), (vote.published_on, grids.publish)):
        if day <= eve:
            act(vote, actor, session, at(day, _MORNING))
        else:
            workshop.agenda.note(after(day, 0), _MORNING, partial(act, vote, actor))


def _past_quarters(since: date, today: date) -> Iterator[Quarter]:
    """Every finished quarter but the last, which is left to whoever shows the demonstration."""
    quarter = Quarter.of(since)
    while quarter < Quarter.of(today).previous:
        yield quarter
        quarter = quarter.next


def _weeks(days: list[date], billed: dict[date, Quarter]) -> Iterator[list[date]]:
    """Days by week, one transaction each; a week stops on a day of billing."""
    week: list[date] = []
    for day in days:
        if week and (day.isocalendar().week != week[-1].isocalendar().week or week[-1] in billed):
            yield week
            week = []
        week.append(day)
    if week:
        yield week


def _live(session: Session, garage: _Garage, day: date, today: date) -> None:
    """One day of the workshop."""
    workshop, now = garage.workshop, at(day, _MORNING)
    if day.weekday() in _DELIVERIES:
        by = By(workshop.team.head, now, day)
        garage.supply.receive(session, by, workshop.chance)
        if day < today - _NO_DELIVERY - TOLD:
            movement = Movement(day, workshop.team.head, now, "Réapprovisionnement (fictif)")
            workshop.shelf.refill(session, movement, workshop.chance)
        elif day < today - _NO_DELIVERY:
            garage.supply.order(session, by)
    workshop.agenda.live(session, day)


def _close(database: Database, quarter: Quarter, day: date, team: Team, *, corrected: bool) -> None:
    """A finished quarter is billed in the evening; bills of the one before have been titled since, most paid."""
    now = at(day, _EVENING)
    if corrected:
        with database.transaction() as session:
            corrections.correct(session, quarter.previous, team, day, now)
    with database.reading() as session:
        decided = settings.current(session)
    issuing = Issuing(quarter, day, now, team.accounting, None, decided)
    invoicing_run.issue_quarter(database, issuing, BillingRules.of(decided), day)
    with database.transaction() as session:
        finance.recover(session, quarter.previous, recovery.By(team.accounting, now, day), in_time=True)
