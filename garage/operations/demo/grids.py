"""The demonstration's tariff grids, voted by made-up deliberations: one a year, two in the present year.

The first year's prices are those of `data/tariffs.csv`, calibrated so that a year of the demonstration comes near the
2023 receipts of the CAPLD's public report; each later grid adds one step. Not one of them was ever voted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.tariffs import TariffGrid
from garage.domain.permissions import Actor
from garage.domain.tariffs import TariffLine, TariffNature
from garage.operations import tariffs
from garage.operations.demo import sheets

VAT = Decimal("20.00")


@dataclass(frozen=True, slots=True)
class Vote:
    """A grid to come: over [starts_on, ends_on), written and published on these days, so many price steps up."""

    name: str
    starts_on: date
    ends_on: date
    drafted_on: date
    published_on: date
    step: int


def votes(first_year: int, this_year: int) -> Iterator[Vote]:
    """Every grid from the first year to next year's, in order."""
    for year in range(first_year, this_year + 2):
        new_year, end, step = date(year, 1, 1), date(year + 1, 1, 1), 2 * (year - first_year)
        drafted_on, published_on = date(year - 1, 11, 2), date(year - 1, 12, 15)
        if year != this_year:
            yield Vote(f"{year} (fictive)", new_year, end, drafted_on, published_on, step)
            continue
        summer = date(year, 7, 1)
        yield Vote(f"{year} (fictive)", new_year, summer, drafted_on, published_on, step)
        yield Vote(f"{year} juillet (fictive)", summer, end, date(year, 5, 4), date(year, 6, 16), step + 1)


def draft(vote: Vote, actor: Actor, session: Session, now: datetime) -> None:
    """Write a grid."""
    lines = [_line(row, vote.step) for row in sheets.rows("tariffs")]
    tariffs.draft(session, vote.name, (vote.starts_on, vote.ends_on), lines, actor, now)


def publish(vote: Vote, actor: Actor, session: Session, now: datetime) -> None:
    """Publish a grid under its made-up deliberation."""
    grid_id = session.scalars(select(TariffGrid.id).where(TariffGrid.name == vote.name)).one()
    day = vote.published_on
    tariffs.publish(session, grid_id, f"n° {day.year}-{day.month:02d} (fictive)", day, actor, now)


def _line(row: dict[str, str], step: int) -> TariffLine:
    rise = step * Decimal(row["step"])
    return TariffLine(
        code=row["code"],
        label=row["label"],
        nature=TariffNature(row["nature"]),
        unit=row["unit"],
        founder_price=Decimal(row["founder"]) + rise,
        partner_price=Decimal(row["partner"]) + rise,
        vat_rate=VAT,
        article=row["article"],
    )
