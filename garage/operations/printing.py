"""Prints issued bills and archives them, outside the transaction that issued them (rules B8, B9, E16)."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.context import BaseContext
from pathlib import Path
from threading import Thread, active_count

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from garage.archive import Archive, ArchivedFile, bill_path
from garage.db.models.invoices import InvoiceFile
from garage.db.queries import invoices
from garage.db.queries.invoices import IssuedBill
from garage.db.session import Database
from garage.documents.invoices.render import render
from garage.domain.errors.base import GarageError
from garage.domain.errors.invoices import BillXmlRefused, FileDiffers
from garage.domain.permissions import Actor
from garage.operations import journal

_BATCH = 8


@dataclass(frozen=True, slots=True)
class Printed:
    """One bill on paper: its file, and the characters that the font lacks; or why it failed."""

    invoice_id: int
    number: str
    file: ArchivedFile | None
    replaced: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(slots=True)
class PrintRun:
    """What a printing made and what it could not."""

    printed: int = 0
    failures: list[Printed] = field(default_factory=list)
    replaced: list[Printed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Press:
    """Where bills come from and go to; with several processes they are drawn side by side."""

    database: Database
    archive: Archive
    processes: int = 1


class Printing:
    """A printing under way: bills are given by id as they are issued, files are recorded in batches."""

    def __init__(self, press: Press, pool: ProcessPoolExecutor | None, now: datetime) -> None:
        self._press, self._pool, self._now = press, pool, now
        self._given: list[int] = []
        self._sent: list[tuple[Future[list[Printed]], list[int]]] = []
        self.run = PrintRun()

    def give(self, invoice_id: int) -> None:
        """Print a bill: at once in this process, else with the next batch in another."""
        self._given.append(invoice_id)
        if len(self._given) >= _BATCH:
            self.send()

    def send(self) -> None:
        """Print what was given and not sent yet; record what other processes have finished meanwhile."""
        batch, self._given = self._given, []
        if batch and self._pool is None:
            self._record(_print_batch(self._press.database, self._press.archive, batch))
        elif batch and self._pool is not None:
            url = self._press.database.url.render_as_string(hide_password=False)
            self._sent.append((self._pool.submit(_print_elsewhere, url, self._press.archive.folder, batch), batch))
        while self._sent and self._sent[0][0].done():
            self._record(self._sent.pop(0)[0].result())

    def finish(self) -> PrintRun:
        """Draw here what no other process has begun, then wait for the last page."""
        self.send()
        while self._sent:
            future, batch = self._sent.pop()
            here = future.cancel()
            self._record(_print_batch(self._press.database, self._press.archive, batch) if here else future.result())
        return self.run

    def _record(self, batch: Sequence[Printed]) -> None:
        done = [one for one in batch if one.file is not None]
        if done:
            with self._press.database.transaction() as session:
                _write_files(session, done, self._now)
        self.run.printed += len(done)
        self.run.failures += [one for one in batch if one.failure]
        self.run.replaced += [one for one in batch if one.replaced]


@contextmanager
def printing(press: Press, now: datetime) -> Iterator[Printing]:
    """A printing; its processes start at once so that they are ready when the first bill is issued.

    The process that gives the bills is one of them: issuing takes as long as drawing.
    """
    if press.processes < 2:
        yield Printing(press, None, now)
        return
    others = press.processes - 1
    with ProcessPoolExecutor(others, mp_context=_context(press.database), initializer=_leave_with_parent) as pool:
        for _ in range(others):
            pool.submit(_warm_up)
        yield Printing(press, pool, now)


def _context(database: Database) -> BaseContext:
    """A process without threads is copied, ready at once, once it holds no connection; any other starts a new one."""
    if active_count() > 1 or "fork" not in get_all_start_methods():
        return get_context("spawn")
    database.dispose()
    return get_context("fork")


def print_missing(press: Press, now: datetime, progress: Callable[[int, int], None] | None = None) -> PrintRun:
    """Print every bill without a file; a failure is told and leaves the others (rule E16). Repeating is harmless."""
    press.archive.sweep((now - timedelta(hours=1)).timestamp())
    with press.database.reading() as session:
        waiting = invoices.unprinted(session)
    if len(waiting) < 2 * _BATCH:
        press = Press(press.database, press.archive)
    elif press.processes > 1:
        press = replace(press, processes=press.processes + 1)  # this one only gives the bills
    with printing(press, now) as under_way:
        for done, invoice_id in enumerate(waiting):
            if progress is not None:
                progress(done, len(waiting))
            under_way.give(invoice_id)
        return under_way.finish()


def check_archive(press: Press, actor: Actor, now: datetime) -> list[str]:
    """Numbers of the bills whose file no longer holds the issued bytes: an alarm (rule B9).

    A missing file is printed again from the frozen rows, and the journal says so.
    """
    alarms: list[str] = []
    with press.database.reading() as session:
        for row in invoices.printed(session):
            archived = ArchivedFile(row.path or "", row.sha256 or "", row.size or 0)
            try:
                press.archive.read(archived, row.number)
            except FileNotFoundError:
                if not _restore(press, row.number, actor, now):
                    alarms.append(row.number)
            except FileDiffers:
                alarms.append(row.number)
    return alarms


def _restore(press: Press, number: str, actor: Actor, now: datetime) -> bool:
    try:
        reprint(press, number, actor, now)
    except (GarageError, OSError):
        return False
    return True


def reprint(press: Press, number: str, actor: Actor, now: datetime) -> ArchivedFile:
    """Print one bill again from its frozen rows: the same bytes (rule B9).

    Raises NotFound, FileDiffers when the file there or the bytes printed are not those that were issued, OSError.
    """
    with press.database.reading() as session:
        row = invoices.issued(session, number)
        value = invoices.bill(session, row.id)
    path = row.path or bill_path(value.quarter, row.number, value.addressee.code)
    content = render(value).content
    archived = press.archive.store(path, content)
    if row.sha256 is not None and archived.sha256 != row.sha256:
        raise FileDiffers(row.number, path)
    with press.database.transaction() as session:
        _write_files(session, [Printed(row.id, row.number, archived)], now)
        journal.record(session, actor, "invoice.reprint", ("invoices", row.number), data={"path": path}, now=now)
    return archived


def issued_bytes(press: Press, row: IssuedBill, actor: Actor, now: datetime) -> tuple[bytes, str]:
    """The PDF of a bill as it was issued, and its path; one that is missing is printed first (rule B9).

    Raises FileDiffers when the bytes are not those that were issued, OSError.
    """
    if row.path and row.sha256:
        try:
            return press.archive.read(ArchivedFile(row.path, row.sha256, row.size or 0), row.number), row.path
        except FileNotFoundError:
            pass
    printed = reprint(press, row.number, actor, now)
    return press.archive.read(printed, row.number), printed.path


def _write_files(session: Session, done: Iterable[Printed], now: datetime) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [
        {"invoice_id": one.invoice_id, "path": one.file.path, "sha256": one.file.sha256, "size": one.file.size,
         "printed_at": now}
        for one in done
        if one.file is not None
    ]  # fmt: skip
    session.execute(dialect.insert(InvoiceFile).on_conflict_do_nothing(), rows)


def _print_batch(database: Database, archive: Archive, batch: Sequence[int]) -> list[Printed]:
    with database.reading() as session:
        return [_print_one(session, archive, invoice_id) for invoice_id in batch]


def _print_one(session: Session, archive: Archive, invoice_id: int) -> Printed:
    value = invoices.bill(session, invoice_id)
    number = value.number or ""
    try:
        rendered = render(value)
        file = archive.store(bill_path(value.quarter, number, value.addressee.code), rendered.content)
    except FileDiffers as differs:
        return Printed(invoice_id, number, None, failure=f"FileDiffers: {differs.path}")
    except BillXmlRefused as refused:
        return Printed(invoice_id, number, None, failure=f"BillXmlRefused: {refused.fault}")
    except OSError as refused:
        return Printed(invoice_id, number, None, failure=f"{type(refused).__name__}: {refused.strerror}")
    return Printed(invoice_id, number, file, rendered.replaced)


def _print_elsewhere(url: str, folder: Path, batch: Sequence[int]) -> list[Printed]:
    return _print_batch(_own_database(url), Archive(folder), batch)


@cache
def _own_database(url: str) -> Database:
    """The connections of a printing process, kept from batch to batch."""
    return Database(url)


def _warm_up() -> None:
    """Starting the process imports this module and with it the fonts, before the first bill comes."""


def _leave_with_parent() -> None:
    """End with the run that started us: once killed it cannot tell, and its printers would wait for ever."""
    Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
