"""A statement of account as a PDF: frozen values in, bytes out. No figure is computed here (rule B11, E14)."""

from collections.abc import Sequence
from decimal import Decimal

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
from garage.domain.money import ZERO
from garage.domain.recovery import Open, Statement
from garage.french import recovery as words
from garage.french.bill import page as page_of
from garage.french.formats import amount, day, euros

_TITLE = Style(BOLD, 20, 25)
_WHO = Style(BOLD, 10.5, 13.5)
_PLAIN = Style(REGULAR, 9, 12)
_HEAD = Style(BOLD, 8, 10)
_SECTION = Style(BOLD, 11, 15)
_BODY = Style(REGULAR, 8.6, 11)
_STRONG = Style(BOLD, 8.8, 11)
_TINY = Style(REGULAR, 7.4, 9.4, grey=0.3)
_GREAT = Style(BOLD, 15, 19)
_WHAT = LEFT + 62.0
_DEBIT, _CREDIT, _BALANCE = RIGHT - 140.0, RIGHT - 70.0, RIGHT
_ROOM = _DEBIT - 62.0 - _WHAT
# Left edges of texts, then right edges of figures, of the list of open bills.
_OPEN_TEXTS = (LEFT, LEFT + 96.0, LEFT + 166.0, LEFT + 262.0)
_OPEN_FIGURES = (_CREDIT, _BALANCE)
_TITRE_ROOM = 90.0


def render(value: Statement) -> bytes:
    """Print a statement; the same statement gives the same bytes."""
    ink = Ink()
    rows = [_opening(value, ink), *_movements(value, ink), *_open(value, ink), *_note(ink)]
    pages = paginate(rows, first_top=TOP, top=TOP, bottom=BOTTOM)
    title = f"{words.TITLE} {words.period(value)}, {value.name}"
    about = Description(title, value.issuer, words.TITLE)

    name = _TINY.wrap(ink.clean(f"{words.TITLE}, {value.name}"), RIGHT - LEFT - 80.0)[0]

    def put(sheet: Sheet) -> None:
        for number, page in enumerate(pages, 1):
            foot = [(_TINY, LEFT, FOOT, name), right(_TINY, RIGHT, FOOT, page_of(number, len(pages)))]
            draw(sheet, page, foot, [(LEFT, RIGHT, FOOT + 11.0, HAIRLINE)])

    return printed(about, put)


def _opening(value: Statement, ink: Ink) -> Row:
    """Who the account is kept by and for, the days it covers, and the balance."""
    half = (RIGHT - LEFT) / 2
    texts: list[Text] = [(_TITLE, LEFT, 20.0, words.TITLE)]
    dy = 40.0
    for style, text in ((_PLAIN, words.period(value)), (_PLAIN, value.issuer)):
        for line in style.wrap(ink.clean(text), half - 16.0):
            texts.append((style, LEFT, dy, line))
            dy += style.leading
    beside = 14.0
    for style, text in ((_WHO, value.name), *((_PLAIN, line) for line in value.address)):
        for line in style.wrap(ink.clean(text), half):
            texts.append((style, LEFT + half, beside, line))
            beside += style.leading
    dy = max(dy, beside) + 16.0
    texts.append((_WHO, LEFT, dy, ink.clean(words.balance(value))))
    texts.append(right(_GREAT, RIGHT, dy, ink.clean(euros(abs(value.balance)))))
    return Row(dy + 14.0, texts, [(LEFT, RIGHT, dy + 7.0, RULE)])


def _head(texts: Sequence[Text]) -> Row:
    return Row(16.0, list(texts), [(LEFT, RIGHT, 13.0, RULE)], keep=True)


def _movements(value: Statement, ink: Ink) -> list[Row]:
    on, what, debit, credit, balance = words.COLUMNS
    head = _head(
        [
            (_HEAD, LEFT, 9.0, on),
            (_HEAD, _WHAT, 9.0, what),
            *(
                right(_HEAD, x, 9.0, f"{text}, €")
                for x, text in ((_DEBIT, debit), (_CREDIT, credit), (_BALANCE, balance))
            ),
        ]
    )
    rows = [head]
    if value.since is not None:
        rows += _line((day(value.since), words.OPENING), (ZERO, ZERO, value.opening), ink, (head,))
    for entry, left in value.running():
        rows += _line((day(entry.day), words.entry(entry)), (entry.debit, entry.credit, left), ink, (head,))
    if not value.entries:
        rows.append(Row(16.0, [(_BODY, LEFT, 11.0, words.NOTHING)]))
    rows[-1].keep = True
    totals = ((_DEBIT, value.debit), (_CREDIT, value.credit), (_BALANCE, value.balance))
    texts = [right(_STRONG, x, 12.0, amount(total)) for x, total in totals]
    rows.append(Row(26.0, [(_STRONG, _WHAT, 12.0, words.MOVEMENTS), *texts], [(LEFT, RIGHT, 0.0, RULE)]))
    return rows


def _line(told: tuple[str, str], sums: tuple[Decimal, Decimal, Decimal], ink: Ink, carry: tuple[Row, ...]) -> list[Row]:
    on, what = told
    debit, credit, balance = sums
    lines = _BODY.wrap(ink.clean(what), _ROOM)
    texts: list[Text] = [(_BODY, LEFT, 10.0, on), right(_BODY, _BALANCE, 10.0, amount(balance))]
    texts += [right(_BODY, x, 10.0, amount(sum_)) for x, sum_ in ((_DEBIT, debit), (_CREDIT, credit)) if sum_]
    texts += [(_BODY, _WHAT, 10.0 + place * _BODY.leading, line) for place, line in enumerate(lines)]
    height = 15.0 + (len(lines) - 1) * _BODY.leading
    return [Row(height, texts, [(LEFT, RIGHT, height - 1.0, HAIRLINE)], carry=carry)]


def _open(value: Statement, ink: Ink) -> list[Row]:
    """The bills that make up the balance."""
    title = Row(24.0, [(_SECTION, LEFT, 18.0, words.OPEN_TITLE)], keep=True)
    if not value.open:
        return [title, Row(16.0, [(_BODY, LEFT, 11.0, words.NOTHING_OPEN)])]
    labels = [(_HEAD, x, 9.0, text) for x, text in zip(_OPEN_TEXTS, words.OPEN_COLUMNS, strict=False)]
    figures = zip(_OPEN_FIGURES, words.OPEN_COLUMNS[len(_OPEN_TEXTS) :], strict=True)
    head = _head([*labels, *(right(_HEAD, x, 9.0, f"{text}, €") for x, text in figures)])
    rows = [title, head, *(_open_line(one, ink, head) for one in value.open)]
    rows[-1].keep = True
    sums = ((_OPEN_FIGURES[0], value.due), (_OPEN_FIGURES[1], value.left))
    texts = [right(_STRONG, x, 12.0, amount(total)) for x, total in sums]
    rows.append(Row(22.0, [(_STRONG, LEFT, 12.0, "Total"), *texts], [(LEFT, RIGHT, 0.0, RULE)]))
    return rows


def _open_line(one: Open, ink: Ink, head: Row) -> Row:
    told = (one.number, day(one.issued_on), one.titre or "", day(one.last_day))
    texts: list[Text] = []
    height = 15.0
    for x, text in zip(_OPEN_TEXTS, told, strict=True):
        lines = _BODY.wrap(ink.clean(text), _TITRE_ROOM)
        texts += [(_BODY, x, 10.0 + place * _BODY.leading, line) for place, line in enumerate(lines)]
        height = max(height, 15.0 + (len(lines) - 1) * _BODY.leading)
    sums = zip(_OPEN_FIGURES, (one.position.due, one.position.credit), strict=True)
    texts += [right(_BODY, x, 10.0, amount(sum_)) for x, sum_ in sums if sum_]
    return Row(height, texts, [(LEFT, RIGHT, height - 1.0, HAIRLINE)], carry=(head,))


def _note(ink: Ink) -> list[Row]:
    lines = _TINY.wrap(ink.clean(words.EXPLAINED), RIGHT - LEFT)
    texts = [(_TINY, LEFT, 14.0 + place * _TINY.leading, line) for place, line in enumerate(lines)]
    return [Row(18.0 + len(lines) * _TINY.leading, texts)]
