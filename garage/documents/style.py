"""What every printed document shares: paper, fonts registered once, type styles, the measuring and breaking of text,
and the sheet that writes it. No word of any document and no page break here.
"""

import re
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

PAGE_WIDTH, PAGE_HEIGHT = A4
LEFT, RIGHT = 45.0, PAGE_WIDTH - 45.0
TOP, BOTTOM = PAGE_HEIGHT - 42.0, 52.0
FOOT = 32.0
WIDTH = RIGHT - LEFT
HAIRLINE, RULE, BAR = 0.35, 0.7, 1.4

REPLACEMENT = "\ufffd"  # drawn by our fonts as a hollow box with a question mark
_FOLDED = str.maketrans(
    {"\t": " ", "\n": " ", "\r": " ", "\u2009": "\u202f", "\u2007": "\u00a0", "\u2010": "-", "\u2011": "-"}
)
_HELD = re.compile(r"(?<=«) | (?=[»:;!?%€])")
_FONTS = Path(__file__).parent / "fonts"

# Binary streams: a page in ASCII85 is a quarter longer and costs a millisecond to spell out.
rl_config.useA85 = 0


class Face:
    """One weight of the typeface: its registered font and the width of each character, in ems."""

    def __init__(self, weight: str) -> None:
        self.name = f"Atkinson-{weight}"
        self.font = TTFont(
            self.name, _FONTS / f"AtkinsonHyperlegibleNext-{weight}.ttf", asciiReadable=False, shapable=False
        )
        registerFont(self.font)
        face = self.font.face
        self.ems: dict[str, float] = {
            chr(code): face.charWidths[code] / 1000 for code in face.charToGlyph if code >= 32
        }
        self.known = frozenset(self.ems) - {"\u00ad", "\uffff"}


REGULAR, BOLD = Face("Regular"), Face("Bold")
_SETTLED = frozenset(character for character in REGULAR.known if not unicodedata.combining(character))
# A TTFont holds a reading position while it is embedded: one document at a time.
_PRESS = threading.Lock()


class Style:
    """A face at a size, with its line height in points and its grey (0 is black)."""

    __slots__ = ("_space", "ems", "face", "grey", "leading", "size")

    def __init__(self, face: Face, size: float, leading: float, grey: float = 0.0) -> None:
        self.face, self.size, self.leading, self.grey = face, size, leading, grey
        self.ems = face.ems
        self._space = face.ems[" "] * size

    def width(self, text: str) -> float:
        """Width in points of text whose characters the font has."""
        return sum(map(self.ems.__getitem__, text), 0.0) * self.size

    def wrap(self, text: str, room: float) -> list[str]:
        """Break text at ordinary spaces into lines of at most room points; a longer word is broken anywhere."""
        if self.width(text) <= room:
            return [text]
        lines: list[str] = []
        line, used = "", 0.0
        for word in text.split(" "):
            wide = self.width(word)
            if line and used + self._space + wide <= room:
                line, used = f"{line} {word}", used + self._space + wide
                continue
            if line:
                lines.append(line)
            pieces = [word] if wide <= room else self._chop(word, room)
            lines += pieces[:-1]
            line = pieces[-1]
            used = self.width(line) if len(pieces) > 1 else wide
        return [*lines, line] if line or not lines else lines

    def _chop(self, word: str, room: float) -> list[str]:
        pieces: list[str] = []
        start, used = 0, 0.0
        for place, character in enumerate(word):
            wide = self.ems[character] * self.size
            if used + wide > room and place > start:
                pieces.append(word[start:place])
                start, used = place, 0.0
            used += wide
        return [*pieces, word[start:]]


class Ink:
    """Makes typed text printable and remembers the characters the font lacks, in the order they were met."""

    def __init__(self, replacement: str = REPLACEMENT) -> None:
        self._lacking: dict[str, None] = {}
        self._replacement = replacement
        # Where the box may not be read, a typed one is replaced like any other.
        stranger = {REPLACEMENT} - {replacement}
        self._settled, self._printable = _SETTLED - stranger, REGULAR.known - stranger

    def clean(self, text: str) -> str:
        """The text in one line: invisible marks dropped, each unknown character replaced by a visible sign, and the
        spaces of French punctuation made no-break.
        """
        text = _HELD.sub("\u00a0", text)
        if self._settled.issuperset(text):
            return text.strip() if text[:1] == " " or text[-1:] == " " else text
        text = unicodedata.normalize("NFC", text.translate(_FOLDED)).strip()
        return "".join(map(self._known, text))

    def _known(self, character: str) -> str:
        if character in self._printable:
            return character
        kind = unicodedata.category(character)
        if kind in {"Cc", "Cf"} or "\ufe00" <= character <= "\ufe0f":
            return ""
        if kind == "Zs":
            return " "
        self._lacking[character] = None
        return self._replacement

    @property
    def replaced(self) -> tuple[str, ...]:
        """The characters replaced so far."""
        return tuple(self._lacking)


class _Codes(dict[int, str]):
    """How each character of a face is spelled in one document, asked of the font the first time it is met."""

    def __init__(self, spell: Callable[[str], list[tuple[int, bytes]]]) -> None:
        super().__init__()
        self._spell = spell

    def __missing__(self, code: int) -> str:
        [(subset, spelled)] = self._spell(chr(code))
        # A font of a PDF holds 256 characters; those of a second one stay themselves and Sheet.text sees them.
        byte = spelled[0]
        plain = 32 <= byte < 127 and byte not in b"()\\"
        self[code] = (chr(byte) if plain else f"\\{byte:03o}") if subset == 0 else chr(0xF0000 + code)
        return self[code]


@dataclass(frozen=True, slots=True)
class Description:
    """What the file says of itself."""

    title: str
    author: str
    subject: str


class Sheet(Canvas):
    """A canvas that writes many short strings at known places, cheaply; the same bytes for the same strings."""

    _doc: Any

    def __init__(self, about: Description) -> None:
        self._bytes = BytesIO()
        super().__init__(
            self._bytes,
            pagesize=A4,
            invariant=1,
            pageCompression=1,
            pdfVersion=(1, 7),
            initialFontName=REGULAR.name,  # type: ignore[arg-type]  # the stub says float; without it Helvetica is named
            lang="fr-FR",
        )
        self.setTitle(about.title)
        self.setAuthor(about.author)
        self.setSubject(about.subject)
        self.setCreator(about.author)
        self.setViewerPreference("DisplayDocTitle", "true")
        self._codes = {face: _Codes(self._speller(face)) for face in (REGULAR, BOLD)}
        self._marks: list[str] = []
        self._set: tuple[Face | None, float, float] = (None, 0.0, 0.0)

    def _speller(self, face: Face) -> Callable[[str], list[tuple[int, bytes]]]:
        return lambda character: face.font.splitString(character, self._doc)

    def _font(self, face: Face, subset: int, size: float) -> str:
        return f"{face.font.getSubsetInternalName(subset, self._doc)} {size:g} Tf"

    def text(self, style: Style, x: float, y: float, text: str) -> None:
        """Write text with its baseline starting at (x, y)."""
        wanted = (style.face, style.size, style.grey)
        if wanted != self._set:
            self._marks.append(f"{style.grey:g} g {self._font(style.face, 0, style.size)}")
            self._set = wanted
        spelled = text.translate(self._codes[style.face])
        if not spelled.isascii():
            spelled = self._switching(style, text)
        self._marks.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm ({spelled}) Tj")

    def _switching(self, style: Style, text: str) -> str:
        """The rare text that needs a second font of 256 characters: change to it and back in the middle."""
        back = self._font(style.face, 0, style.size)
        spelled = ""
        for subset, raw in style.face.font.splitString(text, self._doc):
            other = self._font(style.face, subset, style.size)
            spelled += f") Tj {other} (" + "".join(f"\\{byte:03o}" for byte in raw)
        return f"{spelled}) Tj {back} ("

    def rules(self, lines: list[tuple[float, float, float, float]]) -> None:
        """Draw horizontal black rules: from x, to x, y, thickness."""
        for start, end, y, thick in lines:
            self._marks.append(f"{thick:g} w {start:.2f} {y:.2f} m {end:.2f} {y:.2f} l S")

    def watermark(self, style: Style, text: str) -> None:
        """Write text large across the page, to be drawn before anything else."""
        half = style.width(text) / 2
        slope = 0.5**0.5
        x, y = PAGE_WIDTH / 2 - half * slope, PAGE_HEIGHT / 2 - half * slope
        font, codes = self._font(style.face, 0, style.size), self._codes[style.face]
        matrix = f"{slope:.4f} {slope:.4f} {-slope:.4f} {slope:.4f} {x:.2f} {y:.2f} Tm"
        self._marks.append(f"BT {style.grey:g} g {font} {matrix} ({text.translate(codes)}) Tj ET")

    def begin_text(self) -> None:
        """Open a run of texts; no rule may be drawn before it ends."""
        self._marks.append("BT")
        self._set = (None, 0.0, 0.0)

    def end_text(self) -> None:
        """Close a run of texts."""
        self._marks.append("ET")

    def end_page(self) -> None:
        """Hand the page over and start a new one."""
        self.addLiteral("\n".join(self._marks))
        self._marks.clear()
        self.showPage()

    def finished(self) -> bytes:
        """The bytes of the whole document."""
        self.save()
        return self._bytes.getvalue()


def printed(about: Description, draw: Callable[[Sheet], None]) -> bytes:
    """Draw a document and return its bytes; one at a time, whatever the number of threads."""
    with _PRESS:
        sheet = Sheet(about)
        draw(sheet)
        return sheet.finished()
