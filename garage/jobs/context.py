"""What a job needs: the database, the press, the rules, the server of mails and the settings of the timetable."""

from dataclasses import dataclass

from garage.domain.invoices.composition import BillingRules
from garage.jobs.smtp import MailServer
from garage.operations.printing import Press


@dataclass(frozen=True, slots=True)
class JobContext:
    """From which day of the next month a finished quarter is billed, and whether runs issue or only prepare.

    Without `mail_server` no e-mail leaves.
    """

    press: Press
    rules: BillingRules
    invoicing_day: int = 5
    prepares_only: bool = False
    late_payment_text: str | None = None
    mail_server: MailServer | None = None
