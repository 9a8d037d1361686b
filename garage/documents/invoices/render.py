"""A bill as a PDF: frozen values in, bytes out. No figure is computed here, no file is written (rules B9, B10)."""

from dataclasses import astuple, dataclass, replace

from garage.documents.facturx.container import archived
from garage.documents.facturx.xml import electronic_ink, xml_with
from garage.documents.flow import Row, draw, paginate, right
from garage.documents.invoices.identity import opening
from garage.documents.invoices.lines import Body, price_sources
from garage.documents.invoices.table import TINY
from garage.documents.invoices.totals import closing
from garage.documents.style import (
    BOLD,
    BOTTOM,
    FOOT,
    HAIRLINE,
    LEFT,
    PAGE_HEIGHT,
    RIGHT,
    RULE,
    TOP,
    Description,
    Ink,
    Sheet,
    Style,
    printed,
)
from garage.domain.invoices.bill import Bill, BillFormat
from garage.french import bill as words

_WATERMARK = Style(BOLD, 130, 130, grey=0.93)
_RUNNING = Style(BOLD, 7.8, 10)
_RUNNING_TOP = PAGE_HEIGHT - 36.0


@dataclass(frozen=True, slots=True)
class RenderedBill:
    """The bytes of the PDF, its number of pages, and the characters the font lacks, each printed as a boxed «?»."""

    content: bytes
    pages: int
    replaced: tuple[str, ...]


def render(bill: Bill) -> RenderedBill:
    """Print a bill; the same bill gives the same bytes (rule B9).

    An issued bill is PDF/A-3, with the XML of EN 16931 inside when it is an invoice or its credit note; a bill of the
    old format and a draft are plain PDFs. Raises BillXmlRefused.
    """
    if bill.format is BillFormat.PLAIN or bill.number is None or bill.issued_on is None:
        return _drawn(bill, Ink())[0]
    ink = electronic_ink()
    xml = xml_with(bill, ink) if bill.is_electronic else None
    drawn, about = _drawn(bill, ink)
    return replace(drawn, content=archived(drawn.content, about, bill.issued_on, xml))


def _drawn(bill: Bill, ink: Ink) -> tuple[RenderedBill, Description]:
    body = Body(bill, ink, sourced=len(price_sources(bill)) > 1)
    rows = [*opening(bill, ink), *body.rows()]
    rows[-1].keep = True  # the totals never stand alone on a page
    rows += closing(bill, ink)
    lines = _RUNNING.wrap(ink.clean(words.running_head(bill)), RIGHT - LEFT)
    running = Row(0.0, [(_RUNNING, LEFT, place * _RUNNING.leading, line) for place, line in enumerate(lines)])
    top = _RUNNING_TOP - len(lines) * _RUNNING.leading - 6.0
    pages = paginate(rows, first_top=TOP, top=top, bottom=BOTTOM)
    about = Description(words.document_title(bill), bill.issuer.name, words.subject(bill))
    if bill.format is not BillFormat.PLAIN:
        about = Description(*map(ink.clean, astuple(about)))

    def put(sheet: Sheet) -> None:
        for number, page in enumerate(pages, 1):
            if bill.number is None:
                sheet.watermark(_WATERMARK, words.DRAFT)
            foot = [(TINY, LEFT, FOOT, words.name(bill)), right(TINY, RIGHT, FOOT, words.page(number, len(pages)))]
            rules = [(LEFT, RIGHT, FOOT + 11.0, HAIRLINE)]
            if number > 1:
                page.insert(0, (_RUNNING_TOP, running))
                rules.insert(0, (LEFT, RIGHT, top + _RUNNING.leading + 1.5, RULE))
            draw(sheet, page, foot, rules)

    return RenderedBill(printed(about, put), len(pages), ink.replaced), about
