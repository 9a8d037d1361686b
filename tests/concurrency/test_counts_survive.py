"""A count cannot be hurt: killed while it is approved, counted and approved by several at once (S2, PA-11)."""

import random
import signal
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.journal import JournalEntry
from garage.db.models.stock import BinStock, Part, StockMovement
from garage.db.queries.counts import Scope
from garage.db.session import Database
from garage.domain.counts import CountKind, CountReason, CountState
from garage.domain.errors.base import GarageError
from garage.domain.errors.counts import CountClosed, CountedMeanwhile, NothingToCount
from garage.domain.stock import MovementKind
from garage.operations import count_approval, counting, stock
from garage.operations.count_approval import Approval
from garage.operations.counting import Entry, Opening
from tests.concurrency.runner import Running
from tests.factories import garage as make

pytestmark = pytest.mark.slow
PARTS, AT_ONCE, KILLS = 8, 4, 6
BEFORE, AFTER = Decimal(10), Decimal(9)


def open_count(database: Database) -> int:
    with database.transaction() as session:
        opening = Opening(Scope(CountKind.FULL), "Tout le stock", make.TODAY)
        return counting.open_count(session, opening, make.HEAD, make.NOW, make.TODAY).id


@pytest.fixture
def shelf(database: Database) -> Database:
    with database.transaction() as session:
        for n in range(PARTS):
            make.part(session, f"P{n}", "10", "5", bin="A1")
    return database


def places(database: Database) -> list[tuple[int, int]]:
    with database.reading() as session:
        return [(row.part_id, row.bin_id) for row in session.execute(select(BinStock.part_id, BinStock.bin_id))]


def counted(database: Database) -> int:
    """A count that waits for approval: one of each part is missing."""
    key = open_count(database)
    with database.transaction() as session:
        for part_id, bin_id in places(database):
            counting.enter(session, key, Entry(part_id, bin_id, AFTER, 1), make.HEAD, make.NOW)
        counting.hand_over(session, key, make.HEAD, make.NOW)
    return key


def quantities(database: Database) -> set[Decimal]:
    """What is on hand, the same three ways for every part: kept on the part, in its bin, as the sum of movements."""
    with database.reading() as session:
        rows = session.execute(
            select(Part.on_hand, BinStock.quantity, func.sum(StockMovement.quantity), Part.value,
                   func.sum(StockMovement.value_change))
            .join(BinStock, BinStock.part_id == Part.id)
            .join(StockMovement, StockMovement.part_id == Part.id)
            .group_by(Part.id, BinStock.quantity)
        ).all()  # fmt: skip
    assert len(rows) == PARTS
    for row in rows:
        assert row[0] == row[1] == row[2]
        assert row[3] == row[4]
    return {row[0] for row in rows}


def state(database: Database, key: int) -> CountState:
    with database.reading() as session:
        return session.get_one(StockCount, key).state


def at_once(database: Database, *acts: Callable[..., object]) -> list[GarageError]:
    """Do these at the same time, each in its own transaction; what was refused."""
    gate, refused = threading.Barrier(len(acts)), []

    def one(act: Callable[..., object]) -> None:
        gate.wait()
        try:
            with database.transaction() as session:
                act(session)
        except GarageError as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return refused


def approve(key: int) -> Callable[..., object]:
    approval = Approval(2, other=CountReason.LOST)
    return lambda session: count_approval.approve(session, key, approval, make.CLERK, make.NOW)


def approve_elsewhere(url: str, key: int) -> None:
    with Database(url).transaction() as session:
        approve(key)(session)


def test_killed_at_chosen_instants_everything_or_nothing_is_written(shelf: Database) -> None:
    key = counted(shelf)
    url = shelf.url.render_as_string(hide_password=False)
    dice, lived = random.Random(11), 3
    for _ in range(KILLS):
        assert Running(approve_elsewhere, url, key, kill_at=lived).end()[0] == -signal.SIGKILL
        assert quantities(shelf) == {BEFORE}
        assert state(shelf, key) is CountState.TO_APPROVE
        lived += dice.randrange(2, 6)
    assert at_once(shelf, approve(key)) == []
    assert quantities(shelf) == {AFTER}
    assert state(shelf, key) is CountState.APPROVED


def test_approved_by_several_at_once_it_is_written_once(shelf: Database) -> None:
    key = counted(shelf)
    refused = at_once(shelf, *[approve(key)] * AT_ONCE)
    assert [type(one) for one in refused] == [CountClosed] * (AT_ONCE - 1)
    assert quantities(shelf) == {AFTER}
    with shelf.reading() as session:
        assert session.scalar(select(func.count()).where(JournalEntry.action == "count.approve")) == 1


def test_approved_and_given_up_at_once_one_of_both_happens(shelf: Database) -> None:
    key = counted(shelf)
    refused = at_once(shelf, approve(key), lambda session: counting.cancel(session, key, "Erreur", make.HEAD, make.NOW))
    assert [type(one) for one in refused] == [CountClosed]
    assert (state(shelf, key), quantities(shelf)) in (
        (CountState.APPROVED, {AFTER}), (CountState.CANCELLED, {BEFORE}),
    )  # fmt: skip


def test_several_people_count_one_line_at_once(shelf: Database) -> None:
    key, [place, *_] = open_count(shelf), places(shelf)
    with shelf.transaction() as session:
        people = [make.Actor(make.user(session, make.Role.MECHANIC).id, "", make.Role.MECHANIC) for _ in range(AT_ONCE)]
    acts = [
        lambda session, n=n, who=who: counting.enter(session, key, Entry(*place, Decimal(10 + n), 1), who, make.NOW)
        for n, who in enumerate(people)
    ]
    assert [type(one) for one in at_once(shelf, *acts)] == [CountedMeanwhile] * (AT_ONCE - 1)
    with shelf.reading() as session:
        assert session.scalar(select(func.count()).where(CountLine.counted.is_not(None))) == 1


def test_what_is_found_by_several_at_once_is_added_once(shelf: Database) -> None:
    key, [(part_id, _), *_] = open_count(shelf), places(shelf)
    with shelf.transaction() as session:
        people = [make.Actor(make.user(session, make.Role.MECHANIC).id, "", make.Role.MECHANIC) for _ in range(2)]
    acts = [
        lambda session, who=who: counting.enter(session, key, Entry(part_id, 1, Decimal(2), 0), who, make.NOW)
        for who in people
    ]
    assert [type(one) for one in at_once(shelf, *acts)] == [CountedMeanwhile]


def test_stock_lives_on_while_it_is_counted(shelf: Database) -> None:
    key, found = open_count(shelf), places(shelf)

    def count(session) -> None:
        for part_id, bin_id in found:
            held = stock.in_bin(session, part_id, bin_id)
            counting.enter(session, key, Entry(part_id, bin_id, held, 1), make.HEAD, make.NOW)

    def take(session) -> None:
        for part_id, _ in sorted(found):
            stock.issue(session, part_id, Decimal(1), stock.Movement(make.TODAY, make.HEAD, make.NOW, "Essai"))

    assert at_once(shelf, take, take) == []
    assert at_once(shelf, count, take) == []
    with shelf.transaction() as session:
        session.query(CountLine).update({CountLine.recount: False})
        counting.hand_over(session, key, make.HEAD, make.NOW)
    with shelf.reading() as session:
        gaps = {one.part_id: one.counted - one.expected for one in session.scalars(select(CountLine))}
    assert at_once(shelf, approve(key), take) == []
    with shelf.reading() as session:
        on_hand = dict(session.execute(select(Part.id, Part.on_hand)).all())
    assert on_hand == {part_id: 6 + gap for part_id, gap in gaps.items()}
    with shelf.reading() as session:
        written = session.scalar(select(func.count()).where(StockMovement.kind == MovementKind.COUNT))
    assert written == sum(bool(gap) for gap in gaps.values())


def test_two_counts_opened_at_once_share_nothing(shelf: Database) -> None:
    opening = Opening(Scope(CountKind.FULL), "Tout le stock", make.TODAY)
    acts = [lambda session: counting.open_count(session, opening, make.HEAD, make.NOW, make.TODAY)] * AT_ONCE
    assert [type(one) for one in at_once(shelf, *acts)] == [NothingToCount] * (AT_ONCE - 1)
    with shelf.reading() as session:
        assert list(session.scalars(select(StockCount.number))) == ["INV-2026-00001"]
        assert session.scalar(select(func.count()).select_from(CountLine)) == PARTS
