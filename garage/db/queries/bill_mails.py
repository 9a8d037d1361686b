"""Reads of bills sent by e-mail: what is to be sent, each sending with its attempts, the list of all."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceFile
from garage.db.models.mails import BillMail, Mail, MailAttempt
from garage.db.models.settings import Setting
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.domain.invoices.bill import BillKind

# A bill whose printing failed is sent all the same: it is printed again then.
_UNPRINTED: Final = timedelta(minutes=15)
_LATER = aliased(BillMail)
_GIVEN_UP: Final = (
    BillMail.mail_id.is_not(None) & BillMail.sent_at.is_(None) & Mail.next_try_at.is_(None)
    & ~exists().where(
        _LATER.invoice_id == BillMail.invoice_id, _LATER.address == BillMail.address, _LATER.copy > BillMail.copy
    )
)  # fmt: skip


class Sending(StrEnum):
    """What became of the sending of a bill."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    NO_ADDRESS = "no_address"


_OF: Final[dict[Sending, ColumnElement[bool]]] = {
    Sending.WAITING: BillMail.sent_at.is_(None) & Mail.next_try_at.is_not(None),
    Sending.SENT: BillMail.sent_at.is_not(None),
    Sending.GIVEN_UP: _GIVEN_UP,
    Sending.NO_ADDRESS: BillMail.address == "",
}


def became(row: AnyRow) -> Sending:
    """What became of a sending, from its row."""
    if not row.address:
        return Sending.NO_ADDRESS
    if row.sent_at is not None:
        return Sending.SENT
    return Sending.WAITING if row.next_try_at is not None else Sending.GIVEN_UP


def to_send(session: Session, now: datetime, most: int) -> list[int]:
    """Ids of the bills issued since the setting is on that nobody looked at yet: printed, or unprinted for long.

    Internal statements go to nobody.
    """
    since = session.scalar(select(Setting.changed_at).where(Setting.key == "mails_bills"))
    if since is None:
        return []
    statement = (
        select(Invoice.id)
        .outerjoin(InvoiceFile, InvoiceFile.invoice_id == Invoice.id)
        .where(Invoice.issued_at >= since, Invoice.kind != BillKind.INTERNAL_STATEMENT)
        .where(~exists().where(BillMail.invoice_id == Invoice.id))
        .where(or_(InvoiceFile.invoice_id.is_not(None), Invoice.issued_at < now - _UNPRINTED))
        .order_by(Invoice.id)
    )
    return list(session.scalars(statement.limit(most)))


def _sendings() -> Select[*tuple[Any, ...]]:
    return (
        select(
            BillMail.id, BillMail.invoice_id, BillMail.address, BillMail.copy, BillMail.queued_at, BillMail.sent_at,
            BillMail.mail_id, Mail.next_try_at, Mail.attempts, Mail.last_error, User.name.label("asked_by"),
            Invoice.number, Invoice.kind, Collectivity.name,
        )
        .join(Invoice, Invoice.id == BillMail.invoice_id)
        .join(Collectivity, Collectivity.id == Invoice.collectivity_id)
        .outerjoin(Mail, Mail.id == BillMail.mail_id)
        .outerjoin(User, User.id == BillMail.asked_by_id)
    )  # fmt: skip


def of_bill(session: Session, invoice_id: int) -> list[AnyRow]:
    """The sendings of a bill, the latest first."""
    statement = _sendings().where(BillMail.invoice_id == invoice_id)
    return list(session.execute(statement.order_by(BillMail.id.desc())))


def page(session: Session, limit: int, before: int | None = None, state: Sending | None = None) -> list[AnyRow]:
    """Sendings, the latest first, `limit` of them before an id."""
    statement = _sendings()
    if before is not None:
        statement = statement.where(BillMail.id < before)
    if state is not None:
        statement = statement.where(_OF[state])
    return list(session.execute(statement.order_by(BillMail.id.desc()).limit(limit)))


def given_up(session: Session) -> list[int]:
    """Ids of the mails of bills that went to nobody and were not sent again since."""
    statement = select(BillMail.mail_id).join(Mail, Mail.id == BillMail.mail_id).where(_GIVEN_UP)
    return [one for one in session.scalars(statement.order_by(BillMail.id)) if one is not None]


def count_of(session: Session, state: Sending) -> int:
    """How many sendings stand there."""
    statement = select(func.count()).select_from(BillMail).outerjoin(Mail, Mail.id == BillMail.mail_id)
    return session.scalar(statement.where(_OF[state])) or 0


def attempts(session: Session, mail_ids: Sequence[int | None]) -> dict[int, list[AnyRow]]:
    """The exchanges about these mails, the first one first."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    rows = session.execute(
        select(MailAttempt.mail_id, MailAttempt.started_at, MailAttempt.ended_at, MailAttempt.error)
        .where(MailAttempt.mail_id.in_([one for one in mail_ids if one is not None]))
        .order_by(MailAttempt.id)
    )
    for row in rows:
        found[row.mail_id].append(row)
    return dict(found)


def carried_by(session: Session, mail_id: int) -> str | None:
    """The number of the bill that a mail carries."""
    return session.scalar(
        select(Invoice.number).join(BillMail, BillMail.invoice_id == Invoice.id).where(BillMail.mail_id == mail_id)
    )
