"""What the garage has left to bill at the end of a day, collectivity by collectivity (rule Y1). Writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from garage.clock import PARIS
from garage.db.queries import settings
from garage.db.queries.left_to_bill import orders_left
from garage.db.queries.tariffs import published_grids
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.left_to_bill import Left, Stage, Sum, left_to_bill, sums
from garage.domain.invoices.pricing import Anomaly
from garage.domain.money import ZERO
from garage.domain.periods import Quarter


def at(session: Session, day: date) -> Iterator[tuple[str, Left]]:
    """The name of each collectivity with something left to bill at the end of a Paris day, and what it is."""
    decided = settings.current(session)
    grids = published_grids(session)
    terms = (Quarter.of(day), BillingRules.of(decided))
    end = datetime.combine(day + timedelta(days=1), time.min, PARIS)
    for one in orders_left(session, day, end):
        yield one.name, left_to_bill(one.debtor, one.checked, one.begun, grids, terms, decided.imputations)


@dataclass(slots=True)
class Summary:
    """The sums of a day, by collectivity, article and year; every total is a sum of these rows."""

    day: date
    names: dict[str, str] = field(default_factory=dict)
    rows: list[Sum] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    lines: int = 0

    def of_stage(self, stage: Stage) -> Decimal:
        """The total of a stage."""
        return sum((row.amounts[stage] for row in self.rows), ZERO)

    @property
    def total(self) -> Decimal:
        return sum((row.total for row in self.rows), ZERO)

    @property
    def minutes(self) -> int:
        return sum(row.minutes for row in self.rows)

    def by_article(self) -> list[Sum]:
        """The same rows summed by article and year, whatever the collectivity."""
        found: dict[tuple[str, int], Sum] = {}
        for row in self.rows:
            key = (row.article, row.year)
            one = found.setdefault(key, Sum("", *key, dict.fromkeys(Stage, ZERO)))
            for stage, net in row.amounts.items():
                one.amounts[stage] += net
            one.minutes += row.minutes
        return [found[key] for key in sorted(found)]

    def by_collectivity(self) -> list[tuple[str, Decimal]]:
        """The total of each collectivity by name, the greatest first."""
        totals = dict.fromkeys(self.names, ZERO)
        for row in self.rows:
            totals[row.code] += row.total
        ranked = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
        return [(self.names[code], total) for code, total in ranked]


def summary(session: Session, day: date) -> Summary:
    """The sums of what was left to bill at the end of a day (rule Y1)."""
    made = Summary(day)
    for name, left in at(session, day):
        made.names[left.debtor.code] = name
        made.rows += sums(left)
        made.anomalies += left.anomalies
        made.lines += len(left.lines)
    return made
