"""What a job needs: the database, the press and the server of mails; the garage's settings are in the database."""

from dataclasses import dataclass

from garage.jobs.smtp import MailServer
from garage.operations.printing import Press


@dataclass(frozen=True, slots=True)
class JobContext:
    """Without `mail_server` no e-mail leaves."""

    press: Press
    mail_server: MailServer | None = None
