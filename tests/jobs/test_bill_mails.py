"""Bills by e-mail under every failure: each goes once to each address, the archived bytes attached, all of it seen."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from garage.archive import Archive
from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, InvoiceFile
from garage.db.models.journal import JournalEntry
from garage.db.models.mails import BillMail, Mail, MailAttempt
from garage.db.queries import bill_mails as queries
from garage.db.queries.bill_mails import Sending
from garage.db.queries.settings import current
from garage.db.session import Database
from garage.domain.errors.questions import NoAddress, NotForMail, SentMeanwhile
from garage.domain.mails import DELAYS, LEASE, addresses
from garage.domain.permissions import Actor, Role
from garage.french.bill_mails import FILE_DIFFERS, FILE_UNREADABLE
from garage.jobs import worker
from garage.jobs.context import JobContext
from garage.jobs.quarterly_invoicing import due_quarters
from garage.jobs.smtp import MailServer
from garage.operations import bill_mails, job_runs, mails, printing, settings
from garage.operations.printing import Press
from tests.factories import garage as make
from tests.factories.mail_server import PostOffice, post_office
from tests.web import accounting

NOW = datetime(2026, 10, 12, 9, 0, 30, tzinfo=UTC)
CLERK = Actor(None, "Comptable", Role.ACCOUNTING)
ADDRESSES = {
    "AGGLO": "interne@agglo.test",
    "BOURG": "mairie@bourg.test; compta@bourg.test,mairie@bourg.test",
    "EAU": "factures@eau.test",
    "VILLE": None,
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Desk:
    """A garage with work to bill, the setting on, and what became of its mails."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.context = JobContext(Press(database, Archive(folder)))
        with database.transaction() as session:
            accounting.fill(session)
            for code, emails in ADDRESSES.items():
                session.execute(update(Collectivity).where(Collectivity.code == code).values(emails=emails))
            self.decide(session, mails_bills=True, accounting_email="compta@agglo.test")

    def decide(self, session: Any, **changes: Any) -> None:
        settings.save(session, replace(current(session), **changes), CLERK, NOW - timedelta(hours=1))

    def at(self, office: PostOffice | None, **changes: Any) -> JobContext:
        port = office.port if office else 1
        told = {"sender": "Garage <garage@agglo.test>", "security": "aucune", "timeout": 2.0}
        server = MailServer("127.0.0.1", port, **told | changes, site="https://garage.test")
        return replace(self.context, mail_server=server)

    def issue(self) -> int:
        with self.database.transaction() as session:
            asked = {"quarter": "2026-T3", "on": "2026-10-12"}
            run_id = job_runs.ask(session, "issue_quarter", asked, CLERK, NOW)
        worker.run_asked(self.context, run_id)
        return run_id

    def send(self, context: JobContext, later: timedelta = timedelta()) -> dict[str, Any]:
        with time_machine.travel(NOW + later, tick=False):
            return dict(worker.run_now(context, "send_mails").summary)

    def rows(self, model: Any) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(select(model).order_by(*model.__table__.primary_key)))

    def became(self) -> list[tuple[str, str, str]]:
        with self.database.reading() as session:
            rows = queries.page(session, 99)[::-1]
        return [(row.number, row.address, queries.became(row).value) for row in rows]

    def archived(self, number: str) -> bytes:
        with self.database.reading() as session:
            path = session.scalars(
                select(InvoiceFile.path)
                .join(Invoice, Invoice.id == InvoiceFile.invoice_id)
                .where(Invoice.number == number)
            ).one()
        return (self.folder / path).read_bytes()

    def by_hand(self, number: str, copy: int, by: Actor = CLERK) -> int:
        with self.database.transaction() as session:
            return bill_mails.send(session, number, copy, by, NOW)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path / "invoices")


# F2026-0001 BOURG, 0002 BOURG with an engagement, 0003 EAU, 0004 VILLE, R2026-0001 AGGLO.
EXPECTED = [
    ("F2026-0001", "mairie@bourg.test"),
    ("F2026-0001", "compta@bourg.test"),
    ("F2026-0002", "mairie@bourg.test"),
    ("F2026-0002", "compta@bourg.test"),
    ("F2026-0003", "factures@eau.test"),
    ("F2026-0004", ""),
]


def test_each_bill_goes_once_to_each_address_with_its_bytes(desk: Desk) -> None:
    run_id = desk.issue()
    with post_office() as office:
        there = desk.at(office)
        assert desk.send(there) == {"sent": 6, "failed": 0, "given_up": 0}
        assert desk.send(there)["sent"] == 0
    assert [one[:2] for one in desk.became()] == EXPECTED
    assert {one[2] for one in desk.became() if one[1]} == {"sent"}
    assert desk.became()[-1][2] == "no_address"
    bills = [one for one in office.taken if one["To"] != "compta@agglo.test"]
    assert sorted(str(one["To"]) for one in bills) == sorted(one for _, one in EXPECTED if one)
    for letter in bills:
        number = str(letter["Subject"]).split()[1]
        (attached,) = letter.iter_attachments()
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_filename().startswith(number)
        assert attached.get_content() == desk.archived(number)
        body = letter.get_body(("plain",)).get_content()
        assert f"https://garage.test/factures/{number}" in body
        assert "3e trimestre 2026" in body
    summary = next(one for one in office.taken if one["To"] == "compta@agglo.test")
    assert list(summary.iter_attachments()) == []
    told = summary.get_content()
    for words in ("4 factures", "1 relevé interne", "2 sommes reportées", "1 ordre écarté par une anomalie", "Ville"):
        assert words in told, words
    assert f"https://garage.test/facturation/passages/{run_id}" in told
    assert "interne@agglo.test" not in [str(one["To"]) for one in office.taken], "an internal statement goes to nobody"


def test_one_summary_per_run(desk: Desk) -> None:
    run_id = desk.issue()
    with desk.database.transaction() as session:
        bill_mails.summarise(session, run_id, (2, 1), NOW)
        bill_mails.summarise(session, 99, (0, 0), NOW)
    assert [one.key for one in desk.rows(Mail) if "summary" in one.key] == [f"run:{run_id}:summary"]


def test_off_nothing_is_queued_and_on_again_the_past_stays(desk: Desk) -> None:
    with desk.database.transaction() as session:
        desk.decide(session, mails_bills=False)
    desk.issue()
    assert desk.rows(Mail) == []
    with desk.database.transaction() as session:
        wanted = replace(current(session), mails_bills=True)
        settings.save(session, wanted, CLERK, NOW + timedelta(minutes=1))
    with post_office() as office:
        desk.send(desk.at(office), timedelta(hours=1))
    assert office.taken == []
    assert desk.by_hand("F2026-0001", 0) == 2, "one by one, by hand"


def test_a_run_that_was_killed_is_made_good_by_the_minute_job(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.jobs.quarterly_invoicing._tell", lambda *_: None)
    desk.issue()
    assert desk.rows(Mail) == []
    with post_office() as office:
        assert desk.send(desk.at(office))["sent"] == 5
    assert [one[:2] for one in desk.became()] == EXPECTED


def test_an_address_given_later_gets_nothing_by_itself(desk: Desk) -> None:
    desk.issue()
    with desk.database.transaction() as session:
        session.execute(update(Collectivity).where(Collectivity.code == "VILLE").values(emails="mairie@ville.test"))
    with post_office() as office:
        desk.send(desk.at(office))
        assert "mairie@ville.test" not in [str(one["To"]) for one in office.taken]
        assert desk.by_hand("F2026-0004", 1) == 1
        desk.send(desk.at(office))
    assert [one["To"] for one in office.taken][-1] == "mairie@ville.test"


def test_two_workers_queue_and_send_each_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.jobs.quarterly_invoicing._tell", lambda *_: None)
    desk.issue()
    failures: list[str | None] = []

    def work(there: JobContext) -> None:
        failures.append(worker.run_now(there, "send_mails").error)

    with post_office(delay=0.01) as office:
        there = desk.at(office)
        threads = [threading.Thread(target=work, args=(there,)) for _ in range(3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert failures == [None] * 3
    assert len(office.taken) == 5
    assert [one[:2] for one in sorted(desk.became())] == sorted(EXPECTED)


def test_a_server_down_loses_nothing_and_each_attempt_is_seen(desk: Desk) -> None:
    desk.issue()
    assert desk.send(desk.at(None))["failed"] == 1
    with post_office() as office:
        assert desk.send(desk.at(office), timedelta(minutes=1))["sent"] == 6
    first = [one for one in desk.rows(MailAttempt) if one.mail_id == 1]
    assert [(one.started_at, one.error) for one in first] == [
        (NOW, "Serveur injoignable (ConnectionRefusedError)"),
        (NOW + timedelta(minutes=1), None),
    ]
    assert all(one.ended_at for one in desk.rows(MailAttempt))


def test_down_too_long_it_is_given_up_seen_and_tried_anew(desk: Desk) -> None:
    desk.issue()
    later = timedelta()
    for delay in (*DELAYS, timedelta()):
        for _ in range(6):
            desk.send(desk.at(None), later)
        later += delay
    with desk.database.reading() as session:
        lost = queries.given_up(session)
        assert len(lost) == queries.count_of(session, Sending.GIVEN_UP) == 5
        assert len(queries.attempts(session, lost)[lost[0]]) == 7
    with desk.database.transaction() as session:
        assert bill_mails.send_given_up(session, CLERK, NOW + later) == 5
    with post_office() as office:
        assert desk.send(desk.at(office), later)["sent"] == 5


def test_one_address_refused_keeps_no_other(desk: Desk) -> None:
    desk.issue()
    with post_office(refused={"compta@bourg.test": "550 5.1.1 Inconnu ici"}) as office:
        assert desk.send(desk.at(office)) == {"sent": 4, "failed": 2, "given_up": 0}
    lost = [one for one in desk.became() if one[2] == "given_up"]
    assert lost == [("F2026-0001", "compta@bourg.test", "given_up"), ("F2026-0002", "compta@bourg.test", "given_up")]


def test_a_slow_server(desk: Desk) -> None:
    desk.issue()
    with post_office(delay=0.6) as office:
        desk.send(desk.at(office, timeout=0.2))
    assert {one[2] for one in desk.became()} == {"waiting", "no_address"}
    with post_office() as office:
        desk.send(desk.at(office), timedelta(minutes=1))
    assert len(office.taken) == 6


def test_dying_after_data_it_may_go_twice_under_one_identity(desk: Desk) -> None:
    desk.issue()
    with post_office(dies_after_data=True) as office:
        there = desk.at(office)
        assert desk.send(there) == {"sent": 0, "failed": 6, "given_up": 0}
        office.behaviour.dies_after_data = False
        assert desk.send(there, timedelta(minutes=1))["sent"] == 6
    identities = [one["Message-ID"] for one in office.taken]
    assert len(identities) == 12
    assert len(set(identities)) == 6


def test_a_worker_killed_after_data(desk: Desk) -> None:
    """Its attempt is seen as interrupted; another worker sends it again once the lease is over, under one identity."""
    desk.issue()
    with desk.database.transaction() as session:
        taken = mails.take(session, NOW)
    assert taken
    with post_office() as office:
        there = desk.at(office)
        desk.send(there)
        assert len(office.taken) == 5
        desk.send(there, LEASE)
    assert len(office.taken) == 6
    attempts = [one for one in desk.rows(MailAttempt) if one.mail_id == taken.id]
    assert [one.ended_at is None for one in attempts] == [True, False]


def test_a_missing_file_is_printed_first(desk: Desk) -> None:
    desk.issue()
    before = desk.archived("F2026-0003")
    for file in desk.folder.rglob("F2026-0003*"):
        file.unlink()
    with post_office() as office:
        desk.send(desk.at(office))
    letter = next(one for one in office.taken if one["To"] == "factures@eau.test")
    assert next(letter.iter_attachments()).get_content() == before == desk.archived("F2026-0003")


def test_a_file_that_differs_never_goes(desk: Desk) -> None:
    desk.issue()
    next(desk.folder.rglob("F2026-0003*.pdf")).write_bytes(b"%PDF-1.7 autre chose")
    with post_office() as office:
        assert desk.send(desk.at(office)) == {"sent": 5, "failed": 1, "given_up": 0}
    assert "factures@eau.test" not in [str(one["To"]) for one in office.taken]
    assert [one.last_error for one in desk.rows(Mail) if one.recipient == "factures@eau.test"] == [FILE_DIFFERS]
    assert "invoice.file_differs" in [one.action for one in desk.rows(JournalEntry)]


def test_a_disk_that_refuses_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.issue()

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "refused")

    with post_office() as office:
        with monkeypatch.context() as patched:
            patched.setattr(printing, "issued_bytes", refuse)
            assert desk.send(desk.at(office)) == {"sent": 1, "failed": 5, "given_up": 0}
        assert {one.last_error for one in desk.rows(Mail)} == {None, FILE_UNREADABLE}
        assert desk.send(desk.at(office), timedelta(minutes=1))["sent"] == 5


def test_by_hand_once_per_click(desk: Desk) -> None:
    desk.issue()
    with desk.database.transaction() as session:
        one, other = (make.user(session, Role.ACCOUNTING) for _ in range(2))
        clerk, colleague = (Actor(who.id, who.name, Role.ACCOUNTING) for who in (one, other))
    assert [desk.by_hand("F2026-0003", 1, clerk) for _ in range(2)] == [1, 1], "two clicks, one sending"
    with pytest.raises(SentMeanwhile):
        desk.by_hand("F2026-0003", 1, colleague)
    assert desk.by_hand("F2026-0003", 2, colleague) == 1
    with pytest.raises(NotForMail):
        desk.by_hand("R2026-0001", 0)
    with pytest.raises(NoAddress):
        desk.by_hand("F2026-0004", 1)
    assert [one.copy for one in desk.rows(BillMail) if one.address == "factures@eau.test"] == [0, 1, 2]
    with post_office() as office:
        desk.send(desk.at(office))
    letters = [one for one in office.taken if one["To"] == "factures@eau.test"]
    assert len({one["Message-ID"] for one in letters}) == 3
    sent = [one for one in desk.rows(JournalEntry) if one.action == "invoice.send"]
    assert [(one.subject_key, one.data) for one in sent] == [("F2026-0003", {"to": ["factures@eau.test"]})] * 2


def test_the_trace_stays_when_the_mail_is_forgotten(desk: Desk) -> None:
    desk.issue()
    with post_office() as office:
        desk.send(desk.at(office))
    with time_machine.travel(NOW + timedelta(days=400), tick=False):
        worker.run_now(desk.context, "forget")
        with post_office() as office:
            worker.run_now(desk.at(office), "send_mails")
    assert office.taken == [], "and nothing goes again"
    assert desk.rows(Mail) == desk.rows(MailAttempt) == []
    assert [one[:2] for one in desk.became()] == EXPECTED
    assert {one.sent_at for one in desk.rows(BillMail) if one.address} == {NOW}


def test_without_server_nothing_leaves(desk: Desk) -> None:
    desk.issue()
    assert desk.send(desk.context)["sent"] == 0
    assert {one[2] for one in desk.became()} == {"waiting", "no_address"}


def test_the_planned_run_never_comes_within_the_window(desk: Desk) -> None:
    with desk.database.reading() as session:
        decided = replace(current(session), invoicing_day=5, question_days=0)
    asked = replace(decided, question_days=10)  # refused by the settings page: a run trusts nobody
    assert [str(one) for one in due_quarters(desk.context, date(2026, 10, 5), decided)] == ["2026-T3"]
    assert due_quarters(desk.context, date(2026, 10, 10), asked) == []
    assert [str(one) for one in due_quarters(desk.context, date(2026, 10, 11), asked)] == ["2026-T3"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (None, ()),
        ("", ()),
        ("a@b.fr", ("a@b.fr",)),
        ("a@b.fr, c@d.fr;e@f.fr g@h.fr", ("a@b.fr", "c@d.fr", "e@f.fr", "g@h.fr")),
        ("A@b.fr a@B.fr", ("A@b.fr",)),
        ("x" * 250 + "@b.fr", ()),
    ],
)
def test_addresses_as_they_are_typed(typed: str | None, read: tuple[str, ...]) -> None:
    assert addresses(typed) == read


def test_the_digest_of_a_key_is_short_enough() -> None:
    assert len(f"bill:{2**31}:{hashlib.sha256(b'a').hexdigest()[:32]}:{2**31}") <= 100
