"""Counts on a real database: opened, entered, handed over, approved, given up, from a file (S2, S3; PA-11, PA-12)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.journal import JournalEntry
from garage.db.models.stock import BinStock, Part, StockMovement, Store
from garage.db.models.stock_years import StockYear
from garage.db.queries import counts as queries
from garage.db.queries.counts import Scope
from garage.db.queries.settings import current
from garage.db.session import Database
from garage.domain.counts import AbcClass, CountKind, CountReason, CountState
from garage.domain.errors.base import Conflict, ImpossibleDay, NotFound, ReasonMissing
from garage.domain.errors.counts import (
    BadCount,
    CountClosed,
    CountedByYou,
    CountedMeanwhile,
    CountedSince,
    CountReasonMissing,
    InAnotherCount,
    NothingCounted,
    NothingToCount,
    SecondCountMissing,
)
from garage.domain.errors.stock import YearFrozen
from garage.domain.permissions import Actor, Role
from garage.domain.settings import with_values
from garage.domain.stock import MovementKind
from garage.french.importing import located
from garage.french.journal import sentence
from garage.operations import count_approval, count_file, counting, settings, stock, stock_returns, stores
from garage.operations.count_approval import Approval
from garage.operations.counting import Entry, Opening
from tests.factories import garage as make

NOW, TODAY = make.NOW, make.TODAY
FULL = Scope(CountKind.FULL)
COMMON = CountReason.UNEXPLAINED


class Shelf:
    """Two people; OIL (1000 at 10, Cuve), FILTER (20 at 5, A1 and B2), BELT (4 at 30, A1), BULB (none, A1)."""

    def __init__(self, session: Session) -> None:
        self.mechanic = self._actor(session, Role.MECHANIC)
        self.head = self._actor(session, Role.HEAD)
        made = {
            "OIL": make.part(session, "OIL", "1000", "10", unit="L", bin="Cuve"),
            "FILTER": make.part(session, "FILTER", "20", "5", bin="A1"),
            "BELT": make.part(session, "BELT", "4", "30", bin="A1"),
            "BULB": make.part(session, "BULB", "0", bin="A1"),
        }
        self.parts = {name: part.id for name, part in made.items()}
        made["OIL"].family = "Fluides"
        self.bins = {name: stores.bin_of(session, name) for name in ("Cuve", "A1", "B2")}
        stock.transfer(session, self.parts["FILTER"], Decimal(5), self.bins["B2"], self.move("Rangement"))

    def _actor(self, session: Session, role: Role) -> Actor:
        person = make.user(session, role)
        return Actor(person.id, person.name, role)

    def move(self, reason: str = "Essai") -> stock.Movement:
        return stock.Movement(TODAY, make.HEAD, NOW, reason)


@pytest.fixture
def shelf(database: Database) -> Shelf:
    with database.transaction() as session:
        return Shelf(session)


def opened(database: Database, scope: Scope = FULL, **changes: Any) -> int:
    with database.transaction() as session:
        made = Opening(**{"scope": scope, "title": "Tout le stock", "counted_on": TODAY} | changes)
        return counting.open_count(session, made, make.HEAD, NOW, TODAY).id


def enter(
    database: Database, shelf: Shelf, count_id: int, place: tuple[str, str], counted: str, by: Actor | None = None
) -> bool:
    part_id, bin_id = shelf.parts[place[0]], shelf.bins[place[1]]
    with database.transaction() as session:
        seen = session.scalar(
            select(CountLine.version).where(
                CountLine.count_id == count_id, CountLine.part_id == part_id, CountLine.bin_id == bin_id
            )
        )
        entry = Entry(part_id, bin_id, Decimal(counted), seen or 0)
        return counting.enter(session, count_id, entry, by or shelf.mechanic, NOW).recount


def over(database: Database, count_id: int) -> None:
    with database.transaction() as session:
        counting.hand_over(session, count_id, make.HEAD, NOW)


def approve(database: Database, count_id: int, by: Actor = make.CLERK, **changes: Any) -> int:
    with database.transaction() as session:
        seen = session.get_one(StockCount, count_id).version
        approval = Approval(**{"seen": seen, "other": COMMON} | changes)
        return count_approval.approve(session, count_id, approval, by, NOW)


def line(database: Database, count_id: int, shelf: Shelf, part: str, bin_name: str) -> CountLine:
    with database.reading() as session:
        return session.scalars(
            select(CountLine).where(
                CountLine.count_id == count_id,
                CountLine.part_id == shelf.parts[part],
                CountLine.bin_id == shelf.bins[bin_name],
            )
        ).one()


def written(database: Database) -> list[tuple[str, int, Decimal, Decimal, str | None, date]]:
    with database.reading() as session:
        rows = session.execute(
            select(
                Part.reference, StockMovement.bin_id, StockMovement.quantity, StockMovement.value_change,
                StockMovement.reason, StockMovement.moved_on,
            )
            .join(Part)
            .where(StockMovement.kind == MovementKind.COUNT)
            .order_by(StockMovement.id)
        )  # fmt: skip
        return [tuple(row) for row in rows]  # type: ignore[misc]


def held(database: Database, part_id: int, bin_id: int) -> Decimal:
    with database.reading() as session:
        return session.scalar(
            select(BinStock.quantity).where(BinStock.part_id == part_id, BinStock.bin_id == bin_id)
        ) or Decimal(0)


def prefer(database: Database, **values: Any) -> None:
    with database.transaction() as session:
        settings.save(session, with_values(current(session), values), make.CLERK, NOW)


def test_a_count_lists_what_lies_or_belongs_where(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    with database.reading() as session:
        count = queries.one(session, key)
        rows = queries.every_line(session, key)
        assert (count.number, count.state, count.title) == ("INV-2026-00001", CountState.COUNTING, "Tout le stock")
        assert [(row.bin, row.reference) for row in rows] == [
            ("A1", "BELT"), ("A1", "BULB"), ("A1", "FILTER"), ("B2", "FILTER"), ("Cuve", "OIL"),
        ]  # fmt: skip
        assert {(row.expected, row.counted) for row in rows} == {(None, None)}


@pytest.mark.parametrize(
    ("kind", "references"),
    [
        (CountKind.STORE, ["BELT", "BULB", "FILTER", "FILTER", "OIL"]),
        (CountKind.BINS, ["BELT", "BULB", "FILTER"]),
        (CountKind.FAMILY, ["OIL"]),
        (CountKind.ROLLING, ["FILTER", "FILTER"]),
    ],
)
def test_the_scope_of_a_count(database: Database, shelf: Shelf, kind: CountKind, references: list[str]) -> None:
    scope = Scope(kind, stores.MAIN, (shelf.bins["A1"],), "Fluides", (shelf.parts["FILTER"],))
    key = opened(database, scope)
    with database.reading() as session:
        assert [row.reference for row in queries.every_line(session, key)] == references


def test_a_count_opens_on_a_possible_day_and_once(database: Database, shelf: Shelf) -> None:
    assert opened(database, form_token="t") == opened(database, form_token="t")
    with pytest.raises(NothingToCount):  # the first count has everything
        opened(database)
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=32)):
        with pytest.raises(ImpossibleDay):
            opened(database, counted_on=day)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(StockCount)) == 1


def test_a_frozen_year_takes_no_count(database: Database, shelf: Shelf) -> None:
    freeze(database, 2026)
    with pytest.raises(YearFrozen):
        opened(database)


def freeze(database: Database, year: int) -> None:
    columns = {column.name for column in StockYear.__table__.columns}
    known: dict[str, Any] = {"value": Decimal(0), "parts": 0, "sha256": "0" * 64, "issuer": ""}
    values = {"year": year, "frozen_at": NOW} | known
    with database.transaction() as session:
        session.add(StockYear(**{name: value for name, value in values.items() if name in columns}))


def test_the_books_are_read_at_the_instant_of_counting_and_stock_lives_on(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    with database.transaction() as session:
        stock.issue(session, shelf.parts["BELT"], Decimal(1), shelf.move())
    enter(database, shelf, key, ("BELT", "A1"), "2.5")  # 3 expected, 0.5 missing: 16.67 %
    with database.transaction() as session:
        stock.issue(session, shelf.parts["BELT"], Decimal(1), shelf.move())
    over(database, key)
    assert approve(database, key) == 1
    assert written(database) == [
        ("BELT", shelf.bins["A1"], Decimal("-0.5"), Decimal("-15.00"), "INV-2026-00001\u00a0: écart sans explication",
         TODAY)
    ]  # fmt: skip
    assert held(database, shelf.parts["BELT"], shelf.bins["A1"]) == Decimal("1.5")
    with database.reading() as session:
        part = session.get_one(Part, shelf.parts["BELT"])
        assert (part.on_hand, part.average_cost, part.value) == (Decimal("1.5"), Decimal(30), Decimal("45.00"))
        sums = queries.sums(session, [key])[key]
        assert (sums.lines, sums.counted, sums.right, sums.value) == (5, 1, 0, Decimal("-15.00"))
        moved = session.scalars(select(StockMovement).where(StockMovement.count_line_id.is_not(None))).one()
        assert moved.count_line_id == line(database, key, shelf, "BELT", "A1").id


def test_each_bin_is_corrected_on_its_own(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("FILTER", "A1"), "14")
    enter(database, shelf, key, ("FILTER", "B2"), "6")
    over(database, key)
    first = line(database, key, shelf, "FILTER", "A1").id
    assert approve(database, key, reasons={first: CountReason.WRONG_BIN}) == 2
    assert [(row[2], row[4]) for row in written(database)] == [
        (Decimal(-1), "INV-2026-00001\u00a0: rangée dans un autre casier"),
        (Decimal(1), "INV-2026-00001\u00a0: écart sans explication"),
    ]
    with database.reading() as session:
        assert session.get_one(Part, shelf.parts["FILTER"]).on_hand == 20


def test_a_count_that_is_right_writes_nothing(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("OIL", "Cuve"), "1000")
    over(database, key)
    assert approve(database, key, other=None) == 0
    assert written(database) == []


def test_what_is_found_is_added(database: Database, shelf: Shelf) -> None:
    key = opened(database, Scope(CountKind.BINS, bin_ids=(shelf.bins["A1"],)))
    assert enter(database, shelf, key, ("OIL", "A1"), "3") is True  # nothing expected: a second count
    assert enter(database, shelf, key, ("OIL", "A1"), "2") is False
    kept = line(database, key, shelf, "OIL", "A1")
    assert (kept.first_expected, kept.first_counted, kept.expected, kept.counted) == (0, 3, 0, 2)
    assert kept.first_counted_by_id == shelf.mechanic.id
    over(database, key)
    approve(database, key)
    assert held(database, shelf.parts["OIL"], shelf.bins["A1"]) == 2


def test_the_second_count_replaces_the_first_which_is_kept(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    assert enter(database, shelf, key, ("OIL", "Cuve"), "994.9") is True  # 51 euros
    with pytest.raises(SecondCountMissing):
        over(database, key)
    with database.transaction() as session:
        stock.issue(session, shelf.parts["OIL"], Decimal(4), shelf.move())
    assert enter(database, shelf, key, ("OIL", "Cuve"), "995", shelf.head) is False
    kept = line(database, key, shelf, "OIL", "Cuve")
    assert (kept.first_expected, kept.first_counted, kept.first_counted_by_id) == (
        Decimal(1000), Decimal("994.9"), shelf.mechanic.id,
    )  # fmt: skip
    assert (kept.expected, kept.counted, kept.counted_by_id) == (Decimal(996), Decimal(995), shelf.head.id)
    over(database, key)
    approve(database, key)
    assert [row[2] for row in written(database)] == [Decimal(-1)]


def test_limits_are_the_settings_of_the_garage(database: Database, shelf: Shelf) -> None:
    prefer(database, recount_euros=Decimal(0), recount_percent=0)
    key = opened(database)
    assert enter(database, shelf, key, ("OIL", "Cuve"), "1") is False
    prefer(database, recount_euros=Decimal("0.01"))
    assert enter(database, shelf, key, ("FILTER", "B2"), "4") is True


def test_bad_entries_are_refused(database: Database, shelf: Shelf) -> None:
    key = opened(database, Scope(CountKind.BINS, bin_ids=(shelf.bins["A1"],)))
    other = opened(database)
    for counted in ("-1", "1000000", "0.0001"):
        with pytest.raises(BadCount):
            enter(database, shelf, key, ("BELT", "A1"), counted)
    with pytest.raises(InAnotherCount):
        enter(database, shelf, key, ("OIL", "Cuve"), "1")
    with database.transaction() as session, pytest.raises(NotFound):
        counting.enter(session, other, Entry(9999, 1, Decimal(1), 0), shelf.head, NOW)
    with database.transaction() as session, pytest.raises(NotFound):
        counting.enter(session, 9999, Entry(shelf.parts["OIL"], 1, Decimal(1), 0), shelf.head, NOW)


def test_two_people_on_the_same_line(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    entry = Entry(shelf.parts["BELT"], shelf.bins["A1"], Decimal(4), 1)
    for _ in range(2):  # sent twice by the same person: once
        with database.transaction() as session:
            assert counting.enter(session, key, entry, shelf.mechanic, NOW).version == 2
    with database.transaction() as session, pytest.raises(CountedMeanwhile):
        counting.enter(session, key, Entry(entry.part_id, entry.bin_id, Decimal(3), 1), shelf.head, NOW)
    assert line(database, key, shelf, "BELT", "A1").counted == 4
    enter(database, shelf, key, ("BELT", "A1"), "3.5", shelf.head)  # having seen it: a correction
    assert line(database, key, shelf, "BELT", "A1").counted == Decimal("3.5")


def test_only_what_is_counted_is_handed_over(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    with pytest.raises(NothingCounted):
        over(database, key)
    enter(database, shelf, key, ("BELT", "A1"), "4")
    with pytest.raises(CountClosed):
        approve(database, key)
    over(database, key)
    with pytest.raises(CountClosed):
        over(database, key)
    with pytest.raises(CountClosed):
        enter(database, shelf, key, ("BELT", "A1"), "3")


def test_a_count_is_approved_once_with_a_reason_each(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("BELT", "A1"), "3.5")
    over(database, key)
    with pytest.raises(CountReasonMissing):
        approve(database, key, other=None)
    with pytest.raises(Conflict):
        approve(database, key, seen=1)
    approve(database, key)
    with pytest.raises(CountClosed):
        approve(database, key)
    assert len(written(database)) == 1
    with database.reading() as session:
        acts = session.scalars(select(JournalEntry).where(JournalEntry.subject == "stock_counts")).all()
        assert [sentence(one.action, one.subject_key, one.data) for one in acts] == [
            "Inventaire INV-2026-00001 ouvert\u00a0: Tout le stock, 5 lignes",
            "Inventaire INV-2026-00001 remis à l’approbation, 1 ligne",
            "Inventaire INV-2026-00001 approuvé\u00a0: 1 écart écrit",
        ]


def test_somebody_else_approves_when_the_setting_asks(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("OIL", "Cuve"), "990", shelf.mechanic)
    enter(database, shelf, key, ("OIL", "Cuve"), "990", shelf.head)
    over(database, key)
    prefer(database, count_by_other=True)
    for counter in (shelf.mechanic, shelf.head):
        with pytest.raises(CountedByYou):
            approve(database, key, counter)
    assert written(database) == []
    approve(database, key)
    assert len(written(database)) == 1


def test_whoever_counted_between_the_first_and_the_last_does_not_approve(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    prefer(database, count_by_other=True)
    enter(database, shelf, key, ("FILTER", "A1"), "15", shelf.mechanic)
    for counted, who in (("14", shelf.head), ("14.5", shelf.mechanic)):
        over(database, key)
        with database.transaction() as session:
            again = line(database, key, shelf, "FILTER", "A1")
            counting.count_again(session, key, again.id, make.CLERK, NOW)
        enter(database, shelf, key, ("FILTER", "A1"), counted, who)
    kept = line(database, key, shelf, "FILTER", "A1")
    assert {kept.first_counted_by_id, kept.counted_by_id} == {shelf.mechanic.id}
    over(database, key)
    with pytest.raises(CountedByYou):
        approve(database, key, shelf.head)
    approve(database, key)


def test_what_another_count_wrote_since_is_not_written_twice(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("BELT", "A1"), "3.5")
    with database.transaction() as session:
        told = stock.Movement(TODAY, make.HEAD, NOW, "Comptage", bin_id=shelf.bins["A1"])
        stock.count(session, shelf.parts["BELT"], Decimal("3.5"), told)
    over(database, key)
    with pytest.raises(CountedSince):
        approve(database, key)
    with database.transaction() as session:
        wrong = line(database, key, shelf, "BELT", "A1")
        counting.count_again(session, key, wrong.id, make.CLERK, NOW)
    enter(database, shelf, key, ("BELT", "A1"), "3.5")
    over(database, key)
    assert approve(database, key) == 0


def test_sent_back_and_given_up(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("BELT", "A1"), "3.5")
    over(database, key)
    with database.transaction() as session:
        counting.send_back(session, key, make.CLERK, NOW)
    with database.transaction() as session, pytest.raises(CountClosed):
        counting.send_back(session, key, make.CLERK, NOW)
    with database.transaction() as session, pytest.raises(ReasonMissing):
        counting.cancel(session, key, " ", make.CLERK, NOW)
    with database.transaction() as session:
        counting.cancel(session, key, "Reporté", make.CLERK, NOW)
    with database.transaction() as session, pytest.raises(CountClosed):
        counting.cancel(session, key, "Reporté", make.CLERK, NOW)
    assert written(database) == []
    assert opened(database) != key  # its parts are free again


def test_a_year_frozen_meanwhile_refuses_the_whole_approval(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("FILTER", "A1"), "14")
    enter(database, shelf, key, ("BELT", "A1"), "3.5")
    over(database, key)
    freeze(database, 2026)
    with pytest.raises(YearFrozen):
        approve(database, key)
    assert written(database) == []
    with database.reading() as session:
        assert queries.one(session, key).state is CountState.TO_APPROVE


def test_the_proposal_takes_the_oldest_of_what_is_due(database: Database, shelf: Shelf) -> None:
    with database.transaction() as session:
        stock.issue(session, shelf.parts["OIL"], Decimal(80), shelf.move())
        stock.issue(session, shelf.parts["FILTER"], Decimal(14), shelf.move())
        stock_returns.take_back(session, shelf.parts["OIL"], Decimal(1), Decimal(10), shelf.move())
    key = opened(database, Scope(CountKind.FAMILY, family="Fluides"))
    with database.reading() as session:  # what is being counted is not proposed
        assert shelf.parts["OIL"] not in {one.part_id for one in queries.proposal(session, TODAY)}
    enter(database, shelf, key, ("OIL", "Cuve"), "921")
    over(database, key)
    approve(database, key)
    with database.reading() as session:
        found = queries.proposal(session, TODAY)
        assert [one.part_id for one in found] == [shelf.parts[name] for name in ("FILTER", "BELT", "BULB")]
        assert [one.abc for one in found] == [AbcClass.B, AbcClass.C, AbcClass.C]
        later = queries.proposal(session, TODAY + timedelta(days=95), 4)
        assert (later[-1].part_id, later[-1].abc, later[-1].last) == (shelf.parts["OIL"], AbcClass.A, TODAY)
        assert queries.proposal(session, TODAY, 1) == found[:1]


def send(database: Database, key: int, *rows: str, head: str = "casier;reference;quantite") -> count_file.FileReading:
    with database.transaction() as session:
        return count_file.enter_file(session, key, "\n".join((head, *rows)).encode(), make.HEAD, NOW)


def test_a_file_is_entered_whole_and_once(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    rows = ("A1;BELT;3,5", "Cuve;oil;900", "B2;BULB;2", "A1;FILTER;")
    found = send(database, key, *rows)
    assert (found.faults, len(found.entries), found.known, found.blank) == ((), 3, 0, 1)
    assert line(database, key, shelf, "OIL", "Cuve").recount is True
    assert line(database, key, shelf, "BULB", "B2").counted == 2
    again = send(database, key, *rows)
    assert (again.faults, again.entries, again.known) == ((), [], 3)
    assert line(database, key, shelf, "OIL", "Cuve").recount is True
    second = send(database, key, "Cuve;OIL;998")
    assert len(second.entries) == 1
    kept = line(database, key, shelf, "OIL", "Cuve")
    assert (kept.first_counted, kept.counted, kept.recount) == (900, 998, False)
    assert send(database, key, *rows).known == 3  # the first file still changes nothing


def test_every_fault_of_a_file_is_told_and_nothing_is_entered(database: Database, shelf: Shelf) -> None:
    key = opened(database, Scope(CountKind.BINS, bin_ids=(shelf.bins["A1"],)))
    opened(database)
    enter(database, shelf, key, ("BULB", "A1"), "0")
    found = send(
        database, key, "A1;BELT;3", "A1;BELT;4", "A1;RIEN;1", "Z9;BELT;1", "A1;BULB;7", "Cuve;OIL;1", "A1;FILTER;-1",
        "A1;FILTER;1,2345", "A1;FILTER;beaucoup",
    )  # fmt: skip
    assert found.rows == 9
    told = [located(one).replace("\u00a0", " ") for one in found.faults]
    assert [text.split(" :")[0] for text in told] == [
        "ligne 3, colonne « reference »", "ligne 4, colonne « reference »", "ligne 5, colonne « casier »",
        "ligne 6, colonne « quantite »", "ligne 7, colonne « reference »", "ligne 8, colonne « quantite »",
        "ligne 9, colonne « quantite »", "ligne 10, colonne « quantite »",
    ]  # fmt: skip
    assert "aucune pièce ne porte cette référence" in told[1]
    assert "aucun casier" in told[2]
    assert "déjà comptée : 0" in told[3]
    assert "INV-2026-00002" in told[4]
    assert line(database, key, shelf, "BELT", "A1").counted is None


def test_a_file_without_bins_or_of_another_store(database: Database, shelf: Shelf) -> None:
    with database.transaction() as session:
        depot = Store(code="DEPOT", name="Dépôt")
        session.add(depot)
        session.flush()
        far = stores.bin_of(session, "A1", depot.id)
    key = opened(database)
    found = send(database, key, "BELT;4", head="reference;quantite")
    assert len(found.entries) == 1
    found = send(database, key, "FILTER;4", head="reference;quantite")
    assert "plusieurs endroits" in located(found.faults[0])
    found = send(database, key, "depot;A1;BELT;1", "RIEN;A1;BELT;1", head="magasin;casier;reference;quantite")
    assert [one.column for one in found.faults] == ["magasin"]
    assert not send(database, key, "depot;A1;BELT;1", head="magasin;casier;reference;quantite").faults
    with database.reading() as session:
        assert [row.bin_id for row in queries.of_part(session, key, shelf.parts["BELT"])] == [shelf.bins["A1"], far]


def test_a_file_comes_too_late(database: Database, shelf: Shelf) -> None:
    key = opened(database)
    enter(database, shelf, key, ("BELT", "A1"), "4")
    over(database, key)
    with pytest.raises(CountClosed):
        send(database, key, "A1;BELT;3")
