"""What the demonstration's workshop does: the catalogue of jobs, and which one comes in on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import accumulate
from random import Random

from garage.domain.repair_orders import OrderKind
from garage.operations.demo import sheets
from garage.operations.demo.fleet import Target

STEP_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work: how long, how often by month, with which parts and flat prices, sent out in so many percent."""

    title: str
    families: frozenset[str]
    kind: OrderKind
    labour: str
    least: int
    most: int
    weight: int
    months: tuple[int, ...]
    parts: tuple[tuple[str, Decimal], ...]
    flats: tuple[tuple[str, Decimal], ...]
    outside: int
    thermal: bool | None

    def suits(self, target: Target) -> bool:
        """Whether this work is done on that thing; an electric vehicle has no oil to change."""
        return target.family in self.families and self.thermal is not target.electric

    def minutes(self, chance: Random) -> int:
        """How long it takes this time, by five minutes."""
        return chance.randrange(self.least, self.most + 1, STEP_MINUTES)


def _counted(text: str) -> tuple[tuple[str, Decimal], ...]:
    """`lame*3 filtre-ton*2` as pairs."""
    pairs = (word.split("*") for word in text.split())
    return tuple((name, Decimal(count)) for name, count in pairs)


@cache
def catalogue() -> tuple[Job, ...]:
    """Every job of the table."""
    return tuple(
        Job(
            title=row["title"],
            families=frozenset(row["families"].split()),
            kind=OrderKind(row["kind"]),
            labour=row["labour"],
            least=int(row["least"]),
            most=int(row["most"]),
            weight=int(row["weight"]),
            months=tuple(int(digit) for digit in row["months"]),
            parts=_counted(row["parts"]),
            flats=_counted(row["flats"]),
            outside=int(row["outside"]),
            thermal={"oui": True, "non": False}.get(row["thermal"]),
        )
        for row in sheets.rows("jobs")
    )


class Demand:
    """Which thing comes in with which work: by how often each comes, and by the month."""

    def __init__(self, targets: list[Target], chance: Random) -> None:
        self._chance = chance
        self.targets = targets
        self._pairs = [(target, job) for target in targets for job in catalogue() if job.suits(target)]
        shares: dict[int, float] = {}
        for target, job in self._pairs:
            shares[target.place] = shares.get(target.place, 0.0) + job.weight * sum(job.months)
        self._months = [
            list(accumulate(t.orders_a_year * j.weight * j.months[month] / shares[t.place] for t, j in self._pairs))
            for month in range(12)
        ]

    def draw(self, day: date) -> tuple[Target, Job]:
        """The next thing and its work, among those that are free that day."""
        while True:
            target, job = self._chance.choices(self._pairs, cum_weights=self._months[day.month - 1])[0]
            if target.free(day):
                return target, job
