"""One credit note issued and printed, as a page does it (see `runner`)."""

from datetime import date
from pathlib import Path

from garage.archive import Archive
from garage.db.models.credit_notes import CreditDraft
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.operations import credit_notes_issue, printing
from garage.operations.credit_notes import By
from tests.concurrency import runner
from tests.factories import garage as make


def main(url: str, folder: Path, draft_id: int) -> int:
    """One transaction, then the press; 2 when it was refused."""
    database = Database(url)
    runner.ready()
    refused = False
    try:
        with database.transaction() as session:
            draft = session.get_one(CreditDraft, draft_id)
            by = By(make.CLERK, make.NOW, make.TODAY)
            credit_notes_issue.issue(session, draft_id, draft.version, date(2026, 10, 12), by)
    except GarageError:
        refused = True
    printing.print_missing(printing.Press(database, Archive(folder)), make.NOW)
    return 2 if refused else 0
