"""The price of a line: its day's grid, its day's category, and what is missing in which order (rules T3, M1 to M4)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain.collectivities import Category, Terms, VatRegime
from garage.domain.errors.base import GarageError
from garage.domain.errors.tariffs import GridOverlap, GridTouchesBilled
from garage.domain.invoices.pricing import Anomaly, AnomalyCode, PricedLine, Prices, price
from garage.domain.repair_orders import LineNature, Work
from garage.domain.tariffs import Grid, TariffLine, TariffNature, check_publication

D = Decimal
DAY = date(2026, 7, 14)


def lines(labour: str = "52", parts: str = "10") -> dict[str, TariffLine]:
    twenty = D(20)
    return {
        "MO": TariffLine("MO", "Main-d’œuvre", TariffNature.LABOUR, "h", D(labour), D("60"), twenty),
        "KM": TariffLine("KM", "Déplacement", TariffNature.FLAT, "km", D("0.6"), D("0.735"), D("5.5")),
        "P": TariffLine("P", "Pièces", TariffNature.PARTS, "%", D(parts), D("12.5"), twenty),
        "X": TariffLine("X", "Externe", TariffNature.EXTERNAL, "%", D(3), D("7.25"), twenty),
    }


def grid(start: date, end: date | None, **changes: Any) -> Grid:
    return Grid(start.toordinal(), f"{start}", start, end, None, None, lines(**changes))


def terms(start: date = date(2020, 1, 1), end: date | None = None, **changes: Any) -> Terms:
    values = {"category": Category.FOUNDER, "regime": VatRegime.OUT_OF_SCOPE, "structure_fee": True} | changes
    return Terms(1, start, end, **values)


def work(nature: LineNature = LineNature.LABOUR, **changes: Any) -> Work:
    values: dict[str, Any] = {
        "id": 1, "rank": 1, "nature": nature, "done_on": DAY, "code": "MO", "label": None, "unit": None,
        "minutes": None, "quantity": None, "cost": None,
    } | changes  # fmt: skip
    return Work(**values)


PRICES = Prices((terms(),), (grid(date(2026, 1, 1), date(2027, 1, 1)),), issuer=False)


def priced(one: Work, prices: Prices = PRICES) -> PricedLine:
    found = price("OR-1", one, prices)
    assert isinstance(found, PricedLine), found
    return found


@pytest.mark.parametrize(
    ("one", "quantity", "unit_price", "net"),
    [
        (work(minutes=80), "1.333", "52", "69.33"),
        (work(minutes=1), "0.017", "52", "0.87"),
        (work(LineNature.FLAT, code="KM", quantity=D("23.542")), "23.542", "0.6", "14.13"),
        (work(LineNature.PART, code="R1", quantity=D(7), cost=D("0.0350")), "7", "0.0385", "0.27"),
        (work(LineNature.EXTERNAL, code=None, quantity=D(1), cost=D("100")), "1", "103.0000", "103.00"),
        (work(minutes=60, non_billable_reason="Garantie"), "1.000", "52", "0.00"),
    ],
)
def test_each_nature(one: Work, quantity: str, unit_price: str, net: str) -> None:
    line = priced(one)
    assert (line.quantity, line.unit_price, line.net) == (D(quantity), D(unit_price), D(net))


def test_the_day_decides_grid_and_category() -> None:
    prices = Prices(
        (terms(end=DAY, category=Category.PARTNER), terms(start=DAY, regime=VatRegime.TAXED)),
        (grid(date(2026, 1, 1), DAY), grid(DAY, None, labour="55")),
        issuer=False,
    )
    before, after = priced(work(minutes=60, done_on=DAY - timedelta(1)), prices), priced(work(minutes=60), prices)
    assert (before.net, before.terms.category, before.vat_rate) == (D(60), Category.PARTNER, D(0))
    assert (after.net, after.terms.category, after.vat_rate) == (D(55), Category.FOUNDER, D(20))


@pytest.mark.parametrize(
    ("one", "prices", "code"),
    [
        (work(minutes=60), Prices((), (), issuer=False), AnomalyCode.NO_CONVENTION),
        (work(minutes=60), Prices((terms(),), (), issuer=False), AnomalyCode.NO_GRID),
        (work(minutes=60, code="KM"), PRICES, AnomalyCode.NO_TARIFF_LINE),
        (work(minutes=60, code="INCONNU"), PRICES, AnomalyCode.NO_TARIFF_LINE),
        (work(LineNature.PART, code="R1", quantity=D(1)), PRICES, AnomalyCode.NO_COST),
        (work(LineNature.EXTERNAL, code=None, quantity=D(1)), PRICES, AnomalyCode.NO_COST),
        (work(LineNature.PART, quantity=D(1)), Prices((terms(),), (), issuer=False), AnomalyCode.NO_GRID),
        (work(minutes=60, non_billable_reason="Garantie"), Prices((), (), issuer=False), AnomalyCode.NO_CONVENTION),
    ],
)
def test_what_is_missing_is_looked_for_in_order(one: Work, prices: Prices, code: AnomalyCode) -> None:
    found = price("OR-1", one, prices)
    assert isinstance(found, Anomaly)
    assert (found.order, found.rank, found.code) == ("OR-1", 1, code)


def test_the_issuer_needs_no_convention() -> None:
    line = priced(work(minutes=60), Prices((), PRICES.grids, issuer=True))
    assert (line.terms.category, line.terms.regime, line.terms.structure_fee) == (
        Category.FOUNDER, VatRegime.OUT_OF_SCOPE, False,
    )  # fmt: skip


@given(st.lists(st.integers(1, 364), unique=True, max_size=5), st.integers(0, 364))
def test_each_day_of_a_covered_year_has_one_rate(cuts: list[int], day: int) -> None:
    first = date(2026, 1, 1)
    bounds = [first, *(first + timedelta(cut) for cut in sorted(cuts)), date(2027, 1, 1)]
    grids = tuple(grid(start, end, labour=str(40 + place)) for place, (start, end) in enumerate(pairwise(bounds)))
    when = first + timedelta(day)
    line = priced(work(minutes=60, done_on=when), Prices((terms(),), grids, issuer=False))
    owners = [one for one in grids if one.starts_on <= when and (one.ends_on is None or when < one.ends_on)]
    assert [line.grid] == owners
    assert line.net == owners[0].lines["MO"].founder_price


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=6))
def test_published_grids_never_overlap(spans: list[tuple[int, int]]) -> None:
    published: list[tuple[str, date, date | None]] = []
    first = date(2026, 1, 1)
    for start, length in spans:
        span = (first + timedelta(start), first + timedelta(start + length))
        try:
            check_publication(span, published, None)
        except GridOverlap:
            continue
        published.append((str(span), *span))
    for day in range(130):
        when = first + timedelta(day)
        assert sum(start <= when and (end is None or when < end) for _, start, end in published) <= 1


def test_a_grid_never_starts_on_a_billed_day() -> None:
    check_publication((DAY, None), [], DAY - timedelta(1))
    with pytest.raises(GridTouchesBilled):
        check_publication((DAY, None), [], DAY)
    with pytest.raises(GarageError):
        check_publication((DAY, DAY), [], None)
