"""The runs of the garage's tasks on screen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from garage.db.models.job_runs import JobRun
from garage.db.queries.job_runs import Run
from garage.domain.permissions import Role
from garage.web.job_runs import summary

from .harness import Site

AT = datetime(2026, 10, 5, 3, 10, tzinfo=UTC)


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _add(site: Site, **values: Any) -> None:
    with site.database.transaction() as session:
        session.add(JobRun(**{"job": "archive_check", "parameters": {}, "outcome": "done", "asked_at": AT} | values))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ACCOUNTING])
def test_nothing_ran_yet(site: Site, role: Role) -> None:
    assert "Aucune tâche n’est encore passée" in site.client(role).get("/taches").text


def test_runs_are_told_in_french(site: Site) -> None:
    _add(
        site,
        job="issue_quarter",
        asked_by_id=4,
        summary={"quarter": "2026-T3", "bills": 14, "carried": 1, "excluded": 0, "printed": 14},
    )
    _add(
        site,
        started_at=AT,
        ended_at=AT,
        outcome="failed",
        summary={"printed": 0, "alarms": ["F2026-0001"]},
        error="F2026-0001: FileDiffers",
    )
    _add(site, job="demain", outcome="asked")
    page = _plain(site.client(Role.ADMIN).get("/taches").text)
    for words in (
        "Émission d’un trimestre sur demande", "Personne 4",
        "3e trimestre 2026 : 14 factures, 1 somme reportée, 14 PDF",
        "Contrôle des factures imprimées", "Automatique", "05/10/2026 05:10", "En échec",
        "Fichiers changés : F2026-0001",
        "Demandée", "demain",
    ):  # fmt: skip
        assert words in page, words


def test_runs_go_on_by_key(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.job_runs._PAGE", 1)
    for name in ("tache-une", "tache-deux"):
        _add(site, job=name)
    client = site.client(Role.ADMIN)
    first = client.get("/taches").text
    following = client.get(first.split('rel="next" href="')[1].split('"')[0]).text
    assert ("tache-deux" in first, "tache-une" in first) == (True, False)
    assert ("tache-deux" in following, "tache-une" in following) == (False, True)


def test_a_prepared_quarter_and_an_idle_run() -> None:
    def run(told: dict[str, Any]) -> Run:
        return Run(1, "quarterly_invoicing", None, {}, "done", None, AT, AT, AT, AT, 0, None, told, None)

    prepared = {"quarters": [{"quarter": "2026-T3", "bills": 2, "carried": 0, "excluded": 3}], "prepared_only": True}
    assert [_plain(line) for line in summary(run(prepared))] == [
        "3e trimestre 2026 : 2 factures à contrôler, 3 ordres écartés"
    ]
    assert summary(run({"quarters": [], "prepared_only": False})) == ["Rien à faire"]
