"""The demonstration's workshop: an order is planned over days and hands, then lived act by act, each at its instant."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from garage.domain.permissions import Actor
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, repair_orders
from garage.operations.demo.fleet import Target
from garage.operations.demo.jobs import Job
from garage.operations.demo.people import Team
from garage.operations.demo.seasons import after, at, clock_minute
from garage.operations.demo.shelf import Shelf
from garage.operations.order_lines import Entry, External
from garage.operations.repair_orders import NewOrder

Act = Callable[[Session, datetime], None]
# A mechanic's longest day on orders, and the longest stretch on one order in a day.
LONGEST_DAY, LONGEST_STRETCH, DIAGNOSIS = 420, 240, 40
SUPPLIERS = ("Carrosserie Imaginaire", "Atelier Fictif de l’Élorn", "Contrôles et Levage Fictifs", "Pneus Imaginaires")
FREE_REASONS = (
    "Garantie du fournisseur (exemple fictif)",
    "Reprise d’un travail précédent (exemple fictif)",
    "Geste commercial (exemple fictif)",
)


class Agenda:
    """Acts by day from a first day on; those of a day are done in the order of their instants."""

    def __init__(self, first: date) -> None:
        self.first = first
        self._days: dict[date, list[tuple[int, int, Act]]] = defaultdict(list)
        self._count = 0

    def note(self, day: date, minute: int, act: Act) -> None:
        """Something to do on a day at so many minutes after midnight."""
        self._count += 1
        self._days[day].append((minute, self._count, act))

    def live(self, session: Session, day: date) -> None:
        """Do everything a day holds."""
        for minute, _, act in sorted(self._days.pop(day, []), key=lambda noted: noted[:2]):
            act(session, at(day, minute))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes of one mechanic on one day, written down when he looks up."""

    day: date
    ends: int
    minutes: int
    mechanic: Actor


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything an order needs to be lived."""

    team: Team
    shelf: Shelf
    agenda: Agenda
    chance: Random
    worked: dict[tuple[date, int], int] = field(default_factory=dict)

    def stretches(self, first: date, minutes: int, gap: int = 0) -> list[Stretch]:
        """Share work over the days and hands that are free; a gap in days comes after a first, short look."""
        found: list[Stretch] = []
        day = after(first, 0)
        while minutes:
            hand, done = min((self.worked.get((day, i), 0), i) for i in range(len(self.team.mechanics)))[::-1]
            length = min(minutes, DIAGNOSIS if gap else LONGEST_STRETCH, LONGEST_DAY - done)
            if length >= min(minutes, 30):
                self.worked[day, hand] = done + length
                found.append(Stretch(day, clock_minute(done + length), length, self.team.mechanics[hand]))
                minutes -= length
                day, gap = day + timedelta(days=gap), 0
            day = after(day, 1)
        return found


@dataclass(slots=True)
class Course:
    """One order on its way: what is planned for it, and its number once it is open."""

    workshop: Workshop
    target: Target
    job: Job
    engagement: str | None = None
    forced_reason: str | None = None
    number: str = ""

    def open(self, session: Session, now: datetime) -> None:
        """The head opens it."""
        day = now.date()
        entered = NewOrder(
            collectivity_id=self.target.collectivity_id,
            opened_on=day,
            kind=self.job.kind,
            vehicle_id=self.target.vehicle_id,
            object_label=None if self.target.vehicle_id else self.target.label,
            reason=self.job.title,
            meter=self.target.meter(day),
            requester="Agent technique (fictif)",
            service=self.target.service,
            engagement=self.engagement,
            forced_reason=self.forced_reason,
        )
        self.number = repair_orders.open_order(session, entered, self.workshop.team.head, now, day).number

    def entry(self, actor: Actor, now: datetime, free: str | None = None) -> Entry:
        """What a new line of this order says."""
        return Entry(self.number, now.date(), actor, now, now.date(), non_billable_reason=free)

    def labour(self, stretch: Stretch, free: str | None = None) -> Act:
        """A mechanic writes down a stretch of work."""

        def act(session: Session, now: datetime) -> None:
            entry = self.entry(stretch.mechanic, now, free)
            order_lines.add_labour(session, entry, self.job.labour, stretch.minutes, stretch.mechanic.id)

        return act

    def supplies(self, mechanic: Actor) -> Act:
        """Parts leave the shelf and flat prices are noted."""

        def act(session: Session, now: datetime) -> None:
            entry = self.entry(mechanic, now)
            for need in self.job.parts:
                self.workshop.shelf.fit(session, entry, need, self.target.place)
            for code, quantity in self.job.flats:
                order_lines.add_flat(session, entry, code, quantity)

        return act

    def outside(self, cost: Decimal | None, reference: str | None, actor: Actor) -> Act:
        """Part of the work was bought outside."""
        supplier = SUPPLIERS[self.target.place % len(SUPPLIERS)]

        def act(session: Session, now: datetime) -> None:
            external = External(f"{supplier} (fictif)", reference, Decimal(1), cost)
            entry = Entry(self.number, now.date(), actor, now, now.date(), label=f"Sous-traitance : {self.job.title}")
            order_lines.add_external(session, entry, external)

        return act

    def move(self, state: OrderState, actor: Actor, reason: str | None = None) -> Act:
        """The order waits, or goes on."""

        def act(session: Session, now: datetime) -> None:
            repair_orders.change_state(session, self.number, state, actor, now, reason=reason)

        return act

    def finish(self, mechanic: Actor) -> Act:
        """The mechanic is done."""

        def act(session: Session, now: datetime) -> None:
            repair_orders.finish(session, self.number, f"{self.job.title} : fait.", None, mechanic, now)

        return act

    def check(self, closed_on: date) -> Act:
        """The head checks and closes."""

        def act(session: Session, now: datetime) -> None:
            repair_orders.check(session, self.number, closed_on, self.workshop.team.head, now, now.date())

        return act
