"""Erases what is kept no longer: who asked for work, a year after its end; their e-mails; rows of uneventful runs."""

from datetime import timedelta

from garage import clock
from garage.domain.requests import KEPT_FOR
from garage.jobs import mails as send_mails
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.operations import job_runs, mails, requests
from garage.operations.job_runs import Claimed

NAME = "forget"
_RUNS_KEPT = timedelta(days=30)


def run(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Erase; running it again finds nothing more."""
    del claimed, heartbeat
    now = clock.now()
    with context.press.database.transaction() as session:
        people = requests.forget_requesters(session, now)
        letters = mails.forget(session, now - KEPT_FOR)
        job_runs.forget(session, (send_mails.NAME,), now - _RUNS_KEPT)
    return Outcome({"requesters": people, "mails": letters})
