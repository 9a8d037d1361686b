"""Questions of a collectivity on a line: asked before its bill or after, answered, closed by a bill that comes first.

Asking before the bill locks the order as issuing does: a question is either in time, and its order waits, or refused.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, LiveBilling
from garage.db.models.questions import Question
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.db.queries import invoices
from garage.db.queries import questions as queries
from garage.db.queries.settings import current
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.errors.questions import LineGone, QuestionAnswered, QuestionsClosed
from garage.domain.permissions import Actor, Role
from garage.domain.questions import open_window, read_answer, read_question
from garage.domain.repair_orders import OrderState
from garage.french import question_words as words
from garage.french.labels import label
from garage.french.request_mails import Text
from garage.operations import journal, mails, repair_orders
from garage.operations.mails import Message


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is typed on the line of a rank; the same form sent again is the same question."""

    order: str
    rank: int
    text: str
    form_token: str | None = None


def ask_before(session: Session, asked: Asked, actor: Actor, now: datetime, today: date) -> int:
    """Ask about a line of one's preview: its order is not billed until the answer. Returns the question's id.

    Raises QuestionMissing, QuestionsClosed outside the window, NotFound, NotVisible for another collectivity's order,
    LineGone when the order does not wait for its bill any more.
    """
    text = read_question(asked.text)
    quarter = open_window(today, current(session).question_days)
    if quarter is None:
        raise QuestionsClosed
    order = repair_orders.locked(session, asked.order)
    if order.collectivity_id != actor.collectivity_id:
        raise NotVisible("order", order.number)
    if (done := queries.of_token(session, _mark(asked))) is not None:
        return done
    waits = order.state is OrderState.DONE and order.settled_at is None
    if not waits or order.closed_on is None or order.closed_on > quarter.last_day:
        raise LineGone(order.number)
    work = next((one for one in repair_orders.works_of(session, order.id) if one.rank == asked.rank), None)
    if work is None or session.scalar(select(exists().where(LiveBilling.order_line_id == work.id))):
        raise LineGone(order.number)
    line_label = work.label or f"{label(work.nature)} {work.code or ''}".strip()
    row = Question(order_id=order.id, order_line_id=work.id, line_label=line_label)
    return _ask(session, row, (asked, text), actor, now)


def ask_on_bill(session: Session, number: str, asked: Asked, actor: Actor, now: datetime) -> int:
    """Ask about a line of one's issued bill, which never changes for it (rule B8). Returns the question's id.

    Raises QuestionMissing, NotFound, NotVisible for another collectivity's bill.
    """
    text = read_question(asked.text)
    bill = invoices.visible(session, number, actor.collectivity_id)
    line = queries.billed_line(session, bill.id, asked.order, asked.rank)
    repair_orders.locked(session, queries.number_of_order(session, line.order_id))
    if (done := queries.of_token(session, _mark(asked, bill.number))) is not None:
        return done
    row = Question(
        order_id=line.order_id,
        order_line_id=line.order_line_id,
        invoice_id=bill.id,
        invoice_line_id=line.id,
        line_label=line.label,
    )
    return _ask(session, row, (asked, text), actor, now, bill.number)


def _mark(asked: Asked, bill: str = "") -> str | None:
    """One form with the same words is one question; the same form with other words is another."""
    if not asked.form_token:
        return None
    what = (asked.form_token, bill, asked.order, str(asked.rank), asked.text.strip())
    return hashlib.sha256("\x1f".join(what).encode()).hexdigest()


def _ask(
    session: Session,
    row: Question,
    said: tuple[Asked, str],
    actor: Actor,
    now: datetime,
    bill: str | None = None,
) -> int:
    asked, text = said
    if actor.collectivity_id is None:
        raise NotVisible("order", asked.order)
    row.collectivity_id, row.asked_by_id, row.asked_at = actor.collectivity_id, actor.id, now
    row.question, row.form_token = text, _mark(asked, bill or "")
    session.add(row)
    session.flush()
    data = {"order": asked.order, "rank": asked.rank, "bill": bill}
    journal.record(session, actor, "question.ask", ("questions", bill or asked.order), data=data, now=now)
    name = session.get_one(Collectivity, actor.collectivity_id).name
    _tell(session, words.asked(name, asked.order, bill, row.id), f"question:{row.id}:asked", _who_answers(session), now)
    return row.id


def _who_answers(session: Session) -> list[str]:
    """Accounting's address, and those of the heads."""
    heads = session.scalars(
        select(User.email).where(User.role == Role.HEAD, User.active, User.email.is_not(None)).order_by(User.id)
    )
    return [one for one in (current(session).accounting_email, *heads) if one]


def _tell(session: Session, text: Text, key: str, recipients: Sequence[str], now: datetime) -> None:
    for one in dict.fromkeys(recipients):
        digest = hashlib.sha256(one.lower().encode()).hexdigest()[:16]
        mails.queue(session, Message(f"{key}:{digest}", one, text.subject, text.body), now)


def answer(session: Session, question_id: int, text: str, actor: Actor, now: datetime) -> None:
    """Answer a question, in words that its collectivity reads; its order may be billed again.

    The same answer by the same person changes nothing. Raises AnswerOfQuestionMissing, NotFound, QuestionAnswered.
    """
    said = read_answer(text)
    row = session.get(Question, question_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("question", str(question_id))
    if row.answered_at is not None:
        if (row.answer, row.answered_by_id) == (said, actor.id):
            return
        by = session.get(User, row.answered_by_id) if row.answered_by_id is not None else None
        raise QuestionAnswered(by.name if by else None)
    _close(session, row, said, actor, now)


def _close(session: Session, row: Question, said: str, actor: Actor, now: datetime) -> None:
    row.answer, row.answered_at, row.answered_by_id = said, now, actor.id
    session.flush()
    order = session.get_one(RepairOrder, row.order_id).number
    bill = session.get_one(Invoice, row.invoice_id).number if row.invoice_id is not None else None
    journal.record(session, actor, "question.answer", ("questions", bill or order), data={"order": order}, now=now)
    asker = session.get(User, row.asked_by_id) if row.asked_by_id is not None else None
    if asker is not None and asker.active and asker.email:
        _tell(session, words.answered(order, bill, row.id), f"question:{row.id}:answered", [asker.email], now)


def close_for(session: Session, order_ids: Sequence[int], said: str, actor: Actor, now: datetime) -> None:
    """Close what was asked about orders that are billed without waiting for the answer."""
    held = (Question.order_id.in_(order_ids), Question.invoice_id.is_(None), Question.answered_at.is_(None))
    for row in session.scalars(select(Question).where(*held).order_by(Question.id).with_for_update()):
        _close(session, row, said, actor, now)
