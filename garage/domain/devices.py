"""Devices of the workshop: shared tablets, where each person signs with a PIN or badge, and wall screens.

Hashing of PINs is not a rule and lives in the operations; the tables are in the database.
"""

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import Final

from garage.domain.errors.devices import BadDeviceName, BadPin, WeakPin

# Without a touch for so long a shared tablet asks again who is there; the clock of the work goes on.
LOCK_AFTER: Final = timedelta(minutes=10)
# Wrong PINs in 15 minutes: of one person wherever they are typed, and on one device whoever is named.
PIN_LIMIT: Final = 5
DEVICE_LIMIT: Final = 20
PIN_LENGTH: Final = 4
BADGE_PREFIX: Final = "G1."
# What a device says it keeps to send; more means a device that lies.
MOST_WAITING: Final = 100_000
_TURNING: Final = "0123456789012"


class DeviceKind(StrEnum):
    """A tablet that several people share, or a screen that only shows."""

    TABLET = "tablet"
    SCREEN = "screen"


def read_device_name(text: str) -> str:
    """A device's name, 1 to 100 characters that print; raises BadDeviceName.

    >>> read_device_name("  Tablette   du pont 1 ")
    'Tablette du pont 1'
    """
    name = " ".join(text.split())
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise BadDeviceName
    return name


def read_pin(text: str) -> str:
    """A new PIN: 4 digits that are not the first ones to be tried. Raises BadPin, WeakPin.

    >>> read_pin(" 4071 ")
    '4071'
    """
    pin = text.strip()
    if not (len(pin) == PIN_LENGTH and pin.isascii() and pin.isdigit()):
        raise BadPin
    if len(set(pin)) == 1 or pin in _TURNING or pin[::-1] in _TURNING or pin[:2] == pin[2:]:
        raise WeakPin
    return pin


def badge_code(text: str) -> str | None:
    """The code of a badge from what a scanner typed, or nothing when it is no badge.

    >>> badge_code("g1.7K3M9QWXTZ0C"), badge_code("B.ETAGERE")
    ('7K3M9QWXTZ0C', None)
    """
    typed = text.strip()
    if typed[: len(BADGE_PREFIX)].upper() != BADGE_PREFIX or not 8 <= len(typed) - len(BADGE_PREFIX) <= 100:
        return None
    return typed[len(BADGE_PREFIX) :]


def fingerprint(secret: str) -> str:
    """What is kept of a long random secret, a badge's code or a device's token: SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
