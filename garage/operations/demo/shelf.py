"""The demonstration's 150 parts: opening stock, receipts before the shelf is empty. Suppliers are made up."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from garage.domain.money import round_half_up
from garage.domain.permissions import Actor
from garage.operations import order_lines, stock
from garage.operations.demo import sheets
from garage.operations.order_lines import Entry
from garage.operations.stock import Movement, NewPart

# A part that the shelf lacks is bought at once for its order, a little dearer.
_AT_ONCE = Decimal("1.06")


@dataclass(slots=True)
class Shelved:
    """A part on the shelf."""

    id: int
    use: str
    cost: Decimal
    minimum: Decimal
    maximum: Decimal
    on_hand: Decimal


class Shelf:
    """What is on hand, kept beside the database so that no question is asked twice."""

    def __init__(self, session: Session, actor: Actor, now: datetime, day: date) -> None:
        self._by_use: dict[str, list[Shelved]] = {}
        for row in sheets.rows("parts"):
            part = self._shelve(session, row, actor, now)
            movement = Movement(day, actor, now, "Stock d’ouverture (fictif)")
            stock.receive(session, part.id, part.on_hand, part.cost, movement)
            self._by_use.setdefault(part.use, []).append(part)

    @staticmethod
    def _shelve(session: Session, row: dict[str, str], actor: Actor, now: datetime) -> Shelved:
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
        part = stock.create_part(session, new, actor, now)
        return Shelved(part.id, row["use"], cost, minimum, maximum, maximum)

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
        for parts in self._by_use.values():
            for part in parts:
                if part.on_hand >= part.minimum:
                    continue
                rise = Decimal(chance.randint(980, 1030)) / 1000
                part.cost = round_half_up(part.cost * rise, 2 if part.cost > 10 else 4)
                quantity = part.maximum - part.on_hand
                stock.receive(session, part.id, quantity, part.cost, movement)
                part.on_hand += quantity
