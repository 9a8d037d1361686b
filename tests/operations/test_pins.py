"""PINs under fire: attempts made at the same time are all counted before any is judged."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from garage.db.models.devices import Device
from garage.db.models.journal import JournalEntry
from garage.db.models.users import SignInFailure, User
from garage.db.session import Database
from garage.domain.devices import DeviceKind
from garage.domain.errors.base import NotFound
from garage.domain.errors.devices import BadPin, DeviceGone, NoTabletForThem, PinThrottled, WeakPin
from garage.domain.permissions import Actor, Role
from garage.operations import devices, pins
from tests.conftest import NOW

HEAD = Actor(None, "Chef", Role.HEAD)


def people(database: Database) -> None:
    with database.transaction() as session:
        for user_id, role in ((1, Role.MECHANIC), (2, Role.HEAD), (3, Role.ADMIN)):
            session.add(User(id=user_id, name=f"P{user_id}", role=role, session_token=f"j{user_id}", created_at=NOW))
        session.flush()
        devices.register(session, "Tablette", DeviceKind.TABLET, None, HEAD, NOW)
        devices.register(session, "Autre", DeviceKind.TABLET, None, HEAD, NOW)
        pins.give(session, 1, "4071", HEAD, NOW)


def test_fifty_attempts_at_once_on_two_tablets_are_judged_five_times(database: Database) -> None:
    people(database)

    def attempt(number: int) -> str:
        try:
            with database.transaction() as session:
                tried = pins.try_pin(session, 1, f"{2000 + number}", 1 + number % 2, NOW)
        except PinThrottled:
            return "throttled"
        return "right" if tried.user else "wrong"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert (answers.count("wrong"), answers.count("throttled")) == (5, 45)
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(SignInFailure.key == "pin:1")) == 5
        told = select(func.count()).where(JournalEntry.action == "pin.throttled")
        assert session.scalar(told) == 1


@pytest.mark.parametrize(
    ("user_id", "pin", "refusal"),
    [(1, "12", BadPin), (1, "1234", WeakPin), (3, "4071", NoTabletForThem), (99, "4071", NotFound)],
)
def test_a_pin_that_may_not_be(sqlite_database: Database, user_id: int, pin: str, refusal: type[Exception]) -> None:
    people(sqlite_database)
    for give in (pins.give, lambda session, user, text, actor, now: pins.choose(session, user, text, now)):
        with pytest.raises(refusal), sqlite_database.transaction() as session:
            give(session, user_id, pin, HEAD, NOW)


def test_two_people_with_the_same_pin_are_told_apart_and_only_hashes_are_kept(sqlite_database: Database) -> None:
    people(sqlite_database)
    with sqlite_database.transaction() as session:
        pins.give(session, 2, "4071", HEAD, NOW)
        one, two = session.get_one(User, 1).pin_hash, session.get_one(User, 2).pin_hash
        assert one != two
        assert one
        assert one.startswith("$argon2id$")
        assert pins.try_pin(session, 2, "4071", 1, NOW).user is session.get_one(User, 2)


def test_a_device_that_is_gone_gives_no_news(database: Database) -> None:
    people(database)
    with database.transaction() as session:
        devices.revoke(session, 1, HEAD, NOW)
    for act in (devices.seen, lambda session, device, now: devices.revoke(session, device, HEAD, now)):
        with pytest.raises(DeviceGone), database.transaction() as session:
            act(session, 1, NOW)
    with pytest.raises(NotFound), database.transaction() as session:
        devices.rename(session, 99, "Tablette", HEAD, NOW)
    with database.reading() as session:
        assert session.get_one(Device, 1).revoked_at == NOW
        assert session.get_one(Device, 2).revoked_at is None
