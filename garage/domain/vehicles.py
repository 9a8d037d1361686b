"""Vehicles, machines, trailers and equipment: kinds, meters, registrations."""

import re
from enum import StrEnum


class VehicleType(StrEnum):
    """What is maintained; a machine or equipment may have no registration."""

    VEHICLE = "vehicle"
    MACHINE = "machine"
    TRAILER = "trailer"
    EQUIPMENT = "equipment"


class MeterUnit(StrEnum):
    """What a meter counts."""

    KM = "km"
    HOURS = "h"


_CURRENT = re.compile(r"([A-Z]{2})(\d{3})([A-Z]{2})")


def read_registration(text: str) -> str:
    """A registration in capitals; the form in use since 2009 gets its hyphens, any other is kept as typed.

    >>> read_registration("ab 123cd"), read_registration("1234 ab 35")
    ('AB-123-CD', '1234 AB 35')
    """
    plain = " ".join(text.upper().split())
    found = _CURRENT.fullmatch(re.sub(r"[\s-]", "", plain))
    return "-".join(found.groups()) if found else plain
