"""Meter readings: what goes back needs its reason, what leaps ahead is asked about once (rule O6)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from garage.domain.errors.repair_orders import MeterBackwards
from garage.domain.errors.workshop import MeterLeap
from garage.domain.vehicles import MeterUnit

# Beyond this since the last reading, a figure was probably typed wrong.
LEAP: Final[Mapping[MeterUnit, int]] = {MeterUnit.KM: 30_000, MeterUnit.HOURS: 3_000}


def check_reading(
    value: int, last: tuple[int, date] | None, unit: MeterUnit, *, reason: str | None = None, confirmed: bool = False
) -> None:
    """Refuse a reading below the last one without a reason, or far above it unless confirmed (rule O6).

    `last` is the reading before it and its day. Raises MeterBackwards, MeterLeap.
    """
    if last is None:
        return
    before, read_on = last
    if value < before and not (reason or "").strip():
        raise MeterBackwards(before, value, read_on, unit)
    if value > before + LEAP[unit] and not (confirmed or (reason or "").strip()):
        raise MeterLeap(before, value, read_on, unit)
