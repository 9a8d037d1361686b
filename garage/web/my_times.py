"""«Mes temps»: a day's segments, one of them to correct, one to add, and the balance of a day at its end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.clock import PARIS, paris_day
from garage.db.queries import time_spent
from garage.db.queries import work_time as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import BadDay, NotFound
from garage.domain.periods import read_day
from garage.domain.permissions import Permission
from garage.domain.work_time import Activity, holes, minutes_between
from garage.french.times import hour, stretch
from garage.web import clocks, work_choices
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.entries.work_time import AddEntry, CorrectEntry, RemoveEntry

_WEEK: Final = timedelta(days=7)
_FIRST: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A segment of a day, in words; minutes until now when it runs, none while its end is unknown."""

    id: int
    text: str
    number: str | None
    code: str | None
    start: datetime
    end: datetime | None
    minutes: int
    to_confirm: bool
    uncounted: bool
    break_: bool


@dataclass(frozen=True, slots=True)
class Hole:
    """A time that no segment covers."""

    start: datetime
    end: datetime
    minutes: int


def day_asked() -> date:
    """The day of the address, today without one or when it cannot be read; never a day to come."""
    today = clock.today()
    try:
        day = read_day(request.args.get("jour", ""))
    except BadDay:
        return today
    return min(max(day, _FIRST), today)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose times are shown; `address` is what an address needs to say so."""

    id: int
    name: str
    address: dict[str, Any]


def whose(session: Session) -> Whose:
    """Mine; for the head, anybody's who works here. Raises NotFound."""
    asked = request.args.get("personne", "")
    me = person()
    if not asked.isdecimal() or int(asked) == me.id:
        return Whose(me.id, me.name, {})
    found = next((row for row in time_spent.people(session) if row.id == int(asked)), None)
    if found is None or not me.may(Permission.MANAGE_WORKSHOP):
        raise NotFound("user", asked[:20])
    return Whose(found.id, found.name, {"personne": found.id})


def line(row: AnyRow, now: datetime) -> Line:
    """A segment in words."""
    unknown = row.to_confirm
    return Line(
        id=row.id,
        text=work_choices.named(row),
        number=row.number,
        code=row.code,
        start=row.started_at,
        end=row.ended_at,
        minutes=0 if unknown else max(minutes_between(row.started_at, row.ended_at or now), 0),
        to_confirm=unknown,
        uncounted=bool(row.number and row.ended_at and not unknown and row.order_line_id is None),
        break_=row.activity is Activity.BREAK,
    )


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week strip: minutes there, breaks apart."""

    day: date
    minutes: int


def _week(session: Session, user_id: int, day: date, now: datetime) -> list[Day]:
    monday = day - timedelta(days=day.weekday())
    total = {monday + timedelta(days=n): 0 for n in range(7)}
    for row in queries.of_days(session, user_id, monday, monday + timedelta(days=6)):
        if row.activity is not Activity.BREAK:
            total[paris_day(row.started_at)] += line(row, now).minutes
    for row in queries.by_hand(session, user_id, monday, monday + timedelta(days=6)):
        total[row.done_on] += row.minutes
    return [Day(one, minutes) for one, minutes in total.items()]


@allow(Permission.WORK_ON_ORDERS)
def index() -> str:
    """A day's segments, its week, and the questions of forgotten clocks."""
    day, now = day_asked(), clock.now()
    with reading() as session:
        who = whose(session)
        rows = queries.of_days(session, who.id, day, day)
        written = queries.by_hand(session, who.id, day, day)
        week = _week(session, who.id, day, now)
        asked = clocks.questions(session, who.id, now)
        people = time_spent.people(session) if person().may(Permission.MANAGE_WORKSHOP) else []
    lines = [line(row, now) for row in rows]
    return render_template(
        "work_time/index.html",
        day=day,
        today=clock.today(),
        who=who,
        mine=who.id == person().id,
        lines=lines,
        written=written,
        subject=work_choices.subject,
        week=week,
        before=day - _WEEK,
        after=day + _WEEK if day + _WEEK <= clock.today() else None,
        total=sum(one.minutes for one in lines if not one.break_) + sum(row.minutes for row in written),
        questions=asked,
        people=people,
    )


@allow(Permission.WORK_ON_ORDERS)
def segment(key: int) -> ResponseReturnValue:
    """One segment to correct or take away. A colleague's is not there for a mechanic."""
    with reading() as session:
        row = queries.segment(session, key)
        if row.user_id != person().id and not person().may(Permission.MANAGE_WORKSHOP):
            raise NotFound("segment", str(key))
        asked = [one for one in clocks.questions(session, row.user_id, clock.now()) if one.id == key]
    start, end = row.started_at.astimezone(PARIS), row.ended_at and row.ended_at.astimezone(PARIS)
    form = CorrectEntry(
        formdata=None,
        data={
            "sur": work_choices.value(row),
            "jour": start.date(),
            "debut": start.time(),
            "fin": end.time() if end and not row.to_confirm else None,
            "segment": key,
            "code": row.code or "",
            "vu": stretch(row.started_at, row.ended_at),
        },
    )
    removal = RemoveEntry(formdata=None, data={"segment": key})
    removal.reason.id = "motif-retrait"
    return render_template(
        "work_time/segment.html",
        row=row,
        one=line(row, clock.now()),
        correction=form,
        removal=removal,
        questions=asked,
        mine=row.user_id == person().id,
        back=_day_page(row),
    )


def _day_page(row: AnyRow) -> str:
    words: dict[str, Any] = {} if row.user_id == person().id else {"personne": row.user_id}
    return url_for("work_time.index", jour=paris_day(row.started_at).isoformat(), **words)


@allow(Permission.WORK_ON_ORDERS)
def new() -> str:
    """A segment that no clock measured."""
    day = day_asked()
    with reading() as session:
        who = whose(session)
    mine = who.id == person().id
    form = AddEntry(formdata=None, data={"jour": day, "personne": "" if mine else str(who.id)})
    back = url_for("work_time.index", jour=day.isoformat(), **who.address)
    return render_template("work_time/new.html", addition=form, who=who, mine=mine, back=back)


@allow(Permission.WORK_ON_ORDERS)
def balance() -> str:
    """A day against the hours it should have: its holes, and what is missing at its end, each one tap away."""
    day, now, me = day_asked(), clock.now(), person().id
    with reading() as session:
        rows = queries.of_days(session, me, day, day)
        written = queries.by_hand(session, me, day, day)
        expected = queries.expected(session, me, day)
        orders = work_choices.orders(session, me)
        asked = clocks.questions(session, me, now)
    lines = [line(row, now) for row in rows]
    present = sum(one.minutes for one in lines if not one.break_) + sum(row.minutes for row in written)
    worked_on = {one.number for one in lines}
    return render_template(
        "work_time/balance.html",
        day=day,
        today=clock.today(),
        present=present,
        breaks=sum(one.minutes for one in lines if one.break_),
        expected=expected,
        lines=lines,
        written=written,
        subject=work_choices.subject,
        holes=_holes(lines, expected - present, now),
        offered=[one for one in orders if one.value in worked_on][:3] or orders[:3],
        activities=work_choices.activities(),
        questions=asked,
        hour=hour,
    )


def _holes(lines: list[Line], missing: int, now: datetime) -> list[Hole]:
    """What lies between segments, then what is missing after the last one, up to now."""
    found = [Hole(start, end, minutes_between(start, end)) for start, end in holes([_span(one, now) for one in lines])]
    left = missing - sum(hole.minutes for hole in found)
    last = max((_span(one, now)[1] for one in lines), default=None)
    if last is None or left <= 0 or any(one.end is None for one in lines):
        return found
    end = min(last + timedelta(minutes=left), now.replace(second=0, microsecond=0))
    return [*found, Hole(last, end, minutes_between(last, end))] if end > last else found


def _span(one: Line, now: datetime) -> tuple[datetime, datetime]:
    return one.start, one.end or now
