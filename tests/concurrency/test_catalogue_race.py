"""Two people at the same part at once: one change is kept, the other is told; ties told from both sides are one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from garage.db.models.parts import PartEquivalent
from garage.db.models.stock import Part
from garage.db.queries import parts as queries
from garage.db.session import Database
from garage.domain.errors.base import Conflict
from garage.operations import parts
from garage.operations.parts import Content
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
