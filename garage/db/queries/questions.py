"""Reads of questions: the list, one of them, those about the lines of an order or of a bill."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceLine, InvoiceOrder
from garage.db.models.questions import Question
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import NotFound, NotVisible

_ASKER, _ANSWERER = aliased(User), aliased(User)


def _questions() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Question.id, Question.collectivity_id, Question.order_id, Question.line_label, Question.asked_at,
            Question.question, Question.answered_at, Question.answer, _ASKER.name.label("asker"),
            _ANSWERER.name.label("answerer"), Collectivity.name.label("collectivity"),
            RepairOrder.number.label("order"), Invoice.number.label("bill"), Invoice.kind.label("bill_kind"),
            OrderLine.rank.label("rank"),
        )
        .join(Collectivity, Collectivity.id == Question.collectivity_id)
        .join(RepairOrder, RepairOrder.id == Question.order_id)
        .outerjoin(OrderLine, OrderLine.id == Question.order_line_id)
        .outerjoin(Invoice, Invoice.id == Question.invoice_id)
        .outerjoin(_ASKER, _ASKER.id == Question.asked_by_id)
        .outerjoin(_ANSWERER, _ANSWERER.id == Question.answered_by_id)
    )  # fmt: skip


def _within(statement: Select[*tuple[Any, ...]], collectivity_id: int | None) -> Select[*tuple[Any, ...]]:
    return statement if collectivity_id is None else statement.where(Question.collectivity_id == collectivity_id)


def waiting(session: Session, collectivity_id: int | None = None) -> list[AnyRow]:
    """Questions without answer, the oldest first; of one collectivity when asked."""
    statement = _within(_questions(), collectivity_id).where(Question.answered_at.is_(None))
    return list(session.execute(statement.order_by(Question.id)))


def answered(
    session: Session, limit: int, before: int | None = None, collectivity_id: int | None = None
) -> list[AnyRow]:
    """Answered questions, the latest asked first, `limit` of them before an id."""
    statement = _within(_questions(), collectivity_id).where(Question.answered_at.is_not(None))
    if before is not None:
        statement = statement.where(Question.id < before)
    return list(session.execute(statement.order_by(Question.id.desc()).limit(limit)))


def open_count(session: Session) -> int:
    """How many questions wait for an answer."""
    return session.scalar(select(func.count()).where(Question.answered_at.is_(None))) or 0


def holding_count(session: Session) -> int:
    """How many of them keep an order out of the run."""
    held = Question.answered_at.is_(None) & Question.invoice_id.is_(None)
    return session.scalar(select(func.count()).where(held)) or 0


def one(session: Session, question_id: int, collectivity_id: int | None) -> AnyRow:
    """A question, for a reader of one collectivity or of all. Raises NotFound, NotVisible."""
    row = session.execute(_questions().where(Question.id == question_id)).one_or_none()
    if row is None:
        raise NotFound("question", str(question_id))
    if collectivity_id not in (None, row.collectivity_id):
        raise NotVisible("question", str(question_id))
    return row


def of_orders(session: Session, order_ids: Sequence[int], collectivity_id: int | None = None) -> list[AnyRow]:
    """Everything that was asked about these orders, the oldest first; by one collectivity when asked."""
    statement = _within(_questions(), collectivity_id).where(Question.order_id.in_(order_ids))
    return list(session.execute(statement.order_by(Question.id)))


def of_bill(
    session: Session, invoice_id: int, collectivity_id: int | None = None
) -> dict[tuple[str, int], list[AnyRow]]:
    """What was asked about the lines of a bill, before it or after, by order number and rank; the oldest first.

    A line that was credited and billed again keeps what was asked about it.
    """
    same = or_(Question.invoice_line_id == InvoiceLine.id, Question.order_line_id == InvoiceLine.order_line_id)
    statement = (
        _within(_questions(), collectivity_id)
        .add_columns(InvoiceOrder.number.label("order_billed"), InvoiceLine.rank.label("rank_billed"))
        .join(InvoiceLine, same)
        .join(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .where(InvoiceLine.invoice_id == invoice_id)
        .where(Question.order_id.in_(select(InvoiceOrder.order_id).where(InvoiceOrder.invoice_id == invoice_id)))
    )
    found: dict[tuple[str, int], list[AnyRow]] = defaultdict(list)
    for row in session.execute(statement.order_by(Question.id)):
        found[row.order_billed, row.rank_billed].append(row)
    return dict(found)


def billed_line(session: Session, invoice_id: int, order: str, rank: int) -> AnyRow:
    """A line of a bill that stems from an order: its ids and its printed words. Raises NotFound."""
    row = session.execute(
        select(InvoiceLine.id, InvoiceLine.order_line_id, InvoiceLine.label, InvoiceOrder.order_id)
        .join(InvoiceOrder, InvoiceOrder.id == InvoiceLine.invoice_order_id)
        .where(InvoiceLine.invoice_id == invoice_id, InvoiceOrder.number == order, InvoiceLine.rank == rank)
    ).one_or_none()
    if row is None:
        raise NotFound("line", f"{order}/{rank}")
    return row


def of_token(session: Session, mark: str | None) -> int | None:
    """The question that a form sent once already made; none without a mark."""
    if mark is None:
        return None
    return session.scalar(select(Question.id).where(Question.form_token == mark))


def number_of_order(session: Session, order_id: int) -> str:
    """The number of an order."""
    return session.scalars(select(RepairOrder.number).where(RepairOrder.id == order_id)).one()
