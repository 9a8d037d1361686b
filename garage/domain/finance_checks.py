"""What is missing before a file for the finance application can be made: said first, never half made (rule B11)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from garage.domain.finance_exports import (
    Entry,
    ExportFile,
    HandedBill,
    Lack,
    Missing,
    posted,
    reduced,
    tariff_nature,
    titled,
)
from garage.domain.settings import BillingSettings, Imputation

_DIGITS = re.compile(r"[0-9]+")
_POST = re.compile(r"02[AB][0-9]{3,4}|[0-9]{6,7}")
_PRODUCT = re.compile(r"(?!0+$)[0-9A-Za-z]{1,4}")
_LIMITS = {"collectivity": 10, "budget": 10, "operation": 10, "service": 15, "court": 100}
ARTICLE_MAGNUS, ARTICLE_PES, FUNCTION, CODE = 10, 12, 10, 15


def missing(bills: Sequence[HandedBill], settings: BillingSettings, rows: dict[int, list[Entry]]) -> list[Missing]:
    """Everything that keeps a file from being made, each reason once."""
    due = [bill for bill in bills if titled(bill)]
    drafted = [bill for bill in bills if posted(bill)]
    found = [*_articles(bills, settings, ExportFile.JOURNAL)]
    if due:
        found += [*_articles(due, settings, ExportFile.MAGNUS), *_magnus(due, settings, rows)]
    else:
        found.append(Missing(ExportFile.MAGNUS, Lack.NOTHING))
    if drafted:
        found += [*_articles(drafted, settings, ExportFile.PES), *_pes(drafted, settings, rows)]
    else:
        found += _unaddressed(bills) or [Missing(ExportFile.PES, Lack.NOTHING)]
    return list(dict.fromkeys(found))


def _unaddressed(bills: Iterable[HandedBill]) -> list[Missing]:
    return [
        Missing(ExportFile.PES, Lack.ADDRESS, f"{bill.addressee.name} ({bill.number})")
        for bill in bills
        if (titled(bill) or reduced(bill)) and not bill.addressed
    ]


def _articles(bills: Iterable[HandedBill], settings: BillingSettings, file: ExportFile) -> Iterator[Missing]:
    for bill in bills:
        for line in bill.lines:
            nature = tariff_nature(line.nature)
            if line.net and not (line.article or settings.imputations.get(nature, Imputation()).article).strip():
                yield Missing(file, Lack.ARTICLE, nature.value)


def _magnus(bills: Iterable[HandedBill], settings: BillingSettings, rows: dict[int, list[Entry]]) -> Iterator[Missing]:
    file, magnus = ExportFile.MAGNUS, settings.magnus
    if not magnus.collectivity:
        yield Missing(file, Lack.MAGNUS_COLLECTIVITY)
    if not magnus.budget:
        yield Missing(file, Lack.MAGNUS_BUDGET)
    for name, limit in _LIMITS.items():
        if len(getattr(magnus, name)) > limit:
            yield Missing(file, Lack.MAGNUS_LENGTH, name)
    for bill in bills:
        yield from _debtor(file, bill)
        yield from _coded(file, bill)
        for row in rows[bill.id]:
            yield from _written(file, row)


def _coded(file: ExportFile, bill: HandedBill) -> Iterator[Missing]:
    if not bill.debtor.code:
        yield Missing(file, Lack.THIRD_PARTY, bill.addressee.name)
    elif len(bill.debtor.code) > CODE:
        yield Missing(file, Lack.THIRD_PARTY_LENGTH, bill.addressee.name)


def _written(file: ExportFile, row: Entry) -> Iterator[Missing]:
    if len(row.article) > ARTICLE_MAGNUS:
        yield Missing(file, Lack.ARTICLE_FORM, row.article)
    if len(row.function) > FUNCTION:
        yield Missing(file, Lack.FUNCTION_FORM, row.function)
    if row.product_code and not _PRODUCT.fullmatch(row.product_code):
        yield Missing(file, Lack.PRODUCT_CODE, row.article)


def _debtor(file: ExportFile, bill: HandedBill) -> Iterator[Missing]:
    if not bill.debtor.siret:
        yield Missing(file, Lack.SIRET, bill.addressee.name)
    if not (bill.debtor.category and bill.debtor.legal_nature):
        yield Missing(file, Lack.THIRD_PARTY_CATEGORY, bill.addressee.name)


def _pes(bills: Sequence[HandedBill], settings: BillingSettings, rows: dict[int, list[Entry]]) -> Iterator[Missing]:
    file, pes = ExportFile.PES, settings.pes
    if not _POST.fullmatch(pes.post):
        yield Missing(file, Lack.PES_POST)
    if not re.fullmatch(r"[0-9]{3}", pes.collectivity_code) or pes.collectivity_code == "000":
        yield Missing(file, Lack.PES_COLLECTIVITY)
    if not re.fullmatch(r"[0-9A-Z][0-9]", pes.budget_code):
        yield Missing(file, Lack.PES_BUDGET)
    if not bills[0].issuer.siret:
        yield Missing(file, Lack.ISSUER_SIRET)
    for bill in bills:
        yield from _debtor(file, bill)
        for row in rows[bill.id]:
            yield from _booked(file, row)


def _booked(file: ExportFile, row: Entry) -> Iterator[Missing]:
    if row.article and not (_DIGITS.fullmatch(row.article) and len(row.article) <= ARTICLE_PES and int(row.article)):
        yield Missing(file, Lack.ARTICLE_FORM, row.article)
    if row.function and not (_DIGITS.fullmatch(row.function) and len(row.function) <= FUNCTION):
        yield Missing(file, Lack.FUNCTION_FORM, row.function)
    if not _PRODUCT.fullmatch(row.product_code):
        yield Missing(file, Lack.PRODUCT_CODE, row.article)
