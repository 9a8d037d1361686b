"""Reads of suppliers for the screens. Columns, not entities."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartSupplier
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.queries.paging import FIRST, Key, Page, cut
from garage.domain.errors.base import NotFound
from garage.french.plain import plain_text

PAGE: Final = 24


def page(session: Session, text: str = "", key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of suppliers by name; a search finds those that are no longer used too."""
    parts = select(func.count()).where(Part.supplier_id == Supplier.id, Part.active).scalar_subquery()
    columns = select(
        Supplier.id, Supplier.name, Supplier.email, Supplier.phone, Supplier.customer_number, Supplier.delivery_days,
        Supplier.active, parts.label("parts"),
    )  # fmt: skip
    found = [Supplier.search_text.contains(word, autoescape=True) for word in plain_text(text).split()]
    columns = columns.where(*found) if found else columns.where(Supplier.active)
    if key.value is not None:
        columns = columns.where(Supplier.name < key.value if key.backwards else Supplier.name > key.value)
    order = Supplier.name.desc() if key.backwards else Supplier.name.asc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.name))


def one(session: Session, supplier_id: int) -> Supplier:
    """One supplier. Raises NotFound."""
    found = session.get(Supplier, supplier_id)
    if found is None:
        raise NotFound("supplier", str(supplier_id))
    return found


def names(session: Session, also: Collection[int | None] = ()) -> list[tuple[int, str]]:
    """Suppliers to choose from by name: those in use, and these."""
    wanted = Supplier.active | Supplier.id.in_([one for one in also if one is not None])
    rows = session.execute(select(Supplier.id, Supplier.name).where(wanted))
    return sorted(((row.id, row.name) for row in rows), key=lambda one: plain_text(one[1]))


def parts(session: Session, supplier_id: int, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of the parts bought from a supplier by reference, with its own reference, price in euros (4) and pack."""
    theirs = and_(PartSupplier.part_id == Part.id, PartSupplier.supplier_id == supplier_id)
    columns = (
        select(
            Part.id, Part.reference, Part.label, Part.unit, Part.on_hand, Part.minimum, Part.active,
            (Part.supplier_id == supplier_id).label("preferred"), PartSupplier.reference.label("their_reference"),
            PartSupplier.price, PartSupplier.pack,
        )
        .outerjoin(PartSupplier, theirs)
        .where(or_(Part.supplier_id == supplier_id, PartSupplier.part_id.is_not(None)))
    )  # fmt: skip
    if key.value is not None:
        columns = columns.where(Part.reference < key.value if key.backwards else Part.reference > key.value)
    order = Part.reference.desc() if key.backwards else Part.reference.asc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.reference))
