"""What is left to bill, for any work: the figures of the run, sums that foot, fees whole whatever the years (Y1)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from garage.domain.collectivities import Category, Terms, VatRegime
from garage.domain.invoices.composition import BillingRules, Debtor, ReadyOrder, compose
from garage.domain.invoices.left_to_bill import Left, Stage, left_to_bill, sums
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.repair_orders import LineNature, Work
from garage.domain.tariffs import Grid
from tests.factories.garage import tariff_lines

LINES = {line.code: line for line in tariff_lines()}
GRIDS = (
    Grid(1, "2025", date(2025, 1, 1), date(2026, 4, 1), None, None, LINES),  # runs into the next year
    Grid(2, "2026", date(2026, 4, 1), None, None, None, LINES),
)
TERMS = (
    Terms(1, date(2025, 3, 1), date(2026, 2, 1), Category.PARTNER, VatRegime.TAXED, structure_fee=True),
    Terms(2, date(2026, 2, 1), None, Category.FOUNDER, VatRegime.OUT_OF_SCOPE, structure_fee=True),
)
DEBTOR = Debtor(1, "BOURG", False, False, TERMS, siret="99000000000012")
WHEN = (Quarter(2026, 3), BillingRules())

days = st.integers(0, 540).map(lambda after: date(2025, 2, 1) + timedelta(days=after))
labour = st.builds(
    lambda day, minutes, free: Work(
        0, 0, LineNature.LABOUR, day, "MO-VL", None, None, minutes, None, None, None, None, free
    ),
    days, st.integers(1, 600), st.sampled_from([None, None, None, "Garantie"]),
)  # fmt: skip
parts = st.builds(
    lambda day, thousandths, cost: Work(
        0, 0, LineNature.PART, day, "P1", "Filtre", "u", None, Decimal(thousandths).scaleb(-3), cost
    ),
    days, st.integers(1, 20_000), st.one_of(st.none(), st.integers(1, 99_999).map(lambda n: Decimal(n).scaleb(-4))),
)  # fmt: skip


@st.composite
def orders(draw: st.DrawFn) -> list[ReadyOrder]:
    ids, made = count(1), []
    for place in range(draw(st.integers(0, 4))):
        works = tuple(
            Work(
                next(ids), rank, one.nature, one.done_on, one.code, one.label, one.unit, one.minutes, one.quantity,
                one.cost, None, None, one.non_billable_reason,
            )
            for rank, one in enumerate(draw(st.lists(st.one_of(labour, parts), min_size=1, max_size=5)), 1)
        )  # fmt: skip
        made.append(
            ReadyOrder(
                place, f"OR-{place}", draw(st.sampled_from([None, "EJ-1"])), date(2025, 2, 1), date(2026, 9, 1),
                "V-1", None, None, None, None, None, None, None, None, works, 0,
            )
        )  # fmt: skip
    return made


def net(left: Left, *stages: Stage) -> Decimal:
    return sum((line.net for line in left.lines if line.stage in stages), ZERO)


@settings(max_examples=60, deadline=None)
@given(orders(), orders())
def test_the_figures_are_the_runs_and_foot(checked: list[ReadyOrder], begun: list[ReadyOrder]) -> None:
    left = left_to_bill(DEBTOR, checked, begun, GRIDS, WHEN, {})
    made = compose(DEBTOR, checked, GRIDS, *WHEN)
    assert net(left, Stage.READY) == sum((bill.net for bill in made.bills), ZERO)
    assert net(left, Stage.CARRIED) == sum((bill.net for bill in made.carried), ZERO)
    rows = sums(left)
    assert sum((row.total for row in rows), ZERO) == net(left, *Stage)
    assert all(sum((row.amounts[stage] for row in rows), ZERO) == net(left, stage) for stage in Stage)
    assert {one.order for one in made.anomalies} <= {one.order for one in left.anomalies}


@settings(max_examples=60, deadline=None)
@given(orders())
def test_every_line_is_priced_or_told_missing(begun: list[ReadyOrder]) -> None:
    left = left_to_bill(DEBTOR, [], begun, GRIDS, WHEN, {})
    told = {(one.order, one.rank) for one in left.anomalies}
    priced = {(line.order, line.rank) for line in left.lines if line.order}
    assert told.isdisjoint(priced)
    assert told | priced == {(one.number, work.rank) for one in begun for work in one.works}
    assert all(line.done_on is None or line.done_on.year == line.year for line in left.lines)


@settings(max_examples=40, deadline=None)
@given(orders())
def test_open_work_comes_to_what_its_bill_would(begun: list[ReadyOrder]) -> None:
    """Fees included, to the cent: checked as it is, the same work gives the same net."""
    priced = [one for one in begun if not compose(DEBTOR, [one], GRIDS, *WHEN).anomalies]
    asked = left_to_bill(DEBTOR, [], priced, GRIDS, WHEN, {})
    done = left_to_bill(DEBTOR, priced, [], GRIDS, WHEN, {})
    assert net(asked, Stage.OPEN) == net(done, Stage.READY, Stage.CARRIED)
