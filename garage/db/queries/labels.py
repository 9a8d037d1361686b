"""Reads for labels: what is printed of vehicles, parts and bins, and who may have a badge."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import AnyRow
from garage.domain.permissions import Permission, Role, may

# Ten sheets, a few seconds of work: more is a mistake, or several prints.
MOST: Final = 240


def vehicles(session: Session, ids: Sequence[int]) -> Sequence[AnyRow]:
    """What a label says of these vehicles, by fleet number."""
    return session.execute(
        select(
            Vehicle.tag, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model,
            Collectivity.name.label("collectivity"),
        )
        .join(Collectivity, Collectivity.id == Vehicle.collectivity_id)
        .where(Vehicle.id.in_(ids[:MOST]))
        .order_by(Vehicle.fleet_number)
    ).all()  # fmt: skip


def parts(session: Session, ids: Sequence[int]) -> Sequence[AnyRow]:
    """What a label says of these parts, by reference."""
    columns = select(Part.tag, Part.reference, Part.label, Part.bin)
    return session.execute(columns.where(Part.id.in_(ids[:MOST])).order_by(Part.reference)).all()


def workshop(session: Session) -> Sequence[AnyRow]:
    """The active people of the workshop by name, and whether they have a badge."""
    roles = [role for role in Role if may(role, Permission.WORK_ON_ORDERS)]
    columns = select(User.id, User.name, User.role, User.badge_hash.is_not(None).label("badge"))
    return session.execute(columns.where(User.active, User.role.in_(roles)).order_by(User.name, User.id)).all()


def person(session: Session, user_id: int) -> str:
    """The name of a person."""
    return session.scalar(select(User.name).where(User.id == user_id)) or ""
