"""The grid of a bill: type styles, columns, and the rows its parts are made of. Which values to print is not here."""

from collections.abc import Sequence
from dataclasses import dataclass

from garage.documents.flow import Row, Text, right
from garage.documents.style import BOLD, HAIRLINE, LEFT, REGULAR, RIGHT, RULE, Style
from garage.domain.invoices.bill import Bill
from garage.french import bill as words

TITLE = Style(BOLD, 26, 33)
NUMBER = Style(BOLD, 13, 16)
PARTY = Style(BOLD, 10.5, 13)
ADDRESS = Style(REGULAR, 9, 12)
LABEL = Style(REGULAR, 7.8, 12, grey=0.3)
VALUE = Style(BOLD, 9, 12)
GRAND_LABEL = Style(BOLD, 10.5, 13)
GRAND = Style(BOLD, 18, 20)
HEAD = Style(BOLD, 7.2, 9)
HEADING = Style(BOLD, 10.5, 13)
HEADING_MORE = Style(REGULAR, 9.5, 13)
ORDER = Style(BOLD, 8.4, 10.5)
FACTS = Style(REGULAR, 7.8, 10.5, grey=0.3)
BODY = Style(REGULAR, 8.3, 10.5)
DETAIL = Style(REGULAR, 7.4, 9.5, grey=0.3)
REASON = Style(BOLD, 7.4, 9.5)
STRONG = Style(BOLD, 8.6, 11)
SMALL = Style(REGULAR, 7.8, 10.2)
TINY = Style(REGULAR, 7.2, 9, grey=0.3)

INDENT = LEFT + 54.0
REFERENCE = LEFT + 66.0
_TALLEST = 24  # lines of text in one row: longer texts go on in a row of their own, so that every row fits a page

Line = tuple[Style, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns stand, in points: left edges of texts, right edges and decimal commas of figures."""

    what: float
    what_room: float
    detail_room: float
    duration: float | None
    quantity_comma: float
    quantity_right: float
    unit: float
    unit_room: float
    price_comma: float
    price_right: float
    vat: float | None
    net: float

    @classmethod
    def of(cls, *, taxed: bool, timed: bool, quantity_places: int, price_places: int) -> "Columns":
        """The columns of a bill: VAT only when borne, lengths of work only when there are some; room for decimals."""
        digit = BODY.ems["0"] * BODY.size
        comma = BODY.ems[","] * BODY.size
        price_right = RIGHT - (104.0 if taxed else 66.0)
        unit = price_right - 98.0
        quantity_right = unit - 6.0
        start = quantity_right - (86.0 if timed else 44.0)
        return cls(
            what=INDENT,
            what_room=start - 6.0 - INDENT,
            detail_room=quantity_right - INDENT,
            duration=quantity_right - 46.0 if timed else None,
            quantity_comma=quantity_right - (quantity_places * digit + comma if quantity_places else 0.0),
            quantity_right=quantity_right,
            unit=unit,
            unit_room=36.0,
            price_comma=price_right - price_places * digit - comma,
            price_right=price_right,
            vat=RIGHT - 66.0 if taxed else None,
            net=RIGHT,
        )


def on_comma(style: Style, x: float, dy: float, text: str) -> Text:
    """A figure whose decimal comma stands at x, so that columns line up whatever their decimals."""
    return (style, x - style.width(text.partition(",")[0]), dy, text)


def wrapped(style: Style, text: str, room: float) -> list[Line]:
    """The lines of a text in one style."""
    return [(style, line) for line in style.wrap(text, room)]


def stack(lines: Sequence[Line], x: float, above: float, below: float) -> list[Row]:
    """Lines of text one under another, in rows that are never taller than a page."""
    rows: list[Row] = []
    for start in range(0, len(lines), _TALLEST):
        dy = above if start == 0 else 0.0
        texts: list[Text] = []
        for style, text in lines[start : start + _TALLEST]:
            texts.append((style, x, dy + style.size * 0.92, text))
            dy += style.leading
        rows.append(Row(dy, texts))
    rows[-1].height += below
    return rows


def table_head(columns: Columns, bill: Bill) -> Row:
    """The heads of the columns, repeated on every page that has lines."""
    price, net = words.heads(bill)
    dy = 8.0
    texts: list[Text] = [
        (HEAD, LEFT, dy, words.DONE_ON),
        (HEAD, columns.what, dy, words.WHAT),
        right(HEAD, columns.quantity_right, dy, words.QUANTITY),
        (HEAD, columns.unit, dy, words.UNIT),
        right(HEAD, columns.price_right, dy, price),
        right(HEAD, columns.net, dy, net),
    ]
    if columns.duration is not None:
        texts.append(right(HEAD, columns.duration, dy, words.DURATION))
    if columns.vat is not None:
        texts.append(right(HEAD, columns.vat, dy, words.VAT_RATE))
    return Row(15.0, texts, [(LEFT, RIGHT, 12.5, RULE)], keep=True)


def heading(name: str, more: str) -> list[Row]:
    """The name of a vehicle, an object or a section, with what describes it on the same line when it fits."""
    beside = LEFT + HEADING.width(name) + 8.0
    room = RIGHT - LEFT
    if beside + HEADING_MORE.width(more) <= RIGHT:
        rows = stack([(HEADING, name)], LEFT, 9.0, 3.0)
        if more:
            rows[0].texts.append((HEADING_MORE, beside, rows[0].texts[0][2], more))
    else:
        described = wrapped(HEADING_MORE, more, room) if more else []
        rows = stack([*wrapped(HEADING, name, room), *described], LEFT, 9.0, 3.0)
    for row in rows:
        row.keep = True
    return rows


def sum_row(columns: Columns, label: str, amount: str) -> list[Row]:
    """A sum under its lines, the label on its left."""
    room = RIGHT - 70.0 - LEFT
    rows = stack([(STRONG, line) for line in STRONG.wrap(label, room)], LEFT, 4.0, 7.0)
    for row in rows:
        row.texts = [right(style, RIGHT - 70.0, dy, text) for style, _, dy, text in row.texts]
        row.keep = True
    rows[-1].keep = False
    rows[0].texts.append(right(STRONG, columns.net, rows[0].texts[0][2], amount))
    rows[0].rules.append((columns.net - 62.0, columns.net, 1.0, HAIRLINE))
    return rows
