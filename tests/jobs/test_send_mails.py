"""Mails under every failure of a server: each goes once, is tried again, or is given up and seen."""

import datetime as dt
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from config import Settings, SettingsError
from garage import app
from garage.archive import Archive
from garage.db.models.job_runs import JobRun
from garage.db.models.mails import Mail
from garage.db.session import Database
from garage.domain.errors.base import NotFound
from garage.domain.errors.requests import MailNotGivenUp
from garage.domain.mails import DELAYS, LEASE, MailState, next_try, state_of
from garage.jobs import mails as send_mails
from garage.jobs import smtp, worker
from garage.jobs.context import JobContext
from garage.jobs.schedule import job
from garage.jobs.smtp import MailServer
from garage.operations import mails
from garage.operations.mails import Message, Taken
from garage.operations.printing import Press
from tests.factories.garage import ADMIN
from tests.factories.mail_server import PostOffice, post_office

NOW = datetime(2026, 10, 12, 9, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def context(database: Database, tmp_path: Path) -> JobContext:
    return JobContext(Press(database, Archive(tmp_path)))


def at(context: JobContext, office: PostOffice | None, **changes: Any) -> JobContext:
    """The context with this server."""
    port = office.port if office else 1
    told = {"sender": "Garage <garage@agglo.test>", "security": "aucune", "timeout": 2.0}
    return replace(context, mail_server=MailServer("127.0.0.1", port, **told | changes))


def queue(context: JobContext, *keys: str, recipient: str | None = None, body: str = "Bonjour\n") -> None:
    with context.press.database.transaction() as session:
        for key in keys:
            mails.queue(session, Message(key, recipient or f"{key}@bourg.test", f"Demande {key}", body), NOW)


def rows(context: JobContext) -> list[Mail]:
    with context.press.database.reading() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def states(context: JobContext) -> list[MailState]:
    return [state_of(one.sent_at, one.next_try_at, one.last_error) for one in rows(context)]


def run(context: JobContext) -> dict[str, Any]:
    return dict(worker.run_now(context, "send_mails").summary)


def test_a_mail_goes_once(context: JobContext) -> None:
    body = "L’œuvre est prête\u202f!\n\nSuivre\u00a0: {site}/suivi/x\n"
    queue(context, "a", "b", body=body)
    queue(context, "a", body="autre")
    with post_office() as office:
        there = at(context, office, site="https://garage.test")
        assert run(there) == {"sent": 2, "failed": 0, "given_up": 0}
        assert run(there)["sent"] == 0
    first = office.taken[0]
    assert first["To"] == "a@bourg.test"
    assert first["From"] == "Garage <garage@agglo.test>"
    assert first["Subject"] == "Demande a"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"].endswith("@agglo.test>")
    assert first["Date"].datetime == NOW.replace(microsecond=0)
    assert first.get_content_type() == "text/plain"
    assert first.get_content().replace("\r\n", "\n") == body.replace("{site}", "https://garage.test")
    assert len(office.taken) == 2
    assert states(context) == [MailState.SENT] * 2
    assert len(office.connections) == 1, "one connection for all"


def test_two_workers_never_send_twice(context: JobContext) -> None:
    keys = [f"m{n}" for n in range(12)]
    queue(context, *keys)
    with post_office(delay=0.01) as office:
        there = at(context, office)
        threads = [threading.Thread(target=worker.run_now, args=(there, "send_mails")) for _ in range(1)]
        with there.press.database.transaction() as session:
            taken = mails.take(session, NOW)
        threads += [threading.Thread(target=_drain, args=(there,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert taken is not None
    sent = sorted(str(one["To"]) for one in office.taken)
    assert sent == sorted(f"{key}@bourg.test" for key in keys if key != taken.key)


def _drain(context: JobContext) -> None:
    """The job's own loop, without the row of a run."""
    send_mails.run(context, None, _Silent())  # type: ignore[arg-type]


class _Silent:
    def beat(self, done: int, total: int) -> None:
        """Say nothing."""


def test_a_refused_address_is_given_up_and_the_others_go(context: JobContext) -> None:
    queue(context, "gone", "busy", "fine")
    refused = {"gone@bourg.test": "550 5.1.1 Inconnu ici", "busy@bourg.test": "451 4.7.1 Plus tard"}
    with post_office(refused=refused) as office:
        assert run(at(context, office)) == {"sent": 1, "failed": 2, "given_up": 0}
    gone, busy, fine = rows(context)
    assert states(context) == [MailState.GIVEN_UP, MailState.WAITING, MailState.SENT]
    assert gone.last_error == "Adresse refusée : 550 5.1.1 Inconnu ici"
    assert busy.next_try_at == NOW + timedelta(minutes=1)
    assert fine.attempts == 1


@pytest.mark.parametrize(("answer", "state"), [("554 Refus", MailState.GIVEN_UP), ("452 Plein", MailState.WAITING)])
def test_a_refused_message(context: JobContext, answer: str, state: MailState) -> None:
    queue(context, "a")
    with post_office(data=answer) as office:
        run(at(context, office))
    assert states(context) == [state]
    assert office.taken == []


def test_a_server_that_is_down_is_tried_again_longer_and_longer(context: JobContext) -> None:
    queue(context, "a")
    there = at(context, None)
    instant = NOW
    for delay in DELAYS:
        with time_machine.travel(instant, tick=False):
            outcome = worker.run_now(there, "send_mails")
            assert outcome.error == "Serveur injoignable (ConnectionRefusedError)"
        assert rows(context)[0].next_try_at == instant + delay
        instant += delay
    with time_machine.travel(instant, tick=False):
        worker.run_now(there, "send_mails")
    assert states(context) == [MailState.GIVEN_UP]
    assert rows(context)[0].attempts == 7


def test_a_server_that_is_down_costs_one_mail_an_attempt(context: JobContext) -> None:
    queue(context, "a", "b", "c")
    run(at(context, None))
    assert [one.attempts for one in rows(context)] == [1, 0, 0]


def test_a_slow_server(context: JobContext) -> None:
    queue(context, "a", "b")
    with post_office(delay=0.6) as office:
        run(at(context, office, timeout=0.2))
    assert states(context) == [MailState.WAITING] * 2
    assert rows(context)[0].last_error == "Le serveur a rompu l’échange, ou n’a pas répondu à temps"


def test_a_server_that_dies_after_taking_it(context: JobContext) -> None:
    """It may go twice: both carry the same Message-ID."""
    queue(context, "a", "b")
    with post_office(dies_after_data=True) as office:
        there = at(context, office)
        assert run(there) == {"sent": 0, "failed": 2, "given_up": 0}
        office.behaviour.dies_after_data = False
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            assert run(there)["sent"] == 2
    first, _, again, _ = office.taken
    assert first["Message-ID"] == again["Message-ID"]
    assert states(context) == [MailState.SENT] * 2


def test_a_worker_killed_on_the_way(context: JobContext) -> None:
    queue(context, "a")
    with context.press.database.transaction() as session:
        assert mails.take(session, NOW)
        assert mails.take(session, NOW) is None
    with post_office() as office:
        there = at(context, office)
        assert run(there)["sent"] == 0, "somebody has it"
        with time_machine.travel(NOW + LEASE, tick=False):
            assert run(there)["sent"] == 1


def test_a_name_and_password(context: JobContext) -> None:
    queue(context, "a")
    with post_office(login=("garage", "un secret")) as office:
        wrong = worker.run_now(at(context, office, user="garage", password="autre secret"), "send_mails")
        assert wrong.error == "Nom ou mot de passe refusé par le serveur (535)"
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            assert run(at(context, office, user="garage", password="un secret"))["sent"] == 1
    assert "secret" not in repr(at(context, None, password="un secret"))


def test_starttls_is_asked_for_and_never_dropped(context: JobContext) -> None:
    queue(context, "a")
    with post_office() as office:
        outcome = worker.run_now(at(context, office, security="starttls"), "send_mails")
    assert outcome.error == "Le serveur n’offre pas la sécurité demandée"
    assert office.taken == []


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server shows, and a client that trusts it."""
    key, shown = tmp_path / "key.pem", tmp_path / "shown.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = [*words, "-keyout", str(key), "-out", str(shown)]
    subprocess.run(["openssl", *made], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown, key)
    return server, ssl.create_default_context(cafile=str(shown))


def test_starttls(
    context: JobContext, certificate: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = certificate
    queue(context, "a", "b")
    with time_machine.travel(datetime.now(UTC), tick=True), post_office(tls=server) as office:
        later = dt.datetime.now(UTC)
        with context.press.database.transaction() as session:
            session.execute(update(Mail).values(next_try_at=later))
        there = at(context, office, security="starttls")
        refused = worker.run_now(there, "send_mails")
        assert refused.error == "Serveur injoignable (SSLCertVerificationError)", "an unknown server gets nothing"
        monkeypatch.setattr(smtp.ssl, "create_default_context", lambda: client)
        assert run(there)["sent"] == 1
    assert len(office.taken) == 1


def test_no_header_can_be_slipped_in(context: JobContext) -> None:
    with context.press.database.transaction() as session:
        evil = Message("a", "a@bourg.test", "Demande\r\nBcc: tous@ailleurs.test", "Bonjour\n.\nQUIT\n")
        mails.queue(session, evil, NOW)
        mails.queue(session, Message("b", 'b"\r\nBcc: c@d.test <e@f.test', "Demande", "Bonjour"), NOW)
    with post_office() as office:
        run(at(context, office))
    taken = office.taken[0]
    assert taken["Bcc"] is None
    assert taken["Subject"] == "Demande Bcc: tous@ailleurs.test"
    assert taken.get_content().splitlines() == ["Bonjour", ".", "QUIT"]
    assert len(office.taken) == 1
    assert states(context) == [MailState.SENT, MailState.GIVEN_UP]
    assert rows(context)[1].last_error == "Adresse illisible"


def test_an_address_with_accents_is_given_up_where_the_server_knows_none(context: JobContext) -> None:
    queue(context, "a", recipient="maël@bourg.test")
    with post_office() as office:
        run(at(context, office))
    assert states(context) == [MailState.GIVEN_UP]
    assert "accentuées" in (rows(context)[0].last_error or "")


def test_nothing_goes_without_a_server_and_old_news_never(context: JobContext) -> None:
    queue(context, "a")
    assert run(context)["sent"] == 0
    assert states(context) == [MailState.WAITING]
    with time_machine.travel(NOW + timedelta(days=4), tick=False), post_office() as office:
        there = at(context, office)
        assert run(there) == {"sent": 0, "failed": 0, "given_up": 1}
        assert office.taken == []
        with context.press.database.transaction() as session:
            assert mails.send_again(session, 1, ADMIN, NOW + timedelta(days=4)) == "a@bourg.test"
            with pytest.raises(MailNotGivenUp):
                mails.send_again(session, 1, ADMIN, NOW)
            with pytest.raises(NotFound):
                mails.send_again(session, 99, ADMIN, NOW)
        assert run(there)["sent"] == 1
    with pytest.raises(MailNotGivenUp), context.press.database.transaction() as session:
        mails.send_again(session, 1, ADMIN, NOW)


def test_without_a_server_mails_are_given_up_in_the_end(context: JobContext) -> None:
    queue(context, "a")
    with time_machine.travel(NOW + timedelta(days=2, hours=23), tick=False):
        assert worker.run_due(context, job("send_mails")) is None
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        outcome = worker.run_due(context, job("send_mails"))
    assert outcome is not None
    assert outcome.summary["given_up"] == 1
    assert states(context) == [MailState.GIVEN_UP]


def test_delays_grow_and_end() -> None:
    assert [next_try(n, NOW) for n in range(1, 8)] == [*(NOW + delay for delay in DELAYS), None]
    assert list(DELAYS) == sorted(DELAYS)


# The timetable.


def test_a_minute_without_mail_leaves_no_row(context: JobContext) -> None:
    with post_office() as office:
        there = at(context, office)
        one = job("send_mails")
        assert worker.run_due(there, one) is None
        queue(context, "a")
        assert worker.run_due(context, one) is None, "no server"
        assert worker.run_due(there, one) is not None
        queue(context, "b")
        assert worker.run_due(there, one) is None, "this minute is done"
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            assert worker.run_due(there, one) is not None
    assert len(office.taken) == 2
    with context.press.database.reading() as session:
        slots = session.scalars(select(JobRun.slot).order_by(JobRun.id)).all()
    assert slots == ["2026-10-12T09:00:00+00:00", "2026-10-12T09:01:00+00:00"]


def test_a_killed_run_is_ended_by_the_next(context: JobContext) -> None:
    queue(context, "a")
    database = context.press.database
    with database.transaction() as session:
        session.add(
            JobRun(
                job="send_mails", slot="avant", parameters={}, outcome="running", asked_at=NOW,
                started_at=NOW - timedelta(minutes=9), alive_at=NOW - timedelta(minutes=9),
            )
        )  # fmt: skip
    with post_office() as office:
        worker.run_due(at(context, office), job("send_mails"))
    with database.reading() as session:
        assert session.scalars(select(JobRun.outcome).order_by(JobRun.id)).all() == ["failed", "done"]


def test_the_waiting_are_not_kept_by_a_slow_server(context: JobContext) -> None:
    queue(context, "a")
    with post_office() as office:
        worker.run_waiting(at(context, office))
    assert office.taken == []


def test_old_rows_of_runs_and_mails_are_erased(context: JobContext) -> None:
    queue(context, "a", "b")
    with post_office() as office:
        there = at(context, office)
        worker.run_due(there, job("send_mails"))
        queue(context, "c")
        with time_machine.travel(NOW + timedelta(days=400), tick=False):
            told = worker.run_now(there, "forget").summary
            assert told == {"requesters": 0, "mails": 2}, "c still waits"
    with context.press.database.reading() as session:
        assert session.scalars(select(JobRun.job)).all() == ["forget"]


def test_a_mail_needs_a_sender() -> None:
    with pytest.raises(SettingsError) as refused:
        app.runtime(Settings(smtp_host="smtp.test"))
    assert "GARAGE_MAIL_FROM" in refused.value.faults[0]
    made = app._mail_server(Settings(smtp_host="smtp.test", mail_from="a@b.fr", public_url="https://g.fr"))
    assert made == MailServer("smtp.test", 587, "a@b.fr", site="https://g.fr")
    assert app._mail_server(app._demo_settings(Settings(smtp_host="smtp.test"))) is None


def test_a_bad_sender_is_no_crash() -> None:
    taken = Taken(1, "k", "a@b.fr", "Objet", "Corps", NOW, 1)
    with pytest.raises(smtp.NotSent):
        smtp.compose(taken, MailServer("h", 25, "sans adresse"))
