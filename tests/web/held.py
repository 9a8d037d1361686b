"""For the browser's audits: entries that came too late, one of each fate, with long names and words."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.entries import Entry
from garage.db.session import Database
from garage.operations import entries
from garage.operations.entries import Received
from tests.factories import garage as make

from .workshop import HEAD, LONG_PART, MECHANIC

ORDER = "OR-2024-00004"
_WORDS = "Fuite au raccord du vérin de levage côté droit, joint torique changé, essai en charge à refaire au retour"
_CLOSED = "L’ordre est « Terminé » : il ne reçoit plus de saisie. Adressez-vous au chef d’atelier."


def populate(database: Database) -> None:
    """After the orders of the workshop."""
    with database.transaction() as session:
        _hold(session, "tenue-piece", "piece", {"reference": "KJ/778-AB", "quantity": "1"})
        _hold(session, "tenue-note", "note", {"text": _WORDS, "kind": "cause"})
        _hold(session, "tenue-ancienne", "ancienne", {"valeur": LONG_PART})
        for key in ("tenue-ecartee", "tenue-faite"):
            _hold(session, key, "note", {"text": _WORDS})
        aside, done = (
            session.scalars(select(Entry).where(Entry.key == f"tenue-{k}")).one() for k in ("ecartee", "faite")
        )
        entries.set_aside(session, aside.id, "Déjà noté par le chef d’atelier", HEAD, make.NOW)
        entries.applied_later(session, done, HEAD, make.NOW)


def _id(session: Session, key: str) -> int:
    return session.scalars(select(Entry.id).where(Entry.key == key)).one()


def _hold(session: Session, key: str, kind: str, data: dict[str, str]) -> None:
    received = Received(
        key=key,
        kind=kind,
        subject=ORDER,
        author_id=MECHANIC.id or 0,
        sender_id=HEAD.id or 0,
        entered_at=make.NOW - timedelta(hours=3),
        received_at=make.NOW,
        data={"ordre": ORDER} | data,
    )
    entries.hold(session, received, _CLOSED, MECHANIC)
