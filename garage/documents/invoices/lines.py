"""The body of a bill: vehicles and objects, their orders, every line, sub-totals and structure fees, as rows."""

from collections.abc import Iterator
from decimal import Decimal

from garage.documents.flow import Row, Text, right
from garage.documents.invoices.table import (
    BODY,
    DETAIL,
    FACTS,
    ORDER,
    REASON,
    Columns,
    Line,
    heading,
    on_comma,
    stack,
    sum_row,
    table_head,
    wrapped,
)
from garage.documents.style import HAIRLINE, LEFT, RIGHT, Ink
from garage.domain.collectivities import Category
from garage.domain.invoices.bill import Bill, BilledLine, BilledNature, BilledOrder, StructureLine
from garage.domain.money import ZERO
from garage.french import bill as words
from garage.french import formats

_ABOVE, _BELOW = 2.5, 2.0
_HUNDREDTHS = Decimal("0.01")


def price_sources(bill: Bill) -> set[tuple[str, Category]]:
    """The pairs of grid and category that priced the bill (rule T4)."""
    of_lines = {(line.grid, line.category) for line in _lines(bill)}
    return of_lines | {(line.grid, line.category) for line in bill.structure}


class Body:
    """Turns the orders and fees of one bill into rows; one price source is said elsewhere, several on every line."""

    def __init__(self, bill: Bill, ink: Ink, *, sourced: bool) -> None:
        timed = any(line.minutes is not None for line in _lines(bill))
        self.bill, self.ink, self.sourced = bill, ink, sourced
        self.columns = Columns.of(
            taxed=bill.bears_vat,
            timed=timed,
            quantity_places=max(map(_places, _shown_quantities(bill)), default=0),
            price_places=max(2, *(_places(line.unit_price) for line in _lines(bill)), 2),
        )
        self.head = table_head(self.columns, bill)

    def rows(self) -> Iterator[Row]:
        """Every row, in printed order: vehicles, then objects, then structure fees (rule B10)."""
        if self.bill.orders or self.bill.structure:
            yield self.head
        for place, orders in enumerate(self.bill.by_heading()):
            yield from self._vehicle(orders, first=place == 0)
        if self.bill.structure:
            yield from self._structure(first=not self.bill.orders)

    def _vehicle(self, orders: tuple[BilledOrder, ...], *, first: bool) -> Iterator[Row]:
        name, more = map(self.ink.clean, words.vehicle(orders[0]))
        rows = heading(name, more)
        _carried(rows, () if first else (self.head,))
        yield from rows
        again = (self.head, *heading(*_continued(name, more))[:1])
        for place, order in enumerate(orders):
            yield from self._order(order, again, first=place == 0, last=place == len(orders) - 1)
        net = sum((order.net for order in orders), ZERO)
        total = sum_row(self.columns, words.subtotal(name), formats.amount(net))
        _carried(total, again)
        yield from total

    def _order(self, order: BilledOrder, again: tuple[Row, ...], *, first: bool, last: bool) -> Iterator[Row]:
        title = self._title(order, ruled=not first)
        _carried(title, again)
        yield from title
        number = self.ink.clean(order.number)
        carry = (*again, *stack([(ORDER, f"{number} {words.CONTINUED}")], LEFT, 3.0, 2.0))
        for place, line in enumerate(order.lines):
            rows = self._line(line)
            _carried(rows, carry)
            left = len(order.lines) - 1 - place
            rows[-1].keep = left == 1 or (left > 1 and place == 0) or (left == 0 and last)
            yield from rows

    def _title(self, order: BilledOrder, *, ruled: bool) -> list[Row]:
        number = self.ink.clean(order.number)
        x = LEFT + max(ORDER.width(number) + 10.0, 76.0)
        lines = wrapped(FACTS, self.ink.clean(words.order_facts(order)), RIGHT - x)
        if note := words.order_note(order):
            lines = [*wrapped(REASON, self.ink.clean(note), RIGHT - x), *lines]
        above = 8.0 if ruled else 3.0
        rows = stack(lines, x, above, 2.5)
        rows[0].texts.insert(0, (ORDER, LEFT, above + ORDER.size * 0.92, number))
        if ruled:
            rows[0].rules.append((LEFT, RIGHT, 3.5, HAIRLINE))
        for row in rows:
            row.keep = True
        return rows

    def _line(self, line: BilledLine) -> list[Row]:
        columns = self.columns
        what, beside = self._what(line)
        rows = stack(what, columns.what, _ABOVE, _BELOW)
        texts = rows[0].texts
        dy = texts[0][2]
        if beside:
            texts.append((DETAIL, columns.what + BODY.width(texts[0][3]) + 5.0, dy, beside))
        texts.insert(0, (BODY, LEFT, dy, formats.day(line.done_on)))
        texts += self._measure(line, dy)
        unit = words.HOUR if line.minutes is not None else self.ink.clean(line.unit)
        units = BODY.wrap(unit, columns.unit_room)
        texts += [(BODY, columns.unit, dy + place * BODY.leading, text) for place, text in enumerate(units)]
        texts.append(on_comma(BODY, columns.price_comma, dy, formats.unit_price(line.unit_price)))
        texts += self._money(line, dy)
        rows[0].height = max(rows[0].height, _ABOVE + len(units) * BODY.leading + _BELOW)
        return rows

    def _measure(self, line: BilledLine, dy: float) -> list[Text]:
        """Length and quantity; work is written both ways."""
        columns = self.columns
        if line.minutes is not None and columns.duration is not None:
            shown = formats.hundredths(line.minutes)
            texts = [right(BODY, columns.duration, dy, formats.hours(line.minutes))]
        else:
            shown, texts = formats.quantity(line.quantity), []
        return [*texts, on_comma(BODY, columns.quantity_comma, dy, shown)]

    def _money(self, line: BilledLine | StructureLine, dy: float) -> list[Text]:
        net = right(BODY, self.columns.net, dy, formats.amount(line.net))
        if self.columns.vat is None:
            return [net]
        return [right(BODY, self.columns.vat, dy, words.rate(self.bill, line.vat_rate)), net]

    def _what(self, line: BilledLine) -> tuple[list[Line], str | None]:
        """The lines of the description, and the tariff code when it fits beside the label."""
        room = self.columns.what_room
        label = wrapped(BODY, self.ink.clean(line.label), room)
        origin, source = words.origin(line), None
        if self.sourced:
            source = words.priced_by(line.grid, line.category)
        detail = self.ink.clean(" · ".join(filter(None, (origin, words.cost_basis(line), source))))
        beside = None
        short = line.nature in {BilledNature.LABOUR, BilledNature.FLAT} and not source
        if detail and short and BODY.width(label[-1][1]) + 5.0 + DETAIL.width(detail) <= room and len(label) == 1:
            detail, beside = "", detail
        room = self.columns.detail_room
        more = wrapped(DETAIL, detail, room) if detail else []
        if line.non_billable_reason is not None:
            more += wrapped(REASON, self.ink.clean(words.not_billed(line.non_billable_reason)), room)
        return [*label, *more], beside

    def _structure(self, *, first: bool) -> Iterator[Row]:
        """The fees, each with its base and percentage (rules M5, B10)."""
        rows = heading(words.STRUCTURE, "")
        _carried(rows, () if first else (self.head,))
        yield from rows
        again = (self.head, *heading(f"{words.STRUCTURE} {words.CONTINUED}", ""))
        fees = self.bill.structure
        for place, fee in enumerate(fees):
            rows = self._fee(fee)
            _carried(rows, again)
            rows[-1].keep = len(fees) > 1 and place in {0, len(fees) - 1}
            yield from rows
        if len(fees) > 1:
            net = sum((fee.net for fee in fees), ZERO)
            total = sum_row(self.columns, words.subtotal(words.STRUCTURE), formats.amount(net))
            _carried(total, again)
            yield from total

    def _fee(self, fee: StructureLine) -> list[Row]:
        room = self.columns.price_right - self.columns.what
        source = words.priced_by(fee.grid, fee.category) if self.sourced else None
        parts = (fee.code, words.structure_basis(fee), source)
        detail = self.ink.clean(" · ".join(filter(None, parts)))
        rows = stack(
            [*wrapped(BODY, self.ink.clean(fee.label), room), *wrapped(DETAIL, detail, room)],
            self.columns.what,
            _ABOVE,
            _BELOW,
        )
        rows[0].texts += self._money(fee, rows[0].texts[0][2])
        return rows


def _lines(bill: Bill) -> Iterator[BilledLine]:
    return (line for order in bill.orders for line in order.lines)


def _shown_quantities(bill: Bill) -> Iterator[Decimal]:
    """Quantities as they will be printed: time in hundredths of an hour."""
    return (line.quantity if line.minutes is None else _HUNDREDTHS for line in _lines(bill))


def _places(value: Decimal) -> int:
    """How many decimals remain once trailing zeros are cut."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _continued(name: str, more: str) -> tuple[str, str]:
    return (name, f"{more} {words.CONTINUED}") if more else (f"{name} {words.CONTINUED}", "")


def _carried(rows: list[Row], carry: tuple[Row, ...]) -> None:
    for row in rows:
        row.carry = carry
