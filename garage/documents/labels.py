"""Labels, badges and a trial sheet as PDF: frozen values in, bytes out, the same bytes for the same values.

Distances are in points from the bottom left; words of labels are given, none is chosen here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from garage.documents.style import BOLD, HAIRLINE, REGULAR, Description, Face, Ink, Sheet, Style, printed

COLUMNS: Final = 3
ROWS: Final = 8
ON_A_SHEET: Final = COLUMNS * ROWS
_QUIET: Final = 4  # modules
_GAP: Final = 1.2 * mm
_ELLIPSIS: Final = "…"
_Modules = tuple[bytes, ...]
# Names of communes are long and full of hyphens: a line may end after one.
_BREAKS = re.compile(r"(?<=[ -])(?=[^ -])")
_TEXT_LEADING: Final = 1.18


@dataclass(frozen=True, slots=True)
class Label:
    """A code and what is readable beside it: the `title` (plate, reference, bin) large, then lines, then the code."""

    address: str
    title: str
    lines: tuple[str, ...] = ()
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """Somebody's key to a shared tablet, on a card of 85.6 × 54 mm."""

    code: str
    name: str
    garage: str
    explanation: str


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a label stands: its bottom left corner and its size."""

    x: float
    y: float
    width: float
    height: float


_ON_SHEET: Final = (70 * mm, 37 * mm)
_SINGLE: Final = (62 * mm, 29 * mm)
_CARD: Final = (85.6 * mm, 54 * mm)


def sheets(labels: Sequence[Label], title: str, first: int = 1) -> bytes:
    """Labels on A4 sheets of 3 × 8, each 70 × 37 mm, from a place on: places are counted along the rows from 1."""
    pages: list[list[tuple[Label, _Modules, _Frame]]] = [[]]
    for number, label in enumerate(labels, first - 1):
        if number % ON_A_SHEET == 0 and pages[-1]:
            pages.append([])
        pages[-1].append((label, _modules(label.address), _place(number % ON_A_SHEET)))
    ink = Ink()

    def draw(sheet: Sheet) -> None:
        for page in pages:
            for label, code, frame in page:
                _draw_label(sheet, (label, code), frame, ink)
            sheet.end_page()

    return printed(Description(title, "Garage", title), draw)


def singles(labels: Sequence[Label], title: str) -> bytes:
    """One label of 62 × 29 mm per page, for a label printer."""
    ink, frame = Ink(), _Frame(0, 0, *_SINGLE)
    pages = [(label, _modules(label.address)) for label in labels]

    def draw(sheet: Sheet) -> None:
        for page in pages:
            sheet.setPageSize(_SINGLE)
            _draw_label(sheet, page, frame, ink)
            sheet.end_page()

    return printed(Description(title, "Garage", title), draw)


def badge(card: Badge, title: str) -> bytes:
    """One badge on a card."""
    code = _modules(card.code)

    def draw(sheet: Sheet) -> None:
        sheet.setPageSize(_CARD)
        _draw_badge(sheet, card, code)
        sheet.end_page()

    return printed(Description(title, "Garage", title), draw)


def trial_sheet(words: Sequence[str]) -> bytes:
    """A sheet to lay over the labels: a ruler of 100 mm each way, and the outline and number of the 24 labels."""

    def draw(sheet: Sheet) -> None:
        width, height = _ON_SHEET
        for place in range(ON_A_SHEET):
            frame = _place(place)
            _outline(sheet, frame)
            _write(sheet, Style(BOLD, 9, 11, grey=0.45), frame.x + 3 * mm, frame.y + height - 6 * mm, str(place + 1))
        style = Style(REGULAR, 9, 11.5)
        y = A4[1] - height - 12 * mm
        for line in words:
            for piece in style.wrap(Ink().clean(line), width - 6 * mm):
                _write(sheet, style, width + 3 * mm, y, piece)
                y -= style.leading
        _ruler(sheet, 55 * mm, 3.5 * height, across=True)
        _ruler(sheet, 35 * mm, 3 * height - 40 * mm, across=False)
        sheet.end_page()

    return printed(Description("Feuille d’essai des étiquettes", "Garage", "Étiquettes"), draw)


def _place(number: int) -> _Frame:
    row, column = divmod(number, COLUMNS)
    width, height = _ON_SHEET
    return _Frame(column * width, A4[1] - (row + 1) * height - (A4[1] - ROWS * height) / 2, width, height)


def _modules(content: str) -> _Modules:
    """A QR code of level Q, row by row. Made before the press is taken: choosing its mask is most of the work."""
    return tuple(bytes(row) for row in segno.make_qr(content, error="q", boost_error=False).matrix)


def _draw_label(sheet: Sheet, printed_label: tuple[Label, _Modules], frame: _Frame, ink: Ink) -> None:
    """The code fills the height, its quiet zone up to the edges; the words share what is left at its right."""
    label, code = printed_label
    side = frame.height - _GAP
    _draw_code(sheet, code, frame.x + _GAP / 2, frame.y + _GAP / 2, side)
    left = frame.x + side + _GAP / 2
    room = frame.width - side - _GAP / 2 - 2.5 * mm
    texts = _texts(label, room, frame.height - 6 * mm, ink)
    y = frame.y + frame.height - 3 * mm
    for style, text in texts:
        y -= style.leading
        _write(sheet, style, left, y + style.leading - style.size * 0.95, text)
    if label.foot:
        style = _fitting(REGULAR, ink.clean(label.foot), room, (7.5, 5.5))
        _write(sheet, style, left, frame.y + 3 * mm, _cut(style, ink.clean(label.foot), room))


def _texts(label: Label, room: float, height: float, ink: Ink) -> list[tuple[Style, str]]:
    """The title as large as it fits, then the lines, as many as fit: the last one ends with … when cut."""
    title = ink.clean(label.title)
    big = _fitting(BOLD, title, room, (19, 9))
    texts = [(big, piece) for piece in _wrapped(big, title, room, 2)]
    small = Style(REGULAR, 8.5, 8.5 * _TEXT_LEADING)
    left = height - sum(style.leading for style, _ in texts) - (small.leading if label.foot else 0)
    for number, line in enumerate(label.lines):
        fits = int(left // small.leading)
        owed = len(label.lines) - number - 1
        pieces = _wrapped(small, ink.clean(line), room, min(2, max(fits - owed, min(fits, 1))))
        texts += [(small, piece) for piece in pieces]
        left -= small.leading * len(pieces)
    return texts


def _fitting(face: Face, text: str, room: float, sizes: tuple[float, float]) -> Style:
    """The greatest size, between two, at which a text holds in one line."""
    greatest, least = sizes
    ems = sum(face.ems[letter] for letter in text) or 1.0
    size = max(least, min(greatest, int(room / ems * 4) / 4))
    return Style(face, size, size * _TEXT_LEADING)


def _wrapped(style: Style, text: str, room: float, most: int) -> list[str]:
    if most < 1 or not text:
        return []
    lines = [""]
    for word in _BREAKS.split(text):
        if lines[-1] and style.width((lines[-1] + word).rstrip()) > room:
            lines.append("")
        whole = lines[-1] + word
        *full, rest = style.wrap(whole, room) if style.width(whole.rstrip()) > room else [whole]
        lines = [*lines[:-1], *full, rest]
    if len(lines) > most:
        lines[most - 1 :] = [_cut(style, "".join(lines[most - 1 :]), room)]
    return [line.rstrip() for line in lines]


def _cut(style: Style, text: str, room: float) -> str:
    """A text in one line of at most room points, ended by … when it is longer."""
    if style.width(text) <= room:
        return text
    while text and style.width(text.rstrip() + _ELLIPSIS) > room:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def _draw_code(sheet: Sheet, rows: _Modules, x: float, y: float, side: float) -> None:
    """A code in a square, its quiet zone of 4 modules included: dark modules as rectangles by runs."""
    module = side / (len(rows) + 2 * _QUIET)
    marks = ["0 g"]
    for number, row in enumerate(rows):
        top = y + side - (number + _QUIET + 1) * module
        start = 0
        for column in range(1, len(row) + 1):
            if column == len(row) or row[column] != row[start]:
                if row[start]:
                    left = x + (start + _QUIET) * module
                    marks.append(f"{left:.3f} {top:.3f} {(column - start) * module:.3f} {module:.3f} re")
                start = column
    sheet.addLiteral("\n".join([*marks, "f"]))


def _draw_badge(sheet: Sheet, card: Badge, code: _Modules) -> None:
    ink = Ink()
    width, height = _CARD
    side = 42 * mm
    _draw_code(sheet, code, 2 * mm, (height - side) / 2, side)
    left = side + 3 * mm
    room = width - left - 4 * mm
    name = ink.clean(card.name)
    big = _fitting(BOLD, max(name.split(" "), key=len), room, (15, 8))
    y = height - 9 * mm
    small = Style(REGULAR, 8, 10)
    for style, text, most in ((small, card.garage, 2), (big, name, 3), (small, card.explanation, 5)):
        for piece in _wrapped(style, ink.clean(text), room, most):
            y -= style.leading
            _write(sheet, style, left, y, piece)
        y -= 2 * mm
    _outline(sheet, _Frame(0.3, 0.3, width - 0.6, height - 0.6))


def _write(sheet: Sheet, style: Style, x: float, y: float, text: str) -> None:
    sheet.begin_text()
    sheet.text(style, x, y, text)
    sheet.end_text()


def _outline(sheet: Sheet, frame: _Frame) -> None:
    sheet.addLiteral(f"{HAIRLINE:g} w 0.6 G {frame.x:.2f} {frame.y:.2f} {frame.width:.2f} {frame.height:.2f} re S 0 G")


def _ruler(sheet: Sheet, x: float, y: float, *, across: bool) -> None:
    """100 mm with a mark each 10 mm, longer each 50 mm."""
    end = (x + 100 * mm, y) if across else (x, y + 100 * mm)
    marks = [f"0.7 w 0 G {x:.3f} {y:.3f} m {end[0]:.3f} {end[1]:.3f} l S"]
    for step in range(0, 101, 10):
        high = (4 if step % 50 == 0 else 2.5) * mm
        at = (x + step * mm, y) if across else (x, y + step * mm)
        to = (at[0], at[1] + high) if across else (at[0] + high, at[1])
        marks.append(f"{at[0]:.3f} {at[1]:.3f} m {to[0]:.3f} {to[1]:.3f} l S")
        if step % 50 == 0:
            _write(sheet, Style(REGULAR, 8, 10), to[0] + mm, to[1] + mm, str(step))
    sheet.addLiteral("\n".join(marks))
