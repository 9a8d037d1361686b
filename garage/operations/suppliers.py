"""Suppliers (rule S1)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.suppliers import Supplier
from garage.french.plain import plain_text


def named(session: Session, name: str, now: datetime) -> int:
    """The id of a supplier by its name, made when it is new."""
    known = session.scalar(select(Supplier.id).where(Supplier.name == name))
    if known is not None:
        return known
    made = Supplier(name=name, search_text=plain_text(name)[:300], created_at=now)
    session.add(made)
    session.flush()
    return made.id
