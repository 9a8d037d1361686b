"""The bill as frozen values: what the PDF and the page print. No rule, no sentence, no layout (rule B10).

Lengths of work are whole minutes, quantities hold 3 decimals, unit prices and costs 4, amounts in euros 2,
percentages 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from garage.domain.collectivities import Category, VatRegime
from garage.domain.money import ZERO
from garage.domain.periods import Quarter


class BillKind(StrEnum):
    """Kinds of bill; each has its own continuous series (rule B3)."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    INTERNAL_STATEMENT = "internal_statement"


class BillFormat(StrEnum):
    """How a bill's file is made, for ever: as the first bills were, or PDF/A-3 with the EN 16931 XML inside."""

    PLAIN = "plain"
    FACTURX = "facturx"


SERIES = {BillKind.INVOICE: "F", BillKind.CREDIT_NOTE: "A", BillKind.INTERNAL_STATEMENT: "R"}


class BilledNature(StrEnum):
    """What a printed line charges (rule T2, in the words of a bill)."""

    LABOUR = "labour"
    FLAT = "flat"
    PART = "part"
    EXTERNAL = "external"
    STRUCTURE = "structure"


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two bodies named at the top of a bill, as they were on the day of issue (rule C1)."""

    code: str
    name: str
    address: str | None
    postal_code: str | None
    city: str | None
    siren: str | None
    siret: str | None
    vat_number: str | None = None


@dataclass(frozen=True, slots=True)
class ConventionCited:
    """A convention that lines of the bill rest on."""

    reference: str | None
    legal_basis: str | None
    signed_on: date | None
    starts_on: date
    category: Category


@dataclass(frozen=True, slots=True)
class GridCited:
    """A tariff grid that lines of the bill rest on, with the deliberation that voted it."""

    name: str
    starts_on: date
    deliberation: str | None
    deliberated_on: date | None


@dataclass(frozen=True, slots=True)
class BillCited:
    """An earlier bill that this one completes or credits (rules B4, B8)."""

    number: str
    issued_on: date
    kind: BillKind = BillKind.INVOICE


@dataclass(frozen=True, slots=True)
class Replaced:
    """The bill that an order stood on before, the credit note that took it back, and why (rule B8)."""

    bill: BillCited
    credit_note: BillCited
    reason: str


@dataclass(frozen=True, slots=True)
class Payment:
    """How a bill is to be paid: terms in words, and the account when the garage gives one."""

    terms: str
    iban: str | None = None
    bic: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A legal note with its code (UNTDID 4451: PMT, PMD, AAB)."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One printed line of an order, priced once (rules T3, T4, M1 to M4)."""

    rank: int
    done_on: date
    nature: BilledNature
    code: str
    label: str
    minutes: int | None
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Decimal
    vat_rate: Decimal
    grid: str
    category: Category
    cost: Decimal | None
    percent: Decimal | None
    supplier: str | None
    supplier_invoice: str | None
    non_billable_reason: str | None


@dataclass(frozen=True, slots=True)
class BilledOrder:
    """One repair order on the bill with its lines by rank; a vehicle or an object in words (rule O1)."""

    number: str
    opened_on: date
    closed_on: date
    fleet_number: str | None
    registration: str | None
    vehicle_label: str | None
    object_label: str | None
    meter: int | None
    meter_unit: str | None
    requester: str | None
    service: str | None
    reason: str | None
    late_quarter: Quarter | None
    complement_of: BillCited | None
    lines: tuple[BilledLine, ...]
    replaces: Replaced | None = None

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def heading(self) -> tuple[str | None, str | None]:
        """What orders are grouped under: the vehicle, else the object (rule B10)."""
        return (self.fleet_number, None) if self.fleet_number is not None else (None, self.object_label)


@dataclass(frozen=True, slots=True)
class StructureLine:
    """A structure fee: a percentage of a group's other lines, with the VAT rate of its group (rule M5)."""

    code: str
    label: str
    base: Decimal
    percent: Decimal
    net: Decimal
    vat_rate: Decimal
    grid: str
    grid_starts_on: date
    convention_starts_on: date
    category: Category


@dataclass(frozen=True, slots=True)
class VatShare:
    """Net and VAT of one rate (rule M6)."""

    rate: Decimal
    net: Decimal
    vat: Decimal


class TotalsByRate:
    """Euros of something computed, summed over the rates of its VAT (rule M6)."""

    __slots__ = ()
    vat_shares: tuple[VatShare, ...]

    @property
    def net(self) -> Decimal:
        return sum((share.net for share in self.vat_shares), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((share.vat for share in self.vat_shares), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Bill:
    """All that is printed on a bill; number and issued_on are None on a draft (rule B10)."""

    kind: BillKind
    number: str | None
    issued_on: date | None
    quarter: Quarter
    issuer: Party
    addressee: Party
    code_service: str | None
    engagement: str | None
    third_party_code: str | None
    regime: VatRegime
    conventions: tuple[ConventionCited, ...]
    grids: tuple[GridCited, ...]
    orders: tuple[BilledOrder, ...]
    structure: tuple[StructureLine, ...]
    vat_shares: tuple[VatShare, ...]
    net: Decimal
    vat: Decimal
    gross: Decimal
    credited: BillCited | None
    reason: str | None
    late_payment_text: str | None
    format: BillFormat = BillFormat.PLAIN
    mention: str | None = None
    payment: Payment | None = None
    notes: tuple[Note, ...] = ()

    @property
    def bears_vat(self) -> bool:
        """Whether VAT is due on a line: always when taxed, on the goods of an exempt bill that taxes them (M6)."""
        rates = [line.vat_rate for order in self.orders for line in order.lines]
        return self.regime is VatRegime.TAXED or any((*rates, *(fee.vat_rate for fee in self.structure)))

    @property
    def is_electronic(self) -> bool:
        """Whether it is an electronic invoice: not a draft, not an old one, nothing internal (rule C2)."""
        internal = self.kind is BillKind.INTERNAL_STATEMENT or (
            self.credited is not None and self.credited.kind is BillKind.INTERNAL_STATEMENT
        )
        return self.format is BillFormat.FACTURX and self.number is not None and not internal

    def by_heading(self) -> Iterator[tuple[BilledOrder, ...]]:
        """The orders of each vehicle, then of each object, in printed order (rule B10)."""
        for _, orders in groupby(self.orders, key=lambda order: order.heading):
            yield tuple(orders)

    def net_by_year(self) -> dict[int, Decimal]:
        """Net of the dated lines by year of execution, without structure fees (rule B10)."""
        years: dict[int, Decimal] = {}
        for order in self.orders:
            for line in order.lines:
                years[line.done_on.year] = years.get(line.done_on.year, ZERO) + line.net
        return dict(sorted(years.items()))
