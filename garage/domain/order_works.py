"""Works of an order to be ticked, ready packages of them, points to check, notes (rule O3)."""

from dataclasses import dataclass
from enum import StrEnum

from garage.domain.errors.workshop import WorkNotOpen


class WorkState(StrEnum):
    """A work is to do, done, put off to the vehicle's next visit, or dropped."""

    TODO = "todo"
    DONE = "done"
    POSTPONED = "postponed"
    DROPPED = "dropped"


class CheckResult(StrEnum):
    """What was found at a point of a checklist."""

    OK = "ok"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


class NoteKind(StrEnum):
    """What a note tells: what was complained of, why it was so, what was done, or anything else."""

    COMPLAINT = "complaint"
    CAUSE = "cause"
    CORRECTION = "correction"
    NOTE = "note"


def check_state(label: str, present: WorkState, *asked: WorkState) -> None:
    """Refuse what is asked of a work that is in none of these states: raises WorkNotOpen."""
    if present not in asked:
        raise WorkNotOpen(label, present)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at a point to check; `result` None when it is not checked yet."""

    result: CheckResult | None
    note: str | None = None
