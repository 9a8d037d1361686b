"""Shared tablets for tests: a site whose people have PINs and badges, and a device that the head made shared."""

from collections.abc import Iterable
from hashlib import sha256

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.devices import Device
from garage.db.models.journal import JournalEntry
from garage.db.models.users import User
from garage.db.session import Database
from garage.domain.devices import DeviceKind
from garage.domain.permissions import Role

from .harness import Site

MECHANIC, HEAD, COLLECTIVITY = 1, 2, 3
PINS = {MECHANIC: "4071", HEAD: "8356", COLLECTIVITY: "5938"}
BADGES = {MECHANIC: "7K3M9QWXTZ0C", HEAD: "XW4T8PP0AAZ2"}
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def equip(site: Site) -> Site:
    """Give PINs and badges to the people of the site; the collectivity's must never open anything."""
    with site.database.transaction() as session:
        for user_id, pin in PINS.items():
            session.get_one(User, user_id).pin_hash = _CHEAP.hash(pin)
        for user_id, code in BADGES.items():
            session.get_one(User, user_id).badge_hash = sha256(code.encode()).hexdigest()
    return site


def share(site: Site, name: str = "Tablette du pont 1", kind: DeviceKind = DeviceKind.TABLET) -> FlaskClient:
    """A browser that the head has made a shared device."""
    client = site.client(Role.HEAD)
    answer = client.post("/appareils/nouveau", data={"name": name, "kind": kind.value})
    assert answer.status_code == 303, answer.text
    return client


def sign(tablet: FlaskClient, user_id: int = MECHANIC, pin: str | None = None) -> int:
    """Type a PIN on a tablet."""
    return tablet.post(f"/operateurs/{user_id}", data={"pin": pin or PINS[user_id]}).status_code


def somebody(tablet: FlaskClient) -> str | None:
    """Whose name the tablet shows."""
    page = tablet.get("/aide", follow_redirects=True).text
    _, mark, rest = page.partition('<span class="nom">')
    return rest.partition("</span>")[0] if mark else None


def device(site: Site, device_id: int = 1) -> Device:
    with site.database.reading() as session:
        return session.get_one(Device, device_id)


def acts(site: Site, *actions: str) -> list[tuple[str, str]]:
    """What the journal says of these acts."""
    with site.database.reading() as session:
        rows = session.execute(
            select(JournalEntry.action, JournalEntry.subject_key)
            .where(JournalEntry.action.in_(actions))
            .order_by(JournalEntry.id)
        )
        return [(action, key) for action, key in rows]


CREW = (
    "Anne-Laure Kerdoncuff-Le Bras", "Bastien Ollivier", "Corentin Prigent", "Denis Le Roux", "Édouard Abgrall",
    "Fañch Guivarc’h", "Gaëlle Tanguy", "Hervé Quéméneur", "Iwan Stéphan", "Jean-Baptiste de Kermorvan",
)  # fmt: skip


def hire(session: Session, names: Iterable[str]) -> None:
    """More people of the workshop, each with a PIN."""
    hashed = _CHEAP.hash("4071")
    for place, name in enumerate(names):
        session.add(
            User(
                name=name,
                role=Role.MECHANIC,
                session_token=f"equipe{place}",
                pin_hash=hashed,
                created_at=clock.now(),
            )
        )


def populate(database: Database) -> None:
    """For the browser's audits: PINs, three devices of which one is withdrawn, and somebody's PIN tried too often."""
    with database.transaction() as session:
        for user_id in (MECHANIC, HEAD):
            session.get_one(User, user_id).pin_hash = _CHEAP.hash(PINS[user_id])
        session.get_one(User, MECHANIC).badge_hash = sha256(BADGES[MECHANIC].encode()).hexdigest()
        now = clock.now()
        for place, (name, kind, waiting) in enumerate(
            (
                ("Tablette du pont 1", DeviceKind.TABLET, 3),
                ("Écran du bureau des mécaniciens, côté cour et magasin de pièces", DeviceKind.SCREEN, 0),
                ("Ancienne tablette", DeviceKind.TABLET, 1),
            )
        ):
            session.add(
                Device(
                    name=name,
                    kind=kind,
                    waiting=waiting,
                    token_hash=sha256(f"jeton-{place}".encode()).hexdigest(),
                    last_seen_at=now,
                    revoked_at=now if place == 2 else None,
                    created_by_id=HEAD,
                    created_at=now,
                )
            )
        session.add(
            JournalEntry(
                at=now,
                actor_id=None,
                actor="Tablette du pont 1",
                action="pin.throttled",
                subject="users",
                subject_key="Personne 1",
                data={"device": "Tablette du pont 1"},
            )
        )
