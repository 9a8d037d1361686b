"""The files that Magnus (Berger-Levrault) reads: entries, detail of the avis des sommes à payer, attachments.

Places and lengths of fields are those of the published format, version 18: docs/formats-export.md tells each.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from garage.documents.exports.words import capitals, halves
from garage.domain.finance_exports import Bundle, Entry, HandedBill, merged, portions, titled
from garage.domain.money import ZERO
from garage.domain.settings import Magnus

ENTRIES, DETAIL, ATTACHMENTS = "WTAMC001.txt", "WTAMC001AS.txt", "WTAMC001PJ.txt"
_FIELDS: Final = {ENTRIES: 123, DETAIL: 17, ATTACHMENTS: 8}
_VERSION: Final = "18"
_PUBLIC_ON_CHORUS: Final = "02"
_COMPLEMENT: Final = "008"
# Fields that say the same of every titre of a garage: no direct debit, nothing paid before, a resident debtor.
_ALWAYS: Final = {
    2: "T", 3: "O", 24: "R", 32: "0", 33: "0", 44: "N", 45: "N", 46: "N", 47: "N", 50: "N", 51: "0", 70: "N",
    71: "N", 76: "N", 80: "N", 84: "N", 90: _VERSION, 94: "01", 97: "0", 98: "01", 108: "O", 109: "N",
    112: _PUBLIC_ON_CHORUS,
}  # fmt: skip


def magnus(bundle: Bundle, settings: Magnus) -> dict[str, bytes]:
    """The three texts by name, in ASCII; only invoices are in them."""
    texts: dict[str, list[str]] = {ENTRIES: [], DETAIL: [], ATTACHMENTS: []}
    for place, bill in enumerate((one for one in bundle.bills if titled(one)), 1):
        key = str(place)
        for rank, row in enumerate(merged(bundle.of(bill))):
            fields = {**_titre(bill, settings, bundle.made_on), **_booked(row), 1: key, 7: "S" if rank else "M"}
            texts[ENTRIES].append(_line(ENTRIES, fields))
        texts[DETAIL] += _detail(bill, key)
        texts[ATTACHMENTS].append(_line(ATTACHMENTS, _attachment(bill, key)))
    return {name: "".join(f"{line}\r\n" for line in lines).encode("ascii") for name, lines in texts.items()}


def _titre(bill: HandedBill, settings: Magnus, made_on: date) -> dict[int, str]:
    to, debtor = bill.addressee, bill.debtor
    name, more = halves(capitals(to.name, 200), 50)
    address = [capitals(line, 50) for line in bill.address.splitlines() if line.strip()]
    fields = _ALWAYS | {
        4: settings.collectivity,
        5: settings.budget,
        6: str(bill.exercise),
        8: debtor.code or "",
        10: name,
        11: more,
        15: capitals(bill.postal_code, 10),
        16: capitals(bill.city, 50),
        18: capitals(_subject(bill), 50),
        20: bill.file.removesuffix(".pdf")[:50],
        25: _day(bill.issued_on),
        27: settings.operation,
        28: settings.service,
        38: debtor.legal_nature or "",
        68: settings.court,
        91: debtor.category or "",
        92: debtor.legal_nature or "",
        95: debtor.siret or "",
        111: bill.number,
        113: made_on.strftime("%Y%m%d"),
    }
    return fields | dict(zip((12, 13, 14), address, strict=False))


def _booked(row: Entry) -> dict[int, str]:
    return {
        26: row.article,
        29: row.function,
        30: f"{row.net:.2f}",
        31: f"{row.vat:.2f}",
        40: f"{row.rate if row.vat else ZERO:.2f}",
        54: row.product_code,
    }


def _detail(bill: HandedBill, key: str) -> list[str]:
    """A row per billed line; its gross holds its own share of the VAT, so that the rows sum to the bill."""
    taxes = [ZERO] * len(bill.lines)
    for one in portions(bill):
        taxes[one.line] += one.vat
    rows: list[str] = []
    for rank, (line, vat) in enumerate(zip(bill.lines, taxes, strict=True), 1):
        first, last = (line.done_on or bill.quarter.first_day), (line.done_on or bill.quarter.last_day)
        words = {1: _VERSION, 2: key, 3: _day(first), 4: _day(last), 5: capitals(line.label, 200)}
        fee = line.done_on is None
        figures = {
            6: "1.00" if fee else _number(line.quantity),
            10: _number(line.net if fee else line.unit_price),
            13: f"{line.net:.2f}",
            16: f"{line.net + vat:.2f}",
            17: str(rank),
        }
        rows.append(_line(DETAIL, words, figures))
    return rows


def _attachment(bill: HandedBill, key: str) -> dict[int, str]:
    return {1: key, 2: bill.file, 3: capitals(_subject(bill), 255), 4: _COMPLEMENT, 6: "02", 7: "06", 8: _VERSION}


def _subject(bill: HandedBill) -> str:
    return f"Facture {bill.number} trimestre {bill.quarter.number} {bill.quarter.year}"


def _line(file: str, words: Mapping[int, str], figures: Mapping[int, str] | None = None) -> str:
    """A row: every field quoted, but the figures of the detail."""
    bare = figures or {}
    fields = (bare.get(place) or f'"{_safe(words.get(place, ""))}"' for place in range(1, _FIELDS[file] + 1))
    return ";".join(fields)


def _safe(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii").replace('"', "'").replace(";", ",")


def _number(value: Decimal) -> str:
    """A number with a dot, zeros cut after the second decimal."""
    text = f"{value:f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def _day(value: date) -> str:
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
