"""Reads for the files of a store, under the columns that an import reads: bins, references, equivalents (rule E19)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.parts import PartEquivalent, PartSupplier
from garage.db.models.stock import Bin, BinStock, Part, Store
from garage.db.models.suppliers import Supplier
from garage.db.queries.paging import AnyRow
from garage.domain.money import ZERO

_BATCH: Final = 500


def _read(session: Session, statement: Any) -> Iterator[AnyRow]:
    return iter(session.execute(statement.execution_options(yield_per=_BATCH)))


def bins(session: Session) -> Iterator[AnyRow]:
    """Every bin with its store, and how many parts lie in it; a store that has none comes alone."""
    held = select(func.count()).where(BinStock.bin_id == Bin.id, BinStock.quantity != ZERO).scalar_subquery()
    columns = select(
        Store.code.label("store"), Store.name, Bin.code, held.label("parts"), Store.active, Bin.active.label("open")
    )
    return _read(session, columns.outerjoin(Bin, Bin.store_id == Store.id).order_by(Store.id, Bin.code))


def offers(session: Session) -> Iterator[AnyRow]:
    """Who sells which part, under which reference, at which last price in euros (4 decimals), by packs of how many."""
    columns = select(
        Part.reference, Supplier.name.label("supplier"), PartSupplier.reference.label("theirs"), PartSupplier.price,
        PartSupplier.pack,
    )  # fmt: skip
    joined = columns.join(PartSupplier, PartSupplier.part_id == Part.id)
    joined = joined.join(Supplier, Supplier.id == PartSupplier.supplier_id)
    return _read(session, joined.order_by(Part.reference, Supplier.name))


def twins(session: Session) -> Iterator[AnyRow]:
    """The parts that replace each other, each pair once."""
    other = aliased(Part)
    columns = select(Part.reference, other.reference.label("other"))
    joined = columns.join(PartEquivalent, PartEquivalent.part_id == Part.id)
    joined = joined.join(other, other.id == PartEquivalent.other_id)
    return _read(session, joined.order_by(Part.reference, other.reference))


def addresses(session: Session, supplier_ids: Sequence[int]) -> dict[int, str | None]:
    """The postal addresses of suppliers."""
    rows = session.execute(select(Supplier.id, Supplier.address).where(Supplier.id.in_(supplier_ids)))
    return {row.id: row.address for row in rows}
