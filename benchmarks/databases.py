"""Fresh databases for measures: files beside one another, or databases of a PostgreSQL that lets us make some."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url, text

from config import ROOT
from garage.db.migrating import upgrade
from garage.db.session import Database


class Databases:
    """Makes, fills and copies databases by address; all are gone at the end."""

    def __init__(self, folder: Path, postgresql: str | None) -> None:
        self._folder = folder
        self._server = make_url(postgresql).set(drivername="postgresql+psycopg") if postgresql else None
        self._numbers = count(1)
        self._made: list[URL] = []
        self._empty: str | None = None

    def make(self, fill: Callable[[Database], object] | None = None) -> str:
        """A migrated database with what `fill` writes into it; the migrations run once."""
        if self._empty is None:
            self._empty = self._new("TEMPLATE template0 ENCODING 'UTF8'")
            upgrade(self._empty, ROOT / "migrations")
        url = self.copy(self._empty)
        if fill is not None:
            database = Database(url)
            fill(database)
            database.dispose()  # the last connection of a SQLite file puts its log away
        return url

    def copy(self, url: str) -> str:
        """A copy of a database nobody is connected to."""
        source = make_url(url).database or ""
        made = self._new(f'TEMPLATE "{source}"')
        if self._server is None:
            shutil.copyfile(source, make_url(made).database or "")
        return made

    def _new(self, how: str) -> str:
        name = f"banc_{os.getpid()}_{next(self._numbers)}"
        if self._server is None:
            return f"sqlite:///{self._folder / name}.sqlite"
        self._administer(f'CREATE DATABASE "{name}" {how}')
        self._made.append(self._server.set(database=name))
        return self._made[-1].render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Forget a database that is no longer needed."""
        found = make_url(url)
        if self._server is not None:
            self._administer(f'DROP DATABASE IF EXISTS "{found.database}" WITH (FORCE)')
            return
        for end in ("", "-wal", "-shm"):
            Path(f"{found.database}{end}").unlink(missing_ok=True)

    def _administer(self, statement: str) -> None:
        options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
        engine = create_engine(self._server or "", **options)
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def close(self) -> None:
        """Drop what is left."""
        for url in self._made:
            self.drop(url.render_as_string(hide_password=False))


@contextmanager
def databases(folder: Path, postgresql: str | None) -> Iterator[Databases]:
    """Databases for one bench."""
    made = Databases(folder, postgresql)
    try:
        yield made
    finally:
        made.close()
