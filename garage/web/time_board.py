"""Time for the head: who is on what since when, forgotten clocks, and the time spent over a period, never ranked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import time_spent
from garage.db.queries import work_time as queries
from garage.db.queries.time_spent import Spent
from garage.domain.errors.base import BadDay
from garage.domain.money import round_half_up
from garage.domain.periods import read_day
from garage.domain.permissions import Permission
from garage.domain.work_time import Activity
from garage.french.formats import hours
from garage.french.labels import label
from garage.web import clocks
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.entries.work_time import StopForEntry
from garage.web.forms.fields import choices
from garage.web.forms.work_time import Span
from garage.web.my_times import line

_LONGEST = timedelta(days=366)
_FIRST = date(2000, 1, 1)
_HEADER = ("Personne", "Jour", "Ordre", "Main-d’œuvre", "Activité", "Minutes", "Heures")


@allow(Permission.MANAGE_WORKSHOP)
def board() -> str:
    """Who is on what since when; those who have no clock are not told. Forgotten clocks, time on no line."""
    now = clock.now()
    with reading() as session:
        rows = queries.all_running(session)
        asked = clocks.questions(session, None, now)
        uncounted = queries.uncounted(session)
    return render_template(
        "work_time/board.html",
        running=[clocks.running(row, now) for row in rows],
        questions=asked,
        uncounted=[(row.person, line(row, now)) for row in uncounted],
    )


@allow(Permission.MANAGE_WORKSHOP)
def stop(key: int) -> ResponseReturnValue:
    """Stop somebody's clock at a time, with a reason."""
    now = clock.now()
    with reading() as session:
        row = queries.segment(session, key)
        asked = [one for one in clocks.questions(session, row.user_id, now) if one.id == key]
    form = StopForEntry(formdata=None, data={"segment": key})
    return render_template(
        "work_time/stop.html", row=row, stopping=form, one=line(row, now), question=asked[0] if asked else None
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The period and the person of the address."""

    first: date
    last: date
    user_id: int | None

    @property
    def words(self) -> dict[str, Any]:
        """What an address needs to ask for the same."""
        words: dict[str, Any] = {"du": self.first.isoformat(), "au": self.last.isoformat()}
        return words | ({"personne": self.user_id} if self.user_id is not None else {})


def _day(name: str, otherwise: date) -> date:
    try:
        return max(read_day(request.args.get(name, "")), _FIRST)
    except BadDay:
        return otherwise


def _asked() -> Asked:
    """This month without an address; a mechanic is shown his own time alone; a year at most."""
    today = clock.today()
    first, last = _day("du", today.replace(day=1)), _day("au", today)
    first, last = min(first, last), max(first, last)
    last = min(last, first + _LONGEST)
    if not person().may(Permission.MANAGE_WORKSHOP):
        return Asked(first, last, person().id)
    who = request.args.get("personne", "")
    return Asked(first, last, int(who) if who.isdecimal() and len(who) < 10 else None)


@dataclass(slots=True)
class Total:
    """Somebody's minutes over a period: on orders, at something else, breaks apart."""

    person: str
    on_orders: int = 0
    elsewhere: dict[Activity, int] = field(default_factory=dict)

    @property
    def indirect(self) -> int:
        """What belongs to no order and is no break."""
        return sum(minutes for activity, minutes in self.elsewhere.items() if activity is not Activity.BREAK)

    @property
    def breaks(self) -> int:
        """Time that is not time present."""
        return self.elsewhere.get(Activity.BREAK, 0)

    @property
    def present(self) -> int:
        """Breaks apart, all there is."""
        return self.on_orders + self.indirect

    @property
    def share(self) -> int | None:
        """What went on orders out of what was present, in whole percent."""
        return round(100 * self.on_orders / self.present) if self.present else None


def totals(rows: list[Spent]) -> list[Total]:
    """Each person's, by name."""
    found: dict[int, Total] = {}
    for row in rows:
        one = found.setdefault(row.user_id, Total(row.person))
        if row.activity is None:
            one.on_orders += row.minutes
        else:
            one.elsewhere[row.activity] = one.elsewhere.get(row.activity, 0) + row.minutes
    return list(found.values())


@allow(Permission.WORK_ON_ORDERS)
def report() -> str:
    """Time spent over a period; a mechanic sees his own."""
    asked, heads = _asked(), person().may(Permission.MANAGE_WORKSHOP)
    with reading() as session:
        rows = time_spent.spent(session, asked.first, asked.last, asked.user_id)
        people = time_spent.people(session) if heads else []
        nobody = time_spent.nobody_s(session, asked.first, asked.last) if heads and asked.user_id is None else 0
    form = Span(data={"du": asked.first, "au": asked.last, "personne": str(asked.user_id or "")})
    form.personne.choices = choices([("", "Tout le monde"), *((row.id, row.name) for row in people)])
    found = totals(rows)
    return render_template(
        "work_time/report.html",
        asked=asked,
        filters=form,
        heads=heads,
        rows=rows,
        totals=found,
        bars=_bars(found, rows),
        nobody=nobody,
    )


def _bars(found: list[Total], rows: list[Spent]) -> list[tuple[str, int, str]]:
    """What is drawn: each person's time on orders, or for one person each kind of time."""
    if len(found) > 1:
        return [(one.person, one.on_orders, _share(one)) for one in found]
    kinds: dict[str, int] = {}
    for row in rows:
        name = label(row.activity) if row.activity else "Ordres"
        kinds[name] = kinds.get(name, 0) + row.minutes
    return [(name, kinds[name], hours(kinds[name])) for name in sorted(kinds)]


def _share(one: Total) -> str:
    return hours(one.on_orders) + (f" ({one.share}\u00a0%)" if one.share is not None else "")


@allow(Permission.WORK_ON_ORDERS)
def report_csv() -> ResponseReturnValue:
    """The same, for a spreadsheet."""
    asked = _asked()
    name = f"temps_{asked.first.isoformat()}_{asked.last.isoformat()}.csv"
    return csv_response(name, _HEADER, _cells(asked))


def _cells(asked: Asked) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for row in time_spent.spent(session, asked.first, asked.last, asked.user_id):
            yield (
                row.person, row.day, row.number, row.code, label(row.activity) if row.activity else None, row.minutes,
                round_half_up(Decimal(row.minutes) / 60, 2),
            )  # fmt: skip
