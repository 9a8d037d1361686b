"""The stock on paper: tables of a valuation or of a part's card; strings in, bytes out. Nothing is computed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from garage.documents.flow import Row, draw, paginate, right
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
    WIDTH,
    Description,
    Ink,
    Sheet,
    Style,
    printed,
)
from garage.french.bill import page as page_of

_TITLE = Style(BOLD, 17, 22)
_SECTION = Style(BOLD, 10.5, 14)
_HEAD = Style(BOLD, 7.2, 9)
_BODY = Style(REGULAR, 7.6, 9.5)
_STRONG = Style(BOLD, 7.6, 9.5)
_SMALL = Style(REGULAR, 8, 11, grey=0.25)
_TINY = Style(REGULAR, 7.2, 9, grey=0.3)
_GAP = 5.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its share of the width, and whether it holds numbers, set to the right."""

    head: str
    share: float
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows of as many strings as there are columns, the last ones set off as totals."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    totals: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """All that the document says; `signed` are the lines to sign, under the tables."""

    title: str
    subject: str
    issuer: str
    method: Sequence[str]
    tables: Sequence[Table]
    foot: str
    signed: Sequence[str] = ()


def render(paper: Paper) -> bytes:
    """The document as a PDF; the same values give the same bytes."""
    ink = Ink()
    rows = [
        Row(16.0, [(_SMALL, LEFT, 10.0, ink.clean(paper.issuer))]),
        Row(34.0, [(_TITLE, LEFT, 20.0, ink.clean(paper.title))]),
    ]
    for sentence in paper.method:
        lines = _SMALL.wrap(ink.clean(sentence), WIDTH)
        rows += [Row(_SMALL.leading, [(_SMALL, LEFT, 9.0, line)]) for line in lines]
    for table in paper.tables:
        rows += _table(table, ink)
    rows += [Row(34.0, [(_SMALL, LEFT, 28.0, ink.clean(words))]) for words in paper.signed]
    pages = paginate(rows, first_top=TOP, top=TOP, bottom=BOTTOM)

    def put(sheet: Sheet) -> None:
        for number, page in enumerate(pages, 1):
            foot = [(_TINY, LEFT, FOOT, ink.clean(paper.foot)), right(_TINY, RIGHT, FOOT, page_of(number, len(pages)))]
            draw(sheet, page, foot, [(LEFT, RIGHT, FOOT + 11.0, HAIRLINE)])

    return printed(Description(paper.title, paper.issuer, paper.subject), put)


def _table(table: Table, ink: Ink) -> list[Row]:
    edges = [LEFT]
    whole = sum(column.share for column in table.columns)
    for column in table.columns:
        edges.append(edges[-1] + WIDTH * column.share / whole)
    places = list(zip(table.columns, pairwise(edges), strict=True))
    head = _cells(_HEAD, [column.head for column in table.columns], places, ink)
    head.rules, head.keep = [(LEFT, RIGHT, head.height - 1.5, RULE)], True
    rows = [Row(30.0, [(_SECTION, LEFT, 24.0, ink.clean(table.title))], keep=True), head]
    plain = len(table.rows) - table.totals
    for place, texts in enumerate(table.rows):
        row = _cells(_BODY if place < plain else _STRONG, texts, places, ink)
        row.rules = [(LEFT, RIGHT, row.height - 0.5, HAIRLINE if place < plain else RULE)]
        row.carry = (head,) if place else ()
        row.keep = bool(table.totals) and place == plain - 1
        rows.append(row)
    return rows


def _cells(style: Style, texts: Sequence[str], places: Sequence[tuple[Column, tuple[float, float]]], ink: Ink) -> Row:
    drawn, tall = [], 1
    for text, (column, (start, end)) in zip(texts, places, strict=True):
        lines = style.wrap(ink.clean(text), end - start - _GAP)
        tall = max(tall, len(lines))
        for line, words in enumerate(lines):
            y = 8.5 + line * style.leading
            drawn.append(right(style, end - _GAP / 2, y, words) if column.number else (style, start, y, words))
    return Row(tall * style.leading + 3.0, drawn)
