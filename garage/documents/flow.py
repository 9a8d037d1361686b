"""Rows of a document and where they fall on its pages. No font and no word here: a row knows its own height."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from garage.documents.style import Sheet, Style

Text = tuple[Style, float, float, str]
Rule = tuple[float, float, float, float]


@dataclass(slots=True)
class Row:
    """A strip across the page: texts and rules placed from its top, and how it behaves at the foot of a page.

    `keep` holds it on the same page as the row below; `carry` is printed again at the top of a page that begins here.
    """

    height: float
    texts: list[Text] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    keep: bool = False
    carry: tuple["Row", ...] = ()


Page = list[tuple[float, Row]]


def draw(sheet: Sheet, page: Page, texts: Sequence[Text], rules: Sequence[Rule]) -> None:
    """Print a page: its rows, then texts and rules whose heights are those of the sheet, such as its foot."""
    sheet.begin_text()
    for top, row in page:
        for style, x, dy, text in row.texts:
            sheet.text(style, x, top - dy, text)
    for style, x, y, text in texts:
        sheet.text(style, x, y, text)
    sheet.end_text()
    sheet.rules([(start, end, top - dy, thick) for top, row in page for start, end, dy, thick in row.rules] + [*rules])
    sheet.end_page()


def right(style: Style, x: float, y: float, text: str) -> Text:
    """A text that ends at x."""
    return (style, x - style.width(text), y, text)


def paginate(rows: Sequence[Row], *, first_top: float, top: float, bottom: float) -> list[Page]:
    """Place rows from top to bottom, page after page; rows kept together move together.

    A group taller than a page is broken between its rows. Linear in the number of rows.
    """
    pages: list[Page] = [[]]
    y = first_top
    start = 0
    while start < len(rows):
        end, tall = start, rows[start].height
        while rows[end].keep and end + 1 < len(rows):
            end += 1
            tall += rows[end].height
        if tall > top - bottom - sum(row.height for row in rows[start].carry):
            end, tall = start, rows[start].height
        if y - tall < bottom and pages[-1]:
            pages.append([])
            y = top
            for row in rows[start].carry:
                pages[-1].append((y, row))
                y -= row.height
        for row in rows[start : end + 1]:
            pages[-1].append((y, row))
            y -= row.height
        start = end + 1
    return pages
