"""Codes of others tied to a part or a vehicle, so that the next scan finds it."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.db.models.stock import PartBarcode
from garage.db.models.vehicles import VehicleBarcode
from garage.db.queries import tags
from garage.db.queries.tags import Found
from garage.domain.devices import badge_code
from garage.domain.errors.base import CodeTaken, NotFound
from garage.domain.errors.tags import CodeNotTied, UnusableCode
from garage.domain.permissions import Actor
from garage.domain.tags import Thing, code_to_keep
from garage.operations import journal

_SUBJECTS = {Thing.PART: "parts", Thing.VEHICLE: "vehicles"}


def tie(session: Session, scanned: str, target: Found, actor: Actor, now: datetime) -> str:
    """Make a code lead to a part or a vehicle from now on; the form under which it is kept.

    Raises UnusableCode, CodeTaken when it leads somewhere already, NotFound for what carries no code of others.
    """
    code = code_to_keep(scanned)
    if badge_code(code):
        raise UnusableCode("")  # somebody's key is never written down
    if target.thing not in _SUBJECTS or target.id is None:
        raise NotFound(target.thing.value, target.key)
    if tags.resolve(session, scanned):
        raise CodeTaken(code)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table, owner = _table(target.thing)
    # Two people tie the same code at once: the second waits for the first, then finds it taken.
    new = session.scalar(
        dialect.insert(table).values({"code": code, owner: target.id}).on_conflict_do_nothing().returning(table.code)
    )
    if new is None:
        raise CodeTaken(code)
    subject = (_SUBJECTS[target.thing], target.key)
    journal.record(session, actor, f"{target.thing.value}.tie_code", subject, data={"code": code}, now=now)
    return code


def untie(session: Session, code: str, target: Found, actor: Actor, now: datetime) -> None:
    """Take a code away from a part or a vehicle. Raises CodeNotTied when it does not lead there."""
    if target.thing not in _SUBJECTS:
        raise CodeNotTied(code)
    table, owner = _table(target.thing)
    gone = session.scalar(
        delete(table).where(table.code == code, getattr(table, owner) == target.id).returning(table.code)
    )
    if gone is None:
        raise CodeNotTied(code)
    subject = (_SUBJECTS[target.thing], target.key)
    journal.record(session, actor, f"{target.thing.value}.untie_code", subject, data={"code": code}, now=now)


def _table(thing: Thing) -> tuple[type[PartBarcode] | type[VehicleBarcode], str]:
    return (PartBarcode, "part_id") if thing is Thing.PART else (VehicleBarcode, "vehicle_id")
