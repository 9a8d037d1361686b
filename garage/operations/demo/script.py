"""What the demonstration must show whatever the day: anomalies, a sum under the floor, orders still open."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState
from garage.operations.demo.courses import CHECKED, ENGAGED, OPENED, Luck, engagement, plan
from garage.operations.demo.fleet import Target
from garage.operations.demo.jobs import Job, catalogue
from garage.operations.demo.seasons import before, working_days
from garage.operations.demo.workshop import Course, Workshop

FLOOR_BODY, OUTSIDE_BODY, UNBOUND_BODY = "LANNEUFFRET", "PLOUEDERN", "DIRINON"
FORCED = "Dépannage d’urgence accordé par téléphone (exemple fictif)"
BLOCKED = "Immobilisé dans l’attente du rapport d’un expert (exemple fictif)"
_AROUND = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Left:
    """An order open today: what came in how many working days ago, and the state it is left in."""

    family: str
    title: str
    opened: int
    state: OrderState
    reason: str | None = None
    code: str | None = None


LEFT_OPEN = (
    Left("BOM", "Compacteur bloqué", 5, OrderState.WAITING_PART),
    Left("TRA", "Circuit hydraulique de l’engin", 8, OrderState.WAITING_PART, code="PENCRAN"),
    Left("PL", "Freinage, plaquettes et disques", 7, OrderState.BLOCKED, BLOCKED),
    Left("VU", "Embrayage à remplacer", 4, OrderState.WAITING_AGREEMENT, code="LOPERHET"),
    Left("BUS", "Plaquettes et disques avant", 1, OrderState.TO_CHECK),
    Left("BAL", "Balais et buses de balayeuse", 1, OrderState.IN_PROGRESS),
    Left("VL", "Préparation et passage au contrôle technique", 1, OrderState.IN_PROGRESS, code="PENCRAN"),
    Left("GATE", "Soudure de garde-corps", 2, OrderState.IN_PROGRESS),
)


def _job(title: str, target: Target) -> Job:
    return next(job for job in catalogue() if job.title == title and job.suits(target))


def _first(targets: list[Target], code: str | None, family: str) -> Target:
    """The first thing of a family, of any body that has a convention when none is named, that the script left alone."""
    bodies = {target.code for target in targets} - {UNBOUND_BODY} if code is None else {code}
    return next(t for t in targets if t.family == family and t.code in bodies and not t.away)


def write_anomalies(workshop: Workshop, targets: list[Target], quarter: Quarter) -> None:
    """Three orders that the quarter cannot bill, and one body under the floor (rules C4, T3, B4)."""
    days = list(working_days(quarter.first_day, quarter.next.first_day))
    unbound = next(target for target in targets if target.code == UNBOUND_BODY)
    forgetful, waiting = _first(targets, ENGAGED, "VU"), _first(targets, OUTSIDE_BODY, "VU")
    small = _first(targets, FLOOR_BODY, "VL")
    bulb = replace(_job("Éclairage et signalisation défectueux", small), parts=())
    unbound.away.append((date.min, date.max))
    small.away.append((quarter.first_day - _AROUND, quarter.last_day))
    forgetful.away.append((days[38] - _AROUND, days[38] + _AROUND))
    waiting.away.append((days[25] - _AROUND, days[25] + _AROUND))
    battery = _job("Batterie à plat, remplacement", unbound)
    cases = (
        (20, 10, Course(workshop, small, bulb)),
        (25, 150, Course(workshop, waiting, _job("Train avant, jeu dans la direction", waiting))),
        (31, 45, Course(workshop, unbound, battery, forced_reason=FORCED)),
        (38, 130, Course(workshop, forgetful, _job("Plaquettes et disques avant", forgetful))),
    )
    for place, minutes, course in cases:
        if days[place] < workshop.agenda.first:
            continue
        checked = plan(course, days[place], minutes, Luck())
        if course.target is waiting:
            workshop.agenda.note(checked, CHECKED, course.outside(None, None, workshop.team.head))


def write_open_orders(workshop: Workshop, targets: list[Target], today: date) -> None:
    """Orders that are still open today, one or two in each state that the workshop knows."""
    for left in LEFT_OPEN:
        target = _first(targets, left.code, left.family)
        day = before(today, left.opened)
        course = Course(workshop, target, _job(left.title, target), engagement(target.code, day))
        if day >= workshop.agenda.first:
            _leave(course, day, left)
        target.away.append((day - 2 * _AROUND, today))


def _leave(course: Course, day: date, left: Left) -> None:
    agenda, stretch = course.workshop.agenda, course.workshop.stretches(day, 60)[0]
    agenda.note(day, OPENED, course.open)
    agenda.note(stretch.day, stretch.ends, course.labour(stretch))
    if left.state is OrderState.TO_CHECK:
        agenda.note(stretch.day, stretch.ends, course.supplies(stretch.mechanic))
        agenda.note(stretch.day, stretch.ends, course.finish(stretch.mechanic))
    elif left.state is not OrderState.IN_PROGRESS:
        agenda.note(stretch.day, stretch.ends, course.move(left.state, stretch.mechanic, left.reason))
