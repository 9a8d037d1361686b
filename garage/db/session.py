"""Engine, sessions and the only commit of the house."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)
_AFTER_COMMIT = "after_commit"
_Id = int | str


def after_commit(session: Session, act: Callable[[_Id], object], key: _Id) -> None:
    """Do something with an id once the transaction of this session is committed; rows are refused."""
    if not isinstance(key, int | str):
        raise TypeError("after_commit takes an id, never a row")
    session.info.setdefault(_AFTER_COMMIT, []).append((act, key))


@contextmanager
def taken(session: Session, refusal: Callable[[], Exception]) -> Iterator[None]:
    """What is written within stands alone under its key: written by somebody else at this very moment, it is refused.

    `refusal` is made once what was written within is undone, and may read what the other one wrote.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError:
        raise refusal() from None


class Database:
    """One database: `transaction()` writes and commits, `reading()` reads one consistent state and never writes."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"connect_args": {"timeout": 60}} if self.is_sqlite else {"pool_pre_ping": True}
        self.engine: Engine = create_engine(self.url, hide_parameters=True, **options)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._reading = self.engine.execution_options(
            reads_only=True, **({} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"})
        )

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed at the end, or undone whole by any exception. Refuses to nest.

        On SQLite it takes the write lock at once, so that what it reads cannot change before it writes.
        """
        if _in_transaction.get():
            raise RuntimeError("transaction() does not nest")
        token = _in_transaction.set(True)
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                yield session
                session.commit()
        finally:
            _in_transaction.reset(token)
        for act, key in session.info.get(_AFTER_COMMIT, []):
            act(key)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads one consistent state; what it would write is never committed."""
        with Session(self._reading, autoflush=False) as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
