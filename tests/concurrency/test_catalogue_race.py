"""Two people at the same part at once: one change is kept, the other is told; ties told from both sides are one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartEquivalent
from garage.db.models.stock import Part
from garage.db.queries import parts as queries
from garage.db.session import Database
from garage.domain.errors.base import Conflict, GarageError
from garage.french.refusals import sentence
from garage.operations import parts, stores, suppliers
from garage.operations.parts import Content
from garage.operations.suppliers import Sheet
from tests.factories import garage as make

BY = (make.HEAD, make.NOW)


def _at_once(database: Database, works: list[tuple[str, Content, str]]) -> list[str]:
    """What became of changes sent together."""
    ready = Barrier(len(works))

    def change(work: tuple[str, Content, str]) -> str:
        reference, content, seen = work
        ready.wait()
        try:
            with database.transaction() as session:
                parts.change(session, reference, content, seen, BY)
        except Conflict:
            return "conflict"
        return "kept"

    with ThreadPoolExecutor(len(works)) as people:
        return sorted(people.map(change, works))


def _seen(database: Database) -> Callable[[str], str]:
    def fingerprint(reference: str) -> str:
        with database.reading() as session:
            return queries.fingerprint(session, queries.entity(session, reference))

    return fingerprint


def test_the_same_part_is_changed_by_one_of_two(database: Database) -> None:
    with database.transaction() as session:
        make.part(session, "A")
    seen = _seen(database)("A")
    told = _at_once(database, [("A", Content("A", label, "u"), seen) for label in ("Filtre", "Joint")])
    assert told == ["conflict", "kept"]


def test_equivalents_told_from_both_sides_at_once_are_one_pair(database: Database) -> None:
    with database.transaction() as session:
        for reference in ("A", "B"):
            make.part(session, reference)
    seen = _seen(database)
    works = [
        ("A", Content("A", "Pièce A", "u", equivalents=("B",)), seen("A")),
        ("B", Content("B", "Pièce B", "u", equivalents=("A",)), seen("B")),
    ]
    assert _at_once(database, works) in (["conflict", "kept"], ["kept", "kept"])
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PartEquivalent)) == 1
        assert session.scalar(select(func.count()).select_from(Part)) == 2


def _refused_at_once(database: Database, make_one: Callable[[Session], object], times: int = 4) -> set[str]:
    """The sentences told to all but one of several people who make the same thing together."""
    ready = Barrier(times)

    def create(_: int) -> str:
        ready.wait()
        try:
            with database.transaction() as session:
                make_one(session)
        except GarageError as refusal:
            return sentence(refusal)
        return ""

    with ThreadPoolExecutor(times) as people:
        told = list(people.map(create, range(times)))
    assert told.count("") == 1
    return set(told) - {""}


def test_the_same_thing_made_by_several_at_once_is_one_and_the_others_are_told(database: Database) -> None:
    by = stores.By(*BY)
    numbers = count(1)

    def coded(session: Session) -> object:
        return parts.create(session, Content(f"C-{next(numbers)}", "Filtre", "u", barcodes=("3165143500",)), *BY)

    (told,) = _refused_at_once(database, lambda session: parts.create(session, Content("A", "Filtre", "u"), *BY))
    assert "« A »" in told.replace("\u00a0", " ")
    (told,) = _refused_at_once(database, coded)
    assert "3165143500" in told
    assert "Filtre" in told
    (told,) = _refused_at_once(database, lambda session: suppliers.create(session, Sheet("Martin"), *BY))
    assert "Martin" in told
    (told,) = _refused_at_once(database, lambda session: stores.add_store(session, "VAN", "Fourgon", by))
    assert "VAN" in told
