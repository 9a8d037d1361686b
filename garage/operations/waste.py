"""The register of waste: slips of what was taken away, and when it was treated (rule S1)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.parts import WasteSlip
from garage.domain.errors.base import Conflict, ImpossibleDay, NotFound
from garage.domain.errors.parts import BeforeRemoval, SlipKnown
from garage.domain.errors.stock import BadQuantity
from garage.domain.parts import WasteClass
from garage.domain.permissions import Actor
from garage.domain.repair_orders import check_day
from garage.french.plain import same_number
from garage.operations import journal

# No slip of an earlier day is entered: registers are kept for a few years.
_FIRST: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class NewSlip:
    """A slip (bordereau) as it is entered: what was taken away, how much (3 decimals), by whom, where to."""

    waste: WasteClass
    number: str
    removed_on: date
    quantity: Decimal
    unit: str
    carrier: str
    destination: str | None = None
    treated_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and when."""

    actor: Actor
    now: datetime
    today: date


def add(session: Session, slip: NewSlip, by: By) -> WasteSlip:
    """A slip in the register. Raises SlipKnown, BadQuantity, ImpossibleDay, BeforeRemoval."""
    if not 0 < slip.quantity < 1_000_000:
        raise BadQuantity(slip.quantity)
    check_day(slip.removed_on, by.today, _FIRST)
    if slip.treated_on is not None:
        _check_treated(slip.treated_on, slip.removed_on, by.today)
    if any(same_number(number, slip.number) for number in session.scalars(select(WasteSlip.number))):
        raise SlipKnown(slip.number)
    made = WasteSlip(**asdict(slip), recorded_by_id=by.actor.id, recorded_at=by.now)
    session.add(made)
    session.flush()
    data = {"waste": slip.waste.value, "quantity": str(slip.quantity), "unit": slip.unit}
    journal.record(session, by.actor, "waste.add", ("waste_slips", slip.number), data=data, now=by.now)
    return made


def treat(session: Session, slip_id: int, treated_on: date, by: By) -> WasteSlip:
    """The day the waste was treated, once. Raises NotFound, Conflict, ImpossibleDay, BeforeRemoval."""
    row = session.get(WasteSlip, slip_id, with_for_update=True)
    if row is None:
        raise NotFound("slip", str(slip_id))
    if row.treated_on is not None:
        raise Conflict("slip")
    _check_treated(treated_on, row.removed_on, by.today)
    row.treated_on = treated_on
    session.flush()
    data = {"on": treated_on.isoformat()}
    journal.record(session, by.actor, "waste.treat", ("waste_slips", row.number), data=data, now=by.now)
    return row


def _check_treated(day: date, removed_on: date, today: date) -> None:
    if day > today:
        raise ImpossibleDay(day)
    if day < removed_on:
        raise BeforeRemoval(day, removed_on)
