"""Suppliers: known by name, created, changed (rule S1)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.queries.paging import AnyRow
from garage.db.session import taken
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.parts import SupplierKnown
from garage.domain.errors.supplier_invoices import UnknownSupplier
from garage.domain.permissions import Actor
from garage.domain.users import read_email
from garage.french.plain import plain_text
from garage.operations import journal


@dataclass(frozen=True, slots=True)
class Sheet:
    """A supplier as it is entered; `delivery_days` is how long it usually takes."""

    name: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    customer_number: str | None = None
    delivery_days: int | None = None
    active: bool = True


def named(session: Session, name: str, now: datetime) -> int:
    """The id of a supplier by its name, case and accents apart, made when it is new."""
    known = session.scalar(select(Supplier.id).where(Supplier.name == name))
    if known is None:
        known = next((row.id for row in _alike(session, name)), None)
    if known is not None:
        return known
    made = Supplier(name=name, search_text=plain_text(name)[:300], created_at=now)
    session.add(made)
    session.flush()
    return made.id


def known(session: Session, name: str) -> int:
    """The id of a supplier by its name, case and accents apart. Raises UnknownSupplier with the nearest name."""
    found = _alike(session, name)
    if found:
        return int(found[0].id)
    names = {plain_text(one): one for one in session.scalars(select(Supplier.name).where(Supplier.active))}
    told = plain_text(name)
    near = get_close_matches(told, names, n=1) or sorted((one for one in names if told and told in one), key=len)
    raise UnknownSupplier(name, names[near[0]] if near else None)


def create(session: Session, sheet: Sheet, actor: Actor, now: datetime) -> Supplier:
    """A new supplier. Raises SupplierKnown, BadEmail."""
    read = _read(session, sheet, None)
    made = Supplier(**read, search_text=search_text(read), created_at=now)
    with taken(session, lambda: SupplierKnown(sheet.name)):
        session.add(made)
    journal.record(session, actor, "supplier.create", ("suppliers", made.name), data={}, now=now)
    return made


def change(session: Session, supplier_id: int, sheet: Sheet, version: int, by: tuple[Actor, datetime]) -> Supplier:
    """Change a supplier, having seen its version; parts keep it, and are found under its new name.

    Raises NotFound, Conflict, SupplierKnown, BadEmail.
    """
    row = session.get(Supplier, supplier_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFound("supplier", str(supplier_id))
    if row.version != version:
        raise Conflict("supplier")
    read = _read(session, sheet, row.id)
    changes = {name: [getattr(row, name), value] for name, value in read.items() if getattr(row, name) != value}
    if not changes:
        return row
    old = row.name
    with taken(session, lambda: SupplierKnown(sheet.name)):
        for name, value in read.items():
            setattr(row, name, value)
        row.search_text = search_text(read)
        row.version += 1
    if row.name != old:
        _rename_in_parts(session, row.id, plain_text(old), plain_text(row.name))
    actor, now = by
    journal.record(session, actor, "supplier.change", ("suppliers", row.name), data={"changes": changes}, now=now)
    return row


def _read(session: Session, sheet: Sheet, supplier_id: int | None) -> dict[str, Any]:
    """Every column as it is kept; names are told apart without case or accents."""
    for row in _alike(session, sheet.name):
        if row.id != supplier_id:
            raise SupplierKnown(row.name)
    return asdict(sheet) | {"email": read_email(sheet.email) if sheet.email else None}


def _alike(session: Session, name: str) -> list[AnyRow]:
    """The suppliers of that name, case and accents apart, the first made first."""
    wanted = plain_text(name)
    rows = session.execute(select(Supplier.id, Supplier.name).order_by(Supplier.id))
    return [row for row in rows if plain_text(row.name) == wanted]


def search_text(told: Mapping[str, Any]) -> str:
    """What the search of suppliers looks in: name, customer number, e-mail."""
    return plain_text(f"{told['name']} {told['customer_number'] or ''} {told['email'] or ''}")[:300]


def _rename_in_parts(session: Session, supplier_id: int, old: str, new: str) -> None:
    for part in session.scalars(select(Part).where(Part.supplier_id == supplier_id).order_by(Part.id)):
        part.search_text = part.search_text.replace(old, new, 1)[:300]
    session.flush()
