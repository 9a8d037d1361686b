"""What somebody may say they worked at: recent and planned orders, then time that belongs to no order."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_entries
from garage.db.queries import work_time as queries
from garage.db.queries.paging import AnyRow
from garage.domain.tariffs import TariffNature
from garage.domain.work_time import LONG_DAY, Activity
from garage.french import formats
from garage.french.labels import label
from garage.operations.work_time import segments
from garage.operations.work_time.running import Job

_RECENT: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Offered:
    """A choice: its value in the form, what is read."""

    value: str
    text: str


def job(text: str, work_id: int | None = None, code: str | None = None) -> Job:
    """What a value of the list means: an activity, else the number of an order."""
    word = text.strip()
    if word in set(Activity):
        return Job(activity=Activity(word))
    return Job(order=word.upper(), work_id=work_id, code=code or None)


def value(row: AnyRow) -> str:
    """The value of a segment in the list."""
    return row.activity.value if row.activity is not None else str(row.number)


def subject(row: AnyRow) -> str:
    """What an order is on: plate and vehicle, or the object in words."""
    if row.object_label:
        return str(row.object_label)
    vehicle = " ".join(word for word in (row.make, row.model) if word) or str(row.fleet_number or "")
    return f"{formats.registration(row.registration)} {vehicle}".strip() if row.registration else vehicle


def named(row: AnyRow) -> str:
    """What a segment is about, in words."""
    return label(row.activity) if row.activity is not None else f"{row.number} – {subject(row)}"


def orders(session: Session, user_id: int) -> list[Offered]:
    """Orders somebody worked on these days or is meant to, each once."""
    today = clock.today()
    recent = queries.recent_orders(session, user_id, clock.now() - _RECENT)
    planned = queries.planned_orders(session, user_id, today - _RECENT, today)
    rows = {row.number: row for row in (*recent, *planned)}
    return [Offered(row.number, f"{row.number} – {subject(row)}") for row in rows.values()]


def activities() -> list[Offered]:
    """Time that belongs to no order."""
    return [Offered(activity.value, label(activity)) for activity in Activity]


def codes(session: Session) -> list[Offered]:
    """The labour codes of the tariffs of these days."""
    today = clock.today()
    rows = order_entries.codes(session, TariffNature.LABOUR, (today - _RECENT, today))
    return [Offered(code, f"{code} – {text}") for code, text, _ in rows]


def long_day(session: Session, user_id: int, day: date) -> str:
    """What is said of somebody's day that became very long; nothing of the others."""
    minutes = segments.day_minutes(session, user_id, day)
    return f" ({formats.hours(minutes)} ce jour-là\u00a0: vérifiez)" if minutes > LONG_DAY else ""
