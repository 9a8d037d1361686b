"""Sends the e-mails that are due, each once, with retries; a server that is away stops the run, not the mails.

It first queues the bills that nobody queued: those of a run that was killed, and credit notes.
"""

from garage import clock
from garage.domain.errors.invoices import FileDiffers
from garage.domain.mails import STALE
from garage.french.bill_mails import FILE_DIFFERS, FILE_UNREADABLE
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.jobs.smtp import Connection, NotSent
from garage.operations import bill_mails, mails, purchase_mails
from garage.operations.bill_mails import Attachment
from garage.operations.job_runs import Claimed
from garage.operations.mails import Taken

NAME = "send_mails"
# One run stays short enough to give signs of life and let the next one take over.
_MOST = 200


def needed(context: JobContext) -> bool:
    """Whether a mail is to be sent, or without a server to be given up; or a bill to be queued."""
    now = clock.now()
    since = now if context.mail_server is not None else now - STALE
    with context.press.database.reading() as session:
        return mails.due(session, since) or bill_mails.to_queue(session, now)


def run(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Send what is due, oldest first, until nothing is or the server does not answer."""
    del claimed
    database = context.press.database
    queue_bills(context)
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
                connection.send(taken, _attachment(context, taken))
            except NotSent as failure:
                told["failed"] += 1
                _note(context, taken, failure)
                if failure.unreachable:
                    return Outcome(told, failure.why)
            else:
                told["sent"] += 1
                with database.transaction() as session:
                    mails.sent(session, taken, clock.now())
            heartbeat.beat(done + 1, done + 2)
    return Outcome(told)


def queue_bills(context: JobContext) -> None:
    """Queue every bill that is to be sent and was not looked at yet, in short transactions."""
    queued = 1
    while queued:
        with context.press.database.transaction() as session:
            queued = bill_mails.queue_issued(session, clock.now())


def _attachment(context: JobContext, taken: Taken) -> Attachment | None:
    """The PDF that a mail carries, order or bill; a bill that is not what was issued never goes. Raises NotSent."""
    ordered = purchase_mails.attachment(context.press.database, taken.key)
    if ordered is not None:
        return ordered
    try:
        return bill_mails.attachment(context.press, taken.id, clock.now())
    except FileDiffers:
        raise NotSent(FILE_DIFFERS, for_good=True) from None
    except OSError:
        raise NotSent(FILE_UNREADABLE) from None


def _note(context: JobContext, taken: Taken, failure: NotSent) -> None:
    with context.press.database.transaction() as session:
        mails.failed(session, taken, failure.why, clock.now(), for_good=failure.for_good)
