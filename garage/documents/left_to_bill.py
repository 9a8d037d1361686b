"""The state of what is left to bill, as a PDF to sign and file: figures in, bytes out. Nothing is computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

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
_BODY = Style(REGULAR, 8, 10.5)
_STRONG = Style(BOLD, 8, 10.5)
_SECTION = Style(BOLD, 10.5, 14)
_SMALL = Style(REGULAR, 8, 11, grey=0.25)
_TINY = Style(REGULAR, 7.2, 9, grey=0.3)
# Right edges of the five amounts, left edges of article and year; names take what is left.
_AMOUNTS = tuple(RIGHT - 62.0 * place for place in (4, 3, 2, 1, 0))
_ARTICLE, _YEAR, _NAME_ROOM = LEFT + 124.0, LEFT + 176.0, 118.0


@dataclass(frozen=True, slots=True)
class StateRow:
    """A row of the table: who, article, year and five amounts as they are written; `total` rows are set off."""

    name: str
    article: str
    year: str
    amounts: Sequence[str]
    total: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """All that the document says."""

    subject: str
    title: str
    issuer: str
    method: Sequence[str]
    heads: Sequence[str]
    sections: Sequence[tuple[str, Sequence[StateRow]]]
    notes_title: str
    notes: Sequence[str]
    foot: str


def render(state: State) -> bytes:
    """The state as a PDF; the same values give the same bytes."""
    ink = Ink()
    rows = [*_opening(state, ink)]
    for title, lines in state.sections:
        rows += _section(title, lines, state.heads, ink)
    rows += _notes(state, ink)
    pages = paginate(rows, first_top=TOP, top=TOP, bottom=BOTTOM)
    about = Description(state.title, state.issuer, state.subject)

    def put(sheet: Sheet) -> None:
        for number, page in enumerate(pages, 1):
            foot = [(_TINY, LEFT, FOOT, ink.clean(state.foot)), right(_TINY, RIGHT, FOOT, page_of(number, len(pages)))]
            draw(sheet, page, foot, [(LEFT, RIGHT, FOOT + 11.0, HAIRLINE)])

    return printed(about, put)


def _opening(state: State, ink: Ink) -> list[Row]:
    rows = [
        Row(16.0, [(_SMALL, LEFT, 10.0, ink.clean(state.issuer))]),
        Row(34.0, [(_TITLE, LEFT, 20.0, ink.clean(state.title))]),
    ]
    for sentence in state.method:
        rows += _words(sentence, ink)
    return rows


def _words(sentence: str, ink: Ink) -> list[Row]:
    lines = _SMALL.wrap(ink.clean(sentence), RIGHT - LEFT)
    return [Row(_SMALL.leading, [(_SMALL, LEFT, 9.0, line)]) for line in lines]


def _section(title: str, lines: Sequence[StateRow], heads: Sequence[str], ink: Ink) -> list[Row]:
    head = _head(heads, ink)
    rows = [Row(30.0, [(_SECTION, LEFT, 24.0, ink.clean(title))], keep=True), head]
    for place, line in enumerate(lines):
        row = _row(line, ink)
        row.carry = (head,) if place else ()
        row.keep = place == len(lines) - 2
        rows.append(row)
    return rows


def _head(heads: Sequence[str], ink: Ink) -> Row:
    who, article, year, *amounts = (ink.clean(text) for text in heads)
    texts = [(_HEAD, LEFT, 9.0, who), (_HEAD, _ARTICLE, 9.0, article), (_HEAD, _YEAR, 9.0, year)]
    texts += [right(_HEAD, x, 9.0, text) for x, text in zip(_AMOUNTS, amounts, strict=True)]
    return Row(14.0, texts, [(LEFT, RIGHT, 12.5, RULE)], keep=True)


def _row(line: StateRow, ink: Ink) -> Row:
    style = _STRONG if line.total else _BODY
    names = style.wrap(ink.clean(line.name), _NAME_ROOM)
    texts = [(style, LEFT, 9.0 + place * style.leading, text) for place, text in enumerate(names)]
    texts += [(style, _ARTICLE, 9.0, ink.clean(line.article)), (style, _YEAR, 9.0, line.year)]
    texts += [right(style, x, 9.0, text) for x, text in zip(_AMOUNTS, line.amounts, strict=True)]
    height = len(names) * style.leading + 3.0
    return Row(height, texts, [(LEFT, RIGHT, height - 0.5, RULE if line.total else HAIRLINE)])


def _notes(state: State, ink: Ink) -> list[Row]:
    if not state.notes:
        return []
    title = Row(32.0, [(_SECTION, LEFT, 26.0, ink.clean(state.notes_title))], keep=True)
    return [title, *(row for note in state.notes for row in _words(note, ink))]
