"""Reads the account of one collectivity as it stood on a day: its lines and its open bills (rule B11, E14)."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice
from garage.db.models.recovery import Settlement, Titre
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.invoices.bill import BillKind
from garage.domain.money import ZERO
from garage.domain.recovery import Entry, EntryKind, Open, Position, SettlementKind, Statement, due_on, opening_of

_KINDS: Final = {
    SettlementKind.PAYMENT: EntryKind.PAYMENT,
    SettlementKind.REFUND: EntryKind.REFUND,
    SettlementKind.OFFSET: EntryKind.OFFSET,
}
_FIELDS: Final = {
    SettlementKind.PAYMENT: "paid",
    SettlementKind.REFUND: "refunded",
    SettlementKind.OFFSET: "received",
}


def collectivity(session: Session, code: str, own: int | None) -> Collectivity:
    """The collectivity of a code, for a reader of one collectivity or of all. Raises NotFound, NotVisible."""
    found = session.scalars(select(Collectivity).where(Collectivity.code == code.strip().upper())).one_or_none()
    if found is None:
        raise NotFound("collectivity", code)
    if own is not None and found.id != own:
        raise NotVisible("collectivity", found.code)
    return found


def code_of(session: Session, collectivity_id: int) -> str:
    """The code of a collectivity."""
    return session.scalars(select(Collectivity.code).where(Collectivity.id == collectivity_id)).one()


def statement(session: Session, body: Collectivity, on: date, since: date | None, due_days: int) -> Statement:
    """The account of a collectivity on a day, its lines from `since` on; what was voided was never there."""
    invoices = session.execute(
        select(Invoice.id, Invoice.number, Invoice.issued_on, Invoice.gross, Titre.number.label("titre"), Titre.year,
               Titre.titled_on)
        .outerjoin(Titre, Titre.invoice_id == Invoice.id)
        .where(Invoice.collectivity_id == body.id, Invoice.kind == BillKind.INVOICE, Invoice.issued_on <= on)
    ).all()  # fmt: skip
    numbers = {row.id: row.number for row in invoices}
    positions: dict[int, Position] = defaultdict(lambda: Position(ZERO))
    positions |= {row.id: Position(row.gross) for row in invoices}
    entries = [Entry(row.issued_on, EntryKind.BILL, row.number, row.gross, ZERO) for row in invoices]
    entries += _credits(session, body.id, on, positions)
    entries += _settlements(session, body.id, on, numbers, positions)
    opening, lines = opening_of(entries, since)
    return Statement(
        code=body.code,
        name=body.name,
        address=_address(body),
        issuer=session.scalars(select(Collectivity.name).where(Collectivity.is_issuer)).first() or "",
        on=on,
        since=since,
        opening=opening,
        entries=lines,
        open=tuple(
            sorted(
                (_open(row, positions[row.id], on, due_days) for row in invoices if positions[row.id].balance),
                key=lambda one: (one.last_day, one.number),
            )
        ),
    )


def _address(body: Collectivity) -> tuple[str, ...]:
    town = " ".join(filter(None, (body.postal_code, body.city)))
    return tuple(filter(None, (*(body.address or "").splitlines(), town)))


def _open(row: AnyRow, position: Position, on: date, due_days: int) -> Open:
    titled_on = row.titled_on if row.titled_on is not None and row.titled_on <= on else None
    titre = f"{row.titre} / {row.year}" if titled_on is not None else None
    return Open(row.number, row.issued_on, titre, due_on(row.issued_on, titled_on, due_days), position)


def _add(positions: dict[int, Position], invoice_id: int, name: str, amount: Decimal) -> None:
    present = positions[invoice_id]
    positions[invoice_id] = replace(present, **{name: getattr(present, name) + amount})


def _credits(session: Session, collectivity_id: int, on: date, positions: dict[int, Position]) -> list[Entry]:
    first = aliased(Invoice)
    rows = session.execute(
        select(Invoice.number, Invoice.issued_on, Invoice.gross, first.id, first.number.label("first_number"))
        .join(first, first.id == Invoice.credited_invoice_id)
        .where(
            Invoice.collectivity_id == collectivity_id,
            Invoice.kind == BillKind.CREDIT_NOTE,
            first.kind == BillKind.INVOICE,
            Invoice.issued_on <= on,
        )
    )
    found: list[Entry] = []
    for row in rows:
        _add(positions, row.id, "credited", abs(row.gross))
        found.append(
            Entry(row.issued_on, EntryKind.CREDIT_NOTE, row.number, ZERO, abs(row.gross), other=row.first_number)
        )
    return found


def _settlements(
    session: Session, collectivity_id: int, on: date, numbers: dict[int, str], positions: dict[int, Position]
) -> list[Entry]:
    rows = session.execute(
        select(Settlement.kind, Settlement.amount, Settlement.settled_on, Settlement.reference, Settlement.invoice_id,
               Settlement.from_invoice_id)
        .join(Invoice, Invoice.id == Settlement.invoice_id)
        .where(
            Invoice.collectivity_id == collectivity_id, Settlement.voided_at.is_(None), Settlement.settled_on <= on
        )
        .order_by(Settlement.id)
    )  # fmt: skip
    found: list[Entry] = []
    for row in rows:
        _add(positions, row.invoice_id, _FIELDS[row.kind], row.amount)
        source = None
        if row.from_invoice_id is not None:
            _add(positions, row.from_invoice_id, "given", row.amount)
            source = numbers.get(row.from_invoice_id)
        found.append(
            Entry(
                row.settled_on,
                _KINDS[row.kind],
                numbers[row.invoice_id],
                debit=row.amount if row.kind is not SettlementKind.PAYMENT else ZERO,
                credit=row.amount if row.kind is not SettlementKind.REFUND else ZERO,
                other=source,
                reference=row.reference,
            )
        )
    return found
