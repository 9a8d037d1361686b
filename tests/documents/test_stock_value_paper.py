"""The stock on paper: tables over pages, heads again on each, the same bytes each time (rule S6)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

from pypdf import PdfReader

from garage.db.queries.stock_value import Line
from garage.documents.stock_value import Column, Paper, Table, render
from garage.operations.stock_papers import valuation


def paper(count: int) -> Paper:
    columns = (Column("Référence", 3), Column("Désignation", 5), Column("Valeur (€)", 2, number=True))
    rows = [(f"R{n:04d}", "Une désignation longue " * (1 + n % 4), f"{n},00") for n in range(count)]
    return Paper(
        title="Valeur du stock au 31/12/2025",
        subject="Valeur du stock",
        issuer="Communauté de communes",
        method=("Quantités à la fin du jour.",),
        tables=(Table("Par pièce et casier", columns, [*rows, ("Total", "", "499\u202f500,00")], totals=1),),
        foot="Valeur du stock au 31/12/2025, imprimée le 05/01/2026",
    )


def test_every_row_is_printed_once_under_its_heads() -> None:
    pages = PdfReader(BytesIO(render(paper(300)))).pages
    texts = [page.extract_text() for page in pages]
    assert len(pages) > 3
    assert all("Désignation" in text and "Référence" in text for text in texts)
    whole = "\n".join(texts)
    assert all(whole.count(f"R{n:04d}") == 1 for n in range(300))
    assert texts[-1].count("Total") == 1
    assert "R0299" in texts[-1], "the total is never alone on its page"
    assert "Communauté de communes" in texts[0]


def test_the_same_values_give_the_same_bytes() -> None:
    assert render(paper(40)) == render(paper(40)) != render(paper(41))


def test_an_empty_table_is_only_its_total() -> None:
    assert "Total" in PdfReader(BytesIO(render(paper(0)))).pages[0].extract_text()


def test_families_are_in_the_order_of_the_dictionary() -> None:
    one = Decimal(1)
    lines = [
        Line(n, 1, "Magasin", "A1", f"R{n}", "Pièce", family, "u", one, one, one)
        for n, family in enumerate(("Serrurerie", "Électricité", "Freinage"))
    ]
    table = valuation(date(2025, 12, 31), "Communauté de communes", lines, ("", "")).tables[0]
    assert [row[0] for row in table.rows] == ["Électricité", "Freinage", "Serrurerie", "Total"]
