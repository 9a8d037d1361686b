"""Bills by e-mail: queued once per bill and address, sent again by hand, the PDF read when the mail leaves (E16).

What is queued follows the state, never the tick: a bill issued since the setting is on, of which no row says that
it was looked at. The unique key of that row is what keeps a bill from going twice.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.clock import paris_day
from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice
from garage.db.models.mails import BillMail
from garage.db.queries import bill_mails as queries
from garage.db.queries import invoices
from garage.db.queries.invoices import IssuedBill
from garage.db.queries.settings import current
from garage.domain.errors.invoices import FileDiffers
from garage.domain.errors.questions import NoAddress, NotForMail, SentMeanwhile
from garage.domain.invoices.bill import BillKind
from garage.domain.mails import addresses
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor
from garage.french import bill_mails as words
from garage.french.bill_mails import Carried, Issued, Summary
from garage.operations import journal, mails, printing
from garage.operations.job_runs import GARAGE
from garage.operations.mails import Message
from garage.operations.printing import Press

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Attachment:
    """The PDF that goes with a mail."""

    name: str
    content: bytes


def to_queue(session: Session, now: datetime) -> bool:
    """Whether a bill waits to be sent for the first time."""
    return current(session).mails_bills and bool(queries.to_send(session, now, 1))


def queue_issued(session: Session, now: datetime) -> int:
    """Queue the bills issued since the setting is on, fifty at most; returns how many. Repeating is harmless.

    Of a collectivity without address, the row says so, and nothing goes when it gets one: that is asked by hand.
    """
    if not current(session).mails_bills:
        return 0
    found = queries.to_send(session, now, _AT_ONCE)
    for invoice_id in found:
        owner = session.get_one(Collectivity, session.get_one(Invoice, invoice_id).collectivity_id)
        _send_out(session, invoice_id, addresses(owner.emails), (0, None), now)
    return len(found)


def _send_out(
    session: Session, invoice_id: int, wanted: Sequence[str], asked: tuple[int, int | None], now: datetime
) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    copy, asked_by_id = asked
    text = words.bill(_carried(session, invoice_id))
    for address in wanted or ("",):
        values = {"invoice_id": invoice_id, "address": address, "copy": copy, "queued_at": now}
        row = dialect.insert(BillMail).values(**values, asked_by_id=asked_by_id)
        row_id = session.scalar(row.on_conflict_do_nothing().returning(BillMail.id))
        if row_id is None or not address:
            continue
        digest = hashlib.sha256(address.lower().encode()).hexdigest()[:32]
        message = Message(f"bill:{invoice_id}:{digest}:{copy}", address, text.subject, text.body)
        mail = mails.queue(session, message, now)
        session.execute(update(BillMail).where(BillMail.id == row_id).values(mail_id=mail.id))


def _carried(session: Session, invoice_id: int) -> Carried:
    row = session.get_one(Invoice, invoice_id)
    first = session.get(Invoice, row.credited_invoice_id) if row.credited_invoice_id is not None else None
    terms = (row.payment or {}).get("terms")
    quarter = Quarter.parse(row.quarter)
    return Carried(
        row.kind, row.number, row.issued_on, quarter, row.issuer["name"], row.gross, terms,
        first.number if first else None,
    )  # fmt: skip


def recipients(session: Session, bill: IssuedBill) -> tuple[str, ...]:
    """Where a bill would go today."""
    return addresses(session.get_one(Collectivity, bill.collectivity_id).emails)


def next_copy(session: Session, invoice_id: int) -> int:
    """Which copy the next sending of a bill is: 0 for the first one."""
    last = session.scalar(select(func.max(BillMail.copy)).where(BillMail.invoice_id == invoice_id))
    return 0 if last is None else last + 1


def send(session: Session, number: str, copy: int, actor: Actor, now: datetime) -> int:
    """Send a bill by hand to every address of its collectivity; returns to how many.

    `copy` is the one that was on screen: asked twice by the same person, it goes once. Raises NotFound, NotForMail,
    NoAddress, SentMeanwhile when somebody else sent it since.
    """
    bill = invoices.issued(session, number)
    if bill.kind is BillKind.INTERNAL_STATEMENT:
        raise NotForMail(bill.number)
    session.execute(select(Invoice.id).where(Invoice.id == bill.id).with_for_update())
    wanted = recipients(session, bill)
    if not wanted:
        raise NoAddress(bill.name)
    coming = next_copy(session, bill.id)
    if copy < coming:
        same = select(BillMail).where(BillMail.invoice_id == bill.id, BillMail.copy == copy)
        rows = list(session.scalars(same))
        if rows and actor.id is not None and all(one.asked_by_id == actor.id for one in rows):
            return len(rows)
        raise SentMeanwhile(bill.number, paris_day(max((one.queued_at for one in rows), default=now)))
    _send_out(session, bill.id, wanted, (coming, actor.id), now)
    journal.record(session, actor, "invoice.send", ("invoices", bill.number), data={"to": list(wanted)}, now=now)
    return len(wanted)


def send_given_up(session: Session, actor: Actor, now: datetime) -> int:
    """Have every bill that went to nobody tried anew; returns how many."""
    found = queries.given_up(session)
    for mail_id in found:
        mails.send_again(session, mail_id, actor, now)
    return len(found)


def attachment(press: Press, mail_id: int, now: datetime) -> Attachment | None:
    """The archived PDF of the bill that a mail carries, its fingerprint checked; None for a mail that carries none.

    A missing file is printed first. Raises FileDiffers, written in the journal as an alarm, and OSError (rule B9).
    """
    with press.database.reading() as session:
        number = queries.carried_by(session, mail_id)
        row = invoices.issued(session, number) if number is not None else None
    if row is None:
        return None
    try:
        content, path = printing.issued_bytes(press, row, GARAGE, now)
    except FileDiffers as differs:
        with press.database.transaction() as session:
            data = {"path": differs.path}
            journal.record(session, GARAGE, "invoice.file_differs", ("invoices", row.number), data=data, now=now)
        raise
    return Attachment(PurePosixPath(path).name, content)


def summarise(session: Session, run_id: int, left: tuple[int, int], now: datetime) -> None:
    """Tell accounting, once, what a run issued and left out (sums carried, orders kept out).

    Nothing when it issued nothing. The setting off, or no address of accounting, nothing.
    """
    settings = current(session)
    made = invoices.of_run(session, run_id)
    if not (settings.mails_bills and settings.accounting_email and made):
        return
    told = Summary(
        run_id=run_id,
        bills=[Issued(one.kind, Quarter.parse(one.quarter), one.gross) for one in made],
        carried=left[0],
        excluded=left[1],
        unaddressed=_unaddressed(session, made),
    )
    text = words.summary(told)
    mails.queue(session, Message(f"run:{run_id}:summary", settings.accounting_email, text.subject, text.body), now)


def _unaddressed(session: Session, made: Iterable[IssuedBill]) -> list[str]:
    owners = {one.collectivity_id for one in made if one.kind is not BillKind.INTERNAL_STATEMENT}
    rows = session.scalars(select(Collectivity).where(Collectivity.id.in_(owners)).order_by(Collectivity.code))
    return [row.name for row in rows if not addresses(row.emails)]
