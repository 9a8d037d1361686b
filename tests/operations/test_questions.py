"""A question before the bill keeps its order out, and nothing else; one after it changes nothing."""

import threading
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from garage.db.models.invoices import Invoice
from garage.db.models.journal import JournalEntry
from garage.db.models.mails import Mail
from garage.db.models.questions import Question
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.queries import questions as queries
from garage.db.queries.settings import current
from garage.db.session import Database
from garage.domain.errors.base import NotFound, NotVisible
from garage.domain.errors.questions import (
    AnswerOfQuestionMissing,
    LineGone,
    QuestionAnswered,
    QuestionMissing,
    QuestionsClosed,
)
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.pricing import AnomalyCode
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.operations import invoices, order_lines, questions, repair_orders, settings
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter, preview
from garage.operations.questions import Asked
from tests.factories import garage as make

NOW, TODAY, QUARTER = make.NOW, date(2026, 10, 8), Quarter(2026, 3)
RULES = BillingRules()


class Case:
    """A garage of one commune with two orders to bill, a window of ten days, an agent of the commune and a head."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            garage = make.garage(session)
            self.owner_id, self.other_id = garage.partner.id, garage.founder.id
            self.numbers = [self._order(session, garage) for _ in range(2)]
            agent = make.user(session, Role.COLLECTIVITY, garage.partner, "agent@bourg.test")
            head = make.user(session, Role.HEAD, None, "chef@garage.test")
            wanted = replace(
                current(session), question_days=10, invoicing_day=15, accounting_email="compta@garage.test"
            )
            settings.save(session, wanted, make.CLERK, NOW)
            self.agent = Actor(agent.id, agent.name, Role.COLLECTIVITY, garage.partner.id)
            self.head = Actor(head.id, head.name, Role.HEAD)

    def _order(self, session: Any, garage: make.Garage) -> str:
        order = make.order(session, garage.partner)
        make.labour(session, order, 90)
        order_lines.add_part(session, make.entry(order), garage.parts["P1"].id, make.Decimal(2))
        make.check(session, order)
        return order.number

    def ask(self, number: str | None = None, **changes: Any) -> int:
        asked = {"order": number or self.numbers[0], "rank": 1, "text": "Pourquoi 1 h 30 ?"} | changes
        by, on = asked.pop("by", self.agent), asked.pop("on", TODAY)
        with self.database.transaction() as session:
            return questions.ask_before(session, Asked(**asked), by, NOW, on)

    def answer(self, question_id: int, text: str = "La visserie était grippée.", by: Actor | None = None) -> None:
        with self.database.transaction() as session:
            questions.answer(session, question_id, text, by or self.head, NOW)

    def would_bill(self) -> tuple[list[str], list[str]]:
        billed: list[str] = []
        left: list[str] = []
        with self.database.reading() as session:
            for composition in preview(session, QUARTER, RULES):
                billed += [one.order.number for draft in composition.bills for one in draft.orders]
                left += [one.order for one in composition.anomalies if one.code is AnomalyCode.OPEN_QUESTION]
        return billed, left

    def issue(self) -> list[str]:
        issuing = Issuing(QUARTER, make.TODAY, NOW, make.CLERK)
        issue_quarter(self.database, issuing, RULES, make.TODAY)
        with self.database.reading() as session:
            return list(session.scalars(select(Invoice.number).order_by(Invoice.id)))

    def rows(self, model: Any) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(select(model).order_by(model.id)))


@pytest.fixture
def case(database: Database) -> Case:
    return Case(database)


def test_only_the_order_asked_about_waits(case: Case) -> None:
    first, second = case.numbers
    question = case.ask()
    assert case.would_bill() == ([second], [first])
    assert case.issue() == ["F2026-0001"]
    case.answer(question)
    assert case.would_bill() == ([first], [])
    assert case.issue() == ["F2026-0001", "F2026-0002"]


def test_it_is_told_without_the_words(case: Case) -> None:
    question = case.ask(text="Un mot secret")
    case.answer(question, "Une réponse secrète")
    letters = case.rows(Mail)
    assert [one.recipient for one in letters] == ["compta@garage.test", "chef@garage.test", "agent@bourg.test"]
    for letter in letters:
        assert "secr" not in letter.subject + letter.body
        assert f"{{site}}/questions/{question}" in letter.body
    acts = [(one.action, one.subject_key) for one in case.rows(JournalEntry) if one.subject == "questions"]
    assert acts == [("question.ask", case.numbers[0]), ("question.answer", case.numbers[0])]


def test_another_may_follow(case: Case) -> None:
    case.answer(case.ask())
    again = case.ask(text="Et la seconde fois ?")
    assert case.would_bill()[1] == [case.numbers[0]]
    with case.database.reading() as session:
        assert [one.id for one in queries.waiting(session)] == [again]
        assert len(queries.answered(session, 9)) == 1
        assert queries.holding_count(session) == 1


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1001])
def test_words_are_needed(case: Case, text: str) -> None:
    with pytest.raises(QuestionMissing):
        case.ask(text=text)
    question = case.ask()
    with pytest.raises(AnswerOfQuestionMissing):
        case.answer(question, text)


def test_the_window(case: Case) -> None:
    for on in (date(2026, 9, 30), date(2026, 10, 11), date(2026, 12, 1)):
        with pytest.raises(QuestionsClosed):
            case.ask(on=on)
    case.ask(on=date(2026, 10, 1))
    case.ask(case.numbers[1], on=date(2026, 10, 10))
    with case.database.transaction() as session:
        settings.save(session, replace(current(session), question_days=0), make.CLERK, NOW)
    with pytest.raises(QuestionsClosed):
        case.ask(on=date(2026, 10, 1))


def test_only_what_is_theirs_and_waits(case: Case) -> None:
    stranger = replace(case.agent, collectivity_id=case.other_id)
    with pytest.raises(NotVisible):
        case.ask(by=stranger)
    with pytest.raises(NotFound):
        case.ask("OR-1999-00001")
    with pytest.raises(LineGone):
        case.ask(rank=9)
    with case.database.transaction() as session:
        repair_orders.change_state(
            session, case.numbers[1], OrderState.IN_PROGRESS, make.HEAD, NOW, reason="Ligne à corriger"
        )
    with pytest.raises(LineGone):
        case.ask(case.numbers[1])
    case.issue()
    with pytest.raises(LineGone):
        case.ask()


def test_the_same_form_is_one_question(case: Case) -> None:
    assert case.ask(form_token="t") == case.ask(form_token="t")
    assert case.ask(form_token="t", text="Une autre") != case.ask(form_token="t")
    assert len(case.rows(Question)) == 2
    assert len(case.rows(Mail)) == 4


def test_one_answer(case: Case) -> None:
    question = case.ask()
    case.answer(question)
    case.answer(question)
    with pytest.raises(QuestionAnswered) as refused:
        case.answer(question, "Autre chose")
    assert refused.value.by == case.head.name
    with pytest.raises(NotFound):
        case.answer(99)
    assert len([one for one in case.rows(Mail) if one.recipient == "agent@bourg.test"]) == 1


def test_on_a_bill_nothing_changes(case: Case) -> None:
    number = case.issue()[0]
    with case.database.reading() as session:
        before = session.execute(select(Invoice.__table__)).all()
    asked = Asked(case.numbers[0], 2, "Quelle pièce ?", "t")
    for _ in range(2):
        with case.database.transaction() as session:
            question = questions.ask_on_bill(session, number, asked, case.agent, NOW)
    case.answer(question)
    with case.database.reading() as session:
        assert session.execute(select(Invoice.__table__)).all() == before
        row = queries.one(session, question, case.owner_id)
        assert (row.bill, row.order, row.rank, row.line_label) == (number, case.numbers[0], 2, "Pièce P1")
        with pytest.raises(NotVisible):
            queries.one(session, question, case.other_id)
        assert list(queries.of_bill(session, row_id(session, number))) == [(case.numbers[0], 2)]
        assert queries.of_bill(session, row_id(session, number), case.other_id) == {}
    assert len(case.rows(Question)) == 1
    stranger = replace(case.agent, collectivity_id=case.other_id)
    with case.database.transaction() as session, pytest.raises(NotVisible):
        questions.ask_on_bill(session, number, asked, stranger, NOW)
    with case.database.transaction() as session, pytest.raises(NotFound):
        questions.ask_on_bill(session, number, replace(asked, rank=7), case.agent, NOW)


def row_id(session: Any, number: str) -> int:
    found = session.scalar(select(Invoice.id).where(Invoice.number == number))
    assert found is not None
    return int(found)


def test_what_was_asked_before_is_read_on_the_bill(case: Case) -> None:
    case.answer(case.ask())
    number = case.issue()[0]
    with case.database.reading() as session:
        found = queries.of_bill(session, row_id(session, number), case.owner_id)
    assert [one.answer for one in found[case.numbers[0], 1]] == ["La visserie était grippée."]


def test_a_bill_that_comes_first_closes_it(case: Case) -> None:
    """No run does: its anomaly keeps the order out. Whatever bills it all the same closes what was asked."""
    case.ask()
    with case.database.transaction() as session:
        drafts = [draft for composition in preview(session, QUARTER, RULES) for draft in composition.bills]
        session.execute(update(Question).values(order_id=drafts[0].orders[0].order.id))
        invoices.issue(session, drafts[0], Issuing(QUARTER, make.TODAY, NOW, make.CLERK))
    row = case.rows(Question)[0]
    assert "F2026-0001" in row.answer
    assert [one.recipient for one in case.rows(Mail)][-1] == "agent@bourg.test"


def test_a_line_taken_away_leaves_the_words(case: Case) -> None:
    question = case.ask(rank=2)
    with case.database.transaction() as session:
        repair_orders.change_state(
            session, case.numbers[0], OrderState.IN_PROGRESS, make.HEAD, NOW, reason="Pièce en trop"
        )
        order_lines.remove(session, case.numbers[0], 2, make.HEAD, NOW)
    with case.database.reading() as session:
        row = queries.one(session, question, None)
    assert (row.line_label, row.rank) == ("Pièce P1", None)
    case.answer(question, "Retirée, merci.")


def test_asking_while_the_run_issues(case: Case) -> None:
    """In time, and the order waits; or refused, and it is billed: never both, never neither."""
    outcomes: list[str] = []

    def ask() -> None:
        try:
            case.ask()
            outcomes.append("asked")
        except LineGone:
            outcomes.append("late")

    threads = [threading.Thread(target=ask), threading.Thread(target=case.issue)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with case.database.reading() as session:
        state = session.scalar(select(RepairOrder.state).where(RepairOrder.number == case.numbers[0]))
        lines = session.scalar(select(OrderLine.id).limit(1))
    assert lines
    assert (outcomes, state) in (
        (["asked"], OrderState.DONE),
        (["late"], OrderState.INVOICED),
    )
