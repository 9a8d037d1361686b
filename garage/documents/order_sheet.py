"""A repair order on one A4: vehicle, works to tick, hours and parts, room to write by hand, QR, two signatures.

Frozen values in, bytes out. No price: the sheet goes to the workshop and comes back signed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.units import mm

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

_TITLE = Style(BOLD, 17, 21)
_PLATE = Style(BOLD, 15, 19)
_HEAD = Style(BOLD, 10.5, 14)
_BODY = Style(REGULAR, 9.5, 12.5)
_SMALL = Style(REGULAR, 8, 10.5, grey=0.25)
_QR = 32 * mm
_BOX = 28 * mm
_ROW = 19.0
_TICK = 11.0
_SIGNED = BOTTOM + _BOX + 26.0
_TIME, _AMOUNT = RIGHT - 70.0, RIGHT


@dataclass(frozen=True, slots=True)
class SheetWork:
    """A work to tick, what it should take, and whether it is ticked."""

    label: str
    expected: str
    done: bool


@dataclass(frozen=True, slots=True)
class SheetLine:
    """An hour, a part or another line: what, who or which reference, how much."""

    what: str
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """All that a printed order says; `facts` are pairs of term and value, `address` what its QR leads to."""

    garage: str
    number: str
    subject: str
    plate: str | None
    facts: Sequence[tuple[str, str]]
    reason: str
    works: Sequence[SheetWork]
    lines: Sequence[SheetLine]
    total: str
    address: str
    printed_on: str
    open: bool


def render(sheets: Sequence[OrderSheet]) -> bytes:
    """One page for each order, in their order; the same orders give the same bytes."""
    title = f"Ordre de réparation {sheets[0].number}" if len(sheets) == 1 else "Ordres de réparation"
    about = Description(title, sheets[0].garage, "Fiche d’atelier")

    def draw(paper: Sheet) -> None:
        for one in sheets:
            _Page(paper, one).draw()

    return printed(about, draw)


class _Page:
    """One order being drawn from the top down; what has no room left is counted, never cut in silence."""

    def __init__(self, paper: Sheet, order: OrderSheet) -> None:
        self.paper, self.order, self.ink, self.y = paper, order, Ink(), TOP
        self.rules: list[tuple[float, float, float, float]] = []

    def draw(self) -> None:
        """The whole page."""
        paper, order = self.paper, self.order
        self._boxes()
        paper.begin_text()
        self._opening()
        self._section("Travaux", len(order.works), self._work, 5)
        self._section("Temps et pièces", len(order.lines), self._line, 8)
        if order.lines:
            self._text(_HEAD, LEFT, self.y, f"Temps en tout : {order.total}")
        self._closing()
        paper.end_text()
        paper.rules(self.rules)
        paper.end_page()

    def _boxes(self) -> None:
        paper = self.paper
        code = segno.make(self.order.address, error="q", boost_error=False)
        side = _QR / (code.symbol_size(border=4)[0])
        top = TOP + 14.0
        for row, line in enumerate(code.matrix_iter(border=4)):
            for column, dark in enumerate(line):
                if dark:
                    paper.rect(RIGHT - _QR + column * side, top - (row + 1) * side, side, side, stroke=0, fill=1)
        paper.setLineWidth(RULE)
        half = (RIGHT - LEFT - 14.0) / 2
        for start in (LEFT, LEFT + half + 14.0):
            paper.rect(start, BOTTOM, half, _BOX, stroke=1, fill=0)

    def _opening(self) -> None:
        order, room = self.order, RIGHT - _QR - LEFT - 10.0
        self._text(_SMALL, LEFT, self.y, order.garage)
        self.y -= 24
        self._text(_TITLE, LEFT, self.y, f"Ordre de réparation {order.number}")
        self.y -= 24
        for line in _PLATE.wrap(self.ink.clean(" · ".join(filter(None, (order.plate, order.subject)))), room)[:2]:
            self._text(_PLATE, LEFT, self.y, line)
            self.y -= _PLATE.leading
        self.y = min(self.y, TOP - _QR + 4.0) - 6.0
        self._facts()
        if order.reason:
            self._wrapped(_BODY, f"Motif : {order.reason}", 4)

    def _facts(self) -> None:
        """Two columns of facts."""
        half, start = (RIGHT - LEFT) / 2, self.y
        lowest = start
        for place, (term, value) in enumerate(self.order.facts):
            if place % 2 == 0:
                start = lowest
            y, x = start, LEFT + half * (place % 2)
            for line in _BODY.wrap(self.ink.clean(f"{term} : {value}"), half - 8.0)[:2]:
                self._text(_BODY, x, y, line)
                y -= _BODY.leading
            lowest = min(lowest, y)
        self.y = lowest - 4.0

    def _section(self, title: str, count: int, row: Callable[[int], None], blanks: int) -> None:
        self.y -= 10.0
        self._text(_HEAD, LEFT, self.y, title)
        self.rules.append((LEFT, RIGHT, self.y - 4.0, RULE))
        self.y -= _ROW
        for place in range(count):
            if self.y < _SIGNED + _ROW and place < count - 1:
                self._text(_SMALL, LEFT, self.y, f"… et {count - place} autres : ils sont à l’écran, sur l’ordre.")
                self.y -= _ROW
                return
            row(place)
        for _ in range(blanks if self.order.open else 0):
            if self.y < _SIGNED + _ROW:
                return
            self.rules.append((LEFT, RIGHT, self.y - 3.0, HAIRLINE))
            self.y -= _ROW

    def _work(self, place: int) -> None:
        work = self.order.works[place]
        bottom = self.y - 2.0
        self.paper.rect(LEFT, bottom, _TICK, _TICK, stroke=1, fill=0)
        if work.done:
            self.paper.line(LEFT + 2, bottom + 5, LEFT + 4.5, bottom + 2)
            self.paper.line(LEFT + 4.5, bottom + 2, LEFT + 9.5, bottom + 9.5)
        self._row(LEFT + _TICK + 6.0, work.label, work.expected)

    def _line(self, place: int) -> None:
        line = self.order.lines[place]
        self._row(LEFT, " · ".join(filter(None, (line.what, line.detail))), line.amount)

    def _row(self, x: float, words: str, amount: str) -> None:
        lines = _BODY.wrap(self.ink.clean(words), _TIME - x)
        self._text(_BODY, x, self.y, lines[0] if len(lines) == 1 else f"{lines[0]} …")
        shown = self.ink.clean(amount)
        self._text(_BODY, _AMOUNT - _BODY.width(shown), self.y, shown)
        self.rules.append((LEFT, RIGHT, self.y - 4.5, HAIRLINE))
        self.y -= _ROW

    def _closing(self) -> None:
        half = (RIGHT - LEFT - 14.0) / 2
        for x, who in ((LEFT, "Pour l’atelier"), (LEFT + half + 14.0, "Pour la collectivité")):
            self._text(_SMALL, x + 5.0, BOTTOM + _BOX - 11.0, f"{who} (nom, date, signature)")
        self._text(_SMALL, LEFT, FOOT, f"{self.order.number}, imprimé le {self.order.printed_on}")
        self._text(_SMALL, RIGHT - 150.0, FOOT, "Le code mène à l’ordre à l’écran.")

    def _wrapped(self, style: Style, words: str, most: int) -> None:
        lines = style.wrap(self.ink.clean(words), RIGHT - LEFT)
        for place, line in enumerate(lines[:most]):
            self._text(style, LEFT, self.y, f"{line} …" if place == most - 1 and len(lines) > most else line)
            self.y -= style.leading

    def _text(self, style: Style, x: float, y: float, words: str) -> None:
        self.paper.text(style, x, y, self.ink.clean(words))
