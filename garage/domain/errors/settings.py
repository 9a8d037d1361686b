"""Refusals about the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from garage.domain.errors.base import GarageError


@dataclass(eq=False)
class SettingsRefused(GarageError):
    """Fields of the settings that cannot be, by flat name, each with what is wrong with it."""

    faults: Mapping[str, StrEnum]
