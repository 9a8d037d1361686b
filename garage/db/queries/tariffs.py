"""Reads of tariff grids as frozen values."""

from collections import defaultdict
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.invoices import InvoiceLine
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.domain.tariffs import Grid, GridStatus, TariffLine

_LINES = select(*TariffGridLine.__table__.columns)
_GRIDS = (
    select(*TariffGrid.__table__.columns)
    .where(TariffGrid.status == GridStatus.PUBLISHED)
    .order_by(TariffGrid.starts_on)
)


def published_grids(session: Session) -> tuple[Grid, ...]:
    """Every published grid with its lines, by first day."""
    lines: dict[int, dict[str, TariffLine]] = defaultdict(dict)
    for row in session.execute(_LINES):
        lines[row.grid_id][row.code] = TariffLine(
            row.code, row.label, row.nature, row.unit, row.founder_price, row.partner_price, row.vat_rate, row.article
        )
    return tuple(
        Grid(row.id, row.name, row.starts_on, row.ends_on, row.deliberation, row.deliberated_on, lines[row.id])
        for row in session.execute(_GRIDS)
    )


def latest_billed_day(session: Session) -> date | None:
    """The latest day of a billed line (rule T1)."""
    return session.scalar(select(func.max(InvoiceLine.done_on)))
