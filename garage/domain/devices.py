"""Devices of the workshop: shared tablets, where each person signs with a PIN or badge, and wall screens."""

from enum import StrEnum


class DeviceKind(StrEnum):
    """A tablet that several people share, or a screen that only shows."""

    TABLET = "tablet"
    SCREEN = "screen"
