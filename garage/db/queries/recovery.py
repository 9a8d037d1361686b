"""Reads of the life of bills after their issue: positions, lists, what is due by age, accounts (rule B11, E14)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_, type_coerce
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice
from garage.db.models.recovery import FinanceExport, FinanceExportBill, Settlement, Titre
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, whole
from garage.db.types import ScaledDecimal
from garage.domain.errors.base import NotFound
from garage.domain.invoices.bill import BillKind
from garage.domain.money import ZERO
from garage.domain.recovery import AGES, Age, BillState, Position, SettlementKind, due_on, state_of

PAGE: Final = 50
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Followed:
    """A bill, its titre and what has settled it; `transmitted` once handed over to the finance application."""

    id: int
    kind: BillKind
    number: str
    issued_on: date
    collectivity_id: int
    collectivity: str
    name: str
    first_kind: BillKind | None
    first_number: str | None
    titre: str | None
    titre_year: int | None
    bordereau: str | None
    titled_on: date | None
    transmitted: bool
    position: Position

    @property
    def collected(self) -> bool:
        """Whether a titre, payments and credits are followed: neither on internal statements nor on their credits."""
        return self.kind is BillKind.INVOICE

    @property
    def titled(self) -> bool:
        """Whether it may have a titre: invoices, and credit notes on invoices (a titre that reduces)."""
        return self.collected or (self.kind is BillKind.CREDIT_NOTE and self.first_kind is BillKind.INVOICE)

    @property
    def state(self) -> BillState:
        """Where it stands; a credit note or an internal statement is never paid."""
        shown = self.position if self.collected else Position(self.position.gross)
        return state_of(shown, titled=self.titre is not None, transmitted=self.transmitted)

    def last_day(self, due_days: int) -> date:
        """The last day to pay."""
        return due_on(self.issued_on, self.titled_on, due_days)


@dataclass(frozen=True, slots=True)
class RecoveryFilter:
    """Which bills a list asks for. `late_from`: only those still due that were titled, else issued, before that day."""

    state: BillState | None = None
    collectivity_id: int | None = None
    year: int | None = None
    late_from: date | None = None
    credits: bool = False


_EUROS: Final = ScaledDecimal(2)
_NIL: Final = literal(ZERO, _EUROS)
_CREDIT = aliased(Invoice)
_FIRST = aliased(Invoice)
_credited = (
    select(_CREDIT.credited_invoice_id.label("id"), func.sum(func.abs(_CREDIT.gross, type_=_EUROS)).label("credited"))
    .where(_CREDIT.kind == BillKind.CREDIT_NOTE)
    .group_by(_CREDIT.credited_invoice_id)
    .subquery()
)


def _sum_of(kind: SettlementKind, label: str) -> ColumnElement[Any]:
    return func.sum(case((Settlement.kind == kind, Settlement.amount), else_=_NIL)).label(label)


_settled = (
    select(
        Settlement.invoice_id.label("id"),
        _sum_of(SettlementKind.PAYMENT, "paid"),
        _sum_of(SettlementKind.REFUND, "refunded"),
        _sum_of(SettlementKind.OFFSET, "received"),
    )
    .where(Settlement.voided_at.is_(None))
    .group_by(Settlement.invoice_id)
    .subquery()
)
_given = (
    select(Settlement.from_invoice_id.label("id"), func.sum(Settlement.amount).label("given"))
    .where(Settlement.voided_at.is_(None), Settlement.from_invoice_id.is_not(None))
    .group_by(Settlement.from_invoice_id)
    .subquery()
)
_transmitted = (
    select(FinanceExportBill.invoice_id)
    .join(FinanceExport, FinanceExport.id == FinanceExportBill.export_id)
    .where(FinanceExportBill.invoice_id == Invoice.id, FinanceExport.transmitted_at.is_not(None))
    .exists()
)
_parts = (
    func.coalesce(_credited.c.credited, _NIL),
    func.coalesce(_settled.c.paid, _NIL),
    func.coalesce(_settled.c.refunded, _NIL),
    func.coalesce(_settled.c.received, _NIL),
    func.coalesce(_given.c.given, _NIL),
)
_taken_back, _paid, _refunded, _received, _passed_on = _parts
_in_all: ColumnElement[Decimal] = type_coerce(_paid + _received - _refunded - _passed_on, _EUROS)
_balance: ColumnElement[Decimal] = type_coerce(Invoice.gross - _taken_back - _in_all, _EUROS)
_base_day = func.coalesce(Titre.titled_on, Invoice.issued_on)
# The words of `garage.domain.recovery.state_of` in SQL, for filters alone; a test holds the two together.
_state = case(
    (and_(_taken_back >= Invoice.gross, Invoice.gross > ZERO), BillState.CANCELLED.value),
    (and_(_balance <= ZERO, Invoice.gross > ZERO), BillState.PAID.value),
    (_in_all > ZERO, BillState.PARTLY_PAID.value),
    (Titre.id.is_not(None), BillState.TITLED.value),
    (_transmitted, BillState.TRANSMITTED.value),
    else_=BillState.ISSUED.value,
)


def _joined(columns: Sequence[Any]) -> AnySelect:
    return (
        select(*columns)
        .select_from(Invoice)
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .outerjoin(Titre, Titre.invoice_id == Invoice.id)
        .outerjoin(_FIRST, _FIRST.id == Invoice.credited_invoice_id)
        .outerjoin(_credited, _credited.c.id == Invoice.id)
        .outerjoin(_settled, _settled.c.id == Invoice.id)
        .outerjoin(_given, _given.c.id == Invoice.id)
    )


_HEAD: Final = (
    Invoice.id, Invoice.kind, Invoice.number, Invoice.issued_on, Invoice.collectivity_id, Collectivity.code,
    Collectivity.name, _FIRST.kind.label("first_kind"), _FIRST.number.label("first_number"),
    Titre.number.label("titre"), Titre.year, Titre.bordereau, Titre.titled_on, _transmitted.label("transmitted"),
    func.abs(Invoice.gross, type_=_EUROS),
)  # fmt: skip
_FOLLOWED = _joined((*_HEAD, *_parts))


def _own(amount: Any, *tests: ColumnElement[bool]) -> ColumnElement[Any]:
    """The sum of what is told of the bill of the row alone: for a few bills, the others are not even read."""
    return func.coalesce(select(func.sum(amount)).where(*tests).correlate(Invoice).scalar_subquery(), _NIL)


_stands = Settlement.voided_at.is_(None)
_OF_THESE = (
    select(
        *_HEAD,
        _own(
            func.abs(_CREDIT.gross, type_=_EUROS),
            _CREDIT.kind == BillKind.CREDIT_NOTE,
            _CREDIT.credited_invoice_id == Invoice.id,
        ),
        *(
            _own(Settlement.amount, _stands, Settlement.kind == kind, Settlement.invoice_id == Invoice.id)
            for kind in (SettlementKind.PAYMENT, SettlementKind.REFUND, SettlementKind.OFFSET)
        ),
        _own(Settlement.amount, _stands, Settlement.from_invoice_id == Invoice.id),
    )
    .select_from(Invoice)
    .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
    .outerjoin(Titre, Titre.invoice_id == Invoice.id)
    .outerjoin(_FIRST, _FIRST.id == Invoice.credited_invoice_id)
)


def _read(row: AnyRow) -> Followed:
    values = tuple(row)
    return Followed(*(*values[:14], Position(*values[14:])))


def followed(session: Session, number: str) -> Followed:
    """One bill by its number, in any case. Raises NotFound."""
    typed = number.strip()
    rows = session.execute(_OF_THESE.where(Invoice.number.in_({typed, typed.upper()}))).all()
    if not rows:
        raise NotFound("invoice", number)
    return _read(next((row for row in rows if row.number == typed), rows[0]))


def _some(values: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(values)
    while some := list(islice(left, _BATCH)):
        yield some


def by_ids(session: Session, invoice_ids: Iterable[int]) -> dict[int, Followed]:
    """Bills by id."""
    found: dict[int, Followed] = {}
    for some in _some(invoice_ids):
        found |= {row.id: _read(row) for row in session.execute(_OF_THESE.where(Invoice.id.in_(some)))}
    return found


def ids_of_numbers(session: Session, numbers: Iterable[str]) -> dict[str, int]:
    """The ids of the bills with these numbers, as they are printed."""
    found: dict[str, int] = {}
    for some in _some(numbers):
        rows = session.execute(select(Invoice.number, Invoice.id).where(Invoice.number.in_(some)))
        found |= {row.number: row.id for row in rows}
    return found


def _wanted(wanted: RecoveryFilter) -> list[ColumnElement[bool]]:
    kind = BillKind.CREDIT_NOTE if wanted.credits else BillKind.INVOICE
    tests: list[ColumnElement[bool]] = [Invoice.kind == kind]
    if wanted.credits:
        tests.append(_FIRST.kind == BillKind.INVOICE)
    if wanted.state is not None:
        tests.append(_state == wanted.state.value)
    if wanted.collectivity_id is not None:
        tests.append(Invoice.collectivity_id == wanted.collectivity_id)
    if wanted.year is not None:
        tests.append(Invoice.year == wanted.year)
    if wanted.late_from is not None:
        tests += [_balance > ZERO, _base_day < wanted.late_from]
    return tests


def page(session: Session, wanted: RecoveryFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of bills, the latest issued first, as `Followed` once passed to `shown`."""
    rows = _FOLLOWED.where(*_wanted(wanted))
    place = tuple_(Invoice.issued_on, Invoice.id)
    if (after := _key(key.value)) is not None:
        rows = rows.where(place > after if key.backwards else place < after)
    order = (
        (Invoice.issued_on.asc(), Invoice.id.asc()) if key.backwards else (Invoice.issued_on.desc(), Invoice.id.desc())
    )
    found = session.execute(rows.order_by(*order).limit(size + 1)).all()
    return cut(found[::-1] if key.backwards else found, key, size, lambda row: f"{row.issued_on.isoformat()}_{row.id}")


def _key(value: str | None) -> tuple[date, int] | None:
    day, _, row = (value or "").partition("_")
    try:
        return None if (found := whole(row)) is None else (date.fromisoformat(day), found)
    except ValueError:
        return None


def shown(found: Page) -> list[Followed]:
    """The bills of a page."""
    return [_read(row) for row in found.rows]


@dataclass(frozen=True, slots=True)
class Sums:
    """What the bills of a list come to, in euros."""

    bills: int
    gross: Decimal
    credited: Decimal
    settled: Decimal
    due: Decimal
    credit: Decimal


def sums(session: Session, wanted: RecoveryFilter) -> Sums:
    """The totals of the bills that a list asks for."""
    row = session.execute(
        _joined(
            (
                func.count(Invoice.id), *(
                    func.coalesce(func.sum(one), _NIL)
                    for one in (func.abs(Invoice.gross, type_=_EUROS), _taken_back, _in_all, *_both_ways(_balance))
                ),
            )
        ).where(*_wanted(wanted))
    ).one()  # fmt: skip
    return Sums(*row)


@dataclass(frozen=True, slots=True)
class Aged:
    """What a collectivity owes, by age, in euros; `credit` is what the garage owes it."""

    code: str
    name: str
    due: dict[Age, Decimal]
    credit: Decimal

    @property
    def total(self) -> Decimal:
        """All that it owes."""
        return sum(self.due.values(), ZERO)


def aged(session: Session, today: date, due_days: int, collectivity_id: int | None = None) -> list[Aged]:
    """What is due by collectivity and age on a day, and the credits left, in the order of the codes."""
    limits = [(age, today - timedelta(days=due_days + most)) for age, most in AGES]
    age = case(*((_base_day >= first, age.value) for age, first in limits), else_=Age.OVER_90.value).label("age")
    rows = _joined((Collectivity.code, Collectivity.name, age, _balance.label("balance"))).where(
        Invoice.kind == BillKind.INVOICE, or_(_balance > ZERO, _balance < ZERO)
    )
    if collectivity_id is not None:
        rows = rows.where(Invoice.collectivity_id == collectivity_id)
    inner = rows.subquery()
    asks, owes = _both_ways(inner.c.balance)
    grouped = session.execute(
        select(inner.c.code, inner.c.name, inner.c.age, func.sum(asks), func.sum(owes))
        .group_by(inner.c.code, inner.c.name, inner.c.age)
        .order_by(inner.c.code)
    )
    due: dict[tuple[str, str], dict[Age, Decimal]] = defaultdict(dict)
    left: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for code, name, one, asked, owed in grouped:
        due[code, name][Age(one)] = asked
        left[code, name] += owed
    return [Aged(*who, {one: ages.get(one, ZERO) for one in Age}, left[who]) for who, ages in due.items()]


def _both_ways(balance: ColumnElement[Decimal]) -> tuple[ColumnElement[Decimal], ColumnElement[Decimal]]:
    """What a balance asks of the collectivity, and what it asks of the garage."""
    return (
        type_coerce(case((balance > ZERO, balance), else_=_NIL), _EUROS),
        type_coerce(case((balance < ZERO, _NIL - balance), else_=_NIL), _EUROS),
    )


def late_from(today: date, due_days: int) -> date:
    """Bills titled, else issued, before this day are late today."""
    return today - timedelta(days=due_days)


def years(session: Session) -> list[int]:
    """The years in which invoices were issued, the latest first."""
    return list(
        session.scalars(
            select(Invoice.year).where(Invoice.kind == BillKind.INVOICE).distinct().order_by(Invoice.year.desc())
        )
    )


def states(session: Session, invoice_ids: Sequence[int]) -> dict[int, BillState]:
    """Where each of these bills stands."""
    return {invoice_id: one.state for invoice_id, one in by_ids(session, invoice_ids).items()}


def settlements(session: Session, invoice_id: int) -> Sequence[AnyRow]:
    """Every settlement of a bill or by its credit, voided ones too, in the order they befell."""
    target, source = aliased(Invoice), aliased(Invoice)
    return session.execute(
        select(
            Settlement.id, Settlement.kind, Settlement.amount, Settlement.settled_on, Settlement.reference,
            Settlement.overpaid_reason, Settlement.voided_at, Settlement.void_reason, Settlement.invoice_id,
            target.number.label("target"), source.number.label("source"),
        )
        .join(target, target.id == Settlement.invoice_id)
        .outerjoin(source, source.id == Settlement.from_invoice_id)
        .where(or_(Settlement.invoice_id == invoice_id, Settlement.from_invoice_id == invoice_id))
        .order_by(Settlement.settled_on, Settlement.id)
    ).all()  # fmt: skip


def credit_notes_of(session: Session, invoice_id: int) -> Sequence[AnyRow]:
    """The credit notes issued on a bill, in their order."""
    return session.execute(
        select(Invoice.number, Invoice.issued_on, Invoice.gross)
        .where(Invoice.credited_invoice_id == invoice_id, Invoice.kind == BillKind.CREDIT_NOTE)
        .order_by(Invoice.issued_on, Invoice.id)
    ).all()


def open_of(session: Session, collectivity_id: int) -> list[Followed]:
    """The invoices of a collectivity with something due, the oldest first."""
    rows = session.execute(
        _FOLLOWED.where(
            Invoice.kind == BillKind.INVOICE, Invoice.collectivity_id == collectivity_id, _balance > ZERO
        ).order_by(Invoice.issued_on, Invoice.id)
    )
    return [_read(row) for row in rows]
