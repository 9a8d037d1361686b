"""Reads of the catalogue: all that is known of a part beside its movements, and where it fits (rule S1)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.part_requests import Reservation
from garage.db.models.parts import CoreDeposit, PartEquivalent, PartModel, PartSupplier
from garage.db.models.purchases import PurchaseLine, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Bin, BinStock, Part, PartBarcode, Store
from garage.db.models.suppliers import Supplier
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import AnyRow
from garage.db.queries.stock import listed
from garage.domain.counts import CountState
from garage.domain.errors.base import NotFound
from garage.domain.parts import DepositState
from garage.domain.purchases import PurchaseState
from garage.domain.repair_orders import WORK_LEFT
from garage.french.plain import plain_text

_OPEN: Final = (DepositState.OWED, DepositState.SENT)


@dataclass(frozen=True, slots=True)
class About:
    """What the page of a part tells beside its movements; equivalents come with their own stock."""

    bins: Sequence[AnyRow]
    sold: Sequence[AnyRow]
    equivalents: Sequence[AnyRow]
    models: Sequence[AnyRow]
    deposits: int


def entity(session: Session, reference: str) -> Part:
    """One part as a whole. Raises NotFound."""
    found = session.scalar(select(Part).where(Part.reference == reference)) if reference.isprintable() else None
    if found is None:
        raise NotFound("part", reference)
    return found


def about(session: Session, part_id: int) -> About:
    """All of it."""
    still = select(CoreDeposit.id).where(CoreDeposit.part_id == part_id, CoreDeposit.state.in_(_OPEN))
    return About(
        bins=bins(session, part_id),
        sold=sold(session, part_id),
        equivalents=session.execute(
            listed().where(Part.id.in_(equivalents(session, part_id))).order_by(Part.reference)
        ).all(),
        models=models(session, part_id),
        deposits=len(session.scalars(still).all()),
    )


def bins(session: Session, part_id: int) -> Sequence[AnyRow]:
    """The bins that hold a part, or miss some of it, with the quantity (3 decimals)."""
    held = (
        select(Bin.id, Bin.code, Store.name.label("store"), Store.id.label("store_id"), BinStock.quantity)
        .join(Bin, Bin.id == BinStock.bin_id)
        .join(Store, Store.id == Bin.store_id)
        .where(BinStock.part_id == part_id, BinStock.quantity != Decimal(0))
    )
    return session.execute(held.order_by(Store.id, Bin.code)).all()


def sold(session: Session, part_id: int) -> Sequence[AnyRow]:
    """Who sells a part, under which reference, last at which price in euros (4 decimals), by packs of how many."""
    rows = (
        select(PartSupplier.supplier_id, Supplier.name, PartSupplier.reference, PartSupplier.price, PartSupplier.pack)
        .join(Supplier, Supplier.id == PartSupplier.supplier_id)
        .where(PartSupplier.part_id == part_id)
    )
    return session.execute(rows.order_by(Supplier.name)).all()


def equivalents(session: Session, part_id: int) -> list[int]:
    """Ids of the parts that replace one, told from either side."""
    pairs = select(PartEquivalent.part_id, PartEquivalent.other_id).where(
        or_(PartEquivalent.part_id == part_id, PartEquivalent.other_id == part_id)
    )
    return [row.other_id if row.part_id == part_id else row.part_id for row in session.execute(pairs)]


def models(session: Session, part_id: int) -> Sequence[AnyRow]:
    """The models that a part fits, and how much one job takes of it; no model means the whole make."""
    rows = select(PartModel.make, PartModel.model, PartModel.quantity).where(PartModel.part_id == part_id)
    return session.execute(rows.order_by(PartModel.make, PartModel.model)).all()


def state(session: Session, part: Part) -> dict[str, Any]:
    """What is entered of a part as plain values, for the journal and to see that nobody else changed it."""
    references = select(Part.reference).where(Part.id.in_(equivalents(session, part.id))).order_by(Part.reference)
    codes = select(PartBarcode.code).where(PartBarcode.part_id == part.id).order_by(PartBarcode.code)
    where = session.execute(
        select(Store.name, Bin.code).join(Bin, Bin.store_id == Store.id).where(Bin.id == part.bin_id)
    ).one_or_none()
    return {
        "reference": part.reference,
        "label": part.label,
        "unit": part.unit,
        "family": part.family,
        "bin": f"{where.code} ({where.name})" if where else None,
        "minimum": _text(part.minimum),
        "maximum": _text(part.maximum),
        "supplier": session.scalar(select(Supplier.name).where(Supplier.id == part.supplier_id)),
        "waste": part.waste.value if part.waste else None,
        "deposit": _text(part.deposit),
        "barcodes": list(session.scalars(codes)),
        "sold": [
            " ".join(filter(None, (one.name, one.reference, _text(one.price), one.pack and f"× {one.pack}")))
            for one in sold(session, part.id)
        ],
        "equivalents": list(session.scalars(references)),
        "models": [
            " ".join(filter(None, (one.make, one.model, _text(one.quantity)))) for one in models(session, part.id)
        ],
    }


def fingerprint(session: Session, part: Part) -> str:
    """What changes when anything of `state` does."""
    text = json.dumps([state(session, part), part.active], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


def families(session: Session) -> list[str]:
    """The families that parts have, by name."""
    known = session.scalars(select(Part.family).where(Part.family.is_not(None)).distinct())
    return sorted((str(one) for one in known), key=plain_text)


def fitting(session: Session, vehicle_id: int | None, most: int) -> dict[int, Decimal | None]:
    """Ids of the active parts told to fit a vehicle's model or its whole make, with the usual quantity (rule S1).

    Those of the very model come first; makes and models are compared without case or accents.
    """
    mine = session.get(Vehicle, vehicle_id) if vehicle_id is not None else None
    make = plain_text(mine.make or "") if mine else ""
    if mine is None or not make:
        return {}
    alike = {"", plain_text(mine.model or "")}
    known = session.execute(select(PartModel.make, PartModel.model).distinct())
    named = [(row.make, row.model) for row in known if plain_text(row.make) == make and plain_text(row.model) in alike]
    if not named:
        return {}
    wanted = or_(*(and_(PartModel.make == one, PartModel.model == two) for one, two in named))
    rows = session.execute(
        select(PartModel.part_id, PartModel.quantity)
        .join(Part, Part.id == PartModel.part_id)
        .where(wanted, Part.active)
        .order_by(PartModel.model == "", Part.reference)
        .limit(most)
    )
    found: dict[int, Decimal | None] = {}
    for row in rows:
        found.setdefault(row.part_id, row.quantity)
    return found


def known_model(session: Session, make: str, model: str) -> tuple[str, str]:
    """A make and model as the fleet spells them, as they are typed when no vehicle has them."""
    for row in session.execute(select(Vehicle.make, Vehicle.model).where(Vehicle.make.is_not(None)).distinct()):
        if plain_text(row.make) == plain_text(make) and plain_text(row.model or "") == plain_text(model):
            return row.make, row.model or ""
    return make, model


def holders(session: Session, part_id: int) -> list[str]:
    """The numbers of what holds a part: counts not approved, orders from which it is to come, orders that it is kept
    for.
    """
    came = (
        select(func.coalesce(func.sum(ReceiptLine.quantity), Decimal(0)))
        .where(ReceiptLine.purchase_line_id == PurchaseLine.id)
        .correlate(PurchaseLine)
        .scalar_subquery()
    )
    counts = (
        select(StockCount.number)
        .join(CountLine, CountLine.count_id == StockCount.id)
        .where(CountLine.part_id == part_id, StockCount.state.in_((CountState.COUNTING, CountState.TO_APPROVE)))
    )
    orders = (
        select(PurchaseOrder.number)
        .join(PurchaseLine, PurchaseLine.purchase_order_id == PurchaseOrder.id)
        .where(
            PurchaseLine.part_id == part_id,
            PurchaseOrder.state.in_((PurchaseState.DRAFT, PurchaseState.ORDERED)),
            PurchaseLine.quantity - PurchaseLine.cancelled > came,
        )
    )
    kept = (
        select(RepairOrder.number)
        .join(Reservation, Reservation.repair_order_id == RepairOrder.id)
        .where(Reservation.part_id == part_id, RepairOrder.state.in_(WORK_LEFT))
    )
    return [number for wanted in (counts, orders, kept) for number in sorted(set(session.scalars(wanted)))]
