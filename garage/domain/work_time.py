"""The clock of a person: segments in whole minutes, one running, none overlapping (rules O3, O4, E20)."""

from enum import StrEnum


class Activity(StrEnum):
    """Time that belongs to no order; a break is not time present."""

    CLEANING = "cleaning"
    TRAINING = "training"
    WORKSHOP = "workshop"
    BREAK = "break"
