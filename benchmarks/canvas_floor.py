"""The floor under printing: the same strings at the same places through a bare ReportLab canvas.

The strings are taken once from the real layout, as it writes them; then one canvas per bill, `setFont` where the font
changes and `drawString` for each string, the same embedded fonts, saved to a file and flushed to disk. No measuring,
no wrapping, no rule, no grey, no database: what is left is what ReportLab and the disk cost.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from benchmarks.measure import answer, measured
from garage.db.models.invoices import Invoice
from garage.db.queries import invoices
from garage.db.session import Database
from garage.documents import style
from garage.documents.invoices.render import render

Mark = tuple[str, float, float, float, str]
Bill = list[list[Mark]]


class _Recorder(style.Sheet):
    """The real sheet, which also remembers what it writes: font, size, place, string."""

    bills: list[Bill]

    def __init__(self, about: style.Description) -> None:
        super().__init__(about)
        self.bills.append([[]])

    def text(self, style: style.Style, x: float, y: float, text: str) -> None:
        self.bills[-1][-1].append((style.face.name, style.size, round(x, 2), round(y, 2), text))
        super().text(style, x, y, text)

    def end_page(self) -> None:
        super().end_page()
        self.bills[-1].append([])


def record(url: str, path: str) -> dict[str, int]:
    """Lay out every issued bill of a database and keep what is written, as JSON."""
    _Recorder.bills = []
    database = Database(url)
    with database.reading() as session, patch.object(style, "Sheet", _Recorder):
        for invoice_id in session.scalars(select(Invoice.id).order_by(Invoice.id)):
            render(invoices.bill(session, invoice_id))
    database.dispose()
    bills = [[page for page in bill if page] for bill in _Recorder.bills]
    Path(path).write_text(json.dumps(bills), encoding="utf-8")
    return {"bills": len(bills), "pages": sum(map(len, bills)), "strings": sum(len(p) for bill in bills for p in bill)}


def draw(bills: Sequence[Bill], folder: Path) -> None:
    """One file per bill."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, pages in enumerate(bills, 1):
        path = folder / f"{place:05d}.pdf"
        canvas = Canvas(str(path), pagesize=A4, pageCompression=1)
        for page in pages:
            present: tuple[str, float] | None = None
            for font, size, x, y, text in page:
                if present != (font, size):
                    canvas.setFont(font, size)
                    present = (font, size)
                canvas.drawString(x, y, text)
            canvas.showPage()
        canvas.save()
        handle = os.open(path, os.O_RDWR)
        os.fsync(handle)
        os.close(handle)


def floor(path: str, folder: str) -> dict[str, Any]:
    """Draw what `record` kept; returns how many bills, and what it cost."""
    bills: list[Bill] = json.loads(Path(path).read_text(encoding="utf-8"))
    with measured() as cost:
        draw(bills, Path(folder))
    return {"bills": len(bills)} | asdict(cost)


def work(do: str, **what: str) -> dict[str, Any]:
    """Record or draw."""
    return record(**what) if do == "record" else floor(**what)


if __name__ == "__main__":
    answer(work)
