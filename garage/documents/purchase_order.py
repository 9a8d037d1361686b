"""An order to a supplier as a PDF: frozen values in, bytes out. Nothing is computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

from garage.documents.flow import Row, Text, draw, paginate, right
from garage.documents.style import (
    BOLD,
    BOTTOM,
    FOOT,
    HAIRLINE,
    LEFT,
    REGULAR,
    RIGHT,
    RULE,
    TOP,
    Description,
    Ink,
    Sheet,
    Style,
    printed,
)
from garage.french.bill import page as page_of

_TITLE = Style(BOLD, 20, 25)
_WHO = Style(BOLD, 10.5, 13.5)
_PLAIN = Style(REGULAR, 9, 12)
_HEAD = Style(BOLD, 8, 10)
_BODY = Style(REGULAR, 9, 11.5)
_STRONG = Style(BOLD, 9, 11.5)
_TINY = Style(REGULAR, 7.4, 9.4, grey=0.3)
_WHAT = LEFT + 110.0
# Right edges of quantity, price and amount.
_FIGURES = (RIGHT - 136.0, RIGHT - 76.0, RIGHT)
_ROOM = _FIGURES[0] - 58.0 - _WHAT


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line as it is written: the supplier's reference, ours with the words, quantity, unit price, amount."""

    reference: str
    words: str
    figures: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PurchaseOrderSheet:
    """All that the document says."""

    title: str
    number: str
    issuer: str
    issuer_lines: Sequence[str]
    supplier_title: str
    supplier: Sequence[str]
    facts: Sequence[str]
    heads: Sequence[str]
    lines: Sequence[OrderedLine]
    total: tuple[str, str] | None
    notes: Sequence[str]
    delivery_title: str = ""
    delivery: Sequence[str] = ()


def render(value: PurchaseOrderSheet) -> bytes:
    """The order as a PDF; the same values give the same bytes."""
    ink = Ink()
    rows = [_opening(value, ink), *_lines(value, ink)]
    for note in value.notes:
        wrapped = _PLAIN.wrap(ink.clean(note), RIGHT - LEFT)
        rows += [Row(_PLAIN.leading, [(_PLAIN, LEFT, 9.0, line)]) for line in wrapped]
        rows.append(Row(5.0))
    pages = paginate(rows, first_top=TOP, top=TOP, bottom=BOTTOM)
    title = f"{value.title} {value.number}"
    name = _TINY.wrap(ink.clean(f"{title}, {value.issuer}"), RIGHT - LEFT - 80.0)[0]

    def put(sheet: Sheet) -> None:
        for number, page in enumerate(pages, 1):
            foot = [(_TINY, LEFT, FOOT, name), right(_TINY, RIGHT, FOOT, page_of(number, len(pages)))]
            draw(sheet, page, foot, [(LEFT, RIGHT, FOOT + 11.0, HAIRLINE)])

    return printed(Description(title, value.issuer, value.title), put)


def _opening(value: PurchaseOrderSheet, ink: Ink) -> Row:
    """Who orders, from whom, under which number and when."""
    half = (RIGHT - LEFT) / 2
    texts: list[Text] = [(_TITLE, LEFT, 20.0, value.title), (_WHO, LEFT, 40.0, value.number)]
    left = _column(texts, LEFT, 60.0, [(_PLAIN, line) for line in value.facts], ink)
    left = _column(texts, LEFT, left + 6.0, [(_WHO, value.issuer), *((_PLAIN, one) for one in value.issuer_lines)], ink)
    whom = [(_HEAD, value.supplier_title), *((_PLAIN, one) for one in value.supplier)]
    beside = _column(texts, LEFT + half, 40.0, whom, ink)
    if value.delivery:
        where = [(_HEAD, value.delivery_title), *((_PLAIN, one) for one in value.delivery)]
        beside = _column(texts, LEFT + half, beside + 6.0, where, ink)
    return Row(max(left, beside) + 14.0, texts)


def _column(texts: list[Text], x: float, dy: float, told: Sequence[tuple[Style, str]], ink: Ink) -> float:
    for style, text in told:
        for line in style.wrap(ink.clean(text), (RIGHT - LEFT) / 2 - 16.0):
            texts.append((style, x, dy, line))
            dy += style.leading
    return dy


def _lines(value: PurchaseOrderSheet, ink: Ink) -> list[Row]:
    reference, what, *figures = (ink.clean(text) for text in value.heads)
    texts: list[Text] = [(_HEAD, LEFT, 9.0, reference), (_HEAD, _WHAT, 9.0, what)]
    texts += [right(_HEAD, x, 9.0, text) for x, text in zip(_FIGURES, figures, strict=True)]
    head = Row(16.0, texts, [(LEFT, RIGHT, 13.0, RULE)], keep=True)
    rows = [head]
    for place, line in enumerate(value.lines):
        row = _line(line, ink)
        row.carry = (head,) if place else ()
        row.keep = place == len(value.lines) - 1 and value.total is not None
        rows.append(row)
    if value.total is not None:
        label, amount = value.total
        total = [(_STRONG, _WHAT, 12.0, ink.clean(label)), right(_STRONG, RIGHT, 12.0, ink.clean(amount))]
        rows.append(Row(26.0, total, [(LEFT, RIGHT, 0.0, RULE)]))
    return [*rows, Row(8.0)]


def _line(line: OrderedLine, ink: Ink) -> Row:
    whats = _BODY.wrap(ink.clean(line.words), _ROOM)
    references = _BODY.wrap(ink.clean(line.reference), _WHAT - LEFT - 8.0)
    texts: list[Text] = [(_BODY, LEFT, 10.0 + place * _BODY.leading, text) for place, text in enumerate(references)]
    texts += [(_BODY, _WHAT, 10.0 + place * _BODY.leading, text) for place, text in enumerate(whats)]
    texts += [right(_BODY, x, 10.0, ink.clean(text)) for x, text in zip(_FIGURES, line.figures, strict=True)]
    height = 15.0 + (max(len(whats), len(references)) - 1) * _BODY.leading
    return Row(height, texts, [(LEFT, RIGHT, height - 1.0, HAIRLINE)])
