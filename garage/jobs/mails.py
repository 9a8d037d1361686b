"""Sends the e-mails that are due, each once, with retries; a server that is away stops the run, not the mails."""

from garage import clock
from garage.domain.mails import STALE
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.jobs.smtp import Connection, NotSent
from garage.operations import mails
from garage.operations.job_runs import Claimed
from garage.operations.mails import Taken

NAME = "send_mails"
# One run stays short enough to give signs of life and let the next one take over.
_MOST = 200


def needed(context: JobContext) -> bool:
    """Whether a mail is to be sent, or without a server to be given up."""
    since = clock.now() if context.mail_server is not None else clock.now() - STALE
    with context.press.database.reading() as session:
        return mails.due(session, since)


def run(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Send what is due, oldest first, until nothing is or the server does not answer."""
    del claimed
    database = context.press.database
    with database.transaction() as session:
        told = {"sent": 0, "failed": 0, "given_up": mails.expire(session, clock.now())}
    if context.mail_server is None:
        return Outcome(told)
    with Connection(context.mail_server) as connection:
        for done in range(_MOST):
            with database.transaction() as session:
                taken = mails.take(session, clock.now())
            if taken is None:
                break
            try:
                connection.send(taken)
            except NotSent as failure:
                told["failed"] += 1
                _note(context, taken, failure)
                if failure.unreachable:
                    return Outcome(told, failure.why)
            else:
                told["sent"] += 1
                with database.transaction() as session:
                    mails.sent(session, taken.id, clock.now())
            heartbeat.beat(done + 1, done + 2)
    return Outcome(told)


def _note(context: JobContext, taken: Taken, failure: NotSent) -> None:
    with context.press.database.transaction() as session:
        mails.failed(session, taken, failure.why, clock.now(), for_good=failure.for_good)
