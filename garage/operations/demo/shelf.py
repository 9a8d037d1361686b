"""The demonstration's 150 parts, suppliers and two stores; receipts before the shelf is empty. All made up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartEquivalent, PartModel, PartSupplier
from garage.db.models.stock import Part, PartBarcode
from garage.domain.money import round_half_up
from garage.domain.parts import WasteClass
from garage.domain.permissions import Actor
from garage.operations import order_lines, stock, stores, suppliers
from garage.operations.demo import sheets
from garage.operations.order_lines import Entry
from garage.operations.stock import Movement, NewPart
from garage.operations.suppliers import Sheet

# A part that the shelf lacks is bought at once for its order, a little dearer.
_AT_ONCE = Decimal("1.06")
DEPOT, DEPOT_NAME = "DEPOT", "Dépôt fictif de la déchèterie"
# What lies at the depot too: the part, the bin there, how much of its opening stock.
_AT_DEPOT = (
    ("FICT-027", "D1-01", Decimal(208)),
    ("FICT-048", "D2-01", Decimal(4)),
    ("FICT-051", "D2-02", Decimal(4)),
    ("FICT-130", "D3-01", Decimal(2)),
    ("FICT-131", "D3-02", Decimal(2)),
    ("FICT-132", "D3-02", Decimal(3)),
)
_EMPTY_BIN = "D4-01"
_EQUIVALENT = (("FICT-001", "FICT-003"), ("FICT-048", "FICT-049"), ("FICT-063", "FICT-064"), ("FICT-119", "FICT-120"))
_SECOND_SELLER, _DEARER = "Comptoir Fictif du Centre-Finistère", Decimal("1.04")
# One part in so many is sold by a second supplier, or has the barcode of its pack too.
_SOLD_TWICE, _PACKED, _A_PACK = 5, 10, Decimal(12)


@dataclass(slots=True)
class Shelved:
    """A part on the shelf."""

    id: int
    reference: str
    use: str
    cost: Decimal
    minimum: Decimal
    maximum: Decimal
    on_hand: Decimal
    supplier_id: int


class Shelf:
    """What is on hand, kept beside the database so that no question is asked twice."""

    def __init__(self, session: Session, actor: Actor, now: datetime, day: date) -> None:
        self._by_use: dict[str, list[Shelved]] = {}
        self.depot: dict[str, int] = {}  # the bins of the depot by what lies there
        self._suppliers = _meet(session, actor, now)
        for row in sheets.rows("parts"):
            part = self._shelve(session, row, actor, now)
            movement = Movement(day, actor, now, "Stock d’ouverture (fictif)")
            stock.receive(session, part.id, part.on_hand, part.cost, movement)
            self._by_use.setdefault(part.use, []).append(part)
        self._tell_more(session)
        self._fill_depot(session, actor, now, day)

    def _shelve(self, session: Session, row: dict[str, str], actor: Actor, now: datetime) -> Shelved:
        minimum, maximum, cost = Decimal(row["minimum"]), Decimal(row["maximum"]), Decimal(row["cost"])
        new = NewPart(
            reference=row["reference"],
            label=row["label"],
            unit=row["unit"],
            bin=row["bin"],
            minimum=minimum,
            maximum=maximum,
            supplier=row["supplier"],
            barcodes=(row["barcode"],),
        )
        made = stock.create_part(session, new, actor, now)
        made.family = row["family"]
        made.waste = WasteClass(row["waste"]) if row["waste"] else None
        made.deposit = Decimal(row["deposit"]) if row["deposit"] else None
        supplier_id = self._suppliers[row["supplier"]][0]
        return Shelved(made.id, row["reference"], row["use"], cost, minimum, maximum, maximum, supplier_id)

    def _tell_more(self, session: Session) -> None:
        """What each supplier calls a part and sells it for, the code of a pack, what replaces it, where it fits."""
        for place, row in enumerate(sheets.rows("parts")):
            part, number = self[row["reference"]], row["reference"].removeprefix("FICT-")
            pack = _A_PACK if place % _PACKED == 0 else None
            offers = [(row["supplier"], part.cost, pack)]
            if place % _SOLD_TWICE == 0:
                offers.append((_SECOND_SELLER, round_half_up(part.cost * _DEARER, 2), None))
            known = [row["supplier"]]
            for name, price, of in offers:
                supplier_id, prefix = self._suppliers[name]
                known.append(theirs := f"{prefix}-{number}")
                sold = PartSupplier(part_id=part.id, supplier_id=supplier_id, reference=theirs, price=price, pack=of)
                session.add(sold)
            found = stock.search_text(row["reference"], row["label"], " ".join(known))
            session.get_one(Part, part.id).search_text = found
            if pack:
                session.add(PartBarcode(code=f"FICT-CARTON-{number}", part_id=part.id))
        for one, other in _EQUIVALENT:
            session.add(PartEquivalent(part_id=self[one].id, other_id=self[other].id))
        for row in sheets.rows("fits"):
            quantity = Decimal(row["quantity"])
            part_id = self[row["reference"]].id
            session.add(PartModel(part_id=part_id, make=row["make"], model=row["model"], quantity=quantity))
        session.flush()

    def _fill_depot(self, session: Session, actor: Actor, now: datetime, day: date) -> None:
        by = stores.By(actor, now)
        depot = stores.add_store(session, DEPOT, DEPOT_NAME, by)
        stores.add_bin(session, depot.id, _EMPTY_BIN, by)
        for reference, code, quantity in _AT_DEPOT:
            movement = Movement(day, actor, now, "Garni le dépôt (fictif)")
            self.depot[reference] = stores.bin_of(session, code, depot.id)
            stock.transfer(session, self[reference].id, quantity, self.depot[reference], movement)

    def __iter__(self) -> Iterator[Shelved]:
        return (part for kept in self._by_use.values() for part in kept)

    def __getitem__(self, reference: str) -> Shelved:
        return next(part for part in self if part.reference == reference)

    def by_id(self, part_id: int) -> Shelved:
        """One part."""
        return next(part for part in self if part.id == part_id)

    def short(self) -> list[Shelved]:
        """The parts below their minimum."""
        return [part for part in self if part.on_hand < part.minimum]

    def look_again(self, session: Session) -> None:
        """Read what is on hand after something else than a repair moved it."""
        there = {row.id: row.on_hand for row in session.execute(select(Part.id, Part.on_hand))}
        for part in self:
            part.on_hand = there[part.id]

    def fit(self, session: Session, entry: Entry, need: tuple[str, Decimal], variant: int) -> None:
        """Put a part on an order: off the shelf, or bought for it when too few are there."""
        use, quantity = need
        parts = self._by_use[use]
        part = parts[variant % len(parts)]
        if part.on_hand >= quantity:
            order_lines.add_part(session, entry, part.id, quantity)
            part.on_hand -= quantity
        else:
            order_lines.add_bought_part(session, entry, part.id, quantity, round_half_up(part.cost * _AT_ONCE, 2))

    def refill(self, session: Session, movement: Movement, chance: Random) -> None:
        """Receive what fell below its minimum, up to its maximum, at a price that moves a little."""
        for part in self.short():
            part.cost = moved(part.cost, chance)
            quantity = part.maximum - part.on_hand
            stock.receive(session, part.id, quantity, part.cost, movement)
            part.on_hand += quantity


def moved(cost: Decimal, chance: Random) -> Decimal:
    """A price some time later, in euros."""
    rise = Decimal(chance.randint(980, 1030)) / 1000
    return round_half_up(cost * rise, 2 if cost > 10 else 4)


def _meet(session: Session, actor: Actor, now: datetime) -> dict[str, tuple[int, str]]:
    """The suppliers by name: their id, and how their references begin."""
    known = {}
    for row in sheets.rows("suppliers"):
        sheet = Sheet(
            name=row["name"],
            email=row["email"],
            phone=row["phone"],
            address="1 rue Imaginaire\n29000 Ville-Fictive",
            customer_number=row["customer_number"],
            delivery_days=int(row["delivery_days"]),
        )
        known[row["name"]] = (suppliers.create(session, sheet, actor, now).id, row["prefix"])
    return known
