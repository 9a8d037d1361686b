"""One act on the stock (see `runner`)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.session import Database
from garage.domain.stock import MovementKind
from garage.operations import order_lines, stock, stores
from garage.operations.stock import Movement
from tests.factories import garage as make

MOVED = Movement(date(2026, 10, 1), make.HEAD, make.NOW, "Essai")


def part(session: Session) -> int:
    """The part that everybody wants."""
    return session.scalars(select(Part.id).where(Part.reference == "P1")).one()


def issue(session: Session) -> None:
    """Out of two bins when it comes first, to an order."""
    order = session.scalars(select(RepairOrder).order_by(RepairOrder.id)).first()
    assert order
    wanted = Decimal(12) if stock.balance(session, part(session)).on_hand == 15 else Decimal(1)
    order_lines.add_part(session, make.entry(order, date(2026, 10, 1)), part(session), wanted)


def transfer(session: Session) -> None:
    """From no bin to bin A."""
    stock.transfer(session, part(session), Decimal(3), stores.bin_of(session, "A"), MOVED)


def correct(session: Session) -> None:
    """Another price for the first receipt."""
    received = select(StockMovement.id).where(StockMovement.kind == MovementKind.RECEIPT)
    stock.correct_price(session, session.scalars(received.order_by(StockMovement.id)).first() or 0, Decimal(13), MOVED)


ACTS: dict[str, Callable[..., Any]] = {"issue": issue, "transfer": transfer, "correct": correct}


def main(url: str, act: str) -> None:
    """Do it once."""
    with Database(url).transaction() as session:
        ACTS[act](session)
