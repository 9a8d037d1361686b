"""For the browser's audits: a bundle handed over, one to hand over, one whose making was interrupted."""

from sqlalchemy import update

from garage.db.models.recovery import FinanceExport
from garage.db.queries import finance_exports as queries
from garage.db.session import Database
from garage.domain.permissions import Actor, Role
from garage.operations import finance_exports
from tests.exports import booked
from tests.factories import garage as make

_CLERK = Actor(4, "Personne 4", Role.ACCOUNTING)


def populate(database: Database) -> None:
    """Numbers 1 (handed over), 2 (to hand over, files left out) and 3 (interrupted)."""
    with database.transaction() as session:
        ids = [one.id for one in queries.candidates(session, 99)]
        for number, some in enumerate((ids[:2], ids, ids[2:]), 1):
            prepared = finance_exports.prepare(session, some, make.TODAY)
            made = finance_exports.make(session, prepared, f"{number}", _CLERK, make.NOW, make.TODAY)
            if number < 3:
                session.execute(update(FinanceExport).where(FinanceExport.id == made).values(sha256="0f" * 32))
            if number == 1:
                finance_exports.mark_transmitted(session, made, _CLERK, make.NOW)
                booked(session)
