"""How an order goes in the demonstration: opened in the morning, worked on over days, finished, checked, closed."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.operations.demo.fleet import Target
from garage.operations.demo.jobs import STEP_MINUTES, Job
from garage.operations.demo.seasons import after
from garage.operations.demo.workshop import FREE_REASONS, Course, Stretch, Workshop

# Minutes after midnight: orders are opened before the first hand is free, and go on or are checked before that.
OPENED, RESUMED, CHECKED = 7 * 60 + 30, 7 * 60 + 20, 17 * 60 + 10
BILLING_DAY = 12
# The body whose budget asks for an engagement number (data/bodies.csv).
ENGAGED = "SAINT-URBAIN"


def billing_day(quarter: Quarter) -> date:
    """When a quarter is billed: the 12th of the month after it, or the next working day."""
    return after(quarter.next.first_day.replace(day=BILLING_DAY), 0)


def engagement(code: str, day: date) -> str:
    """The made-up engagement number of a body: of a half-year where it is asked for, else of a year."""
    half = f"-S{1 if day.month < 7 else 2}" if code == ENGAGED else ""
    return f"FICTIF-{day.year}{half}"


@dataclass(frozen=True, slots=True)
class Luck:
    """What chance adds to an order: days waiting for a part, unbilled work, work bought outside, a slow check."""

    gap: int = 0
    free: str | None = None
    outside: Decimal | None = None
    check_after: int = 1
    forgotten: bool = False


def luck(job: Job, chance: Random) -> Luck:
    """Draw what happens to an order."""
    return Luck(
        gap=chance.randint(3, 7) if chance.random() < 0.07 and job.most > 120 else 0,
        free=chance.choice(FREE_REASONS) if chance.random() < 0.035 else None,
        outside=Decimal(chance.randint(9000, 62000)) / 100 if chance.randrange(100) < job.outside else None,
        check_after=chance.choice((0, 1, 1, 1, 2, 3)),
        forgotten=chance.random() < 0.2,
    )


def plan(course: Course, day: date, minutes: int, drawn: Luck) -> date:
    """Write an order's whole course into the agenda; returns the day it is checked."""
    agenda, head = course.workshop.agenda, course.workshop.team.head
    agenda.note(day, OPENED, course.open)
    stretches = course.workshop.stretches(day, minutes, drawn.gap)
    free = course.workshop.chance.randrange(len(stretches)) if drawn.free else -1
    supplied = 1 if drawn.gap and len(stretches) > 1 else 0
    for place, stretch in enumerate(stretches):
        if drawn.gap and place == 1:
            agenda.note(stretch.day, RESUMED, course.move(OrderState.IN_PROGRESS, head))
        agenda.note(stretch.day, stretch.ends, course.labour(stretch, drawn.free if place == free else None))
        if place == supplied:
            agenda.note(stretch.day, stretch.ends, course.supplies(stretch.mechanic))
        if drawn.gap and place == 0 and len(stretches) > 1:
            agenda.note(stretch.day, stretch.ends, course.move(OrderState.WAITING_PART, stretch.mechanic))
    last = stretches[-1]
    if drawn.outside is not None:
        reference = f"FICT-{course.workshop.chance.randrange(10_000):04d}"
        agenda.note(last.day, last.ends, course.outside(drawn.outside, reference, head))
    agenda.note(last.day, last.ends, course.finish(last.mechanic))
    return _close(course, last, drawn)


def _close(course: Course, last: Stretch, drawn: Luck) -> date:
    """The head checks soon; an order that he forgot at a quarter's end misses its bill and comes in the next (B1)."""
    checked, closed = after(last.day, drawn.check_after), Quarter.of(last.day)
    if drawn.forgotten and Quarter.of(checked) != closed:
        checked = after(billing_day(closed) + timedelta(days=2), 0)
        course.workshop.agenda.note(checked, CHECKED, course.check(last.day))
    else:
        course.workshop.agenda.note(checked, CHECKED, course.check(checked))
    return checked


def come_in(workshop: Workshop, target: Target, job: Job, day: date) -> int:
    """A thing comes in by chance; returns the minutes its work takes."""
    minutes = job.minutes(workshop.chance)
    course = Course(workshop, target, job, engagement(target.code, day))
    target.away.append((day, plan(course, day, minutes, luck(job, workshop.chance))))
    return minutes - minutes % STEP_MINUTES
