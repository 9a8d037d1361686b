"""The neutral journal: a CSV that any finance application can be taught to read, one row per booking (rule B11)."""

from collections.abc import Iterator

from garage.domain.finance_exports import Bundle, HandedBill
from garage.domain.invoices.bill import BillKind
from garage.french import csv_lines
from garage.french.csv_lines import Cell

HEADER = (
    "Export", "Nature", "Numéro", "Date", "Trimestre", "Code", "Collectivité", "SIRET", "Code tiers", "Code service",
    "Engagement", "Article", "Fonction", "Code produit", "Service", "Exercice", "Année d’exécution", "Net",
    "Taux de TVA", "TVA", "Total", "Facture d’origine", "Exercice antérieur", "PDF", "SHA-256 du PDF",
)  # fmt: skip
KINDS = {
    BillKind.INVOICE: "Facture",
    BillKind.CREDIT_NOTE: "Avoir",
    BillKind.INTERNAL_STATEMENT: "Relevé interne",
}


def journal(bundle: Bundle) -> bytes:
    """The CSV in UTF-8; credit notes are negative, so that columns sum to what the bundle comes to."""
    rows = (row for bill in bundle.bills for row in _rows(bundle, bill))
    return "".join(csv_lines.lines(HEADER, rows)).encode("utf-8")


def _rows(bundle: Bundle, bill: HandedBill) -> Iterator[tuple[Cell, ...]]:
    to, sign = bill.addressee, bill.sign
    for row in bundle.of(bill):
        yield (
            bundle.number, KINDS[bill.kind], bill.number, bill.issued_on, str(bill.quarter), to.code, to.name,
            bill.debtor.siret, bill.debtor.code, bill.code_service, bill.engagement, row.article, row.function,
            row.product_code, row.service, bill.exercise, row.year, sign * row.net, row.rate, sign * row.vat,
            sign * row.gross, bill.credited.number if bill.credited else None,
            "oui" if bill.earlier_year else None, bill.file, bill.sha256,
        )  # fmt: skip
