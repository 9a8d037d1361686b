"""The demonstration's people: five in the workshop, and who else signs in. Every name is made up and says so."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from garage.db.models.users import User
from garage.domain.permissions import Actor, Role
from garage.french.labels import label
from garage.operations import users
from garage.operations.users import Person

PASSWORD = "garage-demo"  # noqa: S105  # shown on the sign-in page: everything behind it is made up
HEAD, ACCOUNTING, PENCRAN = "chef@demo.invalid", "compta@demo.invalid", "pencran@demo.invalid"
# (what people read, address), one per role, in the order in which the sign-in page shows them.
SIGN_INS: tuple[tuple[str, str], ...] = (
    (label(Role.MECHANIC), "mecanicien@demo.invalid"),
    (label(Role.HEAD), HEAD),
    (f"{label(Role.COLLECTIVITY)} (Pencran)", PENCRAN),
    (label(Role.ACCOUNTING), ACCOUNTING),
    (label(Role.ADMIN), "admin@demo.invalid"),
)
# The PINs of the mechanics, in their order: they open a shared tablet alone.
PINS = ("2714", "3861", "4925", "5937")
GARAGE = Actor(None, "Démonstration", Role.ADMIN)
_PEOPLE = (
    ("admin@demo.invalid", "Tudi Racine (fictif)", Role.ADMIN),
    (HEAD, "Anne Bielle (fictive)", Role.HEAD),
    ("mecanicien@demo.invalid", "Ewen Culasse (fictif)", Role.MECHANIC),
    ("mecanicien2@demo.invalid", "Nolwenn Cardan (fictive)", Role.MECHANIC),
    ("mecanicien3@demo.invalid", "Maël Piston (fictif)", Role.MECHANIC),
    ("mecanicien4@demo.invalid", "Gwenn Soupape (fictive)", Role.MECHANIC),
    (ACCOUNTING, "Rozenn Centime (fictive)", Role.ACCOUNTING),
    (PENCRAN, "Paol Voirie, services techniques (fictif)", Role.COLLECTIVITY),
)


@dataclass(frozen=True, slots=True)
class Team:
    """Who acts in the demonstration."""

    head: Actor
    accounting: Actor
    mechanics: tuple[Actor, ...]


def hire(session: Session, pencran_id: int, now: datetime) -> Team:
    """Create everybody; those of SIGN_INS get the demonstration's password, the others cannot sign in.

    The password is shorter than the rule asks of people (domain.users): its hash is written here, the rule stays.
    """
    shown = {email for _, email in SIGN_INS}
    hashed = PasswordHasher().hash(PASSWORD)
    actors: list[Actor] = []
    for email, name, role in _PEOPLE:
        collectivity_id = pencran_id if role is Role.COLLECTIVITY else None
        if email in shown:
            person = Person(email, name, role, collectivity_id, password=secrets.token_hex())
            user = users.create(session, person, GARAGE, now)
            user.password_hash = hashed
        else:
            user = User(email=email, name=name, role=role, session_token=secrets.token_hex(16), created_at=now)
            session.add(user)
            session.flush()
        actors.append(Actor(user.id, user.name, user.role, collectivity_id))
    session.flush()
    by_role = {role: tuple(actor for actor in actors if actor.role is role) for role in Role}
    return Team(by_role[Role.HEAD][0], by_role[Role.ACCOUNTING][0], by_role[Role.MECHANIC])
