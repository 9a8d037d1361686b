"""The PDF of an order to a supplier: its words, its pages, the same bytes for the same values."""

from dataclasses import replace
from io import BytesIO

from pypdf import PdfReader

from garage.documents.purchase_order import OrderedLine, PurchaseOrderSheet, render
from garage.documents.style import REGULAR, Style
from garage.french import purchases as words

SHEET = PurchaseOrderSheet(
    title=words.TITLE,
    number="CF-2026-00012",
    issuer="Communauté de communes du Pays fouesnantais",
    issuer_lines=["11 espace de Kerourgué", "29170 Fouesnant"],
    supplier_title=words.SUPPLIER,
    supplier=["Filtres Martin", "2 rue du Port", "Notre numéro de client : C-88"],
    facts=["Commande du 12/10/2026", "Livraison souhaitée avant le 15/10/2026"],
    heads=words.COLUMNS,
    lines=[OrderedLine("FM-10", "Filtre à huile (notre référence FILTRE)", ("6 u", "11,50", "69,00 €"))],
    total=(words.TOTAL, "69,00 €"),
    notes=["Livrer avant midi", words.PRICES],
)


def text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\u00a0", " ")


def test_it_says_who_orders_what_from_whom() -> None:
    said = text(render(SHEET))
    for told in ("Bon de commande", "CF-2026-00012", "Filtres Martin", "29170 Fouesnant", "FM-10", "Filtre à huile",
                 "6 u", "11,50", "69,00 €", "Livrer avant midi", "page 1"):  # fmt: skip
        assert told.lower() in said.lower(), told


def test_the_same_values_give_the_same_bytes() -> None:
    assert render(SHEET) == render(replace(SHEET))


def test_two_hundred_lines_repeat_the_head_and_keep_the_total() -> None:
    long = OrderedLine(
        "UNE-REFERENCE-TRES-LONGUE-SANS-ESPACE-0123456789",
        "Désignation de soixante lettres au moins pour un flexible hydraulique renforcé",
        ("1 234,5 m", "1 234,5678", "1 524 074,23 €"),
    )
    reader = PdfReader(BytesIO(render(replace(SHEET, lines=[long] * 200))))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 5
    assert all("Désignation" in page for page in pages)
    assert "69,00" in pages[-1]
    assert "UNE-REFERENCE" in pages[-1]


def test_the_widest_figures_stand_apart() -> None:
    amount = "1\u202f524\u202f074,23\u00a0€"
    line = OrderedLine("FM-10", "Vérin", ("1\u202f234,5\u00a0m", "1\u202f234,5678", amount))
    starts: dict[float, list[float]] = {}

    def note(operator: bytes, operands: list[float], _cm: object, _tm: object) -> None:
        if operator == b"Tm":
            starts.setdefault(float(operands[5]), []).append(float(operands[4]))

    PdfReader(BytesIO(render(replace(SHEET, lines=[line])))).pages[0].extract_text(visitor_operand_before=note)
    (row,) = (found for found in starts.values() if len(found) == 5 and found[-1] < 500)
    assert row[3] + Style(REGULAR, 9, 11.5).width("1\u202f234,5678") + 4 < row[4]


def test_without_prices_there_is_no_total() -> None:
    line = OrderedLine("–", "Vis", ("100 u", "–", "–"))
    assert words.TOTAL not in text(render(replace(SHEET, lines=[line], total=None)))
