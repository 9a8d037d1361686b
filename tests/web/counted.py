"""Counts for the browser's audits: 1 approved, 2 to approve, 3 being counted with a second count to do, 4 given up."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountLine
from garage.db.models.stock import Bin
from garage.db.queries.counts import Scope
from garage.db.session import Database
from garage.domain.counts import CountKind, CountReason
from garage.domain.permissions import Actor, Role
from garage.operations import count_approval, counting, stock
from garage.operations.count_approval import Approval
from garage.operations.counting import Entry, Opening
from tests.factories import garage as make

MECHANIC = Actor(1, "Personne 1", Role.MECHANIC)


def populate(database: Database) -> None:
    """Needs the shelf of `workshop.populate`."""
    with database.transaction() as session:
        first = _count(session, "Des casiers, B1 et Réserve", ("B1", "Réserve"), gap=Decimal("-1"))
        counting.hand_over(session, first, MECHANIC, make.NOW)
        approval = Approval(2, other=CountReason.UNRECORDED_ISSUE)
        count_approval.approve(session, first, approval, make.CLERK, make.NOW)
        second = _count(session, "Des casiers du rayonnage des filtres, de B2 à B4", ("B2", "B3", "B4"), Decimal("0.5"))
        counting.hand_over(session, second, MECHANIC, make.NOW)
        third = _count(session, "Des casiers, B5", ("B5",), None)
        line = session.scalars(select(CountLine).where(CountLine.count_id == third)).first()
        if line is not None:
            counting.enter(session, third, Entry(line.part_id, line.bin_id, Decimal(40), 1), MECHANIC, make.NOW)
        fourth = _count(session, "Des casiers, B6", ("B6",), None)
        counting.cancel(session, fourth, "Reporté à la semaine prochaine", make.HEAD, make.NOW)


def _count(session: Session, title: str, bins: tuple[str, ...], gap: Decimal | None) -> int:
    ids = tuple(session.scalars(select(Bin.id).where(Bin.code.in_(bins))))
    opening = Opening(Scope(CountKind.BINS, bin_ids=ids), title, make.TODAY)
    made = counting.open_count(session, opening, make.HEAD, make.NOW, make.TODAY)
    lines = session.scalars(select(CountLine).where(CountLine.count_id == made.id).order_by(CountLine.id)).all()
    for place, line in enumerate(lines if gap is not None else []):
        held = stock.in_bin(session, line.part_id, line.bin_id)
        found = max(held + (gap or 0) * (place % 2), Decimal(0))
        for _ in range(2):
            entry = Entry(line.part_id, line.bin_id, found, line.version)
            if not counting.enter(session, made.id, entry, MECHANIC, make.NOW).recount:
                break
    return made.id
