"""Reads of stores and their bins for the screens. Columns, not entities."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.stock import Bin, BinStock, Part, Store
from garage.db.queries.paging import FIRST, AnyRow, Key, Page, cut
from garage.domain.errors.base import NotFound

PAGE: Final = 60


def every(session: Session) -> Sequence[AnyRow]:
    """The stores, open ones first, with their open bins counted and the parts that lie in them."""
    bins = select(func.count()).where(Bin.store_id == Store.id, Bin.active, Bin.code != "").scalar_subquery()
    parts = (
        select(func.count(BinStock.part_id.distinct()))
        .join(Bin, Bin.id == BinStock.bin_id)
        .where(Bin.store_id == Store.id, BinStock.quantity != Decimal(0))
        .scalar_subquery()
    )
    columns = select(Store.id, Store.code, Store.name, Store.active, bins.label("bins"), parts.label("parts"))
    return session.execute(columns.order_by(Store.active.desc(), Store.id)).all()


def one(session: Session, store_id: int) -> AnyRow:
    """One store. Raises NotFound."""
    row = session.execute(
        select(Store.id, Store.code, Store.name, Store.active).where(Store.id == store_id)
    ).one_or_none()
    if row is None:
        raise NotFound("store", str(store_id))
    return row


def open_names(session: Session) -> list[tuple[int, str]]:
    """The open stores by id, to choose from."""
    rows = session.execute(select(Store.id, Store.name).where(Store.active).order_by(Store.id))
    return [(row.id, row.name) for row in rows]


def bins(session: Session, store_id: int, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of a store's bins by code, with the parts that lie there and those that usually do."""
    held = select(func.count()).where(BinStock.bin_id == Bin.id, BinStock.quantity != Decimal(0)).scalar_subquery()
    usual = select(func.count()).where(Part.bin_id == Bin.id).scalar_subquery()
    columns = select(Bin.id, Bin.code, Bin.active, held.label("held"), usual.label("usual")).where(
        Bin.store_id == store_id
    )
    if key.value is not None:
        columns = columns.where(Bin.code < key.value if key.backwards else Bin.code > key.value)
    order = Bin.code.desc() if key.backwards else Bin.code.asc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.code))


def bin_row(session: Session, bin_id: int) -> AnyRow:
    """One bin that has a code, with its store. Raises NotFound."""
    columns = select(Bin.id, Bin.code, Bin.active, Bin.store_id, Store.name.label("store"))
    row = session.execute(
        columns.join(Store, Store.id == Bin.store_id).where(Bin.id == bin_id, Bin.code != "")
    ).one_or_none()
    if row is None:
        raise NotFound("bin", str(bin_id))
    return row
