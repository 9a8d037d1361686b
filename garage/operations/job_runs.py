"""The rows of job runs: asked, claimed once, alive, ended. Two workers at once do the work once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.db.models.job_runs import JobRun
from garage.db.models.users import User
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Actor, Role
from garage.operations import journal

# A run that gave no sign of life for this long was killed: another may take it over.
SILENCE = timedelta(minutes=5)
GARAGE = Actor(None, "Tâche planifiée", Role.ACCOUNTING)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that this process, and no other, executes."""

    id: int
    job: str
    parameters: dict[str, Any]
    actor: Actor


def ask(session: Session, job: str, parameters: dict[str, Any], actor: Actor, now: datetime) -> int:
    """Ask for a run; returns its id. Asking again while one waits or runs gives that one."""
    same = select(JobRun).where(JobRun.job == job, or_(JobRun.outcome == "asked", _running_and_alive(now)))
    for run in session.scalars(same.order_by(JobRun.id)):
        if run.parameters == parameters:
            return run.id
    run = JobRun(job=job, parameters=parameters, outcome="asked", asked_by_id=actor.id, asked_at=now)
    session.add(run)
    session.flush()
    journal.record(session, actor, "job.ask", ("job_runs", job), data=parameters, now=now)
    return run.id


def claim(session: Session, run_id: int, now: datetime) -> Claimed | None:
    """Take a run that waits, or whose worker was killed; None when somebody else has it."""
    free = or_(JobRun.outcome == "asked", and_(JobRun.outcome == "running", JobRun.alive_at < now - SILENCE))
    taken = session.execute(
        update(JobRun)
        .where(JobRun.id == run_id, free)
        .values(outcome="running", started_at=now, alive_at=now, progress=0, total=None)
        .returning(JobRun.id)
    ).all()
    return _claimed(session, run_id) if taken else None


def claim_slot(session: Session, job: str, slot: str, now: datetime) -> Claimed | None:
    """Take the run that is due at a time of the timetable; None when it was taken before."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(JobRun)
        .values(job=job, slot=slot, parameters={}, outcome="asked", asked_at=now, progress=0)
        .on_conflict_do_nothing()
    )
    run_id = session.scalars(select(JobRun.id).where(JobRun.job == job, JobRun.slot == slot)).one()
    return claim(session, run_id, now)


def waiting(session: Session, now: datetime) -> list[int]:
    """Runs asked by people that nobody executes: just asked and lost, or killed on the way."""
    lost = or_(
        and_(JobRun.outcome == "asked", JobRun.asked_at < now - timedelta(minutes=1)),
        and_(JobRun.outcome == "running", JobRun.alive_at < now - SILENCE),
    )
    return list(session.scalars(select(JobRun.id).where(lost, JobRun.slot.is_(None)).order_by(JobRun.id)))


def alive(session: Session, run_id: int, done: int, total: int, now: datetime) -> None:
    """Say how far a run is."""
    session.execute(update(JobRun).where(JobRun.id == run_id).values(progress=done, total=total, alive_at=now))


def end(session: Session, run_id: int, summary: dict[str, Any], error: str | None, now: datetime) -> None:
    """Write what a run did, and what failed if something did."""
    outcome = "failed" if error else "done"
    values = {"outcome": outcome, "ended_at": now, "alive_at": now, "summary": summary, "error": error}
    session.execute(update(JobRun).where(JobRun.id == run_id).values(**values))


def end_silent(session: Session, job: str, now: datetime) -> None:
    """Write the end of the runs of a job that gave no sign of life: their work is done by the run that follows."""
    silent = (JobRun.job == job, JobRun.outcome == "running", JobRun.alive_at < now - SILENCE)
    values = {"outcome": "failed", "ended_at": now, "error": "Interrompue"}
    session.execute(update(JobRun).where(*silent).values(**values))


def forget(session: Session, jobs: tuple[str, ...], before: datetime) -> int:
    """Erase the rows of runs of these jobs that ended well before an instant. Returns how many."""
    old = delete(JobRun).where(JobRun.job.in_(jobs), JobRun.outcome == "done", JobRun.asked_at < before)
    return len(session.execute(old.returning(JobRun.id)).all())


def _running_and_alive(now: datetime) -> ColumnElement[bool]:
    return and_(JobRun.outcome == "running", JobRun.alive_at >= now - SILENCE)


def _claimed(session: Session, run_id: int) -> Claimed:
    run = session.get(JobRun, run_id, populate_existing=True)
    if run is None:
        raise NotFound("run", str(run_id))
    user = session.get(User, run.asked_by_id) if run.asked_by_id is not None else None
    actor = Actor(user.id, user.name, user.role, user.collectivity_id) if user else GARAGE
    return Claimed(run.id, run.job, run.parameters, actor)
