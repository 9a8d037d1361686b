"""Parts as pieces.csv has them: what stands in other tables than the part's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartSupplier
from garage.db.models.stock import Bin, Part, PartBarcode, Store
from garage.db.queries.paging import AnyRow


@dataclass(frozen=True, slots=True)
class Beside:
    """The code of a part's store, None without a bin; its barcodes; the reference its supplier sells it under."""

    store: str | None
    barcodes: str
    sold: str | None


def beside(session: Session, rows: Sequence[AnyRow]) -> list[tuple[AnyRow, Beside]]:
    """These parts, each with what stands beside it."""
    ids = [row.id for row in rows]
    codes: dict[int, list[str]] = {}
    barcodes = select(PartBarcode.part_id, PartBarcode.code).where(PartBarcode.part_id.in_(ids))
    for part, code in session.execute(barcodes.order_by(PartBarcode.code)):
        codes.setdefault(part, []).append(code)
    sold = (PartSupplier.part_id == Part.id) & (PartSupplier.supplier_id == Part.supplier_id)
    columns = select(Part.id, Store.code, PartSupplier.reference).where(Part.id.in_(ids))
    joined = columns.outerjoin(Bin, Bin.id == Part.bin_id).outerjoin(Store, Store.id == Bin.store_id)
    told = {row[0]: (row[1], row[2]) for row in session.execute(joined.outerjoin(PartSupplier, sold))}
    return [(row, Beside(told[row.id][0], ", ".join(codes.get(row.id, ())), told[row.id][1])) for row in rows]
