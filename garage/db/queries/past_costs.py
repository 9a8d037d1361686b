"""What a part cost on a past day, when goods came at a price since (rules S3, S6)."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from garage.db.models.stock import StockMovement
from garage.domain.stock import MovementKind

# What moves the average.
_PRICED: Final = (MovementKind.RECEIPT, MovementKind.RETURN, MovementKind.PRICE)


def average_on(
    part_id: SQLCoreOperations[int] | int, day: SQLCoreOperations[date] | date
) -> ScalarSelect[Decimal | None]:
    """The average of a part before the first goods or price dated after a day; nothing when none came since."""
    later, before = aliased(StockMovement), aliased(StockMovement)
    priced: Any = later.kind.in_(_PRICED)
    first = (
        select(func.min(later.id))
        .where(later.part_id == part_id, later.moved_on > day, priced, later.through.is_(False))
        .correlate_except(later)
        .scalar_subquery()
    )
    return (
        select(before.average_cost)
        .where(before.part_id == part_id, before.id < first)
        .order_by(before.id.desc())
        .limit(1)
        .correlate_except(before)
        .scalar_subquery()
    )
