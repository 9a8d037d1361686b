"""Credit notes: what may be taken back of an issued bill, and what it comes to (rules B8, M1 to M6, S5, E14, E15).

Everything is positive: a credit note of 12,00 € takes 12,00 € back. Of a line one credits its measure: whole minutes
of labour, else a quantity with 3 decimals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from garage.domain.errors.base import ReasonMissing
from garage.domain.errors.credit_notes import (
    AboveRest,
    BadMeasure,
    CreditNoteCredited,
    DebtorFixed,
    LineOfAnother,
    LineWorthNothing,
    NotAPart,
    NothingToCredit,
    OrderNotWhole,
    ReviewMissing,
    ReviewOwn,
)
from garage.domain.invoices.bill import (
    Bill,
    BillCited,
    BilledNature,
    BilledOrder,
    BillKind,
    StructureLine,
    TotalsByRate,
    VatShare,
)
from garage.domain.money import ZERO, cents, percent_of, round_half_up
from garage.domain.repair_orders import OrderState

_NONE = Decimal(0)
# Grid's first day, convention's first day, VAT rate: what a structure fee is taken on (rule M5).
Group = tuple[date, date, Decimal]


class CreditPurpose(StrEnum):
    """Why a credit note is made: to bill the orders again, to lower a quantity, or because a part came back (S5)."""

    REBILL = "rebill"
    REDUCE = "reduce"
    PART_RETURN = "part_return"


class CreditState(StrEnum):
    """From preparation to issue; a dropped one never had a number."""

    PREPARED = "prepared"
    REVIEWED = "reviewed"
    ISSUED = "issued"
    DROPPED = "dropped"


OPEN_STATES = frozenset({CreditState.PREPARED, CreditState.REVIEWED})


@dataclass(frozen=True, slots=True)
class Creditable:
    """A billed line and what was credited of it: measures in minutes or quantity, amounts in euros."""

    id: int
    order: str
    rank: int
    nature: BilledNature
    billed: Decimal
    unit_price: Decimal
    net: Decimal
    vat_rate: Decimal
    group: Group
    free: bool = False
    credited: Decimal = _NONE
    credited_net: Decimal = ZERO
    unit: str = ""

    @property
    def left(self) -> Decimal:
        """The measure that is not credited yet."""
        return self.billed - self.credited

    def worth(self, measure: Decimal) -> Decimal:
        """Net in euros of crediting so much more of it, at the bill's own unit price (rules M1 to M4).

        The credit that finishes the line takes what remains of its net; none takes more than that.
        """
        remains = self.net - self.credited_net
        if self.free or measure == self.left:
            return remains
        hours = self.nature is BilledNature.LABOUR
        return min(cents(measure * self.unit_price / 60 if hours else measure * self.unit_price), remains)


@dataclass(frozen=True, slots=True)
class CreditableFee:
    """A billed structure fee, the sum of its group's nets, and what was credited of it, in euros."""

    id: int
    group: Group
    percent: Decimal
    net: Decimal
    credited_net: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CreditableBill:
    """An issued bill as far as credits go; `credited` holds the net and VAT already credited at each rate."""

    kind: BillKind
    number: str
    lines: tuple[Creditable, ...]
    fees: tuple[CreditableFee, ...]
    shares: tuple[VatShare, ...]
    credited: tuple[VatShare, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """A line of a credit note: how much of which billed line, and its net in euros."""

    line: Creditable
    measure: Decimal
    net: Decimal

    @property
    def minutes(self) -> int | None:
        """Whole minutes of labour."""
        return int(self.measure) if self.line.nature is BilledNature.LABOUR else None

    @property
    def quantity(self) -> Decimal:
        """As printed, 3 decimals: hours for labour."""
        hours = self.line.nature is BilledNature.LABOUR
        return round_half_up(self.measure / 60 if hours else self.measure, 3)


@dataclass(frozen=True, slots=True)
class CreditedFee:
    """A structure fee given back: the nets credited in its group, and its amount in euros (rule M5)."""

    fee: CreditableFee
    base: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Credit(TotalsByRate):
    """A credit note computed: lines in the bill's order, fees, VAT by rate."""

    lines: tuple[CreditedLine, ...]
    fees: tuple[CreditedFee, ...]
    vat_shares: tuple[VatShare, ...]

    @property
    def grids(self) -> set[date]:
        """The first days of the grids that its lines rest on."""
        return {one.line.group[0] for one in self.lines}

    @property
    def conventions(self) -> set[date]:
        """The first days of the conventions that its lines rest on."""
        return {one.line.group[1] for one in self.lines}


def check_reason(reason: str) -> str:
    """A credit note says why (rule B8): the words, trimmed. Raises ReasonMissing."""
    words = " ".join(reason.split())
    if not words:
        raise ReasonMissing(CreditState.PREPARED)
    return words


def whole(bill: CreditableBill, orders: Iterable[str] | None = None) -> dict[int, Decimal]:
    """All that is left of a bill, or of some of its orders by number: the measure of each line by its id."""
    wanted = None if orders is None else set(orders)
    return {line.id: line.left for line in bill.lines if line.left and (wanted is None or line.order in wanted)}


def compute(bill: CreditableBill, purpose: CreditPurpose, wanted: Mapping[int, Decimal]) -> Credit:
    """The credit note that takes these measures back, by id of billed line (rules B8, M1 to M6).

    Raises CreditNoteCredited, LineOfAnother, BadMeasure, AboveRest (E15), OrderNotWhole, LineWorthNothing, NotAPart,
    NothingToCredit.
    """
    if bill.kind is BillKind.CREDIT_NOTE:
        raise CreditNoteCredited(bill.number)
    known = {line.id for line in bill.lines}
    if not known.issuperset(wanted):
        raise LineOfAnother(bill.number)
    chosen = [line for line in bill.lines if line.id in wanted]
    for line in chosen:
        _check_measure(line, wanted[line.id])
    _check_purpose(bill, purpose, chosen, wanted)
    lines = tuple(CreditedLine(line, wanted[line.id], line.worth(wanted[line.id])) for line in chosen)
    fees = tuple(_fees(bill, lines))
    credit = Credit(lines, fees, tuple(_shares(bill, lines, fees)))
    if not credit.gross:
        raise NothingToCredit(bill.number)
    return credit


def _check_measure(line: Creditable, measure: Decimal) -> None:
    places = 0 if line.nature is BilledNature.LABOUR else 3
    if measure <= 0 or round_half_up(measure, places) != measure:
        raise BadMeasure(line.order, line.rank)
    if measure > line.left:
        unit = None if line.nature is BilledNature.LABOUR else line.unit
        raise AboveRest(line.order, line.rank, line.left, measure, unit)


def _check_purpose(
    bill: CreditableBill, purpose: CreditPurpose, chosen: Sequence[Creditable], wanted: Mapping[int, Decimal]
) -> None:
    """To bill again, an order goes back whole; else only what was charged; for a return, only parts."""
    if purpose is CreditPurpose.REBILL:
        touched = {line.order for line in chosen}
        for line in bill.lines:
            if line.order in touched and line.left != wanted.get(line.id, _NONE):
                raise OrderNotWhole(line.order)
        return
    for line in chosen:
        if line.free:
            raise LineWorthNothing(line.order, line.rank)
        if purpose is CreditPurpose.PART_RETURN and line.nature is not BilledNature.PART:
            raise NotAPart(line.order, line.rank)


def _fees(bill: CreditableBill, lines: Iterable[CreditedLine]) -> Iterable[CreditedFee]:
    """The fee on what is credited of each group; the credit that finishes the group takes what remains (rule B8)."""
    now: dict[Group, Decimal] = {}
    for one in lines:
        now[one.line.group] = now.get(one.line.group, ZERO) + one.net
    left: dict[Group, Decimal] = {}
    for line in bill.lines:
        left[line.group] = left.get(line.group, ZERO) + line.net - line.credited_net
    for fee in bill.fees:
        base, remains = now.get(fee.group, ZERO), fee.net - fee.credited_net
        net = remains if base == left[fee.group] else min(percent_of(base, fee.percent), remains)
        if base and net:
            yield CreditedFee(fee, base, net)


def _shares(bill: CreditableBill, lines: Iterable[CreditedLine], fees: Iterable[CreditedFee]) -> Iterable[VatShare]:
    """VAT once per rate on what is credited; the credit that finishes a rate takes what remains (rules M6, B8)."""
    nets: dict[Decimal, Decimal] = {}
    for rate, net in [(one.line.vat_rate, one.net) for one in lines] + [(one.fee.group[2], one.net) for one in fees]:
        nets[rate] = nets.get(rate, ZERO) + net
    before = {share.rate: share for share in bill.credited}
    for share in bill.shares:
        if share.rate not in nets:
            continue
        gone = before.get(share.rate, VatShare(share.rate, ZERO, ZERO))
        net, remains = nets[share.rate], share.vat - gone.vat
        finished = gone.net + net == share.net
        yield VatShare(share.rate, net, remains if finished else min(percent_of(net, share.rate), remains))


def check_review(prepared_by: int | None, reviewer: int | None) -> None:
    """A second person reviews, never the one who prepared: raises ReviewOwn."""
    if prepared_by == reviewer:
        raise ReviewOwn


def check_issuable(state: CreditState, *, reviewed: bool) -> None:
    """Refuse to issue what nobody reviewed where a review is asked for: raises ReviewMissing."""
    if reviewed and state is not CreditState.REVIEWED:
        raise ReviewMissing


def check_debtor_change(number: str, state: OrderState, *, billed: bool) -> None:
    """An order's debtor changes once it is checked and no line of it is billed (rule O2): raises DebtorFixed."""
    if state is not OrderState.DONE or billed:
        raise DebtorFixed(number)


def as_bill(first: Bill, credit: Credit, reason: str) -> Bill:
    """A computed credit note as it would be printed: the first bill's words, what is credited of its lines."""
    taken = {(one.line.order, one.line.rank): one for one in credit.lines}
    fees = {one.fee.group: one for one in credit.fees}
    return replace(
        first,
        kind=BillKind.CREDIT_NOTE,
        number=None,
        issued_on=None,
        conventions=tuple(one for one in first.conventions if one.starts_on in credit.conventions),
        grids=tuple(one for one in first.grids if one.starts_on in credit.grids),
        orders=tuple(part for order in first.orders if (part := _credited_order(order, taken)).lines),
        structure=tuple(
            replace(fee, base=one.base, net=one.net) for fee in first.structure if (one := fees.get(_group_of(fee)))
        ),
        vat_shares=credit.vat_shares,
        net=credit.net,
        vat=credit.vat,
        gross=credit.gross,
        credited=BillCited(first.number or "", first.issued_on or date.min, first.kind),
        reason=reason,
        late_payment_text=None,
    )


def _credited_order(order: BilledOrder, taken: Mapping[tuple[str, int], CreditedLine]) -> BilledOrder:
    lines = tuple(
        replace(line, minutes=one.minutes, quantity=one.quantity, net=one.net)
        for line in order.lines
        if (one := taken.get((order.number, line.rank)))
    )
    return replace(order, lines=lines, complement_of=None, replaces=None)


def _group_of(fee: StructureLine) -> Group:
    return (fee.grid_starts_on, fee.convention_starts_on, fee.vat_rate)
