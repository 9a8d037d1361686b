"""A quarter computed and not numbered, shaped for its pages. The rules are in the domain; nothing is written here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zlib import crc32

from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.queries import billing, invoices, settings
from garage.db.queries.tariffs import published_grids
from garage.domain.collectivities import VatRegime
from garage.domain.errors.base import NotFound
from garage.domain.errors.invoices import NoIssuer
from garage.domain.invoices.bill import (
    SERIES,
    Bill,
    BillCited,
    BilledLine,
    BilledOrder,
    BillKind,
    GridCited,
    Party,
    StructureLine,
)
from garage.domain.invoices.composition import BillingRules, DraftBill, PricedOrder, compose
from garage.domain.invoices.einvoice import RATES
from garage.domain.invoices.numbering import number
from garage.domain.invoices.pricing import Anomaly, AnomalyCode, PricedLine
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.settings import BillingSettings
from garage.operations import invoicing_run
from garage.operations.invoices import (
    conventions_cited,
    grids_cited,
    issuing_party,
    mention,
    notes,
    party,
    payment,
)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A computed bill in a list; `order` is one of its orders, by which a sum carried forward is released.

    `late` counts its orders finished in earlier quarters (rule B1).
    """

    code: str
    name: str
    kind: BillKind
    engagement: str | None
    regime: VatRegime
    orders: int
    lines: int
    net: Decimal
    vat: Decimal
    gross: Decimal
    order: str
    late: int = 0


@dataclass(slots=True)
class Prepared:
    """What a quarter would give now: bills in number order, sums carried forward, what is left out.

    `numbers` are those of the orders on the bills, `rates` the VAT rates that they bear,
    `unaddressed` the name and code of the collectivities whose billing address is not whole.
    """

    quarter: Quarter
    bills: list[DraftRow] = field(default_factory=list)
    carried: list[DraftRow] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    grids: dict[date, GridCited] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    rates: set[Decimal] = field(default_factory=set)
    unaddressed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def net(self) -> Decimal:
        return sum((row.net for row in self.bills), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((row.vat for row in self.bills), ZERO)

    @property
    def gross(self) -> Decimal:
        return sum((row.gross for row in self.bills), ZERO)

    @property
    def lines(self) -> int:
        return sum(row.lines for row in self.bills)

    @property
    def orders(self) -> int:
        return len(self.numbers)

    @property
    def late(self) -> int:
        """Orders of earlier quarters on these bills (rule B1)."""
        return sum(row.late for row in self.bills)

    @property
    def collectivities(self) -> int:
        return len({row.code for row in self.bills})

    @property
    def questioned(self) -> int:
        """Orders that wait for the answer to a question."""
        return len({found.order for found in self.anomalies if found.code is AnomalyCode.OPEN_QUESTION})

    @property
    def odd_rates(self) -> list[Decimal]:
        """VAT rates of these bills that no French text knows: their addressees may refuse them."""
        return sorted(self.rates - RATES)

    @property
    def excluded(self) -> list[str]:
        """The orders that an anomaly keeps out, by number."""
        return sorted({found.order for found in self.anomalies})

    @property
    def seen(self) -> str:
        """A mark of the figures, to know whether they changed since they were shown."""
        told = "|".join(f"{row.code} {row.engagement} {row.regime} {row.lines} {row.gross}" for row in self.bills)
        return f"{len(self.bills)}:{self.lines}:{self.gross}:{crc32(told.encode()):08x}"

    def of_kind(self, kind: BillKind) -> int:
        """How many of the bills are of a kind."""
        return sum(row.kind == kind for row in self.bills)

    def by_collectivity(self, most: int) -> list[tuple[str, Decimal]]:
        """The total of each collectivity, the greatest first; beyond `most` they are summed as one."""
        sums: dict[str, Decimal] = {}
        for row in self.bills:
            sums[row.name] = sums.get(row.name, ZERO) + row.gross
        ranked = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
        if len(ranked) <= most:
            return ranked
        rest = sum((gross for _, gross in ranked[most - 1 :]), ZERO)
        return [*ranked[: most - 1], (f"Les {len(ranked) - most + 1} autres", rest)]


def prepare(session: Session, quarter: Quarter, rules: BillingRules) -> Prepared:
    """Compute a quarter (rule B6)."""
    names = invoices.names(session)
    made = Prepared(quarter)
    for composition in invoicing_run.preview(session, quarter, rules):
        made.bills += [_row(draft, quarter, names) for draft in composition.bills]
        made.carried += [_row(draft, quarter, names) for draft in composition.carried]
        made.anomalies += composition.anomalies
        for draft in composition.bills:
            made.grids |= {cited.starts_on: cited for cited in grids_cited(draft)}
            made.numbers |= {one.order.number for one in draft.orders}
            made.rates |= {share.rate for share in draft.vat_shares if share.rate}
            if draft.kind is BillKind.INVOICE and not _addressed(draft.debtor.party):
                made.unaddressed.add((names[draft.debtor.code], draft.debtor.code))
    made.grids = dict(sorted(made.grids.items()))
    return made


def _addressed(party: Party | None) -> bool:
    return party is None or all((party.address, party.postal_code, party.city))


def _row(draft: DraftBill, quarter: Quarter, names: dict[str, str]) -> DraftRow:
    return DraftRow(
        code=draft.debtor.code,
        name=names[draft.debtor.code],
        kind=draft.kind,
        engagement=draft.engagement,
        regime=draft.regime,
        orders=len(draft.orders),
        lines=sum(len(one.lines) for one in draft.orders) + len(draft.fees),
        net=draft.net,
        vat=draft.vat,
        gross=draft.gross,
        order=draft.orders[0].order.number,
        late=sum(one.order.late_quarter(quarter) is not None for one in draft.orders),
    )


def number_ranges(session: Session, prepared: Prepared, year: int) -> list[tuple[BillKind, str, str]]:
    """The first and last number of each kind of bill in a year of issue (rule B3). Raises SeriesFull."""
    ranges: list[tuple[BillKind, str, str]] = []
    decided = settings.current(session)
    for kind in (BillKind.INVOICE, BillKind.INTERNAL_STATEMENT):
        count = prepared.of_kind(kind)
        if count:
            last = invoices.last_sequence(session, SERIES[kind], year)
            first, final = (number(SERIES[kind], year, place, decided) for place in (last + 1, last + count))
            ranges.append((kind, first, final))
    return ranges


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which computed bill of a quarter: collectivity's code, engagement, regime when several."""

    code: str
    engagement: str | None
    regime: VatRegime | None


def one_bill(session: Session, quarter: Quarter, rules: BillingRules, wanted: Wanted) -> Bill:
    """A computed bill, also one carried forward, as it would be printed. Raises NotFound, NoIssuer."""
    groups = billing.ready_groups(session, quarter.last_day)
    group = next((one for one in groups if (one.code, one.engagement) == (wanted.code, wanted.engagement)), None)
    if group is not None:
        orders = billing.ready_orders(session, billing.ready_order_ids(session, group, quarter.last_day, lock=False))
        debtor = billing.debtor(session, group.debtor_id)
        composition = compose(debtor, orders, published_grids(session), quarter, rules)
        for draft in (*composition.bills, *composition.carried):
            if wanted.regime in (None, draft.regime):
                return _bill(session, draft, quarter, _seller(session))
    raise NotFound("invoice", wanted.code)


def every_bill(session: Session, quarter: Quarter, rules: BillingRules) -> Iterator[Bill]:
    """Every bill that the quarter would give now, in number order, as it would be printed. Raises NoIssuer."""
    seller = _seller(session)
    for composition in invoicing_run.preview(session, quarter, rules):
        for draft in composition.bills:
            yield _bill(session, draft, quarter, seller)


def bill_of(session: Session, draft: DraftBill, quarter: Quarter) -> Bill:
    """A computed bill as it would be printed. Raises NoIssuer."""
    return _bill(session, draft, quarter, _seller(session))


def _seller(session: Session) -> tuple[Collectivity, BillingSettings]:
    """Who issues, and what was decided of its bills. Raises NoIssuer."""
    issuer = billing.issuer(session)
    if issuer is None:
        raise NoIssuer
    return issuer, settings.current(session)


def _bill(session: Session, draft: DraftBill, quarter: Quarter, seller: tuple[Collectivity, BillingSettings]) -> Bill:
    issuer, decided = seller
    addressee = session.get_one(Collectivity, draft.debtor.id)
    return Bill(
        kind=draft.kind,
        number=None,
        issued_on=None,
        quarter=quarter,
        issuer=issuing_party(issuer, decided),
        addressee=party(addressee),
        code_service=addressee.code_service,
        engagement=draft.engagement,
        third_party_code=addressee.third_party_code,
        regime=draft.regime,
        conventions=tuple(conventions_cited(draft)),
        grids=tuple(grids_cited(draft)),
        orders=tuple(_order(one, quarter) for one in draft.orders),
        structure=tuple(_fees(draft)),
        vat_shares=draft.vat_shares,
        net=draft.net,
        vat=draft.vat,
        gross=draft.gross,
        credited=None,
        reason=None,
        late_payment_text=decided.late_payment_text or None,
        mention=mention(decided, draft.regime),
        payment=payment(decided),
        notes=notes(decided),
    )


def _order(one: PricedOrder, quarter: Quarter) -> BilledOrder:
    order, first = one.order, one.complement_of
    return BilledOrder(
        number=order.number,
        opened_on=order.opened_on,
        closed_on=order.closed_on,
        fleet_number=order.fleet_number,
        registration=order.registration,
        vehicle_label=order.vehicle_label,
        object_label=order.object_label,
        meter=order.meter,
        meter_unit=order.meter_unit,
        requester=order.requester,
        service=order.service,
        reason=order.reason,
        late_quarter=order.late_quarter(quarter),
        complement_of=BillCited(first.number, first.issued_on, first.kind) if first else None,
        lines=tuple(_line(line) for line in one.lines),
        replaces=one.freed_by.replaced if one.freed_by else None,
    )


def _line(line: PricedLine) -> BilledLine:
    work = line.work
    return BilledLine(
        rank=work.rank,
        done_on=work.done_on,
        nature=line.nature,
        code=line.code,
        label=line.label,
        minutes=work.minutes,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        net=line.net,
        vat_rate=line.vat_rate,
        grid=line.grid.name,
        category=line.terms.category,
        cost=work.cost,
        percent=line.percent,
        supplier=work.supplier,
        supplier_invoice=work.supplier_invoice,
        non_billable_reason=work.non_billable_reason,
    )


def _fees(draft: DraftBill) -> Iterable[StructureLine]:
    for fee in draft.fees:
        yield StructureLine(
            fee.tariff.code, fee.tariff.label, fee.base, fee.percent, fee.net, fee.vat_rate, fee.grid.name,
            fee.grid.starts_on, fee.terms.starts_on, fee.terms.category,
        )  # fmt: skip


def price_sources(bill: Bill) -> list[tuple[str, str]]:
    """The pairs of grid and category that priced a bill, each once (rule T4)."""
    of_lines = {(line.grid, line.category) for order in bill.orders for line in order.lines}
    return sorted(of_lines | {(fee.grid, fee.category) for fee in bill.structure})
