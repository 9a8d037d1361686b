"""The life of a bill after its issue: handed over, titled, paid; what is still due (rule B11, E14)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from garage.domain.errors.base import ImpossibleDay
from garage.domain.errors.recovery import (
    AboveCredit,
    AboveDue,
    BadAmount,
    CreditUsed,
    ExerciseImpossible,
    OffsetElsewhere,
    TitreAmountDiffers,
)
from garage.domain.money import ZERO

AMOUNT_LIMIT = Decimal(100_000_000)


class SettlementKind(StrEnum):
    """How euros settle a bill: received, given back, or covered by the credit that another bill left."""

    PAYMENT = "payment"
    REFUND = "refund"
    OFFSET = "offset"


class BillState(StrEnum):
    """Where a bill stands with accounting."""

    ISSUED = "issued"
    TRANSMITTED = "transmitted"
    TITLED = "titled"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CANCELLED = "cancelled"


class Age(StrEnum):
    """How late what is due is, in days after the day it was to be paid."""

    NOT_DUE = "not_due"
    TO_30 = "to_30"
    TO_60 = "to_60"
    TO_90 = "to_90"
    OVER_90 = "over_90"


# The greatest number of days late of each age, the last without one.
AGES: tuple[tuple[Age, int], ...] = ((Age.NOT_DUE, 0), (Age.TO_30, 30), (Age.TO_60, 60), (Age.TO_90, 90))


@dataclass(frozen=True, slots=True)
class Position:
    """What a bill asks and what has settled it: euros with 2 decimals, none below zero.

    `received` is covered by credits of other bills, `given` covers other bills with this one's credit.
    """

    gross: Decimal
    credited: Decimal = ZERO
    paid: Decimal = ZERO
    refunded: Decimal = ZERO
    received: Decimal = ZERO
    given: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        """Gross − credits − payments − offsets received + refunds + offsets given; below zero it is a credit."""
        return self.gross - self.credited - self.paid - self.received + self.refunded + self.given

    @property
    def due(self) -> Decimal:
        """What the collectivity still owes on the bill.

        >>> Position(Decimal("100.00"), credited=Decimal("30.00"), paid=Decimal("20.00")).due
        Decimal('50.00')
        """
        return max(self.balance, ZERO)

    @property
    def credit(self) -> Decimal:
        """What the garage owes on the bill: kept, given back or offset by hand, never netted in silence (E14)."""
        return max(-self.balance, ZERO)

    @property
    def settled(self) -> Decimal:
        """Euros that have come in for the bill, those given back or passed on taken off."""
        return self.paid + self.received - self.refunded - self.given


def state_of(position: Position, *, titled: bool, transmitted: bool) -> BillState:
    """Where a bill stands: cancelled when credited whole, else paid, else what was last done about it."""
    if position.credited >= position.gross > 0:
        return BillState.CANCELLED
    if position.due == 0 and position.gross > 0:
        return BillState.PAID
    if position.settled > 0:
        return BillState.PARTLY_PAID
    if titled:
        return BillState.TITLED
    return BillState.TRANSMITTED if transmitted else BillState.ISSUED


def due_on(issued_on: date, titled_on: date | None, due_days: int) -> date:
    """The last day to pay: so many days after the titre de recettes, else after the issue."""
    return (titled_on or issued_on) + timedelta(days=due_days)


def age_of(last_day: date, today: date) -> Age:
    """How late a bill to be paid by a day is.

    >>> age_of(date(2026, 10, 1), date(2026, 10, 31)), age_of(date(2026, 10, 1), date(2026, 10, 1))
    (<Age.TO_30: 'to_30'>, <Age.NOT_DUE: 'not_due'>)
    """
    late = (today - last_day).days
    return next((age for age, most in AGES if late <= most), Age.OVER_90)


def check_titre(number: str, amount: Decimal, gross: Decimal) -> None:
    """A titre asks what the bill does, to the cent (rule B11). Raises TitreAmountDiffers."""
    if amount != gross:
        raise TitreAmountDiffers(number, amount, gross)


def check_exercise(year: int, titled_on: date) -> None:
    """A titre counts in the year of its day, or in the one before during January. Raises ExerciseImpossible.

    The complementary period of a year ends on 31 January of the next one.
    """
    if year != titled_on.year and not (titled_on.month == 1 and year == titled_on.year - 1):
        raise ExerciseImpossible(year, titled_on)


def check_day(day: date, first: date, today: date) -> None:
    """What befalls a bill does so from its issue to today. Raises ImpossibleDay."""
    if not first <= day <= today:
        raise ImpossibleDay(day, first)


def check_amount(amount: Decimal) -> None:
    """An amount that settles something is above zero. Raises BadAmount."""
    if not ZERO < amount < AMOUNT_LIMIT:
        raise BadAmount(amount)


def check_payment(number: str, position: Position, amount: Decimal, *, overpaid: bool) -> None:
    """A payment stays within what is due, unless told to be too much. Raises BadAmount, AboveDue."""
    check_amount(amount)
    if amount > position.due and not overpaid:
        raise AboveDue(number, amount, position.due)


def check_refund(number: str, position: Position, amount: Decimal) -> None:
    """Only what the bill was credited or paid too much is given back. Raises BadAmount, AboveCredit."""
    check_amount(amount)
    if amount > position.credit:
        raise AboveCredit(number, amount, position.credit)


def check_offset(source: tuple[str, Position], target: tuple[str, Position], amount: Decimal) -> None:
    """A credit covers what another bill asks and no more (E14).

    Raises BadAmount, OffsetElsewhere, AboveCredit, AboveDue.
    """
    if source[0] == target[0]:
        raise OffsetElsewhere(target[0])
    check_refund(*source, amount)
    if amount > target[1].due:
        raise AboveDue(target[0], amount, target[1].due)


def check_void(number: str, after: Position) -> None:
    """What is left once a settlement is voided must still back what was given back or passed on. Raises CreditUsed."""
    if after.refunded + after.given > 0 and after.balance > 0:
        raise CreditUsed(number)


def settlement_key(kind: SettlementKind, invoice_id: int, day: date, amount: Decimal, reference: str | None) -> str:
    """What makes two settlements the same one: bill, day, amount and reference, in any case and spacing."""
    words = " ".join((reference or "").split()).casefold()
    told = hashlib.sha256(f"{day.isoformat()}|{amount:.2f}|{words}".encode()).hexdigest()
    return f"{kind.value}:{invoice_id}:{told[:40]}"


class EntryKind(StrEnum):
    """What a line of a statement of account tells."""

    BILL = "bill"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    REFUND = "refund"
    OFFSET = "offset"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a statement: `debit` is asked or given back, `credit` taken back or received, in euros.

    An offset bears both: it moves nothing on the account. `bill` is what it is about, `other` the second document.
    """

    day: date
    kind: EntryKind
    bill: str
    debit: Decimal
    credit: Decimal
    other: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A bill with something due, or with a credit left, on the day of a statement."""

    number: str
    issued_on: date
    titre: str | None
    last_day: date
    position: Position


@dataclass(frozen=True, slots=True)
class Statement:
    """The account of a collectivity from a day (`since`, else from its first bill) to a day, in euros.

    `opening` is the balance before the first line. The balance is what the open bills ask, less the credits left.
    """

    code: str
    name: str
    address: tuple[str, ...]
    issuer: str
    on: date
    since: date | None
    opening: Decimal
    entries: tuple[Entry, ...]
    open: tuple[Open, ...]

    @property
    def debit(self) -> Decimal:
        """The sum of the column of debits."""
        return sum((entry.debit for entry in self.entries), ZERO)

    @property
    def credit(self) -> Decimal:
        """The sum of the column of credits."""
        return sum((entry.credit for entry in self.entries), ZERO)

    @property
    def balance(self) -> Decimal:
        """What the collectivity owes on the day; below zero the garage does."""
        return self.opening + self.debit - self.credit

    @property
    def due(self) -> Decimal:
        """What the open bills ask."""
        return sum((one.position.due for one in self.open), ZERO)

    @property
    def left(self) -> Decimal:
        """The credits that are left."""
        return sum((one.position.credit for one in self.open), ZERO)

    def running(self) -> list[tuple[Entry, Decimal]]:
        """Each line with the balance after it."""
        balance, lines = self.opening, []
        for entry in self.entries:
            balance += entry.debit - entry.credit
            lines.append((entry, balance))
        return lines


def opening_of(entries: Iterable[Entry], since: date | None) -> tuple[Decimal, tuple[Entry, ...]]:
    """The balance before a day, and the lines from it on; lines of one day stand in the order of EntryKind."""
    ranks = list(EntryKind)
    ordered = sorted(entries, key=lambda entry: (entry.day, ranks.index(entry.kind), entry.bill))
    if since is None:
        return ZERO, tuple(ordered)
    before = [entry for entry in ordered if entry.day < since]
    return sum((entry.debit - entry.credit for entry in before), ZERO), tuple(ordered[len(before) :])


def proposals(credit: Decimal, others: Sequence[Open]) -> list[tuple[Open, Decimal]]:
    """What a credit could cover of other open bills, the oldest first; proposed, done by hand only (E14)."""
    found: list[tuple[Open, Decimal]] = []
    for one in sorted(others, key=lambda other: (other.last_day, other.number)):
        share = min(credit, one.position.due)
        if share > 0:
            found.append((one, share))
            credit -= share
    return found
