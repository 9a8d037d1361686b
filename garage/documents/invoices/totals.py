"""The foot of a bill: net by year of execution, net, VAT by rate or its mention, total, late-payment text."""

from garage.documents.flow import Row, Text, right
from garage.documents.invoices.table import (
    GRAND_LABEL,
    HEAD,
    SMALL,
    STRONG,
    TINY,
    stack,
    wrapped,
)
from garage.documents.style import BAR, HAIRLINE, LEFT, RIGHT, RULE, Ink, Style
from garage.domain.invoices.bill import Bill, BillKind
from garage.domain.money import ZERO
from garage.french import bill as words
from garage.french import formats

_GUTTER = 28.0
_MIDDLE = LEFT + (RIGHT - LEFT) * 0.46
_STEP = 13.5


def closing(bill: Bill, ink: Ink) -> list[Row]:
    """The totals, in one row that is never split, then the text on late payment."""
    left = _column(words.BY_YEAR, _years(bill), LEFT, _MIDDLE - _GUTTER)
    whole = _column(words.TOTALS, _sums(bill, ink), _MIDDLE, RIGHT)
    height = max(left.height, _grand(bill, whole))
    rows = [Row(height, [*left.texts, *whole.texts], [*left.rules, *whole.rules])]
    said = [*(bill.late_payment_text or "").splitlines(), *(note.text for note in bill.notes)]
    lines = [line for part in said for line in wrapped(TINY, ink.clean(part), RIGHT - LEFT)]
    return [*rows, *(stack(lines, LEFT, 8.0, 0.0) if lines else [])]


def _years(bill: Bill) -> list[tuple[Style, str, str]]:
    correction = bill.kind is BillKind.CREDIT_NOTE or any(order.complement_of for order in bill.orders)
    rows: list[tuple[Style, str, str]] = []
    for year, net in bill.net_by_year().items():
        earlier = correction and bill.issued_on is not None and year < bill.issued_on.year
        rows.append((SMALL, words.year(year, earlier=earlier), formats.euros(net)))
    if bill.structure:
        fees = sum((fee.net for fee in bill.structure), ZERO)
        rows.append((SMALL, words.STRUCTURE, formats.euros(fees)))
    return rows


def _sums(bill: Bill, ink: Ink) -> list[tuple[Style, str, str]]:
    rows = [(STRONG, words.net_label(bill), formats.euros(bill.net))]
    rows += [(SMALL, words.vat_share(share), formats.euros(share.vat)) for share in words.shares(bill)]
    mention = ink.clean(words.mention(bill) or "")
    return rows + [(SMALL, line, "") for line in SMALL.wrap(mention, RIGHT - _MIDDLE)] if mention else rows


def _column(title: str, rows: list[tuple[Style, str, str]], start: float, end: float) -> Row:
    texts: list[Text] = [(HEAD, start, 22.0, title)]
    rules = [(start, end, 26.5, RULE)]
    dy = 38.0
    for style, label, amount in rows:
        texts.append((style, start, dy, label))
        texts.append(right(style, end, dy, amount))
        rules.append((start, end, dy + 4.0, HAIRLINE))
        dy += _STEP
    return Row(dy, texts, rules)


def _grand(bill: Bill, whole: Row) -> float:
    """Write the total under the sums; the height of the whole column."""
    dy = whole.height + 7.0
    whole.rules[-1] = (_MIDDLE, RIGHT, dy - 16.5, BAR)
    whole.texts.append((GRAND_LABEL, _MIDDLE, dy, words.total_label(bill)))
    whole.texts.append(right(GRAND_LABEL, RIGHT, dy, formats.euros(bill.gross)))
    whole.rules.append((_MIDDLE, RIGHT, dy + 6.5, RULE))
    return dy + 14.0
