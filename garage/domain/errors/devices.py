"""Refusals about shared devices, PINs and badges."""

from dataclasses import dataclass
from typing import ClassVar

from garage.domain.errors.base import GarageError
from garage.domain.errors.users import TooManyAttempts


@dataclass(eq=False)
class BadDeviceName(GarageError):
    """A name that is empty, longer than 100 characters, or holds characters that do not print."""

    field: ClassVar[str | None] = "name"


@dataclass(eq=False)
class DeviceGone(GarageError):
    """A device that was withdrawn already."""

    name: str


@dataclass(eq=False)
class BadPin(GarageError):
    """A PIN that is not made of 4 digits."""

    field: ClassVar[str | None] = "pin"


@dataclass(eq=False)
class WeakPin(GarageError):
    """A PIN among the first that anybody would try."""

    field: ClassVar[str | None] = "pin"


@dataclass(eq=False)
class PinsDiffer(GarageError):
    """The new PIN was typed twice and is not the same."""

    field: ClassVar[str | None] = "again"


@dataclass(eq=False)
class WrongPin(GarageError):
    """A wrong PIN, or somebody without one: never says which. `left` more may be tried at once."""

    left: int
    field: ClassVar[str | None] = "pin"


@dataclass(eq=False)
class WrongProof(GarageError):
    """Neither the present PIN nor the password of the person who changes the PIN."""

    field: ClassVar[str | None] = "current"


@dataclass(eq=False)
class UnknownBadge(GarageError):
    """A badge that opens nothing here: unknown, withdrawn, or of somebody who left."""

    field: ClassVar[str | None] = "badge"


@dataclass(eq=False)
class PinThrottled(TooManyAttempts):
    """Too many wrong PINs of one person, or on one device."""

    field: ClassVar[str | None] = "pin"


@dataclass(eq=False)
class NoTabletForThem(GarageError):
    """A PIN for somebody who does not work in the workshop."""

    name: str
