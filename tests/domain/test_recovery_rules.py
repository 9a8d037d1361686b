"""What is due of a bill, whatever befalls it: no cent lost, no credit used twice, no netting in silence (B11, E14)."""

import contextlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garage.domain.errors.base import GarageError, ImpossibleDay
from garage.domain.errors.recovery import CreditUsed, ExerciseImpossible, TitreAmountDiffers
from garage.domain.money import ZERO
from garage.domain.recovery import (
    Age,
    BillState,
    Entry,
    EntryKind,
    Open,
    Position,
    SettlementKind,
    age_of,
    check_day,
    check_exercise,
    check_offset,
    check_payment,
    check_refund,
    check_titre,
    check_void,
    due_on,
    opening_of,
    proposals,
    settlement_key,
    state_of,
)

DAY = date(2026, 10, 8)
CENTS = st.integers(0, 20_000).map(lambda cents: Decimal(cents).scaleb(-2))
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "overpay", "refund", "offset", "credit", "void"]),
        st.integers(0, 2),
        st.integers(0, 2),
        CENTS,
    ),
    max_size=30,
)


class Account:
    """Three bills of a collectivity, with every euro that moved."""

    def __init__(self, gross: list[Decimal]) -> None:
        self.bills = [Position(one) for one in gross]
        self.entries = [Entry(DAY, EntryKind.BILL, str(n), one, ZERO) for n, one in enumerate(gross)]
        self.paid: list[tuple[int, Decimal]] = []

    def act(self, what: str, here: int, there: int, amount: Decimal) -> None:
        """One act, refused or done."""
        bill = self.bills[here]
        if what in ("pay", "overpay"):
            check_payment("F", bill, amount, overpaid=what == "overpay")
            self.bills[here] = replace(bill, paid=bill.paid + amount)
            self.paid.append((here, amount))
            self._tell(EntryKind.PAYMENT, here, ZERO, amount)
        elif what == "refund":
            check_refund("F", bill, amount)
            self.bills[here] = replace(bill, refunded=bill.refunded + amount)
            self._tell(EntryKind.REFUND, here, amount, ZERO)
        elif what == "offset":
            other = self.bills[there]
            check_offset((str(here), bill), (str(there), other), amount)
            self.bills[here] = replace(bill, given=bill.given + amount)
            self.bills[there] = replace(other, received=other.received + amount)
            self._tell(EntryKind.OFFSET, here, amount, amount)
        elif what == "credit":
            share = min(amount, bill.gross - bill.credited)
            self.bills[here] = replace(bill, credited=bill.credited + share)
            self._tell(EntryKind.CREDIT_NOTE, here, ZERO, share)
        elif self.paid:
            place, euros = self.paid[-1]
            after = replace(self.bills[place], paid=self.bills[place].paid - euros)
            check_void("F", after)
            self.bills[place] = after
            self.paid.pop()
            self._tell(EntryKind.PAYMENT, place, ZERO, -euros)

    def _tell(self, kind: EntryKind, bill: int, debit: Decimal, credit: Decimal) -> None:
        self.entries.append(Entry(DAY, kind, str(bill), debit, credit))


@settings(max_examples=150)
@given(st.lists(CENTS.filter(bool), min_size=3, max_size=3), ACTS)
def test_no_cent_is_ever_lost(gross: list[Decimal], acts: list[tuple[str, int, int, Decimal]]) -> None:
    account = Account(gross)
    for act in acts:
        with contextlib.suppress(GarageError):
            account.act(*act)
        moved = sum((entry.debit - entry.credit for entry in account.entries), ZERO)
        assert sum((bill.balance for bill in account.bills), ZERO) == moved
        assert sum((bill.given for bill in account.bills), ZERO) == sum((b.received for b in account.bills), ZERO)
        for bill in account.bills:
            assert bill.due - bill.credit == bill.balance
            assert ZERO in (bill.due, bill.credit)
            assert bill.due <= bill.gross - bill.credited or bill.refunded + bill.given > 0
            if bill.refunded + bill.given > 0:
                assert bill.balance <= 0
            state = state_of(bill, titled=False, transmitted=False)
            assert (state is BillState.PAID) <= (bill.due == 0 and bill.settled + bill.credited >= bill.gross)
            assert (state is BillState.ISSUED) <= (bill.settled == 0)


@given(CENTS, st.lists(CENTS, max_size=6))
def test_what_is_proposed_fits_the_credit_and_each_bill(credit: Decimal, due: list[Decimal]) -> None:
    others = [Open(str(n), DAY, None, DAY, Position(one)) for n, one in enumerate(due)]
    found = proposals(credit, others)
    assert sum((share for _, share in found), ZERO) == min(credit, sum(due, ZERO))
    assert all(ZERO < share <= one.position.due for one, share in found)


@given(
    st.lists(st.tuples(st.integers(1, 28), st.sampled_from(EntryKind), CENTS, CENTS), max_size=20), st.integers(1, 28)
)
def test_a_statement_cut_at_any_day_foots(told: list[tuple[int, EntryKind, Decimal, Decimal]], cut: int) -> None:
    entries = [Entry(date(2026, 10, day), kind, "F", *sums) for day, kind, *sums in told]
    whole = sum((entry.debit - entry.credit for entry in entries), ZERO)
    opening, left = opening_of(entries, date(2026, 10, cut))
    assert opening + sum((entry.debit - entry.credit for entry in left), ZERO) == whole
    assert all(entry.day.day >= cut for entry in left)
    assert opening_of(entries, None)[0] == ZERO
    assert len(opening_of(entries, None)[1]) == len(entries)


@pytest.mark.parametrize(
    ("position", "titled", "transmitted", "expected"),
    [
        (Position(Decimal(10)), False, False, BillState.ISSUED),
        (Position(Decimal(10)), False, True, BillState.TRANSMITTED),
        (Position(Decimal(10)), True, True, BillState.TITLED),
        (Position(Decimal(10), credited=Decimal(4)), True, False, BillState.TITLED),
        (Position(Decimal(10), paid=Decimal(4)), True, False, BillState.PARTLY_PAID),
        (Position(Decimal(10), credited=Decimal(6), paid=Decimal(4)), True, False, BillState.PAID),
        (Position(Decimal(10), paid=Decimal(12)), False, False, BillState.PAID),
        (Position(Decimal(10), credited=Decimal(10), paid=Decimal(10)), True, True, BillState.CANCELLED),
        (Position(Decimal(10), credited=Decimal(4), paid=Decimal(10), refunded=Decimal(4)), True, True, BillState.PAID),
    ],
)
def test_states(position: Position, titled: bool, transmitted: bool, expected: BillState) -> None:
    assert state_of(position, titled=titled, transmitted=transmitted) is expected


def test_days() -> None:
    assert due_on(DAY, None, 30) == date(2026, 11, 7)
    assert due_on(date(2026, 1, 1), DAY, 30) == date(2026, 11, 7)
    ages = [(0, Age.NOT_DUE), (1, Age.TO_30), (30, Age.TO_30), (31, Age.TO_60), (60, Age.TO_60), (61, Age.TO_90),
            (90, Age.TO_90), (91, Age.OVER_90)]  # fmt: skip
    for days, expected in ages:
        assert age_of(DAY, date.fromordinal(DAY.toordinal() + days)) is expected
    for day in (date(2026, 10, 7), date(2026, 10, 13)):
        with pytest.raises(ImpossibleDay):
            check_day(day, DAY, date(2026, 10, 12))
    check_exercise(2026, date(2027, 1, 31))
    for year, day in ((2026, date(2027, 2, 1)), (2027, date(2026, 12, 31)), (2025, date(2027, 1, 2))):
        with pytest.raises(ExerciseImpossible):
            check_exercise(year, day)


def test_a_titre_asks_what_its_bill_does() -> None:
    check_titre("F", Decimal("10.00"), Decimal("10.0"))
    with pytest.raises(TitreAmountDiffers):
        check_titre("F", Decimal("9.99"), Decimal("10.00"))


def test_what_backs_a_refund_is_not_voided() -> None:
    with pytest.raises(CreditUsed):
        check_void("F", Position(Decimal(10), paid=Decimal(5), refunded=Decimal(2)))
    check_void("F", Position(Decimal(10), paid=Decimal(5)))


@given(st.text(max_size=20), CENTS)
def test_the_key_is_the_same_for_the_same_words(reference: str, amount: Decimal) -> None:
    key = settlement_key(SettlementKind.PAYMENT, 7, DAY, amount, reference)
    assert key == settlement_key(SettlementKind.PAYMENT, 7, DAY, amount + Decimal("0.000"), f"  {reference} ")
    assert key != settlement_key(SettlementKind.PAYMENT, 8, DAY, amount, reference)
    assert key != settlement_key(SettlementKind.PAYMENT, 7, DAY, amount + 1, reference)
    assert len(key) <= 110
