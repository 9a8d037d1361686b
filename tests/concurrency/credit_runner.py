"""One credit note issued and printed in a process of its own, that kills itself at a chosen instant (see `runner`).

`python -m tests.concurrency.credit_runner URL FOLDER DRAFT KILL_AT` waits for a line on standard input, issues, prints
what is missing, and tells how many instants it lived; it ends with 2 when it was refused.
"""

import os
import sys
from datetime import date
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.archive import Archive
from garage.db.models.credit_notes import CreditDraft
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.operations import credit_notes_issue, printing
from garage.operations.credit_notes import By
from tests.concurrency import runner
from tests.factories import garage as make


def main(url: str, folder: str, draft_id: int) -> int:
    """Issue as a page does: one transaction, then the press."""
    event.listen(Engine, "before_cursor_execute", runner.instant)
    Session.commit = runner.around(Session.commit)  # type: ignore[method-assign]
    os.fsync = runner.around(os.fsync)
    Path.hardlink_to = runner.around(Path.hardlink_to)  # type: ignore[method-assign]
    database = Database(url)
    runner.say("ready")
    sys.stdin.readline()
    refused = False
    try:
        with database.transaction() as session:
            draft = session.get_one(CreditDraft, draft_id)
            by = By(make.CLERK, make.NOW, make.TODAY)
            credit_notes_issue.issue(session, draft_id, draft.version, date(2026, 10, 12), by)
    except GarageError:
        refused = True
    printing.print_missing(printing.Press(database, Archive(Path(folder))), make.NOW)
    runner.say(runner.lived)
    return 2 if refused else 0


if __name__ == "__main__":
    runner.kill_at = int(sys.argv[4])
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
