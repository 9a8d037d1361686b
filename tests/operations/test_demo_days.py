"""The demonstration on other days, twice, on both databases, and on a database that is not its own."""

from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from garage.db.all_models import METADATA
from garage.db.models.invoices import Invoice
from garage.db.models.tariffs import TariffGrid
from garage.db.models.users import User
from garage.db.session import Database
from garage.domain.collectivities import CollectivityKind
from garage.domain.invoices.composition import BillingRules
from garage.domain.invoices.pricing import AnomalyCode
from garage.domain.periods import Quarter
from garage.domain.tariffs import GridStatus
from garage.operations import collectivities, invoicing_run
from garage.operations.collectivities import Identity
from garage.operations.demo import load as demo
from garage.operations.demo import people, seasons
from garage.operations.demo.load import HalfLoaded, NotEmpty, load
from tests.conftest import NOW

# Salted or random by nature; everything else is the same every time.
UNEQUAL = {
    ("users", "password_hash"),
    ("users", "session_token"),
    ("users", "pin_hash"),
    ("requests", "follow_token"),
    *((table, "tag") for table in ("vehicles", "parts", "repair_orders")),
}


def digest(database: Database) -> dict[str, str]:
    """A hash of each table's rows."""
    hashes = {}
    with database.reading() as session:
        for table in METADATA.sorted_tables:
            columns = [column for column in table.columns if (table.name, column.name) not in UNEQUAL]
            rows = session.execute(select(*columns).order_by(*table.primary_key.columns))
            hashes[table.name] = sha256("\n".join(repr(tuple(row)) for row in rows).encode()).hexdigest()
    return hashes


def test_the_same_day_gives_the_same_garage_on_both_databases(
    sqlite_url: str, make_postgresql: Callable[[], str]
) -> None:
    hashes = []
    for url in (sqlite_url, make_postgresql()):
        database = Database(url)
        assert load(database, date(2026, 4, 1), since=date(2026, 3, 9))
        hashes.append(digest(database))
        database.dispose()
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("today", "coming"),
    [
        (date(2026, 7, 1), [(date(2026, 1, 1), "published"), (date(2026, 7, 1), "published")]),
        (date(2026, 11, 21), [(date(2026, 7, 1), "published"), (date(2027, 1, 1), "draft")]),
        (date(2027, 1, 2), [(date(2026, 1, 1), "published"), (date(2027, 1, 1), "published")]),
        (date(2028, 2, 29), [(date(2027, 1, 1), "published"), (date(2028, 1, 1), "published")]),
    ],
    ids=["first day of a quarter", "autumn", "new year", "leap day"],
)
def test_any_day(sqlite_database: Database, today: date, coming: list[tuple[date, str]]) -> None:
    last = Quarter.of(today).previous
    assert load(sqlite_database, today, since=last.first_day + timedelta(days=21))
    with sqlite_database.reading() as session:
        assert session.scalar(select(Invoice.id)) is None
        compositions = list(invoicing_run.preview(session, last, BillingRules()))
        grids = session.execute(select(TariffGrid.starts_on, TariffGrid.status).order_by(TariffGrid.starts_on)).all()
    assert [tuple(grid) for grid in grids[-2:]] == [(day, GridStatus(status)) for day, status in coming]
    found = {anomaly.code for one in compositions for anomaly in one.anomalies}
    assert found == {AnomalyCode.NO_CONVENTION, AnomalyCode.NO_COST, AnomalyCode.MISSING_ENGAGEMENT}
    assert [draft.debtor.code for one in compositions for draft in one.carried] == ["LANNEUFFRET"]


def test_other_data_are_left_alone(database: Database) -> None:
    with database.transaction() as session:
        collectivities.create(session, Identity("X", "Une mairie", CollectivityKind.COMMUNE), people.GARAGE, NOW)
    before = digest(database)
    with pytest.raises(NotEmpty):
        load(database, date(2026, 4, 1))
    assert digest(database) == before


def test_a_loading_that_was_stopped_says_so(sqlite_database: Database) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(sqlite_database, date(2026, 4, 1), stop, since=date(2026, 3, 2))
    with pytest.raises(HalfLoaded):
        load(sqlite_database, date(2026, 4, 1))
    with sqlite_database.reading() as session:
        assert demo.loaded_on(session) is None
        assert session.scalar(select(User.id)) is not None


def test_working_days() -> None:
    assert seasons.easter(2026) == date(2026, 4, 5)
    assert not seasons.works(date(2026, 4, 6))
    assert not seasons.works(date(2026, 5, 14))
    assert seasons.works(date(2028, 2, 29))
    assert seasons.before(date(2027, 1, 2), 1) == date(2026, 12, 31)
    year = seasons.working_days(date(2026, 1, 1), date(2027, 1, 1))
    assert round(sum(seasons.minutes_due(day) for day in year) / 60) == seasons.HOURS_A_YEAR
