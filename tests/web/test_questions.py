"""A commune reads its quarter before the bill and asks about a line; the desk answers; both read it on the line."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from garage.db.models.invoices import Invoice
from garage.db.models.journal import JournalEntry
from garage.db.models.questions import Question
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries.settings import current
from garage.domain.permissions import Role
from garage.operations import settings
from tests.factories import garage as make

from .accounting import Shop, seen_of, shop
from .harness import Site
from .workshop import said

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
APERCU = "/mes-factures/apercu/2026-T3"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def asked(make_site: Callable[..., Site], tmp_path: Path) -> Shop:
    """Work to bill, and a window until 20 October."""
    made = shop(make_site, tmp_path / "pdf")
    decide(made, question_days=20, invoicing_day=25)
    return made


def decide(made: Shop, **changes: object) -> None:
    with made.site.database.transaction() as session:
        settings.save(session, replace(current(session), **changes), make.CLERK, NOW)  # type: ignore[arg-type]


def order_of(made: Shop, code: str) -> str:
    """The first order of a collectivity."""
    owner = getattr(made.garage, code)
    with made.site.database.reading() as session:
        found = select(RepairOrder.number).where(RepairOrder.collectivity_id == owner.id).order_by(RepairOrder.id)
        return session.scalars(found.limit(1)).one()


def test_a_quarter_before_its_bill(asked: Shop) -> None:
    agent = asked.site.client(Role.COLLECTIVITY)
    said(agent.get("/mes-factures"), 200, "Aperçu du 3e trimestre 2026", "jusqu’au 20/10/2026")
    page = agent.get(APERCU)
    said(page, 200, "PROJET", "Ce qui serait facturé", "EJ-2026-7", "jusqu’au 20/10/2026")
    whole = agent.get(f"{APERCU}/projet?regime=out_of_scope")
    said(whole, 200, "PROJET", "Poser une question", order_of(asked, "partner"))
    assert "F2026-" not in whole.text
    said(agent.get(f"{APERCU}/projet?engagement=EJ-2026-7"), 200, "Portail de la déchèterie")
    for path in ("engagement=rien", "regime=rien", "attente=1"):
        said(agent.get(f"{APERCU}/projet?{path}"), 404)
    with asked.site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 0


def test_the_preview_is_what_is_issued(asked: Shop) -> None:
    agent = asked.site.client(Role.COLLECTIVITY)
    page = agent.get(APERCU).text
    asked.issue()
    with asked.site.database.reading() as session:
        grosses = session.scalars(select(Invoice.gross).where(Invoice.collectivity_id == asked.garage.partner.id))
        for gross in grosses:
            assert f"{gross}".replace(".", ",") in page


def test_asked_answered_read_and_billed(asked: Shop) -> None:
    agent, clerk = asked.site.client(Role.COLLECTIVITY), asked.site.client(Role.ACCOUNTING)
    order = order_of(asked, "partner")
    ask = f"{APERCU}/question/{order}/1"
    said(agent.get(ask), 200, "Poser une question", order)
    said(agent.post(ask, data={"question": "  "}), 422, "Écrivez votre question")
    kept = agent.post(ask, data={"question": "x" * 1001})
    said(kept, 422, "1000 caractères", "x" * 1001)
    sent = {"question": "Pourquoi 3 h 10 <b> ?", "form_token": "t"}
    for _ in range(2):
        answer = agent.post(ask, data=sent)
        assert answer.status_code == 303
    page = agent.get(answer.location)
    said(page, 200, "Question envoyée", "Ce qui attend une réponse", "Sans réponse", "3 h 10 &lt;b&gt;")
    said(agent.get(f"{APERCU}/projet?attente=1"), 200, "Pourquoi 3 h 10", order)

    said(asked.site.client(Role.HEAD).get("/tableau-de-bord"), 200, "question sans réponse")
    said(asked.site.client(Role.HEAD).get("/cloture?trimestre=2026-T3"), 200, "Question sans réponse", "Répondre…")
    said(clerk.get("/questions"), 200, "Pourquoi 3 h 10", "Bourg", order)
    said(clerk.get("/facturation"), 200, "1 question sans réponse")
    confirm = clerk.get("/facturation/2026-T3/emettre")
    said(confirm, 200, "jusqu’au 20/10/2026", "1 question sans réponse", order)
    said(clerk.get(f"/ordres/{order}"), 200, "Questions de la collectivité", "Pourquoi 3 h 10")
    said(asked.site.client(Role.MECHANIC).get(f"/ordres/{order}"), 200, "Pourquoi 3 h 10")

    said(clerk.post("/questions/1", data={"answer": ""}), 422, "Écrivez la réponse")
    assert clerk.post("/questions/1", data={"answer": "Visserie grippée"}).status_code == 303
    said(
        asked.site.client(Role.HEAD).post("/questions/1", data={"answer": "Autre"}), 422, "a déjà reçu une réponse",
        "Visserie grippée",
    )  # fmt: skip
    said(agent.get("/questions/1"), 200, "Visserie grippée")
    said(agent.get(f"{APERCU}/projet?regime=out_of_scope"), 200, "Visserie grippée")
    asked.issue()
    said(agent.get("/factures/F2026-0001"), 200, "Visserie grippée", "Poser une question")
    said(clerk.get("/factures/F2026-0001"), 200, "Visserie grippée")
    with asked.site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Question)) == 1


def test_on_a_bill(asked: Shop) -> None:
    asked.issue()
    agent, clerk = asked.site.client(Role.COLLECTIVITY), asked.site.client(Role.ACCOUNTING)
    order = order_of(asked, "partner")
    ask = f"/factures/F2026-0001/question/{order}/2"
    said(agent.get("/factures/F2026-0001"), 200, ask)
    said(agent.get(ask), 200, "F2026-0001 ne change pas")
    said(agent.post(ask, data={"question": ""}), 422, "Écrivez votre question")
    answer = agent.post(ask, data={"question": "Quelle pièce ?", "form_token": "t"})
    assert answer.location == "/factures/F2026-0001"
    said(agent.get(answer.location), 200, "Question envoyée", "Quelle pièce", "Sans réponse")
    said(clerk.get("/questions/1"), 200, "Corriger…", "Quelle pièce")
    said(clerk.get("/factures/F2026-0001"), 200, "Répondre")
    said(asked.site.client(Role.HEAD).get("/questions/1"), 200, "F2026-0001")
    assert clerk.post("/questions/1", data={"answer": "Un filtre."}).status_code == 303
    said(agent.get("/questions"), 200, "Répondues", "Un filtre.")
    for path in (f"/factures/F2026-0001/question/{order}/9", "/factures/F2026-0001/question/OR-1/1"):
        said(agent.get(path), 404)


def test_another_s_is_not_there_and_the_journal_knows(asked: Shop) -> None:
    agent = asked.site.client(Role.COLLECTIVITY)
    theirs = order_of(asked, "founder")
    path = f"{APERCU}/question/{theirs}/1"
    said(agent.get(path), 404)
    said(agent.post(path, data={"question": "Et eux ?"}), 404)
    asked.issue()
    said(agent.post(f"/factures/F2026-0004/question/{theirs}/1", data={"question": "Et eux ?"}), 404)
    with asked.site.database.transaction() as session:
        bill = session.scalars(select(Invoice).where(Invoice.number == "F2026-0004")).one()
        order = session.scalars(select(RepairOrder).where(RepairOrder.number == theirs)).one()
        session.add(
            Question(
                collectivity_id=bill.collectivity_id, order_id=order.id, line_label="Main-d’œuvre", asked_at=NOW,
                question="Un secret de la ville",
            )
        )  # fmt: skip
    said(agent.get("/questions/1"), 404)
    assert "secret" not in agent.get("/questions").text
    with asked.site.database.reading() as session:
        acts = session.execute(
            select(JournalEntry.subject, JournalEntry.subject_key)
            .where(JournalEntry.action == "not_visible")
            .order_by(JournalEntry.id)
        ).all()
    assert [tuple(act) for act in acts] == [("order", theirs), ("invoice", "F2026-0004"), ("question", "1")]


def test_without_a_window_there_is_no_preview(asked: Shop) -> None:
    decide(asked, question_days=0)
    agent = asked.site.client(Role.COLLECTIVITY)
    assert "Aperçu" not in agent.get("/mes-factures").text
    for path in (APERCU, f"{APERCU}/projet", f"{APERCU}/question/{order_of(asked, 'partner')}/1"):
        said(agent.get(path), 404)


def test_the_running_quarter_so_far(asked: Shop) -> None:
    decide(asked, question_days=5)
    agent = asked.site.client(Role.COLLECTIVITY)
    said(agent.get("/mes-factures"), 200, "Aperçu du 4e trimestre 2026")
    said(agent.get("/mes-factures/apercu/2026-T4"), 200, "Ce trimestre jusqu’ici", "01/01/2027")
    whole = agent.get("/mes-factures/apercu/2026-T4/projet?regime=out_of_scope")
    said(whole, 200, order_of(asked, "partner"))
    assert "Poser une question" not in whole.text
    late = agent.post(
        f"/mes-factures/apercu/2026-T4/question/{order_of(asked, 'partner')}/1", data={"question": "Pourquoi ?"}
    )
    said(late, 422, "Le délai pour questionner")
    said(agent.get(APERCU), 404)
    said(agent.get("/mes-factures/apercu/rien"), 404)


def test_a_line_billed_meanwhile(asked: Shop) -> None:
    agent, order = asked.site.client(Role.COLLECTIVITY), order_of(asked, "partner")
    asked.issue()
    said(agent.post(f"{APERCU}/question/{order}/1", data={"question": "Pourquoi ?"}), 422, "n’attend plus sa facture")


def test_empty_lists_say_why(asked: Shop) -> None:
    said(asked.site.client(Role.ACCOUNTING).get("/questions"), 200, "Aucune question n’attend de réponse")
    said(asked.site.client(Role.COLLECTIVITY).get("/questions"), 200, "Aucune question en attente")
    said(asked.site.client(Role.HEAD).get("/questions/99"), 404)
    said(asked.site.client(Role.HEAD).get("/questions?avant=%00"), 200)
    assert seen_of(asked.site.client(Role.ACCOUNTING).get("/facturation/2026-T3/emettre").text)
