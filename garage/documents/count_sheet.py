"""The blind sheet of a count, as a PDF to take along the shelves: where, what, an empty box. No quantity is printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
    Description,
    Ink,
    Sheet,
    Style,
    printed,
)
from garage.french.bill import page as page_of

_TITLE = Style(BOLD, 17, 22)
_HEAD = Style(BOLD, 7.4, 10)
_BODY = Style(REGULAR, 9, 11.5)
_STRONG = Style(BOLD, 9, 11.5)
_SMALL = Style(REGULAR, 8, 11, grey=0.25)
_TINY = Style(REGULAR, 7.2, 9, grey=0.3)
# Left edges of reference, label, unit and box; bins take what is left before them.
_REFERENCE, _LABEL, _UNIT, _BOX = LEFT + 96.0, LEFT + 200.0, RIGHT - 118.0, RIGHT - 86.0
_LEAST: Final = 21.0
_BLANK: Final = 5


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A part to count: where it lies, its reference, label and unit; `again` marks one to count a second time."""

    place: str
    reference: str
    label: str
    unit: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class CountSheet:
    """All that the sheet says; `heads` are those of the columns, `again` the mark of a second count."""

    title: str
    subtitle: str
    issuer: str
    told: Sequence[str]
    heads: tuple[str, str, str, str, str]
    lines: Sequence[SheetLine]
    again: str
    others: str
    signed: str
    foot: str


def render(sheet: CountSheet) -> bytes:
    """The sheet as a PDF, with empty rows for what is found besides; the same values give the same bytes."""
    ink = Ink()
    head = _head(sheet.heads, ink)
    rows = [*_opening(sheet, ink), head]
    for place, line in enumerate(sheet.lines):
        row = _row(line, sheet.again, ink)
        row.carry = (head,) if place else ()
        rows.append(row)
    rows += _others(sheet, ink)
    pages = paginate(rows, first_top=TOP, top=TOP, bottom=BOTTOM)
    about = Description(sheet.title, sheet.issuer, sheet.subtitle)

    def put(paper: Sheet) -> None:
        for number, page in enumerate(pages, 1):
            foot = [(_TINY, LEFT, FOOT, ink.clean(sheet.foot)), right(_TINY, RIGHT, FOOT, page_of(number, len(pages)))]
            draw(paper, page, foot, [(LEFT, RIGHT, FOOT + 11.0, HAIRLINE)])

    return printed(about, put)


def _opening(sheet: CountSheet, ink: Ink) -> list[Row]:
    rows = [
        Row(16.0, [(_SMALL, LEFT, 10.0, ink.clean(sheet.issuer))]),
        Row(28.0, [(_TITLE, LEFT, 20.0, ink.clean(sheet.title))]),
    ]
    for words in (sheet.subtitle, *sheet.told, sheet.signed):
        rows += [Row(_SMALL.leading, [(_SMALL, LEFT, 9.0, one)]) for one in _SMALL.wrap(ink.clean(words), RIGHT - LEFT)]
    return [*rows, Row(10.0)]


def _head(heads: Sequence[str], ink: Ink) -> Row:
    edges = (LEFT, _REFERENCE, _LABEL, _UNIT, _BOX)
    texts = [(_HEAD, x, 9.0, ink.clean(text)) for x, text in zip(edges, heads, strict=True)]
    return Row(14.0, texts, [(LEFT, RIGHT, 12.5, RULE)], keep=True)


def _row(line: SheetLine, again: str, ink: Ink) -> Row:
    label = f"{line.label} ({again})" if line.again else line.label
    columns = (
        (_STRONG, LEFT, _STRONG.wrap(ink.clean(line.place), _REFERENCE - LEFT - 6.0)),
        (_BODY, _REFERENCE, _BODY.wrap(ink.clean(line.reference), _LABEL - _REFERENCE - 6.0)),
        (_BODY, _LABEL, _BODY.wrap(ink.clean(label), _UNIT - _LABEL - 6.0)),
        (_BODY, _UNIT, _BODY.wrap(ink.clean(line.unit), _BOX - _UNIT - 4.0)),
    )
    texts = [
        (style, x, 14.0 + place * style.leading, text)
        for style, x, words in columns
        for place, text in enumerate(words)
    ]
    tall = max(len(words) for _, _, words in columns)
    height = max(_LEAST, 9.5 + tall * _BODY.leading)
    return Row(height, texts, _box(height))


def _box(height: float) -> list[tuple[float, float, float, float]]:
    """The line under a row and the four sides of its empty box: upright ones are rules as thick as tall."""
    top, bottom = 2.5, height - 3.0
    tall, middle = bottom - top + RULE, (top + bottom) / 2
    sides = [(x, x + RULE, middle, tall) for x in (_BOX, RIGHT - RULE)]
    return [(LEFT, _BOX - 8.0, height - 0.5, HAIRLINE), *((_BOX, RIGHT, dy, RULE) for dy in (top, bottom)), *sides]


def _others(sheet: CountSheet, ink: Ink) -> list[Row]:
    title = Row(30.0, [(_STRONG, LEFT, 24.0, ink.clean(sheet.others))], keep=True)
    blanks = [Row(_LEAST, [], _box(_LEAST), keep=place < _BLANK - 1) for place in range(_BLANK)]
    return [title, *blanks]
