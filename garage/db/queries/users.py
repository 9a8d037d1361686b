"""Reads of people, and of the collectivities they may belong to."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.users import User
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the administrator sees them; never the hash."""

    id: int
    name: str
    email: str | None
    role: Role
    collectivity_id: int | None
    collectivity: str | None
    active: bool
    can_sign_in: bool
    pin: bool
    badge: bool


def _accounts() -> Select[*tuple[Any, ...]]:
    return select(
        User.id, User.name, User.email, User.role, User.collectivity_id, Collectivity.name, User.active,
        User.password_hash.is_not(None), User.pin_hash.is_not(None), User.badge_hash.is_not(None),
    ).outerjoin(Collectivity, Collectivity.id == User.collectivity_id)  # fmt: skip


def page(session: Session, limit: int, after: tuple[str, int] | None = None) -> list[Account]:
    """People by name, `limit` of them after a key (name, id)."""
    statement = _accounts()
    if after is not None:
        statement = statement.where(tuple_(User.name, User.id) > after)
    return [Account(*row) for row in session.execute(statement.order_by(User.name, User.id).limit(limit))]


def one(session: Session, user_id: int) -> Account:
    """A person. Raises NotFound."""
    row = session.execute(_accounts().where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("user", str(user_id))
    return Account(*row)


def collectivities(session: Session) -> list[tuple[int, str]]:
    """Every collectivity by name: what a list offers."""
    rows = session.execute(select(Collectivity.id, Collectivity.name).order_by(Collectivity.name, Collectivity.id))
    return [(row.id, row.name) for row in rows]
