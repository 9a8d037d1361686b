"""The journal on screen: readable, filtered, page by page."""

import ast
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from garage.db.models.journal import JournalEntry
from garage.domain.permissions import Role
from garage.french.journal import SUBJECTS, sentence
from garage.operations import journal

from .harness import Site

Make = Callable[..., Site]
HOUSE = Path(journal.__file__).resolve().parents[1]


@pytest.fixture
def told(site: Site) -> Site:
    """A site where three things happened."""
    at = datetime(2026, 10, 5, 7, 30, tzinfo=UTC)
    acts = [
        ("Anne", "order.open", "repair_orders", "OR-2026-00001", {"forced": "Urgence"}),
        (
            "Paul",
            "order.state",
            "repair_orders",
            "OR-2026-00001",
            {"from": "in_progress", "to": "blocked", "reason": "Clé"},
        ),
        (
            "Anne",
            "invoice.issue",
            "invoices",
            "F2026-0001",
            {"quarter": "2026-T3", "collectivity": "BOURG", "gross": "12.50"},
        ),
    ]
    with site.database.transaction() as session:
        for name, action, subject, key, data in acts:
            session.execute(
                insert(JournalEntry).values(
                    at=at, actor=name, action=action, subject=subject, subject_key=key, data=data
                )
            )
    return site


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_acts_are_told_in_french(told: Site) -> None:
    page = _plain(told.client(Role.ADMIN).get("/journal").text)
    assert "05/10/2026 09:30" in page
    assert "Ordre OR-2026-00001 ouvert, sans convention : Urgence" in page
    assert "Ordre OR-2026-00001 : En cours → Bloqué, motif : Clé" in page
    assert "Facture F2026-0001 émise : BOURG, 3e trimestre 2026, 12,50 €" in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("objet=factures", "émise", "ouvert"),
        ("nom=or-2026", "ouvert", "émise"),
        ("personne=paul", "Bloqué", "ouvert"),
        ("objet=ordres&personne=Anne", "ouvert", "émise"),
    ],
)
def test_filters_are_in_the_address(told: Site, query: str, shown: str, hidden: str) -> None:
    page = told.client(Role.ADMIN).get(f"/journal?{query}").text
    body = page[page.index("<tbody>") :]
    assert shown in body
    assert hidden not in body
    assert "Retirer le filtre" in page


def test_nothing_matches_or_nothing_happened(told: Site) -> None:
    client = told.client(Role.ADMIN)
    assert "Aucun acte ne correspond" in client.get("/journal?nom=rien%25").text
    assert client.get("/journal?objet=inconnu&avant=x").status_code == 200


def test_the_journal_goes_on_by_key(told: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.journal._PAGE", 1)
    client = told.client(Role.ADMIN)
    first = client.get("/journal?personne=Anne").text
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(address).text
    assert "émise" in first
    assert "ouvert" in second[second.index("<tbody>") :]
    assert 'rel="next"' not in second


def _recorded() -> set[tuple[str, str]]:
    """Every act and subject written as plain text in a call of journal.record, or given to record_refusal."""
    found: set[tuple[str, str]] = set()
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record" and len(node.args) > 3:
                action, subject = node.args[2], node.args[3]
                if isinstance(action, ast.Constant) and isinstance(subject, ast.Tuple):
                    name = subject.elts[0]
                    found.add((action.value, name.value if isinstance(name, ast.Constant) else ""))
    return found


def test_every_act_has_a_sentence_and_a_place_among_the_filters() -> None:
    acts = _recorded()
    assert ("invoice.issue", "invoices") in acts
    known = {subject for _, subjects in SUBJECTS.values() for subject in subjects}
    for action, subject in sorted(acts):
        assert sentence(action, "X", {}) != f"{action} X", action
        assert not subject or subject in known, subject
    assert sentence("something.new", "X", {}) == "something.new X"
