"""Changes the garage's settings: what differs is written, and the journal keeps before and after."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice
from garage.db.models.settings import Setting
from garage.db.queries import billing
from garage.db.queries.settings import current, encoded, version
from garage.domain.errors.base import Conflict
from garage.domain.errors.invoices import PatternInUse, PatternRepeats
from garage.domain.errors.settings import SettingsRefused
from garage.domain.invoices.bill import SERIES
from garage.domain.invoices.numbering import read_number
from garage.domain.permissions import Actor
from garage.domain.settings import FIELDS_OF, BillingSettings, SettingFault, SettingGroup, faults, with_values
from garage.operations import journal, numbering


@dataclass(frozen=True, slots=True)
class Edit:
    """What a form says of one group: values by flat name, and the version of the group it was made from."""

    group: SettingGroup
    values: dict[str, Any]
    seen: str


def save(session: Session, wanted: BillingSettings, actor: Actor, now: datetime) -> list[str]:
    """Have these settings from now on; returns the names of the fields that changed. `change` checks them first."""
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


def change(session: Session, edit: Edit, actor: Actor, now: datetime, today: date) -> list[str]:
    """Change one group as a form says; nobody else changes settings meanwhile. Returns what changed.

    Raises SettingsRefused, Conflict when the group changed since it was read, PatternInUse and PatternRepeats when
    the pattern of numbers would break an issued series (rule B3).
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE"))
    if version(session, edit.group) != edit.seen:
        raise Conflict("settings")
    present = current(session)
    wanted = with_values(present, {name: edit.values[name] for name in FIELDS_OF[edit.group]})
    issuer = billing.issuer(session)
    found = faults(wanted, issuer.siren or (issuer.siret or "")[:9] or None if issuer else None)
    if wanted.pes.schema and not Path(wanted.pes.schema).is_file():
        found["pes_schema"] = SettingFault.NO_FILE
    if mine := {name: fault for name, fault in found.items() if name in FIELDS_OF[edit.group]}:
        raise SettingsRefused(mine)
    if (wanted.number_pattern, wanted.number_digits) != (present.number_pattern, present.number_digits):
        _check_pattern(session, wanted, today)
    return save(session, wanted, actor, now)


def _check_pattern(session: Session, wanted: BillingSettings, today: date) -> None:
    """Under the lock of the series' rows, so that no bill is numbered meanwhile."""
    numbering.lock(session, SERIES.values(), today)
    mine = select(Invoice.number).where(Invoice.year == today.year).order_by(Invoice.id).limit(1)
    if (number := session.scalar(mine)) is not None:
        raise PatternInUse(number, today.year)
    issued = select(Invoice.series, Invoice.year, Invoice.sequence, Invoice.number)
    for series, year, sequence, given in session.execute(issued):
        again = read_number(given, wanted)
        if again is not None and again != (series, year, sequence) and again[1] >= today.year - 1:
            raise PatternRepeats(given)
