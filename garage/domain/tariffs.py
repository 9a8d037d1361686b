"""The voted tariff grid: which grid covers a day, which line prices a work, what a grid must obey (rules T1 to T3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from garage.domain.collectivities import Category
from garage.domain.errors.base import EndBeforeStart
from garage.domain.errors.tariffs import GridOverlap, GridTouchesBilled, TwoLinesOfNature
from garage.domain.periods import covers, overlap


class GridStatus(StrEnum):
    """A grid is written as a draft, then published and frozen (rule T1)."""

    DRAFT = "draft"
    PUBLISHED = "published"


class TariffNature(StrEnum):
    """What a grid line prices (rule T2)."""

    LABOUR = "labour"
    FLAT = "flat"
    PARTS = "parts"
    EXTERNAL = "external"
    STRUCTURE = "structure"


# Natures whose price is a percentage, at most one line of each in a grid (rule T2).
PERCENT_NATURES = (TariffNature.PARTS, TariffNature.EXTERNAL, TariffNature.STRUCTURE)


@dataclass(frozen=True, slots=True)
class TariffLine:
    """One line of a grid: prices in euros (4 decimals) or percentages (2 decimals), VAT rate in percent."""

    code: str
    label: str
    nature: TariffNature
    unit: str
    founder_price: Decimal
    partner_price: Decimal
    vat_rate: Decimal
    article: str | None = None

    def price(self, category: Category) -> Decimal:
        """The column of a category (rule T3)."""
        return self.founder_price if category is Category.FOUNDER else self.partner_price


@dataclass(frozen=True, slots=True)
class Grid:
    """A published grid over [starts_on, ends_on) with its lines by code."""

    id: int
    name: str
    starts_on: date
    ends_on: date | None
    deliberation: str | None
    deliberated_on: date | None
    lines: Mapping[str, TariffLine]

    def line(self, nature: TariffNature, code: str | None = None) -> TariffLine | None:
        """The line of a code, or for a percent nature the only line of that nature; None when there is none."""
        if nature in PERCENT_NATURES:
            return next((line for line in self.lines.values() if line.nature is nature), None)
        found = self.lines.get(code or "")
        return found if found is not None and found.nature is nature else None


def grid_on(grids: Iterable[Grid], day: date) -> Grid | None:
    """The published grid in force on a day; never another year's (rule T3)."""
    return next((grid for grid in grids if covers(grid.starts_on, grid.ends_on, day)), None)


def check_lines(natures: Iterable[TariffNature]) -> None:
    """Refuse a second line of a percent nature in one grid (rule T2): raises TwoLinesOfNature."""
    seen: set[TariffNature] = set()
    for nature in natures:
        if nature in PERCENT_NATURES and nature in seen:
            raise TwoLinesOfNature(nature)
        seen.add(nature)


def check_publication(
    span: tuple[date, date | None],
    published: Iterable[tuple[str, date, date | None]],
    latest_billed_day: date | None,
) -> None:
    """Refuse to publish a grid that ends before it starts, overlaps another, or reaches a billed day (rule T1).

    Raises EndBeforeStart, GridOverlap, GridTouchesBilled.
    """
    starts_on, ends_on = span
    if ends_on is not None and ends_on <= starts_on:
        raise EndBeforeStart(starts_on, ends_on)
    for name, other_start, other_end in published:
        if overlap(span, (other_start, other_end)):
            raise GridOverlap(name)
    if latest_billed_day is not None and starts_on <= latest_billed_day:
        raise GridTouchesBilled(starts_on, latest_billed_day)
