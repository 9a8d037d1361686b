"""Codes tied to parts and vehicles, orders opened at once, badges: on both databases, and by two people at once."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import PartBarcode
from garage.db.models.users import User
from garage.db.models.vehicles import VehicleBarcode
from garage.db.queries import tags as queries
from garage.db.queries.tags import Found
from garage.db.session import Database
from garage.domain.devices import fingerprint
from garage.domain.errors.base import CodeTaken, NotFound
from garage.domain.errors.collectivities import NoConvention
from garage.domain.errors.tags import CodeNotTied, UnusableCode
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderKind, OrderState
from garage.domain.tags import Thing
from garage.operations import badges, openings, repair_orders, tags
from tests.factories import garage as make
from tests.factories.garage import HEAD, NOW, TODAY

AT = (TODAY, NOW, TODAY)


def part(made: make.Garage, name: str = "P1") -> Found:
    return Found(Thing.PART, name, name, made.parts[name].id)


def van(made: make.Garage, name: str = "BOURG") -> Found:
    return Found(Thing.VEHICLE, f"{name}-1", name, made.vehicles[name].id)


def test_a_code_is_tied_once_and_found_in_every_dress(database: Database) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        assert tags.tie(session, "]E0012345678905", part(made), HEAD, NOW) == "0012345678905"
        for scanned in ("12345678905", "012345678905", "0012345678905", "00012345678905"):
            found = queries.resolve(session, scanned)
            assert ([one.key for one in found] == ["P1"]) == (len(scanned) >= 12), scanned
            if len(scanned) >= 12:
                with pytest.raises(CodeTaken):
                    tags.tie(session, scanned, part(made, "P2"), HEAD, NOW)
        assert tags.tie(session, "VF1 MA 0001", van(made), HEAD, NOW) == "VF1 MA 0001"
        assert [one.key for one in queries.resolve(session, "vf1 ma 0001")] == ["BOURG-1"]
        told = session.execute(select(JournalEntry.action, JournalEntry.subject_key).order_by(JournalEntry.id)).all()
        assert [tuple(one) for one in told][-2:] == [("part.tie_code", "P1"), ("vehicle.tie_code", "BOURG-1")]


@pytest.mark.parametrize("scanned", ["P2", "AB-123-CD", "BOURG-1", "OR-2026-00001"])
def test_what_leads_somewhere_already_is_not_tied(database: Database, scanned: str) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        make.order(session, made.partner)
        with pytest.raises(CodeTaken):
            tags.tie(session, scanned, part(made), HEAD, NOW)


def test_what_is_no_code_is_not_tied(database: Database) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        for scanned in ("", "x" * 200, "G1.7K3M9XQ2ABCD7K3M9XQ2ABCD12"):
            with pytest.raises(UnusableCode):
                tags.tie(session, scanned, part(made), HEAD, NOW)
        with pytest.raises(NotFound):
            tags.tie(session, "NEUF-1", Found(Thing.BIN, "B4", "B4"), HEAD, NOW)


def test_a_code_is_untied_from_what_it_leads_to_alone(database: Database) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        code = tags.tie(session, "NEUF-12", van(made), HEAD, NOW)
        for wrong in (van(made, "EAU"), part(made), Found(Thing.BIN, "B4", "B4")):
            with pytest.raises(CodeNotTied):
                tags.untie(session, code, wrong, HEAD, NOW)
        tags.untie(session, code, van(made), HEAD, NOW)
        assert session.scalar(select(func.count()).select_from(VehicleBarcode)) == 0
        with pytest.raises(CodeNotTied):
            tags.untie(session, code, van(made), HEAD, NOW)


def at_once(database: Database, *works: Callable[..., object]) -> list[object]:
    """Works begun together, each in a transaction of its own; what each gave or raised."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        try:
            gate.wait(10)
            with database.transaction() as session:
                found[place] = works[place](session)
        except Exception as refusal:  # noqa: BLE001 - told to the test
            found[place] = refusal

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return list(found)


def test_two_people_tie_one_code_at_once(database: Database) -> None:
    with database.transaction() as session:
        made = make.garage(session)
        first, second = part(made), part(made, "P2")
    found = at_once(
        database,
        lambda session: tags.tie(session, "NEUF-13", first, HEAD, NOW),
        lambda session: tags.tie(session, "NEUF-13", second, HEAD, NOW),
    )
    assert sorted(type(one).__name__ for one in found) == ["CodeTaken", "str"], found
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PartBarcode)) == 1


def test_an_order_is_opened_at_once_and_once(database: Database) -> None:
    with database.transaction() as session:
        make.garage(session)
        opening = openings.open_at_once(session, "BOURG-1", "c1", HEAD, AT)
        assert opening.new
        order = session.scalars(select(RepairOrder)).one()
        assert (order.number, order.kind, order.reason, order.form_token) == (
            opening.number, OrderKind.BREAKDOWN, None, "c1",
        )  # fmt: skip
        assert openings.open_at_once(session, "BOURG-1", "c2", HEAD, AT) == openings.Opening(opening.number, new=False)
        repair_orders.change_state(session, opening.number, OrderState.CANCELLED, HEAD, NOW, reason="Doublon")
        assert openings.open_at_once(session, "BOURG-1", "c3", HEAD, AT).new
        with pytest.raises(NotFound):
            openings.open_at_once(session, "RIEN", "c4", HEAD, AT)


def test_without_convention_nothing_opens_and_the_page_knows_it(database: Database) -> None:
    with database.transaction() as session:
        owner = make.collectivity(session, "SANS")
        make.vehicle(session, owner, "SANS-1")
        assert isinstance(openings.uncovered(session, owner.id, TODAY), NoConvention)
        with pytest.raises(NoConvention):
            openings.open_at_once(session, "SANS-1", "c1", HEAD, AT)
        make.convention(session, owner)
        assert openings.uncovered(session, owner.id, TODAY) is None


def test_two_people_open_an_order_for_one_vehicle_at_once(database: Database) -> None:
    with database.transaction() as session:
        make.garage(session)
    found = at_once(
        database,
        *(lambda session, key=key: openings.open_at_once(session, "BOURG-1", key, HEAD, AT) for key in ("a", "b", "c")),
    )
    opened = [one for one in found if isinstance(one, openings.Opening)]
    busy = [one for one in found if isinstance(one, OperationalError)]
    assert len(opened) + len(busy) == 3, found
    assert len({one.number for one in opened}) == 1
    assert [one.new for one in opened].count(True) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RepairOrder)) == 1


def test_a_badge_is_told_once_and_the_former_one_ends(database: Database) -> None:
    with database.transaction() as session:
        mechanic = make.user(session, Role.MECHANIC)
        first = badges.renew(session, mechanic.id, HEAD, NOW)
        second = badges.renew(session, mechanic.id, HEAD, NOW)
        assert first != second
        assert len(second) * 5 >= 128
        assert session.get_one(User, mechanic.id).badge_hash == fingerprint(second)
        entries = session.scalars(select(JournalEntry).where(JournalEntry.action == "user.renew_badge")).all()
        assert len(entries) == 2
        assert second not in str([entry.data for entry in entries])


def test_only_active_people_of_the_workshop_have_badges(database: Database) -> None:
    with database.transaction() as session:
        clerk, gone = make.user(session, Role.ACCOUNTING), make.user(session, Role.MECHANIC)
        gone.active = False
        for user_id in (clerk.id, gone.id, 9999):
            with pytest.raises(NotFound):
                badges.renew(session, user_id, HEAD, NOW)
