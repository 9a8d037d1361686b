"""A part bought for one order, put in the catalogue when its reference is new (rule S2)."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from garage.db.models.repair_orders import OrderLine
from garage.db.queries import stock as queries
from garage.operations import order_lines, stock
from garage.operations.order_lines import Entry
from garage.operations.stock import NewPart

# What is bought once and has no reference is told by the words of its line.
OFF_STOCK: Final = "HORS-STOCK"


def add(session: Session, entry: Entry, bought: NewPart, quantity: Decimal, cost: Decimal | None) -> OrderLine:
    """A line for a bought part at its unit cost in euros, None when the head will say it; the stock does not move.

    A reference in another case, or a barcode, is that of the part that has it.

    Raises NotFound, OrderClosed, ImpossibleDay, BadQuantity, BadCost.
    """
    if not bought.reference:
        entry = replace(entry, label=bought.label)
        bought = NewPart(OFF_STOCK, "Pièce hors stock")
    part_id = queries.meant(session, bought.reference)
    if part_id is None:
        part_id = stock.create_part(session, bought, entry.actor, entry.now).id
    return order_lines.add_bought_part(session, entry, part_id, quantity, cost)
