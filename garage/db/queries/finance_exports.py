"""Reads of the bundles for the finance application, and of the bills that may go into one (rule B11)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceFile, InvoiceLine, InvoiceOrder, InvoiceVat
from garage.db.models.recovery import FinanceExport, FinanceExportBill, Titre
from garage.db.models.users import User
from garage.domain.errors.base import NotFound
from garage.domain.finance_exports import THIRD_PARTY_CODES, BookedLine, FirstBill, HandedBill, ThirdParty
from garage.domain.invoices.bill import BillFormat, BillKind, Party, VatShare
from garage.domain.money import ZERO
from garage.domain.periods import Quarter

_BATCH: Final = 400


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A bundle in a list, or on its page; amounts in euros, credit notes taken off."""

    id: int
    made_at: datetime
    made_by: str | None
    settings: dict[str, Any]
    bills: int
    net: Decimal
    vat: Decimal
    gross: Decimal
    sha256: str | None
    transmitted_at: datetime | None
    transmitted_by: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bill that may go into a bundle; `exports` are the numbers of those it is in."""

    id: int
    kind: BillKind
    number: str
    issued_on: date
    quarter: str
    name: str
    gross: Decimal
    transmitted: bool
    titre_year: int | None
    titre: str | None
    exports: tuple[int, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it was handed over or titled already: left out unless asked for."""
        return self.transmitted or self.titre is not None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another bundle that holds some of the same bills, and how many."""

    export_id: int
    bills: int
    transmitted: bool


_OTHER, _HELD = aliased(User), aliased(Titre)
_EXPORT = (
    select(
        FinanceExport.id, FinanceExport.made_at, User.name, FinanceExport.settings, FinanceExport.bills,
        FinanceExport.net, FinanceExport.vat, FinanceExport.gross, FinanceExport.sha256, FinanceExport.transmitted_at,
        _OTHER.name,
    )
    .outerjoin(User, User.id == FinanceExport.made_by_id)
    .outerjoin(_OTHER, _OTHER.id == FinanceExport.transmitted_by_id)
)  # fmt: skip


def page(session: Session, limit: int, before: int | None = None) -> list[ExportRow]:
    """Bundles, the latest first, `limit` of them before a number."""
    statement = _EXPORT if before is None else _EXPORT.where(FinanceExport.id < before)
    return [ExportRow(*row) for row in session.execute(statement.order_by(FinanceExport.id.desc()).limit(limit))]


def one(session: Session, export_id: int) -> ExportRow:
    """A bundle by its number. Raises NotFound."""
    row = session.execute(_EXPORT.where(FinanceExport.id == export_id)).one_or_none()
    if row is None:
        raise NotFound("finance_export", str(export_id))
    return ExportRow(*row)


def bill_ids(session: Session, export_id: int) -> list[int]:
    """The bills of a bundle, in its order."""
    statement = select(FinanceExportBill.invoice_id).where(FinanceExportBill.export_id == export_id)
    return list(session.scalars(statement.order_by(FinanceExportBill.position)))


def _transmitted() -> ColumnElement[bool]:
    return exists().where(
        FinanceExportBill.invoice_id == Invoice.id,
        FinanceExport.id == FinanceExportBill.export_id,
        FinanceExport.transmitted_at.is_not(None),
    )


def _titled() -> ColumnElement[bool]:
    return exists().where(_HELD.invoice_id == Invoice.id)


def elsewhere(session: Session, invoice_ids: Iterable[int], but: int | None = None) -> list[Elsewhere]:
    """The bundles that some of these bills are in, by number, `but` one left aside."""
    counts: dict[tuple[int, bool], int] = defaultdict(int)
    for some in _batches(sorted(set(invoice_ids))):
        statement = (
            select(FinanceExport.id, FinanceExport.transmitted_at.is_not(None), func.count())
            .join(FinanceExportBill, FinanceExportBill.export_id == FinanceExport.id)
            .where(FinanceExportBill.invoice_id.in_(some))
            .group_by(FinanceExport.id, FinanceExport.transmitted_at)
        )
        for export_id, handed_over, number in session.execute(statement):
            counts[export_id, handed_over] += number
    return [Elsewhere(one, bills, over) for (one, over), bills in sorted(counts.items()) if one != but]


def transmitted(session: Session, invoice_ids: Iterable[int]) -> set[int]:
    """Which of these bills were handed over: in a bundle marked as transmitted."""
    found: set[int] = set()
    for some in _batches(sorted(set(invoice_ids))):
        found |= set(session.scalars(select(Invoice.id).where(Invoice.id.in_(some), _transmitted())))
    return found


def candidates(
    session: Session, limit: int, quarter: Quarter | None = None, run_id: int | None = None
) -> list[Candidate]:
    """Bills by series and number: those of a quarter or a run, those done included, else all that wait."""
    statement: Select[*tuple[Any, ...]] = select(
        Invoice.id, Invoice.kind, Invoice.number, Invoice.issued_on, Invoice.quarter, Collectivity.name, Invoice.gross,
        _transmitted().label("transmitted"), Titre.year.label("titre_year"), Titre.number.label("titre"),
    ).join(Collectivity, Collectivity.id == Invoice.collectivity_id)  # fmt: skip
    statement = statement.outerjoin(Titre, Titre.invoice_id == Invoice.id)
    if quarter is not None:
        statement = statement.where(Invoice.quarter == str(quarter))
    if run_id is not None:
        statement = statement.where(Invoice.run_id == run_id)
    if quarter is None and run_id is None:
        statement = statement.where(~_transmitted(), ~_titled())
    ordered = statement.order_by(Invoice.series, Invoice.year, Invoice.sequence)
    rows: Sequence[Any] = session.execute(ordered.limit(limit)).mappings().all()
    known = _exports(session, [row["id"] for row in rows])
    return [Candidate(**row, exports=tuple(known.get(row["id"], ()))) for row in rows]


def _exports(session: Session, invoice_ids: Sequence[int]) -> dict[int, list[int]]:
    known: dict[int, list[int]] = defaultdict(list)
    for some in _batches(invoice_ids):
        statement = select(FinanceExportBill.invoice_id, FinanceExportBill.export_id).where(
            FinanceExportBill.invoice_id.in_(some)
        )
        for invoice_id, export_id in session.execute(statement.order_by(FinanceExportBill.export_id)):
            known[invoice_id].append(export_id)
    return known


def quarters(session: Session) -> list[Quarter]:
    """The quarters that bills were issued for, the latest first."""
    rows = session.scalars(select(Invoice.quarter).distinct().order_by(Invoice.quarter.desc()))
    return [Quarter.parse(text) for text in rows]


def waiting(session: Session) -> int:
    """How many bills wait to be handed over."""
    return session.scalar(select(func.count()).select_from(Invoice).where(~_transmitted(), ~_titled())) or 0


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


_FIRST, _CREDIT, _OWN = aliased(Invoice), aliased(Invoice), aliased(Titre)
_BILLS: Final = (
    select(
        Invoice,
        Collectivity,
        InvoiceFile.path,
        InvoiceFile.sha256,
        _FIRST.number.label("first_number"),
        _FIRST.issued_on.label("first_on"),
        _FIRST.quarter.label("first_quarter"),
        Titre.year.label("titre_year"),
        Titre.number.label("titre_number"),
        _OWN.year.label("own_year"),
        _OWN.number.label("own_number"),
        select(func.sum(_CREDIT.gross))
        .where(_CREDIT.credited_invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
        .label("taken_back"),
    )
    .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
    .outerjoin(InvoiceFile, InvoiceFile.invoice_id == Invoice.id)
    .outerjoin(_FIRST, _FIRST.id == Invoice.credited_invoice_id)
    .outerjoin(Titre, Titre.invoice_id == Invoice.credited_invoice_id)
    .outerjoin(_OWN, _OWN.invoice_id == Invoice.id)
)


def handed(session: Session, invoice_ids: Iterable[int]) -> list[HandedBill]:
    """Bills as they are booked, by series and number, each with its debtor as the collectivity's record is now.

    A third party's code, SIRET and address come from the bill itself when it had them. Raises NotFound.
    """
    wanted = sorted(set(invoice_ids))
    found: list[tuple[tuple[str, int, int], HandedBill]] = []
    for some in _batches(wanted):
        lines, shares = _lines(session, some), _shares(session, some)
        for row in session.execute(_BILLS.where(Invoice.id.in_(some))):
            bill: Invoice = row[0]
            made = _handed(row, tuple(lines[bill.id]), tuple(shares[bill.id]))
            found.append(((bill.series, bill.year, bill.sequence), made))
    if len(found) != len(wanted):
        raise NotFound("invoice", str(next(iter(set(wanted) - {bill.id for _, bill in found}))))
    return [bill for _, bill in sorted(found, key=lambda pair: pair[0])]


def _handed(row: Any, lines: tuple[BookedLine, ...], shares: tuple[VatShare, ...]) -> HandedBill:
    bill, body = row[0], row[1]
    addressee = Party(**bill.addressee)
    category, nature = THIRD_PARTY_CODES.get(body.kind, (None, None))
    return HandedBill(
        id=bill.id,
        kind=bill.kind,
        number=bill.number,
        issued_on=bill.issued_on,
        quarter=Quarter.parse(bill.quarter),
        issuer=Party(**bill.issuer),
        addressee=addressee,
        debtor=ThirdParty(
            bill.third_party_code or body.third_party_code,
            addressee.siret or body.siret,
            body.tiers_category or category,
            body.legal_nature or nature,
            body.address,
            body.postal_code,
            body.city,
        ),
        code_service=bill.code_service,
        engagement=bill.engagement,
        net=bill.net,
        vat=bill.vat,
        gross=bill.gross,
        vat_shares=shares,
        lines=lines,
        credited=_first(row),
        reason=bill.reason,
        file=row.path.rpartition("/")[2] if row.path else "",
        sha256=row.sha256 or "",
        electronic=bill.format is BillFormat.FACTURX,
        titre=(row.own_year, row.own_number) if row.own_number is not None else None,
        taken_back=row.taken_back or ZERO,
    )


def _first(row: Any) -> FirstBill | None:
    if row.first_number is None:
        return None
    titre = (row.titre_year, row.titre_number) if row.titre_number is not None else None
    return FirstBill(row.first_number, row.first_on, Quarter.parse(row.first_quarter), titre)


def _lines(session: Session, invoice_ids: Sequence[int]) -> dict[int, list[BookedLine]]:
    statement = (
        select(
            InvoiceLine.invoice_id, InvoiceLine.nature, InvoiceLine.label, InvoiceLine.quantity,
            InvoiceLine.unit_price, InvoiceLine.net, InvoiceLine.vat_rate, InvoiceLine.article, InvoiceLine.done_on,
            InvoiceOrder.service, InvoiceLine.grid_id, InvoiceLine.convention_id,
        )
        .outerjoin(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .where(InvoiceLine.invoice_id.in_(invoice_ids))
        .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
    )  # fmt: skip
    lines: dict[int, list[BookedLine]] = defaultdict(list)
    for row in session.execute(statement):
        lines[row.invoice_id].append(BookedLine(*row[1:10], (row.grid_id, row.convention_id)))
    return lines


def _shares(session: Session, invoice_ids: Sequence[int]) -> dict[int, list[VatShare]]:
    shares: dict[int, list[VatShare]] = defaultdict(list)
    statement = select(InvoiceVat).where(InvoiceVat.invoice_id.in_(invoice_ids)).order_by(InvoiceVat.rate)
    for row in session.scalars(statement):
        shares[row.invoice_id].append(VatShare(row.rate, row.net, row.vat))
    return shares
