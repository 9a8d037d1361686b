"""What is handed to the finance application: bills as booked, line by line, to the cent (rule B11). No file here.

Amounts in euros are positive here, credit notes included: `sign` says what they do to a total.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from garage.domain.collectivities import CollectivityKind
from garage.domain.errors.finance_exports import ExportUnbalanced
from garage.domain.invoices.bill import BilledNature, BillKind, Party, VatShare
from garage.domain.money import ZERO, spread
from garage.domain.periods import Quarter
from garage.domain.settings import Imputation
from garage.domain.tariffs import TariffNature

_NATURES = {
    BilledNature.LABOUR: TariffNature.LABOUR,
    BilledNature.FLAT: TariffNature.FLAT,
    BilledNature.PART: TariffNature.PARTS,
    BilledNature.EXTERNAL: TariffNature.EXTERNAL,
    BilledNature.STRUCTURE: TariffNature.STRUCTURE,
}
# Category of a third party and legal nature, as Hélios pairs them, where the collectivity's own record has none.
THIRD_PARTY_CODES = {
    CollectivityKind.COMMUNE: ("23", "09"),
    CollectivityKind.EPCI: ("24", "09"),
    CollectivityKind.SYNDICAT: ("24", "09"),
    CollectivityKind.CCAS: ("26", "09"),
    CollectivityKind.SPL: ("60", "03"),
}


class ExportFile(StrEnum):
    """The files of a bundle that need settings: each is made whole or left out."""

    JOURNAL = "journal"
    MAGNUS = "magnus"
    PES = "pes"


class Lack(StrEnum):
    """What keeps a file from being made."""

    ARTICLE = "article"
    ARTICLE_FORM = "article_form"
    FUNCTION_FORM = "function_form"
    PRODUCT_CODE = "product_code"
    MAGNUS_COLLECTIVITY = "magnus_collectivity"
    MAGNUS_BUDGET = "magnus_budget"
    MAGNUS_LENGTH = "magnus_length"
    PES_POST = "pes_post"
    PES_COLLECTIVITY = "pes_collectivity"
    PES_BUDGET = "pes_budget"
    ISSUER_SIRET = "issuer_siret"
    THIRD_PARTY = "third_party"
    THIRD_PARTY_LENGTH = "third_party_length"
    THIRD_PARTY_CATEGORY = "third_party_category"
    SIRET = "siret"
    ADDRESS = "address"
    SCHEMA = "schema"
    INVALID = "invalid"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that cannot be made, why, and what it is about: a nature, a collectivity, a field."""

    file: ExportFile
    lack: Lack
    about: str = ""


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A billed line as accounting sees it; `group` ties a structure fee to the lines it is a percentage of (M5)."""

    nature: BilledNature
    label: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    vat_rate: Decimal
    article: str | None
    done_on: date | None
    service: str | None
    group: tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """The debtor as the finance application knows it; the address of its record is for a bill that has none."""

    code: str | None
    siret: str | None
    category: str | None
    legal_nature: str | None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class FirstBill:
    """The bill that a credit note lowers, with its titre once known."""

    number: str
    issued_on: date
    quarter: Quarter
    titre: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class HandedBill:
    """A bill or credit note of a bundle, from its frozen rows; `file` is its PDF's name, empty while not printed.

    An `electronic` one has its XML inside the PDF. `titre` is its own year and number once the finance application
    gave one; `taken_back` is what credit notes took back, gross euros.
    """

    id: int
    kind: BillKind
    number: str
    issued_on: date
    quarter: Quarter
    issuer: Party
    addressee: Party
    debtor: ThirdParty
    code_service: str | None
    engagement: str | None
    net: Decimal
    vat: Decimal
    gross: Decimal
    vat_shares: tuple[VatShare, ...]
    lines: tuple[BookedLine, ...]
    credited: FirstBill | None = None
    reason: str | None = None
    file: str = ""
    sha256: str = ""
    electronic: bool = True
    titre: tuple[int, str] | None = None
    taken_back: Decimal = ZERO

    @property
    def address(self) -> str:
        """The street of the bill, else of the record."""
        return _filled(self.addressee.address, self.debtor.address)

    @property
    def postal_code(self) -> str:
        """The postal code of the bill, else of the record, without spaces."""
        return _filled(self.addressee.postal_code, self.debtor.postal_code).replace(" ", "")

    @property
    def city(self) -> str:
        """The city of the bill, else of the record."""
        return _filled(self.addressee.city, self.debtor.city)

    @property
    def addressed(self) -> bool:
        """Whether a PES can hold its address: street, postal code of 5 digits, city."""
        return bool(self.address and self.city and re.fullmatch(r"[0-9]{5}", self.postal_code))

    @property
    def sign(self) -> int:
        return -1 if self.kind is BillKind.CREDIT_NOTE else 1

    @property
    def exercise(self) -> int:
        """The budget year: in January the year before is still open for what it earned (art. D.2342-3 CGCT)."""
        return exercise(self.issued_on, self.quarter)

    @property
    def earlier_year(self) -> bool:
        """Whether it corrects a bill of a budget year that is over («exercice antérieur», rule B8)."""
        first = self.credited
        if first is None:
            return False
        return (first.titre[0] if first.titre else exercise(first.issued_on, first.quarter)) < self.exercise


@dataclass(frozen=True, slots=True)
class Portion:
    """A line, or the part of a structure fee that one year and service bear, with its own VAT."""

    line: int
    service: str | None
    year: int
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the neutral journal: what of a bill goes to one article, year of execution, service and VAT rate."""

    article: str
    function: str
    product_code: str
    service: str | None
    year: int
    rate: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a bundle in euros, credit notes taken off."""

    bills: int
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def _filled(own: str | None, record: str | None) -> str:
    return (own or "").strip() or (record or "").strip()


def exercise(issued_on: date, quarter: Quarter) -> int:
    """The budget year of a bill: the quarter's own until 31 January after it, then the year of issue.

    >>> exercise(date(2027, 1, 20), Quarter(2026, 4)), exercise(date(2027, 2, 1), Quarter(2026, 4))
    (2026, 2027)
    """
    last_month = issued_on.month == 1 and issued_on.year == quarter.year + 1
    return quarter.year if last_month else issued_on.year


def tariff_nature(nature: BilledNature) -> TariffNature:
    """The line of the settings that books a nature of billed line."""
    return _NATURES[nature]


def portions(bill: HandedBill) -> list[Portion]:
    """Every line by year and service, a structure fee shared by the nets it rests on; VAT to the cent (M6, E9).

    A fee without dated base counts for the quarter's year. Raises ExportUnbalanced when lines and totals differ.
    """
    shared = [part for place, line in enumerate(bill.lines) for part in _shared(bill, place, line)]
    _check(bill)
    for share in bill.vat_shares:
        places = [place for place, one in enumerate(shared) if bill.lines[one.line].vat_rate == share.rate]
        for place, vat in zip(places, _weighed(share.vat, [shared[place].net for place in places]), strict=True):
            one = shared[place]
            shared[place] = Portion(one.line, one.service, one.year, one.net, vat)
    if sum((one.vat for one in shared), ZERO) != bill.vat:
        raise ExportUnbalanced(bill.number)
    return shared


def _weighed(total: Decimal, nets: list[Decimal]) -> list[Decimal]:
    """The shares of an amount; where nothing weighs anything the first takes it all."""
    return spread(total, nets) if any(nets) else [total, *(ZERO for _ in nets[1:])][: len(nets)]


def _shared(bill: HandedBill, place: int, line: BookedLine) -> list[Portion]:
    if line.done_on is not None:
        return [Portion(place, line.service, line.done_on.year, line.net, ZERO)]
    bases: dict[tuple[int, str | None], Decimal] = {}
    for other in bill.lines:
        if other.done_on is not None and other.group == line.group and other.vat_rate == line.vat_rate:
            key = other.done_on.year, other.service
            bases[key] = bases.get(key, ZERO) + other.net
    if not any(bases.values()):
        return [Portion(place, None, bill.quarter.year, line.net, ZERO)]
    parts = spread(line.net, list(bases.values()))
    return [Portion(place, service, year, net, ZERO) for (year, service), net in zip(bases, parts, strict=True)]


def _check(bill: HandedBill) -> None:
    """A bundle is refused whole when a bill does not foot: lines, rates and totals must be the same euros."""
    nets: dict[Decimal, Decimal] = {}
    for line in bill.lines:
        nets[line.vat_rate] = nets.get(line.vat_rate, ZERO) + line.net
    by_rate = {share.rate: share.net for share in bill.vat_shares}
    lines_foot = sum(nets.values(), ZERO) == bill.net
    vat_foots = sum((share.vat for share in bill.vat_shares), ZERO) == bill.vat
    rates_foot = all(nets.get(rate) == net for rate, net in by_rate.items())
    if not (lines_foot and vat_foots and rates_foot and bill.net + bill.vat == bill.gross):
        raise ExportUnbalanced(bill.number)


def entries(bill: HandedBill, imputations: Mapping[TariffNature, Imputation]) -> list[Entry]:
    """The rows of a bill, by article, function, product code, year, service and rate; amounts positive.

    A line's own article comes before the one of its nature. Rows of 0,00 are left out. Raises ExportUnbalanced.
    """
    sums: dict[tuple[str, str, str, int, str, Decimal], tuple[Decimal, Decimal]] = {}
    for one in portions(bill):
        line = bill.lines[one.line]
        booked = imputations.get(tariff_nature(line.nature), Imputation())
        article = (line.article or booked.article).strip()
        key = article, booked.function, booked.product_code, one.year, one.service or "", line.vat_rate
        net, vat = sums.get(key, (ZERO, ZERO))
        sums[key] = net + one.net, vat + one.vat
    return [
        Entry(article, function, product, service or None, year, rate, net, vat)
        for (article, function, product, year, service, rate), (net, vat) in sorted(sums.items())
        if net or vat
    ]


def merged(rows: Iterable[Entry]) -> list[Entry]:
    """The rows of a bill for a titre: one per article, function, product code and rate, years and services together.

    The year kept is the latest.
    """
    sums: dict[tuple[str, str, str, Decimal], Entry] = {}
    for row in rows:
        key = row.article, row.function, row.product_code, row.rate
        known = sums.get(key)
        net, vat, year = (known.net, known.vat, known.year) if known else (ZERO, ZERO, row.year)
        sums[key] = Entry(*key[:3], None, max(year, row.year), row.rate, net + row.net, vat + row.vat)
    return list(sums.values())


def totals(bills: Iterable[HandedBill]) -> Totals:
    """What a bundle comes to, credit notes taken off."""
    count, net, vat = 0, ZERO, ZERO
    for bill in bills:
        count, net, vat = count + 1, net + bill.sign * bill.net, vat + bill.sign * bill.vat
    return Totals(count, net, vat)


@dataclass(frozen=True, slots=True)
class Shares:
    """What a bundle comes to, apart: bills to title less their credit notes, those titled already, internal ones."""

    due: Totals
    known: Totals
    internal: Totals


def shares(bills: Iterable[HandedBill]) -> Shares:
    """The three parts of `totals`: only the first is for the finance application to title (rules B11, C2)."""
    parts: tuple[list[HandedBill], list[HandedBill], list[HandedBill]] = ([], [], [])
    for bill in bills:
        place = 2 if bill.kind is BillKind.INTERNAL_STATEMENT else 1 if bill.titre else 0
        parts[place].append(bill)
    return Shares(*(totals(part) for part in parts))


def titled(bill: HandedBill) -> bool:
    """Whether a bill becomes a titre: never a second one, and an internal statement is owed to nobody (rule C2)."""
    return bill.kind is BillKind.INVOICE and bill.titre is None


def reduced(bill: HandedBill) -> bool:
    """Whether a credit note can be a reduction of a known titre of the same budget year."""
    titre = bill.credited.titre if bill.credited else None
    known = titre is not None and titre[0] == bill.exercise and titre[1].isascii() and titre[1].isdigit()
    return bill.kind is BillKind.CREDIT_NOTE and bill.titre is None and known


def posted(bill: HandedBill) -> bool:
    """Whether a bill is in the draft PES: to title or to reduce, with a whole address."""
    return (titled(bill) or reduced(bill)) and bill.addressed


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the files are written from: all of it is kept with the export, so that it is made again identical."""

    number: int
    made_on: date
    bills: tuple[HandedBill, ...]
    entries: dict[int, list[Entry]] = field(default_factory=dict)

    def of(self, bill: HandedBill) -> list[Entry]:
        """The rows of a bill."""
        return self.entries[bill.id]
