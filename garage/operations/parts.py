"""The catalogue of parts: create, change, retire and put back, give a photo (rule S1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartEquivalent, PartModel, PartSupplier
from garage.db.models.stock import Part, PartBarcode, StockMovement
from garage.db.models.suppliers import Supplier
from garage.db.queries import parts as queries
from garage.db.queries import tags
from garage.db.queries.stock import meant
from garage.db.session import taken
from garage.domain.devices import badge_code
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.parts import (
    BadDeposit,
    BadLevel,
    BadReference,
    BarcodeTaken,
    MaximumBelowMinimum,
    OwnEquivalent,
    PartKept,
    ReferenceTaken,
    SoldTwice,
    StillNeeded,
    StillOnHand,
    UnitKept,
    UnknownEquivalent,
)
from garage.domain.errors.stock import BadCost
from garage.domain.errors.tags import UnusableCode
from garage.domain.parts import WasteClass, addressable
from garage.domain.permissions import Actor
from garage.domain.tags import Thing, code_to_keep
from garage.french.plain import plain_text
from garage.operations import journal, stock_totals, stores
from garage.operations.bought_parts import OFF_STOCK
from garage.operations.stores import Place

_MOST: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Sold:
    """A supplier that sells the part: its own reference, last price in euros (4 decimals), pack (3 decimals)."""

    supplier_id: int
    reference: str | None = None
    price: Decimal | None = None
    pack: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Fits:
    """A model that the part fits, the whole make without one, and how much a job takes of it (3 decimals)."""

    make: str
    model: str = ""
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A part as it is entered (rule S1); `deposit` is the consigne of one unit in euros."""

    reference: str
    label: str
    unit: str = "u"
    family: str | None = None
    place: Place | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    supplier_id: int | None = None
    waste: WasteClass | None = None
    deposit: Decimal | None = None
    barcodes: tuple[str, ...] = ()
    sold: tuple[Sold, ...] = ()
    equivalents: tuple[str, ...] = ()
    models: tuple[Fits, ...] = ()


def create(session: Session, content: Content, actor: Actor, now: datetime) -> Part:
    """A new part.

    Raises BadReference, ReferenceTaken, BarcodeTaken, UnusableCode, UnknownBin, BinClosed, StoreClosed, BadLevel,
    MaximumBelowMinimum, BadDeposit, BadCost, SoldTwice, UnknownEquivalent, OwnEquivalent, NotFound for a supplier.
    """
    _check(content)
    _check_reference(session, content.reference, None)
    others = _equivalents(session, content)
    part = Part(reference=content.reference, label=content.label, search_text="", unit=content.unit)
    with taken(session, lambda: ReferenceTaken(content.reference)):
        session.add(part)
    _fill(session, part, content, others)
    data = {"label": part.label}
    journal.record(session, actor, "part.create", ("parts", part.reference), data=data, now=now)
    return part


def change(session: Session, reference: str, content: Content, seen: str, by: tuple[Actor, datetime]) -> Part:
    """Change a part, having `seen` its fingerprint; the journal keeps what was before and after.

    A part that changes family takes its value with it, day by day (rule S6). Raises NotFound, Conflict when somebody
    changed it meanwhile, UnitKept once it moved, PartKept, and what `create` raises.
    """
    _check(content)
    others = _equivalents(session, content)
    stock_totals.hold_family(session, reference, content.family)
    part = _locked(session, reference, others)
    before = queries.state(session, part)
    if queries.fingerprint(session, part) != seen:
        raise Conflict("part")
    _check_reference(session, content.reference, part)
    if content.unit != part.unit and _moved(session, part.id):
        raise UnitKept(part.reference, part.unit)
    stock_totals.change_family(session, part.id, part.family, content.family or None)
    with taken(session, lambda: ReferenceTaken(content.reference)):
        part.reference, part.label, part.unit = content.reference, content.label, content.unit
    _fill(session, part, content, others)
    after = queries.state(session, part)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changes:
        actor, now = by
        journal.record(session, actor, "part.change", ("parts", part.reference), data={"changes": changes}, now=now)
    return part


def retire(session: Session, reference: str, actor: Actor, now: datetime, *, active: bool = False) -> None:
    """Take a part that nothing holds any more out of lists and searches, or put it back; asked twice it is done once.

    Raises NotFound, PartKept, StillOnHand, StillNeeded.
    """
    part = _locked(session, reference, [])
    if part.active is active:
        return
    if not active and part.reference == OFF_STOCK:
        raise PartKept(part.reference)
    if not active and part.on_hand:
        raise StillOnHand(part.reference, part.on_hand)
    if not active and (holders := queries.holders(session, part.id)):
        raise StillNeeded(part.reference, tuple(holders))
    part.active = active
    session.flush()
    action = "part.restore" if active else "part.retire"
    journal.record(session, actor, action, ("parts", part.reference), data={}, now=now)


def show(session: Session, reference: str, photo: str | None, actor: Actor, now: datetime) -> None:
    """Give a part its photo, by the SHA-256 of its file, or none. Raises NotFound."""
    part = _locked(session, reference, [])
    if part.photo == photo:
        return
    data = {"from": part.photo, "to": photo}
    part.photo = photo
    session.flush()
    journal.record(session, actor, "part.photo", ("parts", part.reference), data=data, now=now)


def search_text(session: Session, part: Part) -> str:
    """What the search of parts looks in: reference, label, supplier, their references."""
    supplier = session.get(Supplier, part.supplier_id) if part.supplier_id else None
    theirs = [one.reference or "" for one in queries.sold(session, part.id)]
    words = (part.reference, part.label, supplier.name if supplier else "", *theirs)
    return plain_text(" ".join(words))[:300]


def _check(content: Content) -> None:
    """What the entered values say by themselves."""
    levels = [(content.minimum, "minimum"), (content.maximum, "maximum")]
    amounts = [(one.pack, "sold") for one in content.sold] + [(one.quantity, "models") for one in content.models]
    wrong = [(n, name) for n, name in levels if n is not None and not 0 <= n < _MOST]
    wrong += [(n, name) for n, name in amounts if n is not None and not 0 < n < _MOST]
    if wrong:
        raise BadLevel(*wrong[0])
    if content.minimum is not None and content.maximum is not None and content.maximum < content.minimum:
        raise MaximumBelowMinimum(content.minimum, content.maximum)
    if content.deposit is not None and not 0 < content.deposit < _MOST:
        raise BadDeposit(content.deposit, _MOST)
    prices = [one.price for one in content.sold if one.price is not None]
    if beyond := [price for price in prices if not 0 <= price < _MOST]:
        raise BadCost(beyond[0])


def _check_reference(session: Session, reference: str, part: Part | None) -> None:
    if part is not None and part.reference == OFF_STOCK != reference:
        raise PartKept(part.reference)
    if part is not None and part.reference == reference:
        return
    if not addressable(reference):
        raise BadReference(reference)
    if meant(session, reference, part.id if part else 0) is not None:
        raise ReferenceTaken(reference)


def _equivalents(session: Session, content: Content) -> list[int]:
    """Ids of the parts told as equivalents, each once."""
    found: set[int] = set()
    for reference in content.equivalents:
        if reference == content.reference:
            raise OwnEquivalent(reference)
        other = session.scalar(select(Part.id).where(Part.reference == reference))
        if other is None:
            raise UnknownEquivalent(reference)
        found.add(other)
    return sorted(found)


def _locked(session: Session, reference: str, others: Iterable[int]) -> Part:
    """The part, locked together with those it will be tied to, in the order of their ids."""
    part_id = session.scalar(select(Part.id).where(Part.reference == reference))
    if part_id is None:
        raise NotFound("part", reference)
    rows = session.scalars(
        select(Part).where(Part.id.in_({part_id, *others})).order_by(Part.id).with_for_update(key_share=True),
        execution_options={"populate_existing": True},
    )
    return next(row for row in rows.all() if row.id == part_id)


def _moved(session: Session, part_id: int) -> bool:
    return session.scalar(select(StockMovement.id).where(StockMovement.part_id == part_id).limit(1)) is not None


def _fill(session: Session, part: Part, content: Content, others: list[int]) -> None:
    """Write all but reference, label and unit."""
    for one in {content.supplier_id, *(row.supplier_id for row in content.sold)} - {None}:
        if session.get(Supplier, one) is None:
            raise NotFound("supplier", str(one))
    part.family, part.waste, part.deposit = content.family or None, content.waste, content.deposit
    part.minimum, part.maximum, part.supplier_id = content.minimum, content.maximum, content.supplier_id
    part.bin_id = stores.place(session, content.place) if content.place else None
    _write_codes(session, part, content)
    _write_sold(session, part, content)
    mine = or_(PartEquivalent.part_id == part.id, PartEquivalent.other_id == part.id)
    session.execute(delete(PartEquivalent).where(mine))
    if part.id in others:
        raise OwnEquivalent(part.reference)
    session.add_all(PartEquivalent(part_id=min(part.id, one), other_id=max(part.id, one)) for one in others)
    session.execute(delete(PartModel).where(PartModel.part_id == part.id))
    fits = {queries.known_model(session, one.make, one.model): one.quantity for one in content.models}
    session.add_all(PartModel(part_id=part.id, make=make, model=model, quantity=n) for (make, model), n in fits.items())
    session.flush()
    session.refresh(part)
    part.search_text = search_text(session, part)
    session.flush()


def _write_codes(session: Session, part: Part, content: Content) -> None:
    """Codes that the part has stay as they are; a new one is kept as a scanner reads it, and leads nowhere else yet."""
    known = set(session.scalars(select(PartBarcode.code).where(PartBarcode.part_id == part.id)))
    told = {code if code in known else _new_code(session, part, code) for code in content.barcodes}
    with taken(session, lambda: _taken_code(session, told)):
        session.add_all(PartBarcode(code=code, part_id=part.id) for code in told - known)
    session.execute(delete(PartBarcode).where(PartBarcode.part_id == part.id, PartBarcode.code.in_(known - told)))


def _new_code(session: Session, part: Part, text: str) -> str:
    code = code_to_keep(text)
    if badge_code(code):
        raise UnusableCode("")
    for found in tags.resolve(session, text):
        if (found.thing, found.id) != (Thing.PART, part.id):
            raise BarcodeTaken(code, found.title)
    return code


def _taken_code(session: Session, told: set[str]) -> BarcodeTaken:
    owners = select(PartBarcode.code, Part.label).join(Part, Part.id == PartBarcode.part_id)
    row = session.execute(owners.where(PartBarcode.code.in_(told)).limit(1)).one()
    return BarcodeTaken(row.code, row.label)


def _write_sold(session: Session, part: Part, content: Content) -> None:
    session.execute(delete(PartSupplier).where(PartSupplier.part_id == part.id))
    seen: set[int] = set()
    for one in content.sold:
        if one.supplier_id in seen:
            raise SoldTwice(session.get_one(Supplier, one.supplier_id).name)
        seen.add(one.supplier_id)
        session.add(
            PartSupplier(
                part_id=part.id, supplier_id=one.supplier_id, reference=one.reference, price=one.price, pack=one.pack
            )
        )
