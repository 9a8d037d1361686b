"""Reads of the stock for the screens: parts by key, one part, its movements. Columns, not entities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, PartBarcode, StockMovement
from garage.db.models.suppliers import Supplier
from garage.db.models.users import User
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, id_of
from garage.domain.errors.base import NotFound
from garage.domain.tags import read
from garage.french.plain import plain_text

PAGE: Final = 24


@dataclass(frozen=True, slots=True)
class PartFilter:
    """What a list of parts is asked for: words, reference or barcode; what is under its minimum; a family; retired."""

    text: str = ""
    to_order: bool = False
    family: str = ""
    retired: bool = False


def listed() -> AnySelect:
    """The columns of a part, with what is on hand and its weighted average cost."""
    return select(
        Part.id, Part.reference, Part.label, Part.unit, Part.bin, Part.minimum, Part.maximum, Part.supplier,
        Part.on_hand, Part.average_cost, Part.value, Part.active, Part.family, Part.waste, Part.deposit, Part.photo,
        Part.bin_id, Part.supplier_id,
    )  # fmt: skip


def page(session: Session, wanted: PartFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of parts by reference."""
    columns = listed().where(matching(wanted.text), Part.active.is_(not wanted.retired))
    if wanted.to_order:
        columns = columns.where(Part.on_hand < Part.minimum)
    if wanted.family:
        columns = columns.where(Part.family == wanted.family)
    if key.value is not None:
        columns = columns.where(Part.reference < key.value if key.backwards else Part.reference > key.value)
    order = Part.reference.desc() if key.backwards else Part.reference.asc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.reference))


def matching(text: str) -> ColumnElement[bool]:
    """Parts whose barcode is a text, or whose reference, label and supplier hold its words, accents apart."""
    words = plain_text(text).split()
    if not words:
        return true()
    scanned = select(PartBarcode.part_id).where(PartBarcode.code == text.strip())
    return and_(*(Part.search_text.contains(word, autoescape=True) for word in words)) | Part.id.in_(scanned)


def search(session: Session, text: str, size: int) -> Sequence[AnyRow]:
    """The first active parts of a search, the one whose barcode or reference it is before the others."""
    scanned = select(PartBarcode.part_id).where(PartBarcode.code == text.strip())
    exact = Part.id.in_(scanned) | (func.upper(Part.reference) == text.strip().upper())
    found = listed().where(matching(text), Part.active)
    return session.execute(found.order_by(exact.desc(), Part.reference).limit(size)).all()


def meant(session: Session, reference: str, but: int = 0) -> int | None:
    """The part, `but` one, that has this reference in any case or this barcode; the very same letters first."""
    scanned = select(PartBarcode.part_id).where(PartBarcode.code.in_(read(reference).codes))
    same = Part.reference == reference
    known = Part.id.in_(scanned) | (func.upper(Part.reference) == reference.upper()) | same
    return session.scalar(select(Part.id).where(known, Part.id != but).order_by(same.desc(), Part.id).limit(1))


def some(session: Session, ids: Sequence[int]) -> list[AnyRow]:
    """These parts, in this order."""
    rows = {row.id: row for row in session.execute(listed().where(Part.id.in_(ids)))}
    return [rows[part] for part in ids if part in rows]


def part(session: Session, reference: str) -> AnyRow:
    """One part. Raises NotFound."""
    row = (
        session.execute(listed().where(Part.reference == reference)).one_or_none() if reference.isprintable() else None
    )
    if row is None:
        raise NotFound("part", reference)
    return row


def barcodes(session: Session, part_id: int) -> Sequence[str]:
    """The barcodes that lead to a part."""
    return session.scalars(
        select(PartBarcode.code).where(PartBarcode.part_id == part_id).order_by(PartBarcode.code)
    ).all()


def movements(session: Session, part_id: int, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of a part's movements, the latest first, with the running quantity."""
    columns = (
        select(
            StockMovement.id, StockMovement.kind, StockMovement.quantity, StockMovement.unit_cost,
            StockMovement.average_cost, StockMovement.on_hand, StockMovement.value_change, StockMovement.moved_on,
            StockMovement.reason, StockMovement.forced,
            StockMovement.recorded_at, StockMovement.through, StockMovement.variance, User.name.label("actor"),
            RepairOrder.number.label("order_number"), GoodsReceipt.id.label("receipt_id"), GoodsReceipt.delivery_note,
            Supplier.name.label("supplier"),
        )
        .outerjoin(User, User.id == StockMovement.actor_id)
        .outerjoin(OrderLine, OrderLine.id == StockMovement.order_line_id)
        .outerjoin(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .outerjoin(ReceiptLine, ReceiptLine.id == StockMovement.receipt_line_id)
        .outerjoin(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
        .outerjoin(Supplier, Supplier.id == GoodsReceipt.supplier_id)
        .where(StockMovement.part_id == part_id)
    )  # fmt: skip
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(StockMovement.id > bound if key.backwards else StockMovement.id < bound)
    order = StockMovement.id.asc() if key.backwards else StockMovement.id.desc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


def last_movement(session: Session, part_id: int) -> int:
    """The id of the latest movement of a part, 0 before the first."""
    return session.scalar(select(func.max(StockMovement.id)).where(StockMovement.part_id == part_id)) or 0
