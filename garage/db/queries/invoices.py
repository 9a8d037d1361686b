"""Reads of issued bills: one as the frozen value that is printed, lists by key, what is not printed yet."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceFile, InvoiceLine, InvoiceOrder, InvoiceVat, Numbering
from garage.db.models.repair_orders import RepairOrder
from garage.domain.collectivities import Category
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.invoices.bill import (
    Bill,
    BillCited,
    BilledLine,
    BilledNature,
    BilledOrder,
    BillKind,
    ConventionCited,
    GridCited,
    Note,
    Party,
    Payment,
    Replaced,
    StructureLine,
    VatShare,
)
from garage.domain.money import round_half_up
from garage.domain.periods import Quarter
from garage.domain.repair_orders import OrderState

_FIRST = aliased(Invoice)
_FIRSTS = (_FIRST.number.label("first_number"), _FIRST.issued_on.label("first_on"), _FIRST.kind.label("first_kind"))
_HEAD = (
    select(*Invoice.__table__.columns, *_FIRSTS)
    .outerjoin(_FIRST, _FIRST.id == Invoice.credited_invoice_id)
    .where(Invoice.id == bindparam("id"))
)
_SHARES = (
    select(InvoiceVat.rate, InvoiceVat.net, InvoiceVat.vat)
    .where(InvoiceVat.invoice_id == bindparam("id"))
    .order_by(InvoiceVat.rate)
)
_LINES = (
    select(*InvoiceLine.__table__.columns)
    .where(InvoiceLine.invoice_id == bindparam("id"))
    .order_by(InvoiceLine.position)
)
_FREEING, _REPLACED = aliased(Invoice), aliased(Invoice)
_ORDERS = (
    select(
        *InvoiceOrder.__table__.columns,
        *_FIRSTS,
        _FREEING.number.label("freeing_number"),
        _FREEING.issued_on.label("freeing_on"),
        _FREEING.reason.label("freeing_reason"),
        _REPLACED.number.label("replaced_number"),
        _REPLACED.issued_on.label("replaced_on"),
        _REPLACED.kind.label("replaced_kind"),
    )
    .outerjoin(_FIRST, _FIRST.id == InvoiceOrder.complement_of_id)
    .outerjoin(_FREEING, _FREEING.id == InvoiceOrder.freed_by_id)
    .outerjoin(_REPLACED, _REPLACED.id == _FREEING.credited_invoice_id)
    .where(InvoiceOrder.invoice_id == bindparam("id"))
    .order_by(InvoiceOrder.position)
)


def bill(session: Session, invoice_id: int) -> Bill:
    """An issued bill as it is printed, from its frozen rows alone (rule B9). Raises NotFound."""
    row = session.execute(_HEAD, {"id": invoice_id}).one_or_none()
    if row is None:
        raise NotFound("invoice", str(invoice_id))
    head = row
    lines, fees = _lines(session, invoice_id)
    shares = session.execute(_SHARES, {"id": invoice_id})
    return Bill(
        kind=head.kind,
        number=head.number,
        issued_on=head.issued_on,
        quarter=Quarter.parse(head.quarter),
        issuer=Party(**head.issuer),
        addressee=Party(**head.addressee),
        code_service=head.code_service,
        engagement=head.engagement,
        third_party_code=head.third_party_code,
        regime=head.regime,
        conventions=tuple(_convention(cited) for cited in head.conventions),
        grids=tuple(_grid(cited) for cited in head.grids),
        orders=_orders(session, invoice_id, lines),
        structure=tuple(fees),
        vat_shares=tuple(VatShare(*share) for share in shares),
        net=head.net,
        vat=head.vat,
        gross=head.gross,
        credited=BillCited(row.first_number, row.first_on, row.first_kind)
        if head.credited_invoice_id is not None
        else None,
        reason=head.reason,
        late_payment_text=head.late_payment_text,
        format=head.format,
        mention=head.mention,
        payment=Payment(**head.payment) if head.payment else None,
        notes=tuple(Note(*note) for note in head.notes or ()),
    )


def _lines(session: Session, invoice_id: int) -> tuple[dict[int, list[BilledLine]], list[StructureLine]]:
    rows = session.execute(_LINES, {"id": invoice_id})
    lines: dict[int, list[BilledLine]] = defaultdict(list)
    fees: list[StructureLine] = []
    for row in rows:
        if row.nature is BilledNature.STRUCTURE:
            fees.append(
                StructureLine(
                    row.code, row.label, round_half_up(row.quantity, 2), row.percent, row.net, row.vat_rate,
                    row.grid, row.grid_starts_on, row.convention_starts_on, row.category,
                )
            )  # fmt: skip
        else:
            lines[row.invoice_order_id].append(
                BilledLine(
                    row.rank, row.done_on, row.nature, row.code, row.label, row.minutes, row.quantity, row.unit,
                    row.unit_price, row.net, row.vat_rate, row.grid, row.category, row.cost, row.percent,
                    row.supplier, row.supplier_invoice, row.non_billable_reason,
                )
            )  # fmt: skip
    return lines, fees


def _orders(session: Session, invoice_id: int, lines: dict[int, list[BilledLine]]) -> tuple[BilledOrder, ...]:
    rows = session.execute(_ORDERS, {"id": invoice_id})
    return tuple(
        BilledOrder(
            row.number, row.opened_on, row.closed_on, row.fleet_number, row.registration, row.vehicle_label,
            row.object_label, row.meter, row.meter_unit, row.requester, row.service, row.reason,
            Quarter.parse(row.late_quarter) if row.late_quarter else None,
            BillCited(row.first_number, row.first_on, row.first_kind) if row.first_number else None,
            tuple(lines[row.id]), _replaces(row) if row.freed_by_id else None,
        )
        for row in rows
    )  # fmt: skip


def _replaces(row: Any) -> Replaced:
    credit = BillCited(row.freeing_number, row.freeing_on, BillKind.CREDIT_NOTE)
    return Replaced(BillCited(row.replaced_number, row.replaced_on, row.replaced_kind), credit, row.freeing_reason)


def _convention(cited: dict[str, Any]) -> ConventionCited:
    return ConventionCited(
        cited["reference"],
        cited["legal_basis"],
        _day(cited["signed_on"]),
        date.fromisoformat(cited["starts_on"]),
        Category(cited["category"]),
    )


def _grid(cited: dict[str, Any]) -> GridCited:
    starts_on = date.fromisoformat(cited["starts_on"])
    return GridCited(cited["name"], starts_on, cited["deliberation"], _day(cited["deliberated_on"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class IssuedBill:
    """A bill in a list, with its file once printed; amounts in euros."""

    id: int
    kind: BillKind
    number: str
    issued_on: date
    quarter: str
    collectivity_id: int
    collectivity: str
    name: str
    engagement: str | None
    net: Decimal
    vat: Decimal
    gross: Decimal
    path: str | None
    sha256: str | None
    size: int | None
    printed_at: datetime | None


def _issued() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Invoice.id, Invoice.kind, Invoice.number, Invoice.issued_on, Invoice.quarter, Invoice.collectivity_id,
            Collectivity.code, Collectivity.name, Invoice.engagement, Invoice.net, Invoice.vat, Invoice.gross,
            InvoiceFile.path, InvoiceFile.sha256, InvoiceFile.size, InvoiceFile.printed_at,
        )
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .outerjoin(InvoiceFile, InvoiceFile.invoice_id == Invoice.id)
    )  # fmt: skip


def issued(session: Session, number: str) -> IssuedBill:
    """One bill by its number, in any case. Raises NotFound."""
    typed = number.strip()
    exact_first = (Invoice.number == typed).desc()
    statement = _issued().where(Invoice.number.in_((typed, typed.upper()))).order_by(exact_first)
    rows = session.execute(statement).all()
    if not rows:
        raise NotFound("invoice", number)
    return IssuedBill(*rows[0])


def visible(session: Session, number: str, collectivity_id: int | None) -> IssuedBill:
    """One bill by its number, for a reader of one collectivity or of all. Raises NotFound, NotVisible."""
    one = issued(session, number)
    if collectivity_id is not None and one.collectivity_id != collectivity_id:
        raise NotVisible("invoice", one.number)
    return one


def by_ids(session: Session, invoice_ids: list[int]) -> list[IssuedBill]:
    """Bills by id: invoices then internal statements, each in number order."""
    rows = session.execute(
        _issued().where(Invoice.id.in_(invoice_ids)).order_by(Invoice.series, Invoice.year, Invoice.sequence)
    )
    return [IssuedBill(*row) for row in rows]


def of_quarter(session: Session, quarter: Quarter, collectivity_id: int | None = None) -> list[IssuedBill]:
    """Every bill of a quarter, of one collectivity when asked: by series and number."""
    statement = _issued().where(Invoice.quarter == str(quarter))
    if collectivity_id is not None:
        statement = statement.where(Invoice.collectivity_id == collectivity_id)
    return [
        IssuedBill(*row) for row in session.execute(statement.order_by(Invoice.series, Invoice.year, Invoice.sequence))
    ]


def page(
    session: Session,
    limit: int,
    before: tuple[date, int] | None = None,
    collectivity_id: int | None = None,
    quarter: Quarter | None = None,
    *,
    after: tuple[date, int] | None = None,
) -> list[IssuedBill]:
    """Bills by day of issue, the latest first, `limit` of them before a key (day, id), or just `after` one."""
    statement = _issued()
    if collectivity_id is not None:
        statement = statement.where(Invoice.collectivity_id == collectivity_id)
    if quarter is not None:
        statement = statement.where(Invoice.quarter == str(quarter))
    if before is not None:
        statement = statement.where(tuple_(Invoice.issued_on, Invoice.id) < before)
    if after is not None:
        newer = statement.where(tuple_(Invoice.issued_on, Invoice.id) > after)
        found = session.execute(newer.order_by(Invoice.issued_on, Invoice.id).limit(limit)).all()
        return [IssuedBill(*row) for row in reversed(found)]
    rows = session.execute(statement.order_by(Invoice.issued_on.desc(), Invoice.id.desc()).limit(limit))
    return [IssuedBill(*row) for row in rows]


def unprinted(session: Session, limit: int | None = None) -> list[int]:
    """Ids of the bills without a file, in the order they were issued (rule B9)."""
    statement = (
        select(Invoice.id)
        .outerjoin(InvoiceFile, InvoiceFile.invoice_id == Invoice.id)
        .where(InvoiceFile.invoice_id.is_(None))
        .order_by(Invoice.id)
    )
    return list(session.scalars(statement.limit(limit)))


def printed(session: Session) -> Iterator[IssuedBill]:
    """Every bill with a file, in the order they were issued, read a thousand at a time."""
    statement = _issued().where(InvoiceFile.invoice_id.is_not(None)).order_by(Invoice.id)
    for row in session.execute(statement.execution_options(yield_per=1000)):
        yield IssuedBill(*row)


def of_run(session: Session, run_id: int) -> list[IssuedBill]:
    """The bills that a run of a job issued: by series and number."""
    statement = _issued().where(Invoice.run_id == run_id)
    rows = session.execute(statement.order_by(Invoice.series, Invoice.year, Invoice.sequence))
    return [IssuedBill(*row) for row in rows]


def made_by_run(session: Session, run_id: int) -> tuple[int, int]:
    """How many bills a run issued so far, and how many of them are printed."""
    row = session.execute(
        select(func.count(Invoice.id), func.count(InvoiceFile.invoice_id))
        .outerjoin(InvoiceFile, InvoiceFile.invoice_id == Invoice.id)
        .where(Invoice.run_id == run_id)
    ).one()
    return row[0], row[1]


def last_sequence(session: Session, series: str, year: int) -> int:
    """The last number given in a series and year; 0 before the first (rule B3)."""
    last = select(Numbering.last).where(Numbering.series == series, Numbering.year == year)
    return session.scalar(last) or 0


@dataclass(frozen=True, slots=True)
class QuarterBilled:
    """What was issued for a quarter in one kind of bill; amounts in euros."""

    quarter: Quarter
    kind: BillKind
    bills: int
    gross: Decimal


def billed_quarters(
    session: Session, collectivity_id: int | None = None, quarter: Quarter | None = None
) -> list[QuarterBilled]:
    """The sums of each quarter (or of one) and of each kind of bill, the latest quarter first, invoices first."""
    statement = select(Invoice.quarter, Invoice.kind, func.count(), func.sum(Invoice.gross))
    if collectivity_id is not None:
        statement = statement.where(Invoice.collectivity_id == collectivity_id)
    if quarter is not None:
        statement = statement.where(Invoice.quarter == str(quarter))
    statement = statement.group_by(Invoice.quarter, Invoice.kind).order_by(Invoice.quarter.desc())
    made = [QuarterBilled(Quarter.parse(row[0]), *row[1:]) for row in session.execute(statement)]
    return sorted(made, key=lambda one: (-one.quarter.year, -one.quarter.number, list(BillKind).index(one.kind)))


@dataclass(frozen=True, slots=True)
class ReadyCount:
    """Checked orders that wait for their bill, of one collectivity, finished in one quarter."""

    quarter: Quarter
    collectivity_id: int
    orders: int


def ready_counts(session: Session) -> list[ReadyCount]:
    """How many checked orders wait for their bill, by quarter of closing and collectivity (rule B1)."""
    rows = session.execute(
        select(RepairOrder.closed_on, RepairOrder.collectivity_id, func.count())
        .where(
            RepairOrder.state == OrderState.DONE, RepairOrder.closed_on.is_not(None), RepairOrder.settled_at.is_(None)
        )
        .group_by(RepairOrder.closed_on, RepairOrder.collectivity_id)
    )
    counts: dict[tuple[Quarter, int], int] = defaultdict(int)
    for closed_on, collectivity_id, orders in rows:
        if closed_on is not None:
            counts[Quarter.of(closed_on), collectivity_id] += orders
    return [ReadyCount(*key, orders) for key, orders in sorted(counts.items())]


def names(session: Session) -> dict[str, str]:
    """The name of each collectivity by its code, in code order."""
    rows = session.execute(select(Collectivity.code, Collectivity.name).order_by(Collectivity.code))
    return {row.code: row.name for row in rows}


def gross_by_collectivity(session: Session, quarter: Quarter) -> dict[str, Decimal]:
    """What each collectivity (by code) was billed for a quarter, credit notes deducted; euros with VAT."""
    credit = Invoice.kind == BillKind.CREDIT_NOTE
    signed = func.sum(case((credit, -func.abs(Invoice.gross)), else_=Invoice.gross), type_=Invoice.gross.type)
    rows = session.execute(
        select(Collectivity.code, signed)
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .where(Invoice.quarter == str(quarter))
        .group_by(Collectivity.code)
    )
    return {row[0]: row[1] for row in rows}
