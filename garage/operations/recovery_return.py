"""What comes back of the finance application as one CSV file: read whole, every fault told, recorded once (rule B11).

One row tells a titre, a payment or both of one bill; a bill paid in several times has as many rows.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from garage.db.models.recovery import FinanceReturn, Settlement, Titre
from garage.db.queries import recovery as queries
from garage.db.queries import recovery_returns as known_rows
from garage.db.queries.recovery import Followed
from garage.domain.errors.base import NotFound
from garage.domain.errors.recovery import ExerciseImpossible, ReturnApplied, ReturnChanged
from garage.domain.money import ZERO
from garage.domain.recovery import SettlementKind, check_exercise, settlement_key
from garage.operations import journal
from garage.operations.importing import values
from garage.operations.importing.cells import Cells
from garage.operations.importing.files import read_content
from garage.operations.importing.layout import Layout
from garage.operations.importing.report import FaultCode, Finding, Findings, in_order
from garage.operations.recovery import By, insert_new, lock

REQUIRED: Final = ("facture",)
COLUMNS: Final = (
    "facture", "titre", "exercice", "bordereau", "date_titre", "montant_titre", "date_paiement", "montant_paye",
    "reference",
)  # fmt: skip
_LAYOUT: Final = Layout("retour.csv", COLUMNS, REQUIRED)
_KEPT: Final = timedelta(days=7)
_BATCH: Final = 500
_amount = values.number(2, limit=100_000_000, above_zero=True)
_short = values.text(30)
_reference = values.text(100)


@dataclass(frozen=True, slots=True)
class TitreRow:
    """A titre to write."""

    invoice_id: int
    bill: str
    name: str
    number: str
    year: int
    bordereau: str | None
    titled_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment to write."""

    invoice_id: int
    bill: str
    name: str
    amount: Decimal
    settled_on: date
    reference: str | None
    key: str


@dataclass(slots=True)
class Reading:
    """All that a file says: what it would write, what is known already, its faults and warnings in order of lines."""

    rows: int = 0
    bills: list[int] = field(default_factory=list)
    titres: list[TitreRow] = field(default_factory=list)
    payments: list[PaymentRow] = field(default_factory=list)
    known: int = 0
    blank: int = 0
    faults: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def paid(self) -> Decimal:
        """What its new payments come to, in euros."""
        return sum((one.amount for one in self.payments), ZERO)


def read(session: Session, content: bytes, today: date) -> Reading:
    """Read a file against what is recorded; writes nothing, tells every fault."""
    findings = Findings()
    table = read_content(content, _LAYOUT, findings)
    rows = [Cells(table, row, findings) for row in table.rows]
    reader = _Reader(session, rows, today)
    for cells in rows:
        reader.row(cells)
    reading = reader.reading
    reading.rows = len(rows)
    reading.faults = in_order(findings.faults, (_LAYOUT.name,))
    reading.warnings = in_order(findings.warnings, (_LAYOUT.name,))
    reading.ignored = tuple(table.ignored)
    return reading


class _Reader:
    """What is recorded of the bills a file names, and what its lines so far add to it."""

    def __init__(self, session: Session, rows: Sequence[Cells], today: date) -> None:
        self.reading = Reading()
        self._today = today
        typed = {_number(cells.raw("facture")) for cells in rows}
        numbers = typed | {number.upper() for number in typed}
        ids = queries.ids_of_numbers(session, sorted(numbers))
        bills = queries.by_ids(session, ids.values())
        self.reading.bills = sorted(bills)
        self._bills = {number: bills[invoice_id] for number, invoice_id in ids.items()}
        self._due = {one.id: one.position.due for one in bills.values()}
        self._taken = known_rows.titres(session, {cells.raw("titre") for cells in rows if cells.raw("titre")})
        self._titres = {one.id: (one.titre, one.titre_year) for one in bills.values() if one.titre is not None}
        self._standing, self._voided = known_rows.payments(session, list(bills))
        self._lines: dict[str, int] = {}

    def row(self, cells: Cells) -> None:
        """One row."""
        if not cells.fine:
            return
        number = cells.need("facture", _number)
        if number is None:
            return
        bill = self._bills.get(number) or self._bills.get(number.upper())
        if bill is None:
            cells.fault(FaultCode.UNKNOWN_BILL, "facture")
            return
        titled = any(cells.raw(name) for name in ("titre", "exercice", "bordereau", "date_titre", "montant_titre"))
        paid = any(cells.raw(name) for name in ("date_paiement", "montant_paye", "reference"))
        if not titled and not paid:
            self.reading.blank += 1
        if (titled and not bill.titled) or (paid and not bill.collected):
            cells.fault(FaultCode.NOT_COLLECTED, "facture")
            return
        if titled:
            self._titre(cells, bill)
        if paid:
            self._payment(cells, bill)

    def _titre(self, cells: Cells, bill: Followed) -> None:
        number, titled_on = cells.read("titre", _short), cells.read("date_titre", values.day)
        year = cells.read("exercice", values.count)
        bordereau, amount = cells.read("bordereau", _short), cells.read("montant_titre", _amount)
        if not cells.raw("titre") or not cells.raw("date_titre"):
            cells.fault(FaultCode.INCOMPLETE_TITRE, "date_titre" if cells.raw("titre") else "titre")
        if number is None or titled_on is None or not cells.fine:
            return
        self._day(cells, "date_titre", titled_on, bill)
        gross = bill.position.gross
        if amount is not None and amount != gross:
            cells.fault(FaultCode.TITRE_AMOUNT, "montant_titre", gross=_euros(gross))
        year = titled_on.year if year is None else year
        try:
            check_exercise(year, titled_on)
        except ExerciseImpossible:
            cells.fault(FaultCode.TITRE_EXERCISE, "exercice", day=titled_on, year=str(year))
        if cells.fine:
            self._new_titre(cells, TitreRow(bill.id, bill.number, bill.name, number, year, bordereau, titled_on, gross))

    def _new_titre(self, cells: Cells, row: TitreRow) -> None:
        present = self._titres.get(row.invoice_id)
        owner = self._taken.get((row.year, row.number))
        if present == (row.number, row.year):
            self.reading.known += 1
        elif present is not None:
            cells.fault(FaultCode.TITRE_DIFFERS, "titre", titre=f"{present[0]} / {present[1]}")
        elif owner is not None:
            cells.fault(FaultCode.TITRE_TAKEN, "titre", year=str(row.year), bill=owner)
        else:
            self._titres[row.invoice_id] = (row.number, row.year)
            self._taken[row.year, row.number] = row.bill
            self.reading.titres.append(row)

    def _payment(self, cells: Cells, bill: Followed) -> None:
        settled_on, amount = cells.read("date_paiement", values.day), cells.read("montant_paye", _amount)
        reference = cells.read("reference", _reference)
        if not cells.raw("date_paiement") or not cells.raw("montant_paye"):
            missing = "montant_paye" if cells.raw("date_paiement") else "date_paiement"
            cells.fault(FaultCode.INCOMPLETE_PAYMENT, missing)
        if settled_on is None or amount is None or not cells.fine:
            return
        self._day(cells, "date_paiement", settled_on, bill)
        if not cells.fine:
            return
        key = settlement_key(SettlementKind.PAYMENT, bill.id, settled_on, amount, reference)
        first = self._lines.setdefault(key, cells.line)
        if first != cells.line:
            cells.fault(FaultCode.PAYMENT_TWICE, first=first)
        elif key in self._standing:
            self.reading.known += 1
        elif key in self._voided:
            cells.fault(FaultCode.PAYMENT_VOIDED, "montant_paye", reason=self._voided[key])
        elif amount > self._due[bill.id]:
            cells.fault(FaultCode.ABOVE_DUE, "montant_paye", due=_euros(self._due[bill.id]))
        else:
            self._due[bill.id] -= amount
            row = PaymentRow(bill.id, bill.number, bill.name, amount, settled_on, reference, key)
            self.reading.payments.append(row)

    def _day(self, cells: Cells, column: str, day: date, bill: Followed) -> None:
        if day > self._today:
            cells.fault(FaultCode.IN_FUTURE, column, today=self._today)
        elif day < bill.issued_on:
            cells.fault(FaultCode.BEFORE_ISSUE, column, issued=bill.issued_on)


def _number(cell: str) -> str:
    return values.text(30)(cell) if len(cell) <= 30 else ""


def _euros(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def keep(session: Session, name: str, content: bytes, by: By) -> int:
    """Keep a file that was checked until it is recorded; its id, the same for the same bytes."""
    session.execute(
        delete(FinanceReturn).where(FinanceReturn.applied_at.is_(None), FinanceReturn.sent_at < by.now - _KEPT)
    )
    sha256 = hashlib.sha256(content).hexdigest()
    row = {"sha256": sha256, "name": name[-200:], "content": content, "sent_at": by.now, "sent_by_id": by.actor.id}
    insert_new(session, FinanceReturn, {**row, "titres": 0, "payments": 0})
    return session.scalars(select(FinanceReturn.id).where(FinanceReturn.sha256 == sha256)).one()


def apply(session: Session, return_id: int, by: By) -> Reading:
    """Record a kept file, whole or not at all, once; the file is read again with its bills locked.

    Raises NotFound, ReturnApplied, and ReturnChanged when it no longer fits what is recorded.
    """
    kept = session.get(FinanceReturn, return_id, with_for_update=True)
    if kept is None:
        raise NotFound("return", str(return_id))
    if kept.applied_at is not None:
        raise ReturnApplied(kept.name)
    lock_all(session, read(session, kept.content, by.today).bills)
    reading = read(session, kept.content, by.today)
    if reading.faults or not _written(session, reading, by):
        raise ReturnChanged
    kept.applied_at, kept.applied_by_id = by.now, by.actor.id
    kept.titres, kept.payments = len(reading.titres), len(reading.payments)
    session.flush()
    data = {"titres": kept.titres, "payments": kept.payments, "paid": str(reading.paid), "sha256": kept.sha256}
    journal.record(session, by.actor, "return.apply", ("finance_returns", kept.name), data=data, now=by.now)
    return reading


def lock_all(session: Session, invoice_ids: list[int]) -> None:
    """Have many bills to ourselves, in the order of their ids."""
    for start in range(0, len(invoice_ids), _BATCH):
        lock(session, invoice_ids[start : start + _BATCH])


def _written(session: Session, reading: Reading, by: By) -> bool:
    """Write the rows; False when a titre's number was given to another bill at this very moment."""
    who = {"entered_by_id": by.actor.id, "entered_at": by.now}
    titres = [
        {"invoice_id": row.invoice_id, "year": row.year, "number": row.number, "bordereau": row.bordereau,
         "titled_on": row.titled_on, "amount": row.amount, **who}
        for row in reading.titres
    ]  # fmt: skip
    payments = [
        {"invoice_id": row.invoice_id, "kind": SettlementKind.PAYMENT, "amount": row.amount,
         "settled_on": row.settled_on, "reference": row.reference, "key": row.key, **who}
        for row in reading.payments
    ]  # fmt: skip
    return _insert(session, Titre, titres) and _insert(session, Settlement, payments)


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> bool:
    if not rows:
        return True
    try:
        session.execute(insert(table), rows)
    except IntegrityError:
        return False
    return True
