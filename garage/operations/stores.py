"""Stores and their bins: made, renamed, closed once empty, opened again (rule S1)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from garage.db.models.stock import Bin, BinStock, Part, Store
from garage.db.session import taken
from garage.domain.collectivities import read_code
from garage.domain.errors.base import CodeTaken, Conflict, NotFound
from garage.domain.errors.parts import BinClosed, BinInUse, BinKept, StoreClosed, StoreInUse, UnknownBin
from garage.domain.permissions import Actor
from garage.french.plain import plain_text
from garage.operations import journal

# The store that a garage begins with, and its bin without a name, for what has no bin (migration 0004).
MAIN: Final = 1
LOOSE: Final = 1
# Letters typed for figures.
_FIGURES: Final = str.maketrans("oil", "011")


@dataclass(frozen=True, slots=True)
class Place:
    """A bin of a store as it is told: its code, and whether it may be made when the store has none of that code."""

    store_id: int
    code: str
    new: bool = False


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and when."""

    actor: Actor
    now: datetime


def store_of(session: Session, code: str) -> int:
    """The id of a store by its code, made when it is new under its code as name, opened again when it was closed."""
    known = session.scalar(select(Store).where(Store.code == code))
    if known is None:
        known = Store(code=code, name=code)
        session.add(known)
    known.active = True
    session.flush()
    return known.id


def bin_of(session: Session, code: str, store_id: int = MAIN) -> int:
    """The id of a bin of a store by its code, made when it is new, opened again when it was closed."""
    known = session.scalar(select(Bin).where(Bin.store_id == store_id, Bin.code == code))
    if known is None:
        known = Bin(store_id=store_id, code=code)
        session.add(known)
    known.active = True
    session.flush()
    return known.id


def place(session: Session, told: Place) -> int | None:
    """The id of the bin that is told, made or opened again when asked for; None for no code.

    Raises UnknownBin with the nearest one that the store has, BinClosed, StoreClosed, NotFound.
    """
    if not told.code:
        return None
    store = _store(session, told.store_id)
    known = find(session, told)
    return known if known is not None else bin_of(session, told.code, store.id)


def find(session: Session, told: Place) -> int | None:
    """The id of the bin that is told, None for one to be made. Raises what `place` raises, and writes nothing."""
    store = session.get(Store, told.store_id)
    if store is None:
        raise NotFound("store", str(told.store_id))
    if not store.active:
        raise StoreClosed(store.name)
    known = _coded(session, store.id, told.code)
    if told.new:
        return known.id if known is not None and known.active else None
    if known is None:
        raise UnknownBin(told.code, store.name, _nearest(session, store.id, told.code))
    if not known.active:
        raise BinClosed(known.code)
    return known.id


def _nearest(session: Session, store_id: int, code: str) -> str | None:
    """The code of the open bin that looks most like another code, if one does."""
    codes = session.scalars(select(Bin.code).where(Bin.store_id == store_id, Bin.active, Bin.code != ""))
    alike = {plain_text(one).translate(_FIGURES): one for one in codes}
    near = get_close_matches(plain_text(code).translate(_FIGURES), alike, n=1)
    return alike[near[0]] if near else None


def check_open(session: Session, bin_id: int) -> None:
    """Refuse a bin that takes nothing; an open one stays so until the transaction ends. Raises NotFound, BinClosed."""
    held = session.get(Bin, bin_id, with_for_update={"read": True, "key_share": True}, populate_existing=True)
    if held is None:
        raise NotFound("bin", str(bin_id))
    if not held.active:
        raise BinClosed(words(session, bin_id))


def words(session: Session, bin_id: int) -> str:
    """A bin in words: its code, with its store when it is not the main one."""
    row = session.execute(
        select(Bin.code, Bin.store_id, Store.name).join(Store, Store.id == Bin.store_id).where(Bin.id == bin_id)
    ).one()
    code = row.code or "sans casier"
    return code if row.store_id == MAIN else f"{code} ({row.name})"


def add_store(session: Session, code: str, name: str, by: By) -> Store:
    """A new store. Raises BadCode, CodeTaken."""
    made = Store(code=_free_code(session, code, None), name=name)
    with taken(session, lambda: CodeTaken(made.code)):
        session.add(made)
    _tell(session, "store.create", made, by, {"name": name})
    return made


def change_store(session: Session, store_id: int, entered: tuple[str, str], seen: str, by: By) -> Store:
    """Another code or name, having `seen` both joined by a bar. Raises NotFound, Conflict, BadCode, CodeTaken."""
    store = _store(session, store_id)
    before = [store.code, store.name]
    if "|".join(before) != seen:
        raise Conflict("store")
    free = _free_code(session, entered[0], store.id)
    with taken(session, lambda: CodeTaken(free)):
        store.code, store.name = free, entered[1]
    if before != [store.code, store.name]:
        _tell(session, "store.change", store, by, {"from": " – ".join(before), "to": f"{store.code} – {store.name}"})
    return store


def close_store(session: Session, store_id: int, by: By, *, active: bool = False) -> None:
    """Close a store all of whose bins are closed, or open it again. Raises NotFound, BinKept for the main one,
    StoreInUse.
    """
    store = _store(session, store_id)
    if store.active is active:
        return
    if not active:
        if store.id == MAIN:
            raise BinKept(store.name)
        open_ones = select(func.count()).select_from(Bin).where(Bin.store_id == store.id, Bin.active)
        if bins := session.scalar(open_ones) or 0:
            raise StoreInUse(store.name, bins)
    store.active = active
    session.flush()
    _tell(session, "store.reopen" if active else "store.close", store, by, {})


def add_bin(session: Session, store_id: int, code: str, by: By) -> Bin:
    """A new bin of a store. Raises NotFound, StoreClosed, CodeTaken."""
    store = _store(session, store_id)
    if not store.active:
        raise StoreClosed(store.name)
    if _coded(session, store.id, code) is not None:
        raise CodeTaken(code)
    made = Bin(store_id=store.id, code=code)
    session.add(made)
    session.flush()
    _tell(session, "bin.create", store, by, {"bin": code})
    return made


def rename_bin(session: Session, bin_id: int, code: str, seen: str, by: By) -> Bin:
    """Another code, having `seen` the present one. Raises NotFound, BinKept, Conflict, CodeTaken."""
    store, row = _bin(session, bin_id)
    if not row.code:
        raise BinKept(store.name)
    if row.code != seen:
        raise Conflict("bin")
    other = _coded(session, store.id, code)
    if other is not None and other.id != row.id:
        raise CodeTaken(code)
    row.code = code
    session.flush()
    if code != seen:
        _tell(session, "bin.rename", store, by, {"from": seen, "to": code})
    return row


def close_bin(session: Session, bin_id: int, by: By, *, active: bool = False) -> None:
    """Close a bin that holds nothing and where no part usually lies, or open it again.

    Raises NotFound, BinKept, BinInUse, StoreClosed.
    """
    store, row = _bin(session, bin_id)
    if row.active is active:
        return
    if not row.code:
        raise BinKept(store.name)
    if active and not store.active:
        raise StoreClosed(store.name)
    if not active and (parts := _parts_of(session, row.id)):
        raise BinInUse(row.code, parts)
    row.active = active
    session.flush()
    _tell(session, "bin.reopen" if active else "bin.close", store, by, {"bin": row.code})


def _parts_of(session: Session, bin_id: int) -> int:
    """How many parts lie in a bin, or have it as their usual one."""
    held = select(BinStock.part_id).where(BinStock.bin_id == bin_id, BinStock.quantity != Decimal(0))
    usual = select(func.count()).select_from(Part).where(or_(Part.bin_id == bin_id, Part.id.in_(held)))
    return session.scalar(usual) or 0


def _coded(session: Session, store_id: int, code: str) -> Bin | None:
    """The bin of a store that has this code, else the one that differs by case and accents alone."""
    known = session.scalars(select(Bin).where(Bin.store_id == store_id, Bin.code != "")).all()
    alike = [one for one in known if plain_text(one.code) == plain_text(code)]
    return next((one for one in alike if one.code == code), alike[0] if alike else None)


def _free_code(session: Session, text: str, store_id: int | None) -> str:
    code = read_code(text)
    other = session.scalar(select(Store.id).where(Store.code == code))
    if other is not None and other != store_id:
        raise CodeTaken(code)
    return code


def _store(session: Session, store_id: int) -> Store:
    store = session.get(Store, store_id, with_for_update=True)
    if store is None:
        raise NotFound("store", str(store_id))
    return store


def _bin(session: Session, bin_id: int) -> tuple[Store, Bin]:
    """A bin and its store, the store first: whoever gives a part its bin does so too."""
    store_id = session.scalar(select(Bin.store_id).where(Bin.id == bin_id))
    if store_id is None:
        raise NotFound("bin", str(bin_id))
    store = _store(session, store_id)
    return store, session.get_one(Bin, bin_id, with_for_update=True, populate_existing=True)


def _tell(session: Session, action: str, store: Store, by: By, data: dict[str, Any]) -> None:
    journal.record(session, by.actor, action, ("stores", store.name), data=data, now=by.now)
