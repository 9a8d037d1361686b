"""Reads a printed bill back: every text with its page, place, face, size and width, from the file's own operators."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

PAGE_WIDTH = 595.28
RIGHT = PAGE_WIDTH - 45.0


@dataclass(frozen=True)
class Shown:
    page: int
    x: float
    y: float
    text: str
    bold: bool
    size: float
    width: float

    @property
    def right(self) -> float:
        return self.x + self.width


class _Font:
    def __init__(self, font: Any) -> None:
        cmap = font["/ToUnicode"].get_data().decode("ascii")
        pairs = re.findall(r"<([0-9A-F]{2})> <([0-9A-F]{4})>", cmap)
        self.letters = {int(code, 16): chr(int(letter, 16)) for code, letter in pairs}
        self.widths = [float(width) for width in font["/Widths"]]
        self.bold = "Bold" in font["/BaseFont"]
        self.embedded = "/FontFile2" in font["/FontDescriptor"]
        self.subset = re.fullmatch(r"/[A-Z]{6}\+.+", font["/BaseFont"]) is not None


def reader(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def fonts(content: bytes) -> list[_Font]:
    found = {}
    for page in reader(content).pages:
        found.update(page["/Resources"]["/Font"].items())
    return [_Font(font) for font in found.values()]


def plain(text: str) -> str:
    """No-break spaces as spaces: a PDF keeps no difference between U+00A0 and a space."""
    return text.replace("\u00a0", " ")


def shown(content: bytes) -> list[Shown]:
    pdf = reader(content)
    known: dict[int, _Font] = {}
    texts: list[Shown] = []
    for number, page in enumerate(pdf.pages, 1):
        names = page["/Resources"]["/Font"]
        font, size, matrix = None, 0.0, [1.0, 0, 0, 1, 0, 0]
        for operands, operator in ContentStream(page.get_contents(), pdf).operations:
            if operator == b"Tf":
                reference = names.raw_get(operands[0])
                key = reference.idnum
                if key not in known:
                    known[key] = _Font(reference.get_object())
                font, size = known[key], float(operands[1])
            elif operator == b"Tm":
                matrix = [float(value) for value in operands]
            elif operator == b"Tj" and font is not None and matrix[1] == 0:
                value = operands[0]
                raw = value.original_bytes
                letters = "".join(font.letters[code] for code in raw)
                width = sum(font.widths[code] for code in raw) * size / 1000
                texts.append(Shown(number, matrix[4], matrix[5], letters, font.bold, size, width))
    return texts


def whole(texts: list[Shown]) -> str:
    """All the words in reading order, lines of a wrapped text joined again by one space."""
    return re.sub(r"[ \n]+", " ", plain(" ".join(text.text for text in texts)))
