"""Stores and their bins (rule S1)."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.stock import Bin, Store

# The store that a garage begins with, and its bin without a name, for what has no bin (migration 0004).
MAIN: Final = 1
LOOSE: Final = 1


def bin_of(session: Session, code: str, store_id: int = MAIN) -> int:
    """The id of a bin of a store by its code, made when it is new."""
    known = session.scalar(select(Bin.id).where(Bin.store_id == store_id, Bin.code == code))
    if known is not None:
        return known
    made = Bin(store_id=store_id, code=code)
    session.add(made)
    session.flush()
    return made.id


def words(session: Session, bin_id: int) -> str:
    """A bin in words: its code, with its store when it is not the main one."""
    row = session.execute(
        select(Bin.code, Bin.store_id, Store.name).join(Store, Store.id == Bin.store_id).where(Bin.id == bin_id)
    ).one()
    code = row.code or "sans casier"
    return code if row.store_id == MAIN else f"{code} ({row.name})"
