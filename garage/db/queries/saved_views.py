"""Reads of the lists that people keep under a name."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.users import SavedView


def of(session: Session, user_id: int, page: str) -> Sequence[SavedView]:
    """The views of a person on a page, by name."""
    mine = select(SavedView).where(SavedView.user_id == user_id, SavedView.page == page)
    return session.scalars(mine.order_by(SavedView.name)).all()


def words(query: str) -> dict[str, str]:
    """The words of an address, from the text that keeps them.

    >>> words(query({"etat": "a-controler", "q": "é & =" }))
    {'etat': 'a-controler', 'q': 'é & ='}
    """
    return dict(parse_qsl(query))


def query(words: dict[str, str]) -> str:
    """The words of an address as one text."""
    return urlencode(words)
