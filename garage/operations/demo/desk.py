"""What lies on the demonstration's desk on its last day: packages, works, a plan, notes, requests, a late entry."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.order_works import OrderCheck
from garage.db.models.repair_orders import RepairOrder
from garage.domain.order_works import CheckResult, Finding, NoteKind
from garage.domain.permissions import Actor
from garage.domain.planning import Slot
from garage.domain.repair_orders import OrderKind, OrderState
from garage.domain.vehicles import VehicleType
from garage.domain.work_time import Activity
from garage.operations import entries, order_records, order_works, packages, pins, planning, repair_orders, requests
from garage.operations.demo.fleet import Target
from garage.operations.demo.people import PINS, Team
from garage.operations.demo.seasons import after, at, before
from garage.operations.work_time import running, segments

_MORNING, _NOON, _AFTERNOON, _EVENING = 8 * 60, 12 * 60, 13 * 60, 17 * 60
_PACKAGES = (
    packages.Content(
        "REV-VL",
        "Révision d’un véhicule léger",
        "MO-VL",
        120,
        VehicleType.VEHICLE,
        (("FICT-001", Decimal(1)), ("FICT-025", Decimal("5.5"))),
        ("Niveaux", "Plaquettes de frein", "Pneumatiques", "Éclairage", "Essuie-glaces"),
    ),
    packages.Content(
        "FREIN-AV",
        "Freins avant",
        "MO-VL",
        150,
        VehicleType.VEHICLE,
        (("FICT-037", Decimal(1)),),
        ("Épaisseur des disques", "Flexibles", "Essai sur route"),
    ),
    packages.Content("GRAISSAGE", "Graissage complet d’un engin", "MO-ENG", 60, VehicleType.MACHINE),
)
_ASKED = (
    ("VU", ("Voyant allumé",), "Le voyant moteur s’allume à froid.", False),
    ("BOM", ("Fuite",), "Huile sous le compacteur après la tournée.", True),
    ("VL", ("Pneu",), "Pneu avant gauche usé sur le bord.", False),
)
_PLANNED = (
    ("VL", "Révision périodique", 120),
    ("VU", "Freins avant à refaire", 180),
    ("TRA", "Vidange hydraulique", 240),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who is there, the things to repair, today, and the last day of work before it."""

    team: Team
    targets: list[Target]
    today: date

    @property
    def last(self) -> date:
        """The last working day before today."""
        return before(self.today, 1)

    def now(self, minute: int) -> datetime:
        """An instant of the last day."""
        return at(self.last, minute)

    def of(self, family: str) -> Target:
        """Something of a family on which nothing is open."""
        return next(target for target in self.targets if target.family == family and target.free(self.today))


def lay(session: Session, team: Team, targets: list[Target], today: date) -> list[str]:
    """Lay everything out, through the operations that people use; the numbers of the orders that are planned."""
    desk = Desk(team, targets, today)
    for actor, pin in zip(team.mechanics, PINS, strict=True):
        pins.give(session, actor.id or 0, pin, team.head, desk.now(_MORNING))
    for content in _PACKAGES:
        packages.create(session, content, team.head, desk.now(_MORNING))
    planned = _plan(session, desk)
    _work(session, desk, planned)
    _ask(session, desk)
    _keep_late(session, desk)
    _leave_clock(session, desk, planned[-1])
    return planned


def _plan(session: Session, desk: Desk) -> list[str]:
    """Three orders planned from today on, beside those already under way."""
    numbers = []
    by = planning.By(desk.team.head, desk.now(_MORNING), desk.today)
    for place, (family, reason, minutes) in enumerate(_PLANNED):
        target, hand = desk.of(family), desk.team.mechanics[place]
        entered = repair_orders.NewOrder(
            target.collectivity_id,
            desk.last,
            OrderKind.PREVENTIVE,
            vehicle_id=target.vehicle_id,
            reason=reason,
            service=target.service,
            state=OrderState.REQUESTED,
        )
        order = repair_orders.open_order(session, entered, desk.team.head, desk.now(_MORNING), desk.today)
        planning.plan(session, order.number, Slot(hand.id or 0, after(desk.today, place % 2), minutes), by)
        target.away.append((desk.last, desk.today))
        numbers.append(order.number)
    under_way = (
        select(RepairOrder.number).where(RepairOrder.state == OrderState.IN_PROGRESS).order_by(RepairOrder.number)
    )
    for place, number in enumerate(session.scalars(under_way)):
        hand = desk.team.mechanics[place % len(desk.team.mechanics)]
        planning.plan(session, number, Slot(hand.id or 0, after(desk.today, place % 3), 150 + 60 * (place % 3)), by)
    return numbers


def _act(desk: Desk, number: str, actor: Actor, minute: int) -> order_works.Act:
    now = desk.now(minute)
    return order_works.Act(number, actor, actor, now, desk.last, now, desk.last)


def _work(session: Session, desk: Desk, planned: list[str]) -> None:
    """Works to tick, a point at fault, a work put off, notes."""
    head, hand = desk.team.head, desk.team.mechanics[0]
    order_works.add(session, _act(desk, planned[0], head, _EVENING), order_works.NewWork(package="REV-VL"))
    order_works.add(session, _act(desk, planned[1], head, _EVENING), order_works.NewWork(package="FREIN-AV"))
    number = session.scalars(
        select(RepairOrder.number)
        .where(RepairOrder.state == OrderState.IN_PROGRESS)
        .order_by(RepairOrder.number.desc())
    ).first()
    if number is None:
        return
    work = order_works.add(session, _act(desk, number, hand, _NOON), order_works.NewWork(words="Contrôle de sortie"))
    order_works.tick(session, _act(desk, number, hand, _NOON), work.id)
    checked = order_works.add(session, _act(desk, number, hand, _NOON), order_works.NewWork(package="FREIN-AV"))
    point = session.scalars(
        select(OrderCheck.id).where(OrderCheck.work_id == checked.id).order_by(OrderCheck.rank)
    ).first()
    found = Finding(CheckResult.FAILED, "2 mm sous la cote (exemple fictif)")
    order_works.check_point(session, _act(desk, number, hand, _NOON), point or 0, found, None)
    off = order_works.add(session, _act(desk, number, hand, _NOON), order_works.NewWork(words="Amortisseurs arrière"))
    order_works.postpone(session, _act(desk, number, hand, _NOON), off.id, "Au prochain passage (exemple fictif)")
    by = order_records.By(hand, hand, desk.now(_NOON), desk.now(_NOON))
    order_records.add_note(session, number, NoteKind.CAUSE, "Joint durci par l’âge.", by)
    order_records.add_note(session, number, NoteKind.CORRECTION, "Joint remplacé, essai fait.", by)


def _ask(session: Session, desk: Desk) -> None:
    """Requests from the vehicles' labels, waiting for the head."""
    for place, (family, signs, text, urgent) in enumerate(_ASKED):
        target = next(one for one in desk.targets if one.family == family and one.vehicle_id is not None)
        entered = requests.NewRequest(
            "Agent technique (fictif)", "", "0298000000", signs, text, urgent, vehicle_id=target.vehicle_id
        )
        now = desk.now(_AFTERNOON + 10 * place)
        requests.receive(session, entered, requests.ANYBODY, now, desk.last)


def _keep_late(session: Session, desk: Desk) -> None:
    """A part entered without network on an order that was closed meanwhile."""
    closed = session.scalars(
        select(RepairOrder.number).where(RepairOrder.state == OrderState.DONE).order_by(RepairOrder.number.desc())
    ).first()
    if closed is None:
        return
    hand = desk.team.mechanics[1]
    late = entries.Received(
        key="demonstration-saisie-tardive",
        kind="piece",
        subject=closed,
        author_id=hand.id or 0,
        sender_id=hand.id or 0,
        entered_at=desk.now(_NOON),
        received_at=desk.now(_EVENING),
        data={"ordre": closed, "reference": "FICT-001", "quantity": "1"},
    )
    words = f"L’ordre {closed} est « Terminé »\u00a0: il ne reçoit plus de saisie. Adressez-vous au chef d’atelier."
    entries.hold(session, late, words, hand)


def _leave_clock(session: Session, desk: Desk, number: str) -> None:
    """Somebody forgot to stop their clock in the evening."""
    hand = desk.team.mechanics[-1]
    start, stop = desk.now(_AFTERNOON), desk.now(_AFTERNOON) + timedelta(minutes=45)
    cleaning = running.Job(activity=Activity.CLEANING)
    running.start(session, hand.id or 0, cleaning, start, segments.By(hand, start))
    running.start(session, hand.id or 0, running.Job(order=number), stop, segments.By(hand, stop))
