"""Any sequence of credits stays within the bill, line by line, and the last ones foot to the cent (B8, E14, E15)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain.errors.base import GarageError, ReasonMissing
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
from garage.domain.invoices.bill import BilledNature, BillKind, VatShare
from garage.domain.invoices.composition import vat_shares
from garage.domain.invoices.credit_notes import (
    Credit,
    Creditable,
    CreditableBill,
    CreditableFee,
    CreditPurpose,
    CreditState,
    check_debtor_change,
    check_issuable,
    check_reason,
    check_review,
    compute,
    whole,
)
from garage.domain.money import ZERO, cents, percent_of
from garage.domain.repair_orders import OrderState

P = CreditPurpose
GRID, TERMS = date(2026, 1, 1), date(2020, 1, 1)
RATES = [Decimal("0.00"), Decimal("5.50"), Decimal("20.00")]
FEE = Decimal("10")


def bill(lines: list[Creditable], percent: Decimal = FEE) -> CreditableBill:
    """An issued bill of these lines, with its fees and VAT as a run computes them."""
    fees = []
    for place, group in enumerate(dict.fromkeys(line.group for line in lines)):
        base = sum((line.net for line in lines if line.group == group), ZERO)
        if net := percent_of(base, percent):
            fees.append(CreditableFee(1000 + place, group, percent, net))
    nets = [(line.vat_rate, line.net) for line in lines] + [(fee.group[2], fee.net) for fee in fees]
    return CreditableBill(BillKind.INVOICE, "F2026-0001", tuple(lines), tuple(fees), vat_shares(nets))


def line(
    key: int = 1, billed: str = "3", price: str = "10.0000", nature: BilledNature = BilledNature.FLAT, **changes: object
) -> Creditable:
    measure, unit = Decimal(billed), Decimal(price)
    rate = changes.pop("rate", Decimal("0.00"))
    worth = cents(measure * unit / 60 if nature is BilledNature.LABOUR else measure * unit)
    made = Creditable(key, "OR-1", key, nature, measure, unit, worth, rate, (GRID, TERMS, rate))
    return replace(made, **changes)


def after(present: CreditableBill, credit: Credit) -> CreditableBill:
    """The bill once this credit note is issued."""
    lines = {one.line.id: one for one in credit.lines}
    fees = {one.fee.id: one for one in credit.fees}
    gone = {share.rate: share for share in present.credited}
    for share in credit.vat_shares:
        before = gone.get(share.rate, VatShare(share.rate, ZERO, ZERO))
        gone[share.rate] = VatShare(share.rate, before.net + share.net, before.vat + share.vat)
    return replace(
        present,
        lines=tuple(
            replace(
                one, credited=one.credited + lines[one.id].measure, credited_net=one.credited_net + lines[one.id].net
            )
            if one.id in lines
            else one
            for one in present.lines
        ),
        fees=tuple(
            replace(one, credited_net=one.credited_net + fees[one.id].net) if one.id in fees else one
            for one in present.fees
        ),
        credited=tuple(gone[rate] for rate in sorted(gone)),
    )


def within(present: CreditableBill) -> None:
    """Never more than billed: per line, per fee, per rate."""
    for one in present.lines:
        assert 0 <= one.credited <= one.billed
        assert 0 <= one.credited_net <= one.net
        assert one.left or one.credited_net == one.net
    assert all(0 <= one.credited_net <= one.net for one in present.fees)
    billed = {share.rate: share for share in present.shares}
    for share in present.credited:
        assert 0 <= share.net <= billed[share.rate].net
        assert 0 <= share.vat <= billed[share.rate].vat
    assert sum((one.credited_net for one in (*present.lines, *present.fees)), ZERO) == sum(
        (share.net for share in present.credited), ZERO
    )


natures = st.sampled_from(list(BilledNature)[:4])


@st.composite
def lines(draw: st.DrawFn) -> list[Creditable]:
    found = []
    for key in range(1, draw(st.integers(1, 6)) + 1):
        nature = draw(natures)
        hours = nature is BilledNature.LABOUR
        billed = str(draw(st.integers(1, 600))) if hours else str(Decimal(draw(st.integers(1, 20_000))) / 1000)
        price = str(Decimal(draw(st.integers(1, 2_000_000))) / 10_000)
        free = draw(st.booleans()) and draw(st.booleans())
        made = line(
            key, billed, price, nature, order=draw(st.sampled_from(["OR-1", "OR-2"])), rate=draw(st.sampled_from(RATES))
        )
        found.append(replace(made, free=free, net=ZERO if free else made.net))
    return found


@given(lines(), st.sampled_from([Decimal("0"), Decimal("8.7"), FEE]), st.data())
def test_any_sequence_of_credits_stays_within_the_bill_and_foots(
    made: list[Creditable], percent: Decimal, data: st.DataObject
) -> None:
    first = present = bill(made, percent)
    given_back = ZERO
    for _ in range(data.draw(st.integers(0, 6))):
        wanted = {}
        for one in present.lines:
            if one.left and not one.free and data.draw(st.booleans()):
                step = 1 if one.nature is BilledNature.LABOUR else Decimal("0.001")
                wanted[one.id] = data.draw(st.integers(1, int(one.left / step))) * Decimal(step)
        try:
            credit = compute(present, P.REDUCE, wanted)
        except NothingToCredit:
            continue
        assert credit.gross == credit.net + credit.vat > 0
        given_back += credit.gross
        present = after(present, credit)
        within(present)
    gross = sum((share.net + share.vat for share in first.shares), ZERO)
    assert given_back <= gross
    try:
        credit = compute(present, P.REBILL, whole(present))
    except NothingToCredit:
        assert given_back == gross
        return
    present = after(present, credit)
    within(present)
    assert all(one.left == 0 for one in present.lines)
    assert all(one.credited_net == one.net for one in (*present.lines, *present.fees))
    assert present.credited == present.shares
    assert given_back + credit.gross == gross


def test_a_whole_bill_gives_back_exactly_what_it_asked() -> None:
    made = bill([line(1, "80", "52", BilledNature.LABOUR, rate=RATES[2]), line(2, "0.5", "0.0385", rate=RATES[2])])
    credit = compute(made, P.REBILL, whole(made))
    assert [one.net for one in credit.lines] == [Decimal("69.33"), Decimal("0.02")]
    assert [one.quantity for one in credit.lines] == [Decimal("1.333"), Decimal("0.500")]
    assert credit.lines[0].minutes == 80
    assert credit.vat_shares == made.shares


def test_the_last_credit_takes_what_remains() -> None:
    made = bill([line(1, "3", "0.0050")])
    assert made.lines[0].net == Decimal("0.02")
    nets = []
    for _ in range(2):
        credit = compute(made, P.REDUCE, {1: Decimal(1)})
        nets.append(credit.net)
        made = after(made, credit)
    assert nets == [Decimal("0.01"), Decimal("0.01")]
    with pytest.raises(NothingToCredit):
        compute(made, P.REDUCE, {1: Decimal(1)})


def test_the_fee_of_a_group_and_the_vat_of_a_rate_come_back_whole() -> None:
    made = bill([line(1, "1", "0.45", rate=RATES[2]), line(2, "1", "0.45", rate=RATES[2])])
    assert made.fees[0].net == Decimal("0.09")
    assert made.shares == (VatShare(RATES[2], Decimal("0.99"), Decimal("0.20")),)
    one = compute(made, P.REDUCE, {1: Decimal(1)})
    assert (one.fees[0].base, one.fees[0].net, one.vat) == (Decimal("0.45"), Decimal("0.05"), Decimal("0.10"))
    other = compute(after(made, one), P.REDUCE, {2: Decimal(1)})
    assert (other.fees[0].net, other.vat) == (Decimal("0.04"), Decimal("0.10"))


FREE = line(2, "1", "10", free=True, net=ZERO)
REFUSED = [
    (bill([line()]), P.REDUCE, {9: Decimal(1)}, LineOfAnother),
    (replace(bill([line()]), kind=BillKind.CREDIT_NOTE), P.REDUCE, {1: Decimal(1)}, CreditNoteCredited),
    (bill([line()]), P.REDUCE, {1: Decimal("3.001")}, AboveRest),
    (bill([line(credited=Decimal(3), credited_net=Decimal(30))]), P.REDUCE, {1: Decimal(1)}, AboveRest),
    (bill([line()]), P.REDUCE, {1: Decimal(0)}, BadMeasure),
    (bill([line()]), P.REDUCE, {1: Decimal("-1")}, BadMeasure),
    (bill([line()]), P.REDUCE, {1: Decimal("0.0001")}, BadMeasure),
    (bill([line(nature=BilledNature.LABOUR)]), P.REDUCE, {1: Decimal("1.5")}, BadMeasure),
    (bill([line()]), P.REDUCE, {}, NothingToCredit),
    (bill([line(), FREE]), P.REDUCE, {2: Decimal(1)}, LineWorthNothing),
    (bill([line()]), P.PART_RETURN, {1: Decimal(1)}, NotAPart),
    (bill([line(), line(2)]), P.REBILL, {1: Decimal(3)}, OrderNotWhole),
    (bill([line()]), P.REBILL, {1: Decimal(2)}, OrderNotWhole),
    (bill([line(), replace(FREE, order="OR-2")]), P.REBILL, {2: Decimal(1)}, NothingToCredit),
]


@pytest.mark.parametrize(("made", "purpose", "wanted", "refusal"), REFUSED)
def test_refused(
    made: CreditableBill, purpose: CreditPurpose, wanted: dict[int, Decimal], refusal: type[GarageError]
) -> None:
    with pytest.raises(refusal):
        compute(made, purpose, wanted)


def test_a_line_that_was_not_charged_goes_back_with_its_order() -> None:
    made = bill([line(), FREE])
    credit = compute(made, P.REBILL, whole(made, ["OR-1"]))
    assert [(one.line.id, one.net) for one in credit.lines] == [(1, Decimal(30)), (2, ZERO)]


def test_who_reviews_and_when_it_is_asked_for() -> None:
    check_review(1, 2)
    with pytest.raises(ReviewOwn):
        check_review(1, 1)
    check_issuable(CreditState.PREPARED, reviewed=False)
    check_issuable(CreditState.REVIEWED, reviewed=True)
    with pytest.raises(ReviewMissing):
        check_issuable(CreditState.PREPARED, reviewed=True)


def test_a_reason_in_words() -> None:
    assert check_reason("  Mauvais \n débiteur ") == "Mauvais débiteur"
    with pytest.raises(ReasonMissing):
        check_reason(" \n")


@pytest.mark.parametrize("state", OrderState)
def test_the_debtor_of_an_order_changes_only_when_nothing_is_billed(state: OrderState) -> None:
    if state is OrderState.DONE:
        check_debtor_change("OR-1", state, billed=False)
    else:
        with pytest.raises(DebtorFixed):
            check_debtor_change("OR-1", state, billed=False)
    with pytest.raises(DebtorFixed):
        check_debtor_change("OR-1", state, billed=True)
