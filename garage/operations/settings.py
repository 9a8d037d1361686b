"""Changes the garage's settings: what differs is written, and the journal keeps before and after."""

from datetime import datetime

from sqlalchemy.orm import Session

from garage.db.models.settings import Setting
from garage.db.queries.settings import current, encoded
from garage.domain.permissions import Actor
from garage.domain.settings import BillingSettings
from garage.operations import journal


def save(session: Session, wanted: BillingSettings, actor: Actor, now: datetime) -> list[str]:
    """Have these settings from now on; returns the names of the fields that changed."""
    before, after = encoded(current(session)), encoded(wanted)
    changed = [key for key in after if after[key] != before[key]]
    for key in changed:
        row = session.get(Setting, key) or Setting(key=key)
        row.value, row.changed_at, row.changed_by_id = after[key], now, actor.id
        session.add(row)
        data = {"before": before[key], "after": after[key]}
        journal.record(session, actor, "setting.change", ("settings", key), data=data, now=now)
    session.flush()
    return changed
