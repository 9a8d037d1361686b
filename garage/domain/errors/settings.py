"""Refusals about the settings."""

from dataclasses import dataclass

from garage.domain.errors.base import GarageError
from garage.domain.settings import SettingFault


@dataclass(eq=False)
class SettingsRefused(GarageError):
    """Fields of the settings that cannot be, by flat name."""

    faults: dict[str, SettingFault]
