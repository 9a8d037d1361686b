"""A quarter beside the same quarter a year before, collectivity by collectivity: issued bills less credits."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from garage.db.queries import invoices
from garage.domain.money import HUNDRED, ZERO, round_half_up
from garage.domain.periods import Quarter
from garage.french import formats
from garage.web.drafts import Prepared

_DRAWN = 6


@dataclass(frozen=True, slots=True)
class Compared:
    """Euros with VAT: what is issued and to be issued for the quarter, and what was issued a year before."""

    code: str
    name: str
    now: Decimal
    before: Decimal

    @property
    def change(self) -> Decimal:
        return self.now - self.before

    @property
    def percent(self) -> Decimal | None:
        """The change in percent, one decimal; None where nothing was billed a year before."""
        return round_half_up(self.change * HUNDRED / self.before, 1) if self.before > 0 else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two quarters, by collectivity's code."""

    quarter: Quarter
    year_before: Quarter
    rows: tuple[Compared, ...]

    @property
    def now(self) -> Decimal:
        return sum((row.now for row in self.rows), ZERO)

    @property
    def before(self) -> Decimal:
        return sum((row.before for row in self.rows), ZERO)

    def bars(self) -> list[tuple[str, Decimal, str]]:
        """Two bars for each of the greatest collectivities: label, length, amount."""
        ranked = sorted(self.rows, key=lambda row: (-max(row.now, row.before), row.code))[:_DRAWN]
        return [
            (f"{row.name}, {quarter.year}", max(amount, ZERO), formats.euros(amount))
            for row in ranked
            for quarter, amount in ((self.quarter, row.now), (self.year_before, row.before))
        ]


def compare(session: Session, prepared: Prepared) -> Comparison:
    """What was issued and is prepared for the quarter, beside the same quarter of last year."""
    year_before = Quarter(prepared.quarter.year - 1, prepared.quarter.number)
    now, before = (invoices.gross_by_collectivity(session, one) for one in (prepared.quarter, year_before))
    for row in prepared.bills:
        now[row.code] = now.get(row.code, ZERO) + row.gross
    names = invoices.names(session)
    codes = sorted(now.keys() | before.keys())
    rows = tuple(Compared(code, names[code], now.get(code, ZERO), before.get(code, ZERO)) for code in codes)
    return Comparison(prepared.quarter, year_before, rows)
