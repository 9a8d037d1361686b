"""From checked orders to the bills of a quarter: grouping, fees, VAT, floor (rules B1, B2, B4, M5 to M7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import chain, groupby

from garage.domain.collectivities import REGIME_ORDER, Terms, VatRegime
from garage.domain.invoices import einvoice
from garage.domain.invoices.bill import BillKind, Party, Replaced, TotalsByRate, VatShare
from garage.domain.invoices.pricing import Anomaly, AnomalyCode, PricedLine, Prices, price
from garage.domain.money import ZERO, percent_of
from garage.domain.periods import Quarter
from garage.domain.repair_orders import Work
from garage.domain.settings import BillingSettings
from garage.domain.tariffs import Grid, TariffLine, TariffNature


@dataclass(frozen=True, slots=True)
class BillingRules:
    """Settings of a garage: the floor in euros, its release in the fourth quarter (B4), invoices to itself (C2)."""

    floor: Decimal = Decimal("15.00")
    floor_release_q4: bool = False
    issuer_invoices: bool = False

    @classmethod
    def of(cls, settings: BillingSettings) -> "BillingRules":
        """The rules that accounting chose."""
        return cls(settings.floor, settings.floor_release_q4, settings.issuer_invoices)


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who owes: identity for grouping and the conventions that price the work."""

    id: int
    code: str
    is_issuer: bool
    engagement_required: bool
    conventions: tuple[Terms, ...]
    siret: str | None = None
    code_service: str | None = None
    code_service_required: bool = False
    party: Party | None = None


@dataclass(frozen=True, slots=True)
class FirstBill:
    """The first bill that carries lines of an order, and the last line that existed when it was issued (B4)."""

    id: int
    number: str
    issued_on: date
    lines_until_id: int
    kind: BillKind = BillKind.INVOICE


@dataclass(frozen=True, slots=True)
class FreedBy:
    """The credit note that took a line off an earlier bill, so that it can be billed again (rule B8)."""

    credit_note_id: int
    replaced: Replaced


@dataclass(frozen=True, slots=True)
class ReadyOrder:
    """A checked order with its lines not billed yet; `last_line_id` is its last line, billed or not."""

    id: int
    number: str
    engagement: str | None
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
    works: tuple[Work, ...]
    last_line_id: int
    floor_waived: bool = False
    first_bill: FirstBill | None = None
    questioned: bool = False
    freed: Mapping[int, FreedBy] = field(default_factory=dict)

    def late_quarter(self, quarter: Quarter) -> Quarter | None:
        """The earlier quarter it was finished in, when there is one (rule B1)."""
        closed = Quarter.of(self.closed_on)
        return closed if closed < quarter else None

    @property
    def printed_place(self) -> tuple[int, str, str]:
        """Vehicles by fleet number, then objects by name; orders by number (rule B10)."""
        if self.fleet_number is not None:
            return (0, self.fleet_number, self.number)
        return (1, self.object_label or "", self.number)


@dataclass(frozen=True, slots=True)
class StructureFee:
    """The fee of one (grid, convention, VAT rate) group: percentage of its base in euros (rule M5)."""

    tariff: TariffLine
    base: Decimal
    percent: Decimal
    net: Decimal
    vat_rate: Decimal
    grid: Grid
    terms: Terms


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """An order on a bill with the lines of that bill, by rank."""

    order: ReadyOrder
    lines: tuple[PricedLine, ...]

    @property
    def complement_of(self) -> FirstBill | None:
        """The first bill of the order, when a line was added after it was issued (rule B4)."""
        first = self.order.first_bill
        added = first is not None and any(line.work.id > first.lines_until_id for line in self.lines)
        return first if added else None

    @property
    def freed_by(self) -> FreedBy | None:
        """The last credit note that freed a line of this bill, by the line's id in `freed` (rule B8)."""
        freed = [self.order.freed[line.work.id] for line in self.lines if line.work.id in self.order.freed]
        return max(freed, key=lambda one: one.credit_note_id) if freed else None


@dataclass(frozen=True, slots=True)
class DraftBill(TotalsByRate):
    """A bill computed and not numbered; the same amounts whether it is previewed or issued (rule B6)."""

    kind: BillKind
    debtor: Debtor
    engagement: str | None
    regime: VatRegime
    orders: tuple[PricedOrder, ...]
    fees: tuple[StructureFee, ...]
    vat_shares: tuple[VatShare, ...]

    @property
    def lines(self) -> Iterable[PricedLine]:
        return chain.from_iterable(order.lines for order in self.orders)


@dataclass(frozen=True, slots=True)
class Composition:
    """What a quarter gives for one collectivity: bills in number order, sums carried forward, anomalies."""

    bills: tuple[DraftBill, ...]
    carried: tuple[DraftBill, ...]
    anomalies: tuple[Anomaly, ...]


def compose(
    debtor: Debtor, orders: Iterable[ReadyOrder], grids: Sequence[Grid], quarter: Quarter, rules: BillingRules
) -> Composition:
    """The bills of one collectivity for a quarter (rules B1 to B6).

    An anomaly keeps its whole order out and nothing else; bills come in the order of their numbers (rule B3).
    """
    prices = Prices(debtor.conventions, grids, debtor.is_issuer)
    anomalies: list[Anomaly] = []
    clean: list[PricedOrder] = []
    for order in orders:
        lines, found = _price_order(order, debtor, prices)
        found += _incomplete(order, lines, debtor, rules)
        anomalies += [replace(one, collectivity=debtor.code) for one in found]
        if not found:
            clean.append(PricedOrder(order, lines))
    drafts = list(group_bills(debtor, clean, rules))
    waits = {id(draft): _waits(draft, quarter, rules) for draft in drafts}
    return Composition(
        bills=tuple(draft for draft in drafts if not waits[id(draft)]),
        carried=tuple(draft for draft in drafts if waits[id(draft)]),
        anomalies=tuple(sorted(anomalies, key=anomaly_place)),
    )


def anomaly_place(anomaly: Anomaly) -> tuple[str, int, str]:
    """Anomalies are listed by order, rank (the whole order's first), code."""
    return (anomaly.order, -1 if anomaly.rank is None else anomaly.rank, anomaly.code)


def _price_order(order: ReadyOrder, debtor: Debtor, prices: Prices) -> tuple[tuple[PricedLine, ...], list[Anomaly]]:
    found: list[Anomaly] = []
    lines: list[PricedLine] = []
    if debtor.engagement_required and not order.engagement:
        found.append(Anomaly(order.number, None, AnomalyCode.MISSING_ENGAGEMENT))
    if not order.works:
        found.append(Anomaly(order.number, None, AnomalyCode.NO_LINES))
    for work in order.works:
        priced = price(order.number, work, prices)
        if isinstance(priced, Anomaly):
            found.append(priced)
        else:
            lines.append(priced)
    return tuple(lines), found


def _incomplete(
    order: ReadyOrder, lines: Iterable[PricedLine], debtor: Debtor, rules: BillingRules
) -> Iterable[Anomaly]:
    """What would keep an invoice from being accepted by its addressee, and the question its collectivity asked."""
    if order.questioned:
        yield Anomaly(order.number, None, AnomalyCode.OPEN_QUESTION)
    if debtor.is_issuer and not rules.issuer_invoices:
        return
    party = debtor.party or Party(debtor.code, debtor.code, None, None, None, None, debtor.siret)
    for fault in einvoice.party_faults(party):
        yield Anomaly(order.number, None, fault, item=debtor.code)
    yield from einvoice.order_faults(order.number, order.engagement, lines)
    if debtor.code_service_required and not debtor.code_service:
        yield Anomaly(order.number, None, AnomalyCode.MISSING_CODE_SERVICE, item=debtor.code)


def group_bills(debtor: Debtor, orders: Iterable[PricedOrder], rules: BillingRules) -> Iterable[DraftBill]:
    """Priced orders as bills, by engagement number then regime, with their fees and VAT (rules B2, M5, M6)."""
    internal = debtor.is_issuer and not rules.issuer_invoices
    kind = BillKind.INTERNAL_STATEMENT if internal else BillKind.INVOICE
    by_engagement = sorted(orders, key=lambda one: one.order.engagement or "")
    for engagement, together in groupby(by_engagement, key=lambda one: one.order.engagement or ""):
        placed = sorted(together, key=lambda one: one.order.printed_place)
        for regime in REGIME_ORDER:
            kept = tuple(part for one in placed if (part := _of_regime(one, regime)).lines)
            if kept:
                yield _draft(kind, debtor, engagement or None, kept)


def _of_regime(one: PricedOrder, regime: VatRegime) -> PricedOrder:
    lines = (line for line in one.lines if line.terms.regime is regime)
    return PricedOrder(one.order, tuple(sorted(lines, key=lambda line: line.work.rank)))


def _draft(kind: BillKind, debtor: Debtor, engagement: str | None, orders: tuple[PricedOrder, ...]) -> DraftBill:
    lines = [line for one in orders for line in one.lines]
    fees = tuple(structure_fees(lines))
    regime = lines[0].terms.regime
    shares = vat_shares([(line.vat_rate, line.net) for line in lines] + [(fee.vat_rate, fee.net) for fee in fees])
    return DraftBill(kind, debtor, engagement, regime, orders, fees, shares)


def structure_fees(lines: Iterable[PricedLine]) -> Iterable[StructureFee]:
    """One fee per (grid, convention, VAT rate), by the grid's first day, the convention's first day, rate (M5)."""

    def place(line: PricedLine) -> tuple[date, date, Decimal]:
        return (line.grid.starts_on, line.terms.starts_on, line.vat_rate)

    for _, together in groupby(sorted(lines, key=place), key=place):
        group = list(together)
        grid, terms = group[0].grid, group[0].terms
        tariff = grid.line(TariffNature.STRUCTURE)
        if tariff is None or not terms.structure_fee:
            continue
        base = sum((line.net for line in group), ZERO)
        percent = tariff.price(terms.category)
        net = percent_of(base, percent)
        if net:
            yield StructureFee(tariff, base, percent, net, group[0].vat_rate, grid, terms)


def vat_shares(nets: Iterable[tuple[Decimal, Decimal]]) -> tuple[VatShare, ...]:
    """Net and VAT of each rate borne by a line, by ascending rate; VAT once on the sum (rule M6).

    >>> vat_shares([(Decimal("20.00"), Decimal("0.03"))] * 3)[0].vat
    Decimal('0.02')
    """
    sums: dict[Decimal, Decimal] = {}
    for rate, net in nets:
        sums[rate] = sums.get(rate, ZERO) + net
    return tuple(VatShare(rate, net, percent_of(net, rate)) for rate, net in sorted(sums.items()))


def _waits(draft: DraftBill, quarter: Quarter, rules: BillingRules) -> bool:
    """Whether a bill is carried forward: 0,00 always, an invoice below the floor unless released (rule B4)."""
    if draft.gross == 0:
        return True
    if draft.kind is BillKind.INTERNAL_STATEMENT or draft.gross >= rules.floor:
        return False
    released = any(one.order.floor_waived or one.complement_of for one in draft.orders)
    return not (released or (rules.floor_release_q4 and quarter.number == 4))
