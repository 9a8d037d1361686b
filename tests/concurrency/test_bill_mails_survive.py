"""Bills by e-mail cannot be lost, and one alone may go twice, when the sender is killed at any instant (E16, E17)."""

import os
import random
import shutil
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from garage.archive import Archive
from garage.db.models.collectivities import Collectivity
from garage.db.models.mails import BillMail, Mail
from garage.db.queries.settings import current
from garage.db.session import Database
from garage.domain.invoices.composition import BillingRules
from garage.domain.mails import LEASE
from garage.domain.periods import Quarter
from garage.operations import printing, settings
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import issue_quarter
from tests.concurrency import mails_runner
from tests.concurrency.runner import Running
from tests.factories import garage as make
from tests.factories.mail_server import PostOffice, post_office
from tests.web import accounting

pytestmark = pytest.mark.slow
KILLS = 10 if os.environ.get("CI") else 8
SENT = {"BOURG": "mairie@bourg.test compta@bourg.test", "EAU": "factures@eau.test", "VILLE": "mairie@ville.test"}
LETTERS = 6
_LATER = int(LEASE.total_seconds()) // 60 + 1


def fill(url: str, folder: Path) -> None:
    """Four bills issued and printed, of which nobody has queued anything."""
    database = Database(url)
    with database.transaction() as session:
        accounting.fill(session)
        for code, emails in SENT.items():
            session.execute(update(Collectivity).where(Collectivity.code == code).values(emails=emails))
        settings.save(session, replace(current(session), mails_bills=True), make.CLERK, make.NOW)
    issuing = Issuing(Quarter(2026, 3), make.TODAY, make.NOW, make.CLERK)
    issue_quarter(database, issuing, BillingRules(), make.TODAY)
    with time_machine.travel(make.NOW):
        printing.print_missing(printing.Press(database, Archive(folder)), make.NOW)
    database.dispose()


def start(url: str, folder: Path, office: PostOffice, kill_at: int = 0, minutes: int = 0) -> Running:
    return Running(mails_runner.main, url, folder, office.port, minutes, kill_at=kill_at)


def prove(url: str, office: PostOffice, twice: int = 0) -> None:
    """One row and one mail per bill and address, all sent; on the server at most `twice` went again, as the same."""
    database = Database(url)
    with database.reading() as session:
        rows = session.execute(select(BillMail.invoice_id, BillMail.address, BillMail.copy, BillMail.sent_at)).all()
        unsent = session.scalars(select(Mail.id).where(Mail.sent_at.is_(None))).all()
        assert len(session.scalars(select(Mail.key)).all()) == LETTERS
    database.dispose()
    assert len(rows) == len({(row.invoice_id, row.address) for row in rows}) == LETTERS
    assert all(row.sent_at and row.copy == 0 for row in rows)
    assert unsent == []
    taken = Counter(str(one["Message-ID"]) for one in office.taken)
    assert len(taken) == LETTERS
    assert sum(taken.values()) <= LETTERS + twice


def test_killed_at_chosen_instants_and_run_again(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "invoices"
    fill(sqlite_url, folder)
    source = Path(sqlite_url.removeprefix("sqlite:///"))

    def copy(name: str) -> str:
        shutil.copy(source, tmp_path / name)
        return f"sqlite:///{tmp_path / name}"

    with post_office() as office:
        code, said = start(copy("whole.sqlite"), folder, office).end()
        assert code == 0
        prove(f"sqlite:///{tmp_path / 'whole.sqlite'}", office)
    for place, kill_at in enumerate(random.Random(2026).sample(range(1, int(said[-1])), KILLS)):
        url = copy(f"{place}.sqlite")
        with post_office() as office:
            assert start(url, folder, office, kill_at).end()[0] == -signal.SIGKILL
            assert start(url, folder, office, minutes=_LATER).end()[0] == 0, kill_at
            prove(url, office, twice=1)


def test_two_at_once_and_one_killed(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "invoices"
    fill(database_url, folder)
    with post_office() as office:
        victim, other = start(database_url, folder, office, 60), start(database_url, folder, office)
        victim.end()
        assert other.end()[0] == 0
        assert start(database_url, folder, office, minutes=_LATER).end()[0] == 0
        prove(database_url, office, twice=1)


def test_two_at_once(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "invoices"
    fill(database_url, folder)
    with post_office() as office:
        both = [start(database_url, folder, office) for _ in range(2)]
        assert [process.end()[0] for process in both] == [0, 0]
        prove(database_url, office)
