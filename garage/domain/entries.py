"""What people enter in the workshop, sent once or later: its key, its own time, what becomes of it (rules O4, E17)."""

from datetime import datetime, timedelta
from enum import StrEnum

from garage.domain.errors.workshop import EntryTooOld

# What a tablet kept longer than this is looked at by the head before it counts.
LONGEST_WAIT = timedelta(days=45)
# A device whose clock differs by less is right: the rest is the way to the server.
SKEW = timedelta(seconds=90)


class EntryState(StrEnum):
    """An entry was applied at once, is held for the head, was applied by him later, or was set aside by him."""

    APPLIED = "applied"
    HELD = "held"
    APPLIED_LATER = "applied_later"
    SET_ASIDE = "set_aside"


def entered_at(entered: datetime | None, sent: datetime | None, received: datetime) -> datetime:
    """When something was entered, by the server's clock, from what the device's clock said then and at sending.

    A device's clock that is wrong is wrong for both, so their difference holds (rule O4: never in the future).
    Raises EntryTooOld beyond 45 days.
    """
    if entered is None:
        return received
    skew = received - sent if sent is not None else timedelta(0)
    true = min(entered + (skew if abs(skew) > SKEW else timedelta(0)), received)
    if received - true > LONGEST_WAIT:
        raise EntryTooOld(true)
    return true
