"""Titres de recettes, payments, refunds and offsets of issued bills, by hand: each in the journal (rule B11, E14).

Every act locks the bills it touches, in the order of their ids; nothing is ever deleted.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice
from garage.db.models.recovery import Settlement, Titre
from garage.db.queries import recovery as queries
from garage.db.queries.recovery import Followed
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.recovery import (
    NotCollected,
    NoTitre,
    OffsetElsewhere,
    OverpaidReasonMissing,
    SettledTwice,
    TitreKnown,
    TitreTaken,
    VoidedAlready,
)
from garage.domain.permissions import Actor
from garage.domain.recovery import (
    BillState,
    Position,
    SettlementKind,
    check_amount,
    check_day,
    check_exercise,
    check_offset,
    check_payment,
    check_refund,
    check_titre,
    check_void,
    settlement_key,
)
from garage.operations import journal

_What = tuple[SettlementKind, Followed, Followed | None]


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, at what instant, on what civil day in Paris."""

    actor: Actor
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class TitreEntry:
    """A titre as the finance application numbered it; `amount` in euros, None when it was not told."""

    number: str
    year: int
    titled_on: date
    bordereau: str | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """Euros received, given back or passed on, on a day; `overpaid_reason` when they are knowingly too much."""

    amount: Decimal
    settled_on: date
    reference: str | None = None
    overpaid: bool = False
    overpaid_reason: str | None = None


def lock(session: Session, invoice_ids: list[int]) -> None:
    """Have these bills to ourselves until the transaction ends, in the order of their ids."""
    session.execute(select(Invoice.id).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.id).with_for_update())


def insert_new(session: Session, table: Any, values: dict[str, Any]) -> int | None:
    """Insert a row; None when another has its key, even one that was being written at the same time."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(table.id)
    made: int | None = session.scalar(statement)
    return made


def _locked(session: Session, number: str) -> Followed:
    lock(session, [queries.followed(session, number).id])
    return queries.followed(session, number)


def _collected(session: Session, number: str) -> Followed:
    bill = _locked(session, number)
    if not bill.collected:
        raise NotCollected(bill.number)
    return bill


def _check_titre(bill: Followed, entry: TitreEntry, today: date) -> dict[str, Any]:
    if not bill.titled:
        raise NotCollected(bill.number)
    check_day(entry.titled_on, bill.issued_on, today)
    check_exercise(entry.year, entry.titled_on)
    amount = bill.position.gross if entry.amount is None else entry.amount
    check_titre(bill.number, amount, bill.position.gross)
    return {
        "number": entry.number,
        "year": entry.year,
        "bordereau": entry.bordereau,
        "titled_on": entry.titled_on,
        "amount": amount,
    }


def give_titre(session: Session, number: str, entry: TitreEntry, by: By) -> None:
    """Write the titre of a bill, or the one that reduces it of a credit note (rule B11).

    The same titre again changes nothing. Raises NotFound, NotCollected, ImpossibleDay, ExerciseImpossible,
    TitreAmountDiffers, TitreKnown, TitreTaken.
    """
    bill = _locked(session, number)
    values = _check_titre(bill, entry, by.today)
    if bill.titre is not None:
        if (bill.titre, bill.titre_year, bill.titled_on) == (entry.number, entry.year, entry.titled_on):
            return
        raise TitreKnown(bill.number, f"{bill.titre} / {bill.titre_year}")
    row = {**values, "invoice_id": bill.id, "entered_by_id": by.actor.id, "entered_at": by.now}
    if insert_new(session, Titre, row) is None:
        raise TitreTaken(entry.year, entry.number, _owner(session, entry))
    _tell(session, "titre.give", bill.number, {"titre": entry.number, "year": entry.year}, by)


def _owner(session: Session, entry: TitreEntry) -> str:
    found = session.scalar(
        select(Invoice.number)
        .join(Titre, Titre.invoice_id == Invoice.id)
        .where(Titre.year == entry.year, Titre.number == entry.number)
    )
    return found or ""


def correct_titre(session: Session, number: str, entry: TitreEntry, reason: str, by: By) -> None:
    """Correct what was typed of a titre, with a reason; the journal keeps what was there.

    Raises those of `give_titre` but TitreKnown, and ReasonMissing, NoTitre.
    """
    if not reason.strip():
        raise ReasonMissing(BillState.TITLED)
    bill = _locked(session, number)
    values = _check_titre(bill, entry, by.today)
    row = session.scalars(select(Titre).where(Titre.invoice_id == bill.id).with_for_update()).one_or_none()
    if row is None:
        raise NoTitre(bill.number)
    other = _owner(session, entry)
    if other not in ("", bill.number):
        raise TitreTaken(entry.year, entry.number, other)
    before = {"number": row.number, "year": row.year, "bordereau": row.bordereau, "on": row.titled_on.isoformat()}
    for name, value in values.items():
        setattr(row, name, value)
    try:
        session.flush()
    except IntegrityError:  # somebody gave that number to another bill at this very moment
        raise TitreTaken(entry.year, entry.number, "") from None
    after = {"number": row.number, "year": row.year, "bordereau": row.bordereau, "on": row.titled_on.isoformat()}
    _tell(session, "titre.correct", bill.number, {"before": before, "after": after, "reason": reason.strip()}, by)


def pay(session: Session, number: str, entry: PaymentEntry, by: By) -> None:
    """Write a payment received for a bill.

    Raises NotFound, NotCollected, ImpossibleDay, BadAmount, SettledTwice, AboveDue unless told to be too much with a
    reason (OverpaidReasonMissing): what is above is then a credit of the bill.
    """
    bill = _collected(session, number)
    check_day(entry.settled_on, bill.issued_on, by.today)
    _check_new(session, (SettlementKind.PAYMENT, bill, None), entry)
    check_payment(bill.number, bill.position, entry.amount, overpaid=entry.overpaid)
    above = entry.amount > bill.position.due
    reason = (entry.overpaid_reason or "").strip()
    if above and not reason:
        raise OverpaidReasonMissing
    kept = replace(entry, overpaid_reason=reason if above else None)
    _write(session, (SettlementKind.PAYMENT, bill, None), kept, by)


def refund(session: Session, number: str, entry: PaymentEntry, by: By) -> None:
    """Write what was given back of the credit a bill left.

    Raises NotFound, NotCollected, ImpossibleDay, BadAmount, SettledTwice, AboveCredit.
    """
    bill = _collected(session, number)
    check_day(entry.settled_on, bill.issued_on, by.today)
    _check_new(session, (SettlementKind.REFUND, bill, None), entry)
    check_refund(bill.number, bill.position, entry.amount)
    _write(session, (SettlementKind.REFUND, bill, None), entry, by)


def offset(session: Session, numbers: tuple[str, str], entry: PaymentEntry, by: By) -> None:
    """Cover a bill (the second) with the credit another of the same collectivity left (the first), by hand (E14).

    Raises NotFound, NotCollected, OffsetElsewhere, ImpossibleDay, BadAmount, SettledTwice, AboveCredit, AboveDue.
    """
    known = [queries.followed(session, number) for number in numbers]
    lock(session, [one.id for one in known])
    source, target = (queries.followed(session, one.number) for one in known)
    for one in (source, target):
        if not one.collected:
            raise NotCollected(one.number)
    if source.collectivity_id != target.collectivity_id:
        raise OffsetElsewhere(target.number)
    check_day(entry.settled_on, max(source.issued_on, target.issued_on), by.today)
    _check_new(session, (SettlementKind.OFFSET, target, source), entry)
    check_offset((source.number, source.position), (target.number, target.position), entry.amount)
    _write(session, (SettlementKind.OFFSET, target, source), entry, by)


def _key(what: _What, entry: PaymentEntry) -> str:
    kind, bill, source = what
    words = f"{source.number} {entry.reference or ''}" if source else entry.reference
    return settlement_key(kind, bill.id, entry.settled_on, entry.amount, words)


def _check_new(session: Session, what: _What, entry: PaymentEntry) -> None:
    """The same settlement is told as such, before what it would make of the bill."""
    check_amount(entry.amount)
    if session.scalar(select(Settlement.id).where(Settlement.key == _key(what, entry))) is not None:
        raise SettledTwice(what[1].number, entry.amount, entry.settled_on)


def _write(session: Session, what: _What, entry: PaymentEntry, by: By) -> None:
    kind, bill, source = what
    row = {
        "invoice_id": bill.id,
        "kind": kind,
        "amount": entry.amount,
        "settled_on": entry.settled_on,
        "reference": entry.reference,
        "overpaid_reason": entry.overpaid_reason,
        "from_invoice_id": source.id if source else None,
        "key": _key(what, entry),
        "entered_by_id": by.actor.id,
        "entered_at": by.now,
    }
    if insert_new(session, Settlement, row) is None:
        raise SettledTwice(bill.number, entry.amount, entry.settled_on)
    data = {"amount": str(entry.amount), "on": entry.settled_on.isoformat(), "reason": entry.overpaid_reason}
    _tell(session, f"settlement.{kind.value}", bill.number, data | ({"from": source.number} if source else {}), by)


def void(session: Session, settlement_id: int, reason: str, by: By) -> str:
    """Void a settlement, with a reason; it stays to be read. Returns the number of its bill.

    Raises NotFound, ReasonMissing, VoidedAlready, CreditUsed when what it left was given back or passed on.
    """
    if not reason.strip():
        raise ReasonMissing(SettlementKind.PAYMENT)
    row = session.get(Settlement, settlement_id)
    if row is None:
        raise NotFound("settlement", str(settlement_id))
    lock(session, [one for one in (row.invoice_id, row.from_invoice_id) if one is not None])
    session.refresh(row, with_for_update=True)
    bill = queries.by_ids(session, [row.invoice_id])[row.invoice_id]
    if row.voided_at is not None:
        raise VoidedAlready(bill.number)
    if row.kind is not SettlementKind.REFUND:
        check_void(bill.number, _without(bill.position, row.kind, row.amount))
    row.voided_at, row.voided_by_id, row.void_reason = by.now, by.actor.id, reason.strip()
    row.key = f"{row.key}~{row.id}"
    session.flush()
    data = {"kind": row.kind.value, "amount": str(row.amount), "on": row.settled_on.isoformat()}
    _tell(session, "settlement.void", bill.number, data | {"reason": reason.strip()}, by)
    return bill.number


def _without(position: Position, kind: SettlementKind, amount: Decimal) -> Position:
    if kind is SettlementKind.PAYMENT:
        return replace(position, paid=position.paid - amount)
    return replace(position, received=position.received - amount)


def _tell(session: Session, action: str, number: str, data: dict[str, Any], by: By) -> None:
    journal.record(session, by.actor, action, ("invoices", number), data=data, now=by.now)
