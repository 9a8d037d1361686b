"""Where a bill may be cut: headings with their lines, repeated titles, totals whole; and random bills (rule B10)."""

import re
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garage.documents.flow import Row, paginate
from garage.documents.invoices.render import render
from garage.documents.style import BOTTOM, REGULAR, Ink, Style
from garage.domain.invoices.bill import Bill
from garage.french import formats

from .bills import bill, fee, flat, labour, long_bill, order, part, site
from .paper import RIGHT, Shown, plain, shown, whole

DAY = re.compile(r"\d\d/\d\d/\d{4}")


def pages(made: Bill) -> dict[int, list[Shown]]:
    found: dict[int, list[Shown]] = defaultdict(list)
    for each in shown(render(made).content):
        if 40 < each.y < 805:
            found[each.page].append(each)
    return found


def kind(each: Shown) -> str | None:
    """What stands at the left edge of a row."""
    if each.x > 46:
        return "sub-total" if each.text.startswith("Sous-total") else None
    if DAY.fullmatch(each.text) and each.size == 8.3:
        return "line"
    if each.text.startswith("OR-"):
        return "order again" if "(suite)" in each.text else "order"
    if each.size == 10.5 and each.text.startswith(("V-", "Station", "Frais")):
        return "heading"
    return {"Date": "head", "Net par exercice": "totals"}.get(each.text) if each.size == 7.2 else None


@pytest.mark.parametrize("per_order", [1, 2, 3, 4, 7, 50])
@pytest.mark.parametrize("count", [20, 41, 113])
def test_nothing_is_orphaned(count: int, per_order: int) -> None:
    made = long_bill(count, vehicles=5, objects=2, per_order=per_order)
    sizes = {each.number: len(each.lines) for each in made.orders}
    for number, texts in pages(made).items():
        marks = [(kind(each), each.text) for each in texts if kind(each)]
        if number > 1 and marks[0][0] != "totals":
            assert marks[0][0] == "head"
            assert marks[1][0] == "heading"
        kinds = [mark for mark, _ in marks] + ["end"]
        for place, (mark, text) in enumerate(marks):
            after = kinds[place + 1]
            if mark == "heading" and not text.startswith("Frais"):
                assert after in {"order", "order again", "sub-total"}
            if mark == "order":
                assert kinds[place + 1 : place + 3].count("line") == min(2, sizes[text])
            if mark == "order again":
                assert after == "line"
            if mark == "sub-total" and "structure" not in text:
                assert kinds[place - 1] == "line"


def test_an_order_cut_by_a_page_says_so_and_an_order_that_is_not_does_not() -> None:
    made = long_bill(90, vehicles=1, objects=0, per_order=90)
    found = pages(made)
    assert len(found) > 2
    for number, texts in found.items():
        again = [each.text for each in texts if each.text == "OR-2026-00001 (suite)"]
        lines = [each for each in texts if kind(each) == "line"]
        assert bool(again) == (number > 1 and bool(lines))
    short = pages(long_bill(90, vehicles=1, objects=0, per_order=1))
    assert not [each for texts in short.values() for each in texts if each.text.startswith("OR") and "(s" in each.text]


@pytest.mark.parametrize("count", range(14, 30))
def test_the_totals_are_never_split_nor_alone(count: int) -> None:
    found = pages(long_bill(count, vehicles=3))
    [page] = [number for number, texts in found.items() if any(each.text == "Totaux" for each in texts)]
    texts = [plain(each.text) for each in found[page]]
    assert texts.count("Total de la facture") == (2 if page == 1 else 1)
    assert "TVA non applicable, art. 256 B du CGI" in texts
    assert "Frais de structure du garage" in texts


def test_rows_are_placed_once_in_order_and_above_the_foot() -> None:
    rows = [Row(30.0, keep=place % 3 != 2) for place in range(99)]
    placed = paginate(rows, first_top=500.0, top=700.0, bottom=50.0)
    assert [row for page in placed for _, row in page] == rows
    assert all(y - row.height >= 50.0 for page in placed for y, row in page)
    assert all(len(page) % 3 == 0 for page in placed)


def test_a_group_taller_than_a_page_is_cut_between_its_rows() -> None:
    rows = [Row(100.0, keep=True) for _ in range(20)]
    placed = paginate(rows, first_top=700.0, top=700.0, bottom=50.0)
    assert [row for page in placed for _, row in page] == rows
    assert all(y - row.height >= 50.0 for page in placed for y, row in page)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=80),
    st.floats(20.0, 300.0, allow_nan=False),
)
def test_wrapping_keeps_every_character_and_the_width(typed: str, room: float) -> None:
    style = Style(REGULAR, 8.0, 10.0)
    text = Ink().clean(typed)
    lines = style.wrap(text, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(style.width(line) <= room + 1e-6 for line in lines)


labels = st.text(st.sampled_from("abcdeéÉœŒ’&«» -0123456789WMwm/"), min_size=1, max_size=70)
lines = st.one_of(
    st.builds(lambda minutes, label: labour(minutes, label=label), st.integers(1, 60_000), labels),
    st.builds(lambda milli, label: flat(str(Decimal(milli) / 1000), label=label), st.integers(1, 10**6), labels),
    st.builds(
        lambda cost, label: part("3.500", str(Decimal(cost) / 10_000), label=label, code=label[:30]),
        st.integers(1, 10**8),
        labels,
    ),
)
vehicles = st.lists(st.tuples(labels, st.lists(lines, min_size=1, max_size=12)), min_size=1, max_size=5)


def _in_columns(texts: list[Shown]) -> None:
    """No text of a line runs into its neighbour on the same baseline."""
    rows: dict[tuple[int, float], list[Shown]] = defaultdict(list)
    for each in texts:
        rows[each.page, each.y].append(each)
    for row in rows.values():
        row.sort(key=lambda each: each.x)
        for one, other in pairwise(row):
            assert one.right <= other.x + 0.5, (one, other)


@settings(max_examples=25, deadline=None)
@given(vehicles)
def test_everything_of_any_bill_is_on_the_paper_and_in_its_column(content: list[tuple[str, list[object]]]) -> None:
    orders = [
        order(place, some, fleet_number=f"V-{place}", vehicle_label=label, reason=label)  # type: ignore[arg-type]
        if place % 2
        else site(place, f"{place} {label}", some)  # type: ignore[arg-type]
        for place, (label, some) in enumerate(content)
    ]
    orders.sort(key=lambda each: each.fleet_number is None)
    made = bill(orders, [fee(sum((each.net for each in orders), Decimal(0)))])
    texts = shown(render(made).content)
    squeezed = whole(texts).replace(" ", "")
    ink = Ink()
    for each in orders:
        for line in each.lines:
            assert plain(ink.clean(line.label)).replace(" ", "") in squeezed
            assert formats.amount(line.net) in squeezed
            assert formats.unit_price(line.unit_price) in squeezed
    assert max(each.right for each in texts) <= RIGHT + 0.02
    assert min(each.x for each in texts) >= 44.9
    assert min(each.y for each in texts if each.y > 40) >= BOTTOM
    _in_columns(texts)
