"""The job of mails in a process of its own, that kills itself at a chosen instant.

Instants are those of `runner`, and around each word exchanged with the server. `python -m
tests.concurrency.mails_runner URL FOLDER PORT KILL_AT MINUTES` runs it so many minutes after the issue, and prints how
many instants it lived.
"""

import smtplib
import sys
from datetime import timedelta
from pathlib import Path

import time_machine
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.archive import Archive
from garage.db.session import Database
from garage.jobs import worker
from garage.jobs.context import JobContext
from garage.jobs.smtp import MailServer
from garage.operations.printing import Press
from tests.concurrency import runner
from tests.factories.garage import NOW


def main(url: str, folder: str, port: str, minutes: str) -> None:
    """Queue what was issued, and send what is due."""
    event.listen(Engine, "before_cursor_execute", runner.instant)
    Session.commit = runner.around(Session.commit)  # type: ignore[method-assign]
    smtplib.SMTP.send = runner.around(smtplib.SMTP.send)  # type: ignore[method-assign]
    smtplib.SMTP.getreply = runner.around(smtplib.SMTP.getreply)  # type: ignore[method-assign]
    server = MailServer("127.0.0.1", int(port), "Garage <garage@agglo.test>", "aucune", timeout=10.0)
    context = JobContext(Press(Database(url), Archive(Path(folder))), server)
    with time_machine.travel(NOW + timedelta(minutes=int(minutes)), tick=True):
        outcome = worker.run_now(context, "send_mails")
    runner.say(runner.lived)
    sys.exit(1 if outcome.error else 0)


if __name__ == "__main__":
    runner.kill_at = int(sys.argv[4])
    main(*sys.argv[1:4], sys.argv[5])
