"""A busy workshop for the plan: twelve mechanics, a week of forty cards, overload, absences, long names; today too."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.db.models.work_time import ClockSegment
from garage.db.session import Database
from garage.domain.permissions import Role
from garage.domain.planning import Slot
from garage.domain.repair_orders import OrderState
from garage.domain.work_time import Activity
from garage.operations import planning, repair_orders
from garage.operations.planning import By
from tests.factories import garage as make

from .workshop import HEAD

BUSY, EMPTY = "2026-W42", "2027-W20"
# An order that nobody has, promised so long ago that it waits first.
FREE = "Chariot élévateur du dépôt"
_MONDAY = date(2026, 10, 12)
_NAMES = (
    "Aziliz Le Goff-Kermarrec", "Bleuenn Cloarec", "Corentin de Kersauson-Pennendreff", "Denez Riou", "Enora Bihan",
    "Fañch Guivarc’h", "Gwenole Abgrall", "Haude Morvan", "Iltud Quéméner", "Judikael Le Dû", "Katell Œuvrard",
)  # fmt: skip


def by(day: date = _MONDAY, **more: bool) -> By:
    """The head, in the morning of a day."""
    return By(HEAD, make.NOW, day, **more)


def mechanic(session: Session, name: str, *, minutes: int = 420, role: Role = Role.MECHANIC) -> int:
    """Somebody of the workshop who never signs in."""
    user = User(name=name, role=role, session_token=name, created_at=make.NOW, daily_minutes=minutes, active=True)
    session.add(user)
    session.flush()
    return user.id


def asked(session: Session, owner: Collectivity, **words: object) -> RepairOrder:
    """An order that was asked for and that nobody has yet."""
    made = make.order(session, owner, date(2026, 10, 1), by=HEAD, **words)
    made.state = OrderState.REQUESTED
    session.flush()
    return made


def populate(database: Database) -> None:
    """For the browser's audits: the week BUSY is full, the week EMPTY holds nothing, today everybody has work."""
    with database.transaction() as session:
        owner = session.scalars(select(Collectivity).where(Collectivity.code == "LONGUE")).one()
        people = [mechanic(session, name) for name in _NAMES]
        van = make.vehicle(session, owner, "PL-001", registration="PL-001-AN", model="Master L3H2 benne")
        orders = [
            asked(session, owner, vehicle_id=van.id if n % 3 else None, object_label="Barrière levante de la mairie")
            for n in range(14)
        ]
        for place in range(40):
            who, day = people[place % len(people)], _MONDAY + timedelta(days=place // len(people))
            minutes = (120, 90, 240, 60)[place % 4]
            planning.plan(session, orders[place % 14].number, Slot(who, day, minutes), by())
        planning.plan(session, orders[1].number, Slot(people[0], _MONDAY, 540), by())
        planning.set_capacity(session, people[1], _MONDAY, 0, None, by())
        planning.set_capacity(session, people[2], _MONDAY + timedelta(days=1), 210, None, by())
        asked(session, owner, object_label=FREE).promised_on = date(2026, 1, 2)
        late, blocked = orders[3], orders[4]
        late.promised_on = date(2026, 10, 9)
        repair_orders.change_state(session, blocked.number, OrderState.BLOCKED, HEAD, make.NOW, reason="Clé perdue")
        _today(session, owner, van.id, people)


def _today(session: Session, owner: Collectivity, van_id: int, people: list[int]) -> None:
    now, today = clock.now(), clock.today()
    mine = By(HEAD, now, today)
    words = "Fuite hydraulique au vérin de levage de la benne"
    for n, who in enumerate([1, *people, *people[:6]]):
        order = asked(session, owner, vehicle_id=van_id if n % 3 else None, object_label="Borne", reason=words)
        planning.plan(session, order.number, Slot(who, today, 90 + 30 * (n % 4)), mine)
        order.promised_on = today + timedelta(days=n % 5 - 1) if n % 2 else None
        if n % 4 == 0:
            repair_orders.change_state(session, order.number, OrderState.IN_PROGRESS, HEAD, now)
        if n % 5 == 2:
            repair_orders.change_state(session, order.number, OrderState.WAITING_AGREEMENT, HEAD, now)
    since = now - timedelta(days=2)
    session.add(ClockSegment(user_id=people[0], activity=Activity.WORKSHOP, started_at=since, created_at=since))
