"""Reads of e-mails: the list by key, and how many were given up."""

from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from garage.db.models.mails import Mail
from garage.db.queries.paging import AnyRow
from garage.domain.mails import SUPERSEDED, MailState

_UNSENT: Final = Mail.sent_at.is_(None) & Mail.next_try_at.is_(None)
_REPLACED: Final = func.coalesce(Mail.last_error, "") == SUPERSEDED
_OF: Final[dict[MailState, ColumnElement[bool]]] = {
    MailState.WAITING: Mail.sent_at.is_(None) & Mail.next_try_at.is_not(None),
    MailState.SENT: Mail.sent_at.is_not(None),
    MailState.GIVEN_UP: _UNSENT & ~_REPLACED,
    MailState.SUPERSEDED: _UNSENT & _REPLACED,
}


def page(session: Session, limit: int, before: int | None = None, state: MailState | None = None) -> list[AnyRow]:
    """E-mails, the latest first, `limit` of them before an id."""
    statement = select(
        Mail.id, Mail.recipient, Mail.subject, Mail.created_at, Mail.attempts, Mail.next_try_at, Mail.sent_at,
        Mail.last_error,
    )  # fmt: skip
    if before is not None:
        statement = statement.where(Mail.id < before)
    if state is not None:
        statement = statement.where(_OF[state])
    return list(session.execute(statement.order_by(Mail.id.desc()).limit(limit)).all())


def given_up(session: Session) -> int:
    """How many e-mails went to nobody and wait for somebody to look."""
    return session.scalar(select(func.count()).where(_OF[MailState.GIVEN_UP])) or 0
