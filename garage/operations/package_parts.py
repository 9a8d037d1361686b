"""All the parts of a package put on an order in one tap: those free are issued, the others named (rule S4)."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from garage.db.models.repair_orders import OrderLine
from garage.db.queries import packages
from garage.db.queries import reservations as reserved
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO
from garage.domain.repair_orders import check_writable
from garage.operations import order_lines, repair_orders, stock
from garage.operations.order_lines import Entry


@dataclass(frozen=True, slots=True)
class Short:
    """A part of which there is not enough: wanted, and on hand not kept for other orders, in its unit."""

    label: str
    unit: str
    free: Decimal
    wanted: Decimal


@dataclass(frozen=True, slots=True)
class Taken:
    """What was put on the order, and what was not."""

    lines: tuple[OrderLine, ...]
    short: tuple[Short, ...]


def take_all(session: Session, entry: Entry, work_id: int) -> Taken:
    """Issue what an order still lacks of the parts of a work's package; a part that is short is left whole.

    Raises NotFound, OrderClosed, ImpossibleDay.
    """
    order = repair_orders.locked(session, entry.order)
    check_writable(order.state, order.number, entry.actor.role)
    due = next((due for due in packages.due(session, order.id) if due.work_id == work_id), None)
    if due is None:
        raise NotFound("work", str(work_id))
    lines: list[OrderLine] = []
    short: list[Short] = []
    for part_id, wanted in sorted(due.quantities.items()):
        part = stock.locked(session, part_id)
        free = part.on_hand - reserved.reserved_for_others(session, [part_id], order.id).get(part_id, ZERO)
        if free < wanted:
            short.append(Short(part.label, part.unit, max(free, ZERO), wanted))
        else:
            lines.append(order_lines.add_part(session, entry, part_id, wanted))
    return Taken(tuple(lines), tuple(short))
