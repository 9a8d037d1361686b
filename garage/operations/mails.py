"""E-mails to send: queued with their cause, taken one by one, tried again or given up. The sending itself is a job's.

A mail is taken in a short transaction, sent outside any, and its outcome written in a third: no exchange with a server
holds a lock. Two workers never take the same one; one killed after the server had everything and before the outcome
is written sends it a second time, under the same Message-ID.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from garage.db.models.mails import BillMail, Mail, MailAttempt
from garage.domain.errors.base import NotFound
from garage.domain.errors.requests import MailNotGivenUp
from garage.domain.mails import LEASE, STALE, SUPERSEDED, TOO_OLD, MailState, next_try, state_of
from garage.domain.permissions import Actor
from garage.operations import journal

_LONGEST_ERROR = 300
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that this process, and no other, sends now."""

    id: int
    key: str
    recipient: str
    subject: str
    body: str
    created_at: datetime
    attempts: int
    attempt_id: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told to one address; `key` makes it go once."""

    key: str
    recipient: str
    subject: str
    body: str


def queue(session: Session, message: Message, now: datetime, due_at: datetime | None = None) -> Mail:
    """Have a mail sent from an instant on (now), in the transaction of its cause. Its key known already, nothing.

    One that was superseded goes after all. Returns the mail of this key.
    """
    due = due_at or now
    same = session.scalar(select(Mail).where(Mail.key == message.key))
    if same is None:
        subject = _CONTROLS.sub(" ", message.subject)[:200]
        same = Mail(
            key=message.key,
            recipient=message.recipient,
            subject=subject,
            body=message.body,
            created_at=now,
            next_try_at=due,
        )
        session.add(same)
    elif state_of(same.sent_at, same.next_try_at, same.last_error) is MailState.SUPERSEDED:
        same.next_try_at, same.last_error, same.attempts, same.body = due, None, 0, message.body
    session.flush()
    return same


def supersede(session: Session, prefix: str) -> None:
    """Hold back what is queued under keys of a prefix and has not gone: a later mail says better.

    One never tried leaves no trace; one that a worker may hold is marked.
    """
    waiting = (Mail.key.startswith(prefix, autoescape=True), Mail.sent_at.is_(None), Mail.next_try_at.is_not(None))
    session.execute(delete(Mail).where(*waiting, Mail.attempts == 0))
    session.execute(update(Mail).where(*waiting).values(next_try_at=None, last_error=SUPERSEDED))


def expire(session: Session, now: datetime) -> int:
    """Give up the mails that no server took for three days: nobody reads old news. Returns how many."""
    old = (Mail.next_try_at.is_not(None), Mail.next_try_at <= now - STALE)
    statement = update(Mail).where(*old).values(next_try_at=None, last_error=TOO_OLD).returning(Mail.id)
    return len(session.execute(statement).all())


def due(session: Session, now: datetime) -> bool:
    """Whether a mail is to be sent now."""
    return session.scalar(select(Mail.id).where(Mail.next_try_at <= now).limit(1)) is not None


def take(session: Session, now: datetime) -> Taken | None:
    """The next mail that is due, held for this process; None when nothing is."""
    found = session.scalar(
        select(Mail)
        .where(Mail.next_try_at <= now)
        .order_by(Mail.next_try_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    found.attempts += 1
    found.next_try_at = now + LEASE
    attempt = MailAttempt(mail_id=found.id, started_at=now)
    session.add(attempt)
    session.flush()
    return Taken(
        found.id, found.key, found.recipient, found.subject, found.body, found.created_at, found.attempts, attempt.id
    )  # fmt: skip


def sent(session: Session, taken: Taken, now: datetime) -> None:
    """The server took it; a bill's own row keeps that for ever."""
    session.execute(update(Mail).where(Mail.id == taken.id).values(sent_at=now, next_try_at=None, last_error=None))
    session.execute(update(BillMail).where(BillMail.mail_id == taken.id).values(sent_at=now))
    _ended(session, taken, None, now)


def _ended(session: Session, taken: Taken, error: str | None, now: datetime) -> None:
    values = {"ended_at": now, "error": error}
    session.execute(update(MailAttempt).where(MailAttempt.id == taken.attempt_id).values(**values))


def failed(session: Session, taken: Taken, error: str, now: datetime, *, for_good: bool = False) -> None:
    """It did not go: tried again later (1 min, 5 min, 30 min, 2 h, 6 h, 24 h), or given up. `error` holds no secret.

    What was superseded meanwhile stays so.
    """
    later = None if for_good else next_try(taken.attempts, now)
    values = {"next_try_at": later, "last_error": error[:_LONGEST_ERROR]}
    session.execute(update(Mail).where(Mail.id == taken.id, Mail.next_try_at.is_not(None)).values(**values))
    _ended(session, taken, error[:_LONGEST_ERROR], now)


def send_again(session: Session, mail_id: int, actor: Actor, now: datetime) -> str:
    """Have a mail that was given up tried anew; returns its recipient. Raises NotFound, MailNotGivenUp."""
    mail = session.get(Mail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None:
        raise NotFound("mail", str(mail_id))
    if state_of(mail.sent_at, mail.next_try_at, mail.last_error) is not MailState.GIVEN_UP:
        raise MailNotGivenUp
    mail.attempts, mail.next_try_at, mail.last_error = 0, now, None
    session.flush()
    journal.record(session, actor, "mail.send_again", ("mails", mail.key), data={}, now=now)
    return mail.recipient


def forget(session: Session, before: datetime) -> int:
    """Erase the mails queued before an instant that do not wait any more, with their attempts. Returns how many.

    That a bill was sent, to whom and when, stays in the row of its sending.
    """
    old = delete(Mail).where(Mail.created_at < before, Mail.next_try_at.is_(None)).returning(Mail.id)
    return len(session.execute(old).all())
