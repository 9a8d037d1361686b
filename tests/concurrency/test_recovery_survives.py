"""Titres and payments cannot be hurt: files at once, euros racing past what is due, a kill (rules B11, E17)."""

import signal
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from garage.db.models.journal import JournalEntry
from garage.db.models.recovery import Settlement, Titre
from garage.db.queries import recovery as queries
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.errors.recovery import AboveCredit, AboveDue, ReturnApplied, SettledTwice, TitreTaken
from garage.domain.recovery import Position
from garage.operations import recovery, recovery_return
from garage.operations.recovery import By, PaymentEntry, TitreEntry
from garage.operations.recovery_return import COLUMNS
from tests.concurrency import returns_runner
from tests.concurrency.runner import Running
from tests.factories import garage as make
from tests.factories.bills import credit_note, invoice

pytestmark = pytest.mark.slow
BY = By(make.CLERK, make.NOW, make.TODAY)
DAY = date(2026, 10, 10)
AT_ONCE = 4


@pytest.fixture
def billed(database: Database) -> Database:
    """Forty bills of 100 euros of one collectivity."""
    with database.transaction() as session:
        garage = make.garage(session)
        for _ in range(40):
            invoice(session, garage.partner, "100")
    return database


def content(first: int = 1, last: int = 40) -> bytes:
    rows = [f"F2026-{n:04d};{n};2026;;08/10/2026;100;10/10/2026;60;VIR {n}" for n in range(first, last + 1)]
    return "\n".join((";".join(COLUMNS), *rows)).encode()


def kept(database: Database, file: bytes) -> int:
    with database.transaction() as session:
        return recovery_return.keep(session, "retour.csv", file, BY)


def counts(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Titre, Settlement))


def position(database: Database, number: str = "F2026-0001") -> Position:
    with database.reading() as session:
        return queries.followed(session, number).position


def at_once(database: Database, *acts: Callable[..., object]) -> list[GarageError]:
    """Do these at the same time, each in its own transaction; what was refused."""
    gate, refused = threading.Barrier(len(acts)), []

    def one(act: Callable[..., object]) -> None:
        gate.wait()
        try:
            with database.transaction() as session:
                act(session)
        except GarageError as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return refused


def test_the_same_file_recorded_at_once_counts_once(billed: Database) -> None:
    key = kept(billed, content())
    refused = at_once(billed, *[lambda session: recovery_return.apply(session, key, BY)] * AT_ONCE)
    assert [type(one) for one in refused] == [ReturnApplied] * (AT_ONCE - 1)
    assert counts(billed) == (40, 40)
    with billed.reading() as session:
        assert session.scalar(select(func.count()).where(JournalEntry.action == "return.apply")) == 1


def test_the_same_file_sent_at_once_is_one_file(billed: Database) -> None:
    found: set[int] = set()
    refused = at_once(
        billed, *[lambda session: found.add(recovery_return.keep(session, "retour.csv", content(), BY))] * AT_ONCE
    )
    assert refused == []
    assert len(found) == 1


def test_two_files_with_rows_in_common_recorded_at_once(billed: Database) -> None:
    keys = [kept(billed, content(1, 30)), kept(billed, content(11, 40))]
    refused = at_once(billed, *[lambda session, key=key: recovery_return.apply(session, key, BY) for key in keys])
    assert refused == []
    assert counts(billed) == (40, 40)


def test_payments_never_race_past_what_is_due(billed: Database) -> None:
    acts = [
        lambda session, n=n: recovery.pay(session, "F2026-0001", PaymentEntry(Decimal(60), DAY, f"VIR {n}"), BY)
        for n in range(AT_ONCE)
    ]
    refused = at_once(billed, *acts)
    assert [type(one) for one in refused] == [AboveDue] * (AT_ONCE - 1)
    assert position(billed).due == Decimal(40)
    again = [lambda session: recovery.pay(session, "F2026-0001", PaymentEntry(Decimal(10), DAY, "VIR 9"), BY)] * AT_ONCE
    assert [type(one) for one in at_once(billed, *again)] == [SettledTwice] * (AT_ONCE - 1)
    assert position(billed).due == Decimal(30)


def test_a_payment_by_hand_while_a_file_brings_another(billed: Database) -> None:
    key = kept(billed, content(1, 2))
    at_once(
        billed,
        lambda session: recovery_return.apply(session, key, BY),
        lambda session: recovery.pay(session, "F2026-0001", PaymentEntry(Decimal(60), DAY, "CHQ 1"), BY),
    )
    assert position(billed).paid == Decimal(60)
    assert counts(billed) in ((0, 1), (2, 2))


def test_a_payment_and_a_credit_note_lose_no_cent(billed: Database) -> None:
    at_once(
        billed,
        lambda session: recovery.pay(session, "F2026-0001", PaymentEntry(Decimal(100), DAY), BY),
        lambda session: credit_note(session, "F2026-0001", "30"),
    )
    found = position(billed)
    assert found.credited == Decimal(30)
    assert found.paid in (Decimal(0), Decimal(100))
    assert found.balance == Decimal(100) - found.credited - found.paid


def test_a_credit_is_not_used_twice_at_once(billed: Database) -> None:
    with billed.transaction() as session:
        entry = PaymentEntry(Decimal(150), DAY, overpaid=True, overpaid_reason="Payé deux fois")
        recovery.pay(session, "F2026-0001", entry, BY)
    crossed = [("F2026-0001", "F2026-0002"), ("F2026-0001", "F2026-0003")]
    acts = [
        lambda session, pair=pair: recovery.offset(session, pair, PaymentEntry(Decimal(50), DAY), BY)
        for pair in crossed
    ]
    acts.append(lambda session: recovery.refund(session, "F2026-0001", PaymentEntry(Decimal(50), DAY), BY))
    assert [type(one) for one in at_once(billed, *acts)] == [AboveCredit] * 2
    assert position(billed).balance == 0


def test_a_titre_number_goes_to_one_bill(billed: Database) -> None:
    acts = [
        lambda session, n=n: recovery.give_titre(session, f"F2026-000{n}", TitreEntry("7", 2026, DAY), BY)
        for n in range(1, AT_ONCE + 1)
    ]
    assert [type(one) for one in at_once(billed, *acts)] == [TitreTaken] * (AT_ONCE - 1)
    assert counts(billed) == (1, 0)


def test_killed_in_the_middle_nothing_is_half_recorded(billed: Database) -> None:
    key = kept(billed, content())
    url = billed.url.render_as_string(hide_password=False)

    kill_at = 1
    while True:
        code, _ = Running(returns_runner.main, url, key, kill_at=kill_at).end()
        if code == 0:
            break
        assert code == -signal.SIGKILL
        written = counts(billed)
        assert written in ((0, 0), (40, 40))
        if written == (40, 40):
            break
        kill_at += 2
    assert kill_at > 6
    assert counts(billed) == (40, 40)
