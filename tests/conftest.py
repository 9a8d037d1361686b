"""Both databases for every test that asks for one: a migrated SQLite file, a database of a throwaway PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, create_engine
from sqlalchemy.engine import Engine

from config import ROOT
from garage.db import session as sessions
from garage.db.migrating import upgrade
from garage.db.session import Database

REQUIRE_ALL = os.environ.get("GARAGE_TESTS_REQUIRE_ALL") == "1"
NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
TODAY = date(2026, 10, 12)

settings.register_profile(
    "garage",
    deadline=None,
    max_examples=200 if os.environ.get("CI") else 50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("garage")

_numbers = count()
_first_engines: dict[str, Engine] = {}


def _in_memory() -> None:
    """Nothing outlives a run: files of tests go where a disk need not be waited for, if there is room."""
    memory = Path("/dev/shm")
    if "TMPDIR" not in os.environ and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * 2**30:
        os.environ["TMPDIR"] = tempfile.tempdir = str(memory)


def _engine(url: URL, **options: Any) -> Engine:
    """An engine that knows the statements compiled by those before it, as one process that serves does."""
    made = create_engine(url, query_cache_size=4000, **options)
    first = _first_engines.setdefault(url.get_backend_name(), made)
    made.dialect, made._compiled_cache = first.dialect, first._compiled_cache
    return made


_in_memory()
sessions.create_engine = _engine


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Where everything is demanded, a skip is a failure: a broken installation must not stay green."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


def absent(reason: str) -> None:
    """Skip for want of something, or fail when the run demands everything."""
    if REQUIRE_ALL:
        pytest.fail(reason)
    pytest.skip(reason)


def _postgresql_bin() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[str]:
    """The socket folder of a PostgreSQL of our own, gone at the end; root starts it as somebody else."""
    place = _postgresql_bin()
    if place is None:
        absent("PostgreSQL is not installed: apt-get install postgresql")
        return
    user: dict[str, str] = {}
    folder = Path(tempfile.mkdtemp(prefix="garage-pg-"))
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = {"user": "postgres" if "postgres" in names else "nobody"}
        shutil.chown(folder, user["user"])

    def run(program: str, *words: str | Path) -> None:
        subprocess.run([place / program, *words], check=True, stdout=subprocess.DEVNULL, cwd="/", **user)

    data = folder / "data"
    run("initdb", "-D", data, "-U", "garage", "-A", "trust", "-E", "UTF8", "--no-sync")
    lasting = (
        "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"  # nothing outlives a run
    )
    options = f"-k {folder} -h '' {lasting} -c wal_level=minimal -c max_wal_senders=0 -c max_connections=60"
    run("pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield str(folder)
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: str) -> str:
    """A migrated database to copy from."""
    _administer(postgresql_cluster, "CREATE DATABASE template_garage")
    upgrade(_postgresql_url(postgresql_cluster, "template_garage"), ROOT / "migrations")
    return "template_garage"


def _administer(socket: str, statement: str) -> None:
    with psycopg.connect(host=socket, user="garage", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)


def _postgresql_url(socket: str, name: str) -> str:
    return f"postgresql+psycopg://garage@/{name}?host={socket}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "garage.sqlite"
    upgrade(f"sqlite:///{path}", ROOT / "migrations")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated, empty SQLite database."""
    path = tmp_path / f"garage-{next(_numbers)}.sqlite"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def make_postgresql(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Gives addresses of fresh, migrated, empty PostgreSQL databases."""
    socket = request.getfixturevalue("postgresql_cluster")
    template = request.getfixturevalue("postgresql_template")
    made: list[str] = []

    def make() -> str:
        name = f"garage_{os.getpid()}_{next(_numbers)}"
        _administer(socket, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        made.append(name)
        return _postgresql_url(socket, name)

    yield make
    for name in made:
        _administer(socket, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, once on each engine."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("make_postgresql")()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated, empty database, once on each engine."""
    made = Database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A fresh SQLite database, for what does not depend on the engine."""
    made = Database(sqlite_url)
    yield made
    made.dispose()
