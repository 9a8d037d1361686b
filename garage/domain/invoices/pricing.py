"""The price of one line of work: convention, grid, tariff line, cost, in that order (rules T3, M1 to M4, C4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from garage.domain.collectivities import Terms, VatRegime, terms_on
from garage.domain.invoices.bill import BilledNature
from garage.domain.money import ZERO, cents, round_half_up, with_markup
from garage.domain.repair_orders import LineNature, Work
from garage.domain.tariffs import Grid, TariffLine, TariffNature, grid_on

NO_RATE = Decimal("0.00")
_TARIFF_OF = {
    LineNature.LABOUR: TariffNature.LABOUR,
    LineNature.FLAT: TariffNature.FLAT,
    LineNature.PART: TariffNature.PARTS,
    LineNature.EXTERNAL: TariffNature.EXTERNAL,
}


class AnomalyCode(StrEnum):
    """What keeps an order out of a run; the first four are looked for in this order, one per line (rule T3)."""

    NO_CONVENTION = "no_convention"
    NO_GRID = "no_grid"
    NO_TARIFF_LINE = "no_tariff_line"
    NO_COST = "no_cost"
    MISSING_ENGAGEMENT = "missing_engagement"
    NO_LINES = "no_lines"
    OPEN_QUESTION = "open_question"
    MISSING_SIRET = "missing_siret"
    MISSING_CODE_SERVICE = "missing_code_service"
    BAD_SIRET = "bad_siret"
    LONG_NAME = "long_name"
    LONG_ADDRESS = "long_address"
    LONG_ENGAGEMENT = "long_engagement"
    LONG_LABEL = "long_label"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A reason why an order cannot be billed; `rank` is None when it is the whole order's.

    `collectivity` is the code of who would be billed, told beside the reason and no part of it.
    """

    order: str
    rank: int | None
    code: AnomalyCode
    day: date | None = None
    item: str | None = None
    collectivity: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Prices:
    """All that prices a collectivity's work: its conventions and the published grids."""

    conventions: Sequence[Terms]
    grids: Sequence[Grid]
    issuer: bool


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line of work with the grid, the terms and the tariff line that price it (rule T4).

    Quantity has 3 decimals (hours for labour, for reading only), unit price 4, net 2; `percent` is the markup.
    """

    work: Work
    nature: BilledNature
    code: str
    label: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    vat_rate: Decimal
    percent: Decimal | None
    article: str | None
    grid: Grid
    terms: Terms


def price(order: str, work: Work, prices: Prices) -> PricedLine | Anomaly:
    """Price a line by the grid and the convention of the day it was done, or say what is missing (rule T3).

    A non-billable line is priced like any other and comes to 0,00 (rule O3).
    """
    day = work.done_on
    terms = terms_on(prices.conventions, day, issuer=prices.issuer)
    if terms is None:
        return Anomaly(order, work.rank, AnomalyCode.NO_CONVENTION, day)
    grid = grid_on(prices.grids, day)
    if grid is None:
        return Anomaly(order, work.rank, AnomalyCode.NO_GRID, day)
    tariff = grid.line(_TARIFF_OF[work.nature], work.code)
    if tariff is None:
        return Anomaly(order, work.rank, AnomalyCode.NO_TARIFF_LINE, day, work.code)
    if work.nature in (LineNature.PART, LineNature.EXTERNAL) and work.cost is None:
        return Anomaly(order, work.rank, AnomalyCode.NO_COST, day, work.code)
    return _priced(work, grid, terms, tariff)


def _priced(work: Work, grid: Grid, terms: Terms, tariff: TariffLine) -> PricedLine:
    rate = tariff.price(terms.category)
    if work.nature is LineNature.LABOUR:
        minutes = Decimal(work.minutes or 0)
        unit_price, quantity, net = rate, round_half_up(minutes / 60, 3), cents(minutes * rate / 60)
    else:
        quantity = work.quantity or ZERO
        unit_price = rate if work.nature is LineNature.FLAT else with_markup(work.cost or ZERO, rate)
        net = cents(quantity * unit_price)
    marked_up = work.nature in (LineNature.PART, LineNature.EXTERNAL)
    own_words = work.label and not marked_up
    return PricedLine(
        work=work,
        nature=BilledNature(work.nature.value),
        code=(work.code or tariff.code) if work.nature is LineNature.PART else tariff.code,
        label=f"{tariff.label} – {work.label}" if own_words else work.label or tariff.label,
        unit=(work.unit or tariff.unit) if work.nature is LineNature.PART else _unit(work, tariff),
        quantity=quantity,
        unit_price=unit_price,
        net=ZERO if work.non_billable_reason else net,
        vat_rate=tariff.vat_rate if _taxed(work, terms) else NO_RATE,
        percent=rate if marked_up else None,
        article=tariff.article,
        grid=grid,
        terms=terms,
    )


def _unit(work: Work, tariff: TariffLine) -> str:
    return "u" if work.nature is LineNature.EXTERNAL else tariff.unit


def _taxed(work: Work, terms: Terms) -> bool:
    """Art. 261 B leaves goods out: parts are taxed when the convention says so (rule M6)."""
    exempt_goods = terms.regime is VatRegime.EXEMPT and terms.goods_taxed
    return terms.regime is VatRegime.TAXED or (exempt_goods and work.nature is LineNature.PART)
