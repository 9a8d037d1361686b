"""What is done and not billed on a day, line by line, with the structure fees as they would come (rule Y1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from garage.domain.invoices.bill import BilledNature
from garage.domain.invoices.composition import (
    BillingRules,
    Debtor,
    DraftBill,
    PricedOrder,
    ReadyOrder,
    StructureFee,
    compose,
    group_bills,
)
from garage.domain.invoices.pricing import Anomaly, PricedLine, Prices, price
from garage.domain.money import ZERO, split
from garage.domain.periods import Quarter
from garage.domain.settings import Imputation
from garage.domain.tariffs import Grid, TariffNature


class Stage(StrEnum):
    """How far work not billed is: a run would bill it, carry it forward or leave it out; or its order is open."""

    READY = "ready"
    CARRIED = "carried"
    HELD = "held"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line not billed, or the share of a structure fee that falls on a year (`order` is then None).

    `net` in euros without VAT, 2 decimals; `minutes` for labour only; `article` is empty when nothing names one.
    """

    stage: Stage
    order: str | None
    rank: int | None
    done_on: date | None
    year: int
    article: str
    nature: BilledNature
    label: str
    minutes: int | None
    quantity: Decimal | None
    unit: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """What one collectivity has left to bill, and what keeps an order out or leaves a line without a price."""

    debtor: Debtor
    lines: tuple[LeftLine, ...]
    anomalies: tuple[Anomaly, ...]


Imputations = Mapping[TariffNature, Imputation]


def left_to_bill(
    debtor: Debtor,
    checked: Sequence[ReadyOrder],
    begun: Sequence[ReadyOrder],
    grids: Sequence[Grid],
    terms: tuple[Quarter, BillingRules],
    imputations: Imputations,
) -> Left:
    """What a collectivity has left to bill (rule Y1): `checked` orders as a run would take them, `begun` ones to date.

    Ready and carried lines come to what `compose` gives, to the cent. A line without price is an anomaly and counts
    for nothing; the other lines of its order count. Fees are shared between years in proportion to their base.
    """
    made = compose(debtor, checked, grids, *terms)
    kept_out = {found.order for found in made.anomalies}
    prices = Prices(debtor.conventions, grids, debtor.is_issuer)
    held, _ = _priced((one for one in checked if one.number in kept_out), prices)
    started, found = _priced(begun, prices)
    found = [replace(one, collectivity=debtor.code) for one in found]
    stages = (
        (Stage.READY, made.bills),
        (Stage.CARRIED, made.carried),
        (Stage.HELD, tuple(group_bills(debtor, held, terms[1]))),
        (Stage.OPEN, tuple(group_bills(debtor, started, terms[1]))),
    )
    lines = tuple(line for stage, bills in stages for bill in bills for line in _lines(stage, bill, imputations))
    return Left(debtor, lines, (*made.anomalies, *found))


def _priced(orders: Iterable[ReadyOrder], prices: Prices) -> tuple[list[PricedOrder], list[Anomaly]]:
    priced: list[PricedOrder] = []
    found: list[Anomaly] = []
    for order in orders:
        looked_at = [price(order.number, work, prices) for work in order.works]
        found += [one for one in looked_at if isinstance(one, Anomaly)]
        priced.append(PricedOrder(order, tuple(one for one in looked_at if isinstance(one, PricedLine))))
    return priced, found


def _lines(stage: Stage, bill: DraftBill, imputations: Imputations) -> Iterator[LeftLine]:
    for one in bill.orders:
        for line in one.lines:
            work = line.work
            yield LeftLine(
                stage, one.order.number, work.rank, work.done_on, work.done_on.year,
                line.article or article(imputations, line.nature), line.nature, line.label, work.minutes,
                None if work.minutes is not None else line.quantity, line.unit, line.net,
            )  # fmt: skip
    for fee in bill.fees:
        booked = fee.tariff.article or article(imputations, BilledNature.STRUCTURE)
        for year, net in _by_year(fee, bill):
            yield LeftLine(
                stage, None, None, None, year, booked, BilledNature.STRUCTURE, fee.tariff.label, None, None, "%", net
            )


def _by_year(fee: StructureFee, bill: DraftBill) -> Iterator[tuple[int, Decimal]]:
    bases: dict[int, Decimal] = {}
    for line in bill.lines:
        if (line.grid.starts_on, line.terms.starts_on, line.vat_rate) == (
            fee.grid.starts_on, fee.terms.starts_on, fee.vat_rate,
        ):  # fmt: skip
            bases[line.work.done_on.year] = bases.get(line.work.done_on.year, ZERO) + line.net
    years = sorted(bases)
    return zip(years, split(fee.net, [bases[year] for year in years]), strict=True)


def article(imputations: Imputations, nature: BilledNature) -> str:
    """The accounting article that the settings give a nature; empty when they give none."""
    wanted = TariffNature.PARTS if nature is BilledNature.PART else TariffNature(nature.value)
    found = imputations.get(wanted)
    return found.article if found else ""


@dataclass(slots=True)
class Sum:
    """Euros without VAT of one collectivity, article and year, by stage."""

    code: str
    article: str
    year: int
    amounts: dict[Stage, Decimal]
    minutes: int = 0

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)


def sums(left: Left) -> list[Sum]:
    """The lines of a collectivity summed by article and year, in that order; they foot by construction."""
    found: dict[tuple[str, int], Sum] = {}
    for line in left.lines:
        key = (line.article, line.year)
        row = found.setdefault(key, Sum(left.debtor.code, *key, dict.fromkeys(Stage, ZERO)))
        row.amounts[line.stage] += line.net
        row.minutes += line.minutes or 0
    return [found[key] for key in sorted(found)]
