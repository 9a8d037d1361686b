"""The job of bills by e-mail (see `runner`); each word exchanged with the server is an instant too."""

import smtplib
from datetime import timedelta
from pathlib import Path

import time_machine

from garage.archive import Archive
from garage.db.session import Database
from garage.jobs import worker
from garage.jobs.context import JobContext
from garage.jobs.smtp import MailServer
from garage.operations.printing import Press
from tests.concurrency import runner
from tests.factories.garage import NOW


def main(url: str, folder: Path, port: int, minutes: int) -> int:
    """Queue what was issued, and send what is due so many minutes after the issue; 1 when it went wrong."""
    smtplib.SMTP.send = runner.around(smtplib.SMTP.send)  # type: ignore[method-assign]
    smtplib.SMTP.getreply = runner.around(smtplib.SMTP.getreply)  # type: ignore[method-assign]
    server = MailServer("127.0.0.1", port, "Garage <garage@agglo.test>", "aucune", timeout=10.0)
    context = JobContext(Press(Database(url), Archive(folder)), server)
    with time_machine.travel(NOW + timedelta(minutes=minutes), tick=True):
        outcome = worker.run_now(context, "send_mails")
    return 1 if outcome.error else 0
