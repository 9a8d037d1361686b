"""People: sign-in, create, change, passwords. Hashes are argon2id; sessions end when the token changes."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from garage.db.models.users import SavedView, SignInFailure, User
from garage.domain.errors.base import NotFound
from garage.domain.errors.users import BadCredentials, CollectivityMissing, EmailTaken, LastAdministrator
from garage.domain.permissions import Actor, Role
from garage.domain.users import (
    THROTTLE_LIMIT,
    THROTTLE_LIMIT_MACHINE,
    THROTTLE_WINDOW,
    check_attempts,
    check_password,
    read_email,
    read_name,
)
from garage.operations import journal

_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """Compared when the address is unknown, so that the answer takes the same time."""
    return _HASHER.hash(secrets.token_hex())


@dataclass(frozen=True, slots=True)
class Person:
    """What a form says of a person; an empty password leaves the present one."""

    email: str
    name: str
    role: Role
    collectivity_id: int | None
    password: str | None = None
    active: bool = True


def authenticate(session: Session, email: str, password: str, address: str, now: datetime) -> User:
    """The active person with this e-mail and password.

    Raises TooManyAttempts after 10 failures in 15 minutes for this e-mail, or 100 for this machine's address, else
    BadCredentials; a failure must be recorded with `record_failure` in a transaction of its own.
    """
    keys = _keys(email, address)
    for key, limit in zip(keys, (THROTTLE_LIMIT, THROTTLE_LIMIT_MACHINE), strict=True):
        since = select(SignInFailure.at).where(SignInFailure.key == key, SignInFailure.at > now - THROTTLE_WINDOW)
        check_attempts(list(session.scalars(since)), limit)
    user = session.scalar(select(User).where(User.email == email.strip().lower(), User.active))
    if not matches(user.password_hash if user else None, password) or user is None:
        raise BadCredentials
    session.execute(delete(SignInFailure).where(SignInFailure.key == keys[0]))
    return user


def record_failure(session: Session, email: str, address: str, now: datetime) -> None:
    """Remember a refused sign-in for throttling, and forget those that no longer count."""
    session.execute(delete(SignInFailure).where(SignInFailure.at <= now - THROTTLE_WINDOW))
    session.add_all([SignInFailure(key=key, at=now) for key in _keys(email, address)])


def _keys(email: str, address: str) -> tuple[str, str]:
    return f"email:{email.strip().lower()[:254]}", f"address:{address}"


def hashed(secret: str) -> str:
    """What is kept of a password or PIN: argon2id."""
    return _HASHER.hash(secret)


def matches(stored: str | None, secret: str) -> bool:
    """Whether a secret is the one kept; without one it is false after the same time."""
    try:
        _HASHER.verify(stored or _nobody(), secret)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def create(session: Session, person: Person, actor: Actor, now: datetime) -> User:
    """A new person who can sign in. Raises BadName, BadEmail, EmailTaken, WeakPassword, CollectivityMissing."""
    email = _free_email(session, person.email, None)
    _check_collectivity(person)
    check_password(person.password or "")
    user = User(
        email=email,
        name=read_name(person.name),
        role=person.role,
        collectivity_id=person.collectivity_id,
        password_hash=hashed(person.password or ""),
        session_token=secrets.token_hex(16),
        active=person.active,
        created_at=now,
    )
    session.add(user)
    session.flush()
    _journal(session, actor, "user.create", user, now)
    return user


def change(session: Session, user_id: int, person: Person, actor: Actor, now: datetime) -> User:
    """Change a person; a new password, role, or the end of the account ends their sessions.

    Raises NotFound, BadName, BadEmail, EmailTaken, WeakPassword, CollectivityMissing, LastAdministrator.
    """
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound("user", str(user_id))
    _check_collectivity(person)
    if user.role is Role.ADMIN and user.active and (person.role is not Role.ADMIN or not person.active):
        _check_other_administrator(session, user.id)
    email = _free_email(session, person.email, user.id)
    if person.password:
        check_password(person.password)
        user.password_hash = hashed(person.password)
    if person.password or (user.role, user.active) != (person.role, person.active):
        user.session_token = secrets.token_hex(16)
    user.email, user.name, user.role = email, read_name(person.name), person.role
    user.collectivity_id, user.active = person.collectivity_id, person.active
    session.flush()
    _journal(session, actor, "user.change", user, now)
    return user


def _check_collectivity(person: Person) -> None:
    if (person.role is Role.COLLECTIVITY) != (person.collectivity_id is not None):
        raise CollectivityMissing


def _check_other_administrator(session: Session, user_id: int) -> None:
    others = select(func.count()).where(User.role == Role.ADMIN, User.active, User.id != user_id)
    if not session.scalar(others):
        raise LastAdministrator


def _free_email(session: Session, text: str, user_id: int | None) -> str:
    email = read_email(text)
    owner = session.scalar(select(User.id).where(User.email == email))
    if owner is not None and owner != user_id:
        raise EmailTaken(email)
    return email


def _journal(session: Session, actor: Actor, action: str, user: User, now: datetime) -> None:
    data = {"role": user.role.value, "active": user.active, "collectivity_id": user.collectivity_id}
    journal.record(session, actor, action, ("users", user.email or user.name), data=data, now=now)


def save_view(session: Session, actor: Actor, view: tuple[str, str], query: str, now: datetime) -> None:
    """Keep a list of one's own (page, name), replacing the one of that name. Raises BadName."""
    page, name = view[0], read_name(view[1])
    kept = session.scalar(_view(actor, page, name))
    if kept is None:
        session.add(SavedView(user_id=actor.id, page=page, name=name, query=query))
    else:
        kept.query = query
    session.flush()
    journal.record(session, actor, "view.save", ("saved_views", name), data={"page": page, "query": query}, now=now)


def drop_view(session: Session, actor: Actor, view: tuple[str, str], now: datetime) -> str | None:
    """Forget a list of one's own (page, name) and return its words; one that is not there is forgotten already."""
    kept = session.scalar(_view(actor, *view))
    if kept is None:
        return None
    session.delete(kept)
    data = {"page": view[0], "query": kept.query}
    journal.record(session, actor, "view.drop", ("saved_views", view[1]), data=data, now=now)
    return kept.query


def _view(actor: Actor, page: str, name: str) -> Select[SavedView]:
    return select(SavedView).where(SavedView.user_id == actor.id, SavedView.page == page, SavedView.name == name)
