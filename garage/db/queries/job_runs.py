"""Reads of job runs: the last ones, one of them, the one that works now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from garage.db.models.job_runs import JobRun
from garage.db.models.users import User
from garage.domain.errors.base import NotFound


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands: outcome is asked, running, done or failed; progress out of total once it is known."""

    id: int
    job: str
    slot: str | None
    parameters: dict[str, Any]
    outcome: str
    asked_by: str | None
    asked_at: datetime
    started_at: datetime | None
    alive_at: datetime | None
    ended_at: datetime | None
    progress: int
    total: int | None
    summary: dict[str, Any]
    error: str | None

    @property
    def under_way(self) -> bool:
        """Whether it waits or works."""
        return self.outcome in ("asked", "running")


def _runs() -> Select[*tuple[Any, ...]]:
    columns = select(
        JobRun.id, JobRun.job, JobRun.slot, JobRun.parameters, JobRun.outcome, User.name, JobRun.asked_at,
        JobRun.started_at, JobRun.alive_at, JobRun.ended_at, JobRun.progress, JobRun.total, JobRun.summary,
        JobRun.error,
    )  # fmt: skip
    return columns.outerjoin(User, User.id == JobRun.asked_by_id)


def _run(row: Any) -> Run:
    values = list(row)
    values[-2] = values[-2] or {}
    return Run(*values)


def page(session: Session, limit: int, before: int | None = None) -> list[Run]:
    """Runs, the latest first, `limit` of them before an id."""
    statement = _runs()
    if before is not None:
        statement = statement.where(JobRun.id < before)
    return [_run(row) for row in session.execute(statement.order_by(JobRun.id.desc()).limit(limit))]


def one(session: Session, run_id: int, jobs: tuple[str, ...]) -> Run:
    """A run of one of these jobs. Raises NotFound."""
    row = session.execute(_runs().where(JobRun.id == run_id, JobRun.job.in_(jobs))).one_or_none()
    if row is None:
        raise NotFound("run", str(run_id))
    return _run(row)


def last(session: Session, job: str) -> Run | None:
    """The last run of a job."""
    row = session.execute(_runs().where(JobRun.job == job).order_by(JobRun.id.desc()).limit(1)).one_or_none()
    return _run(row) if row is not None else None


def under_way(session: Session, jobs: tuple[str, ...], alive_since: datetime) -> list[Run]:
    """Runs of these jobs that wait, or that gave a sign of life since an instant, oldest first."""
    works = and_(JobRun.outcome == "running", JobRun.alive_at >= alive_since)
    waits = or_(JobRun.outcome == "asked", works)
    rows = session.execute(_runs().where(JobRun.job.in_(jobs), waits).order_by(JobRun.id))
    return [_run(row) for row in rows]
