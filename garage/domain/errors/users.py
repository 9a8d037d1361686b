"""Refusals about people who sign in."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class BadCredentials(GarageError):
    """Unknown address, wrong password or inactive account: never says which."""

    field: ClassVar[str | None] = "password"


@dataclass(eq=False)
class TooManyAttempts(GarageError):
    """Sign-in throttled until an instant."""

    retry_at: datetime
    field: ClassVar[str | None] = "password"


@dataclass(eq=False)
class BadName(GarageError):
    """A name that is empty, longer than 200 characters, or holds characters that do not print."""

    field: ClassVar[str | None] = "name"


@dataclass(eq=False)
class BadEmail(GarageError):
    """An e-mail address without the shape of one."""

    text: str
    field: ClassVar[str | None] = "email"


@dataclass(eq=False)
class EmailTaken(GarageError):
    """Another person signs in with this address."""

    text: str
    field: ClassVar[str | None] = "email"


@dataclass(eq=False)
class WeakPassword(GarageError):
    """A password shorter than the least length."""

    least: int
    field: ClassVar[str | None] = "password"


@dataclass(eq=False)
class CollectivityMissing(GarageError):
    """A person of a collectivity without the collectivity, or another role with one."""

    field: ClassVar[str | None] = "collectivity"


@dataclass(eq=False)
class LastAdministrator(GarageError):
    """The last active administrator cannot be taken away."""

    field: ClassVar[str | None] = "role"
