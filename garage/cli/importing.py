"""`garage import FOLDER`: brings a folder of files in, whole or not at all, and prints the report in French."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import click
from sqlalchemy.exc import DBAPIError

from garage import clock
from garage.db.session import Database
from garage.french.importing import DATABASE_REFUSED, report_lines
from garage.operations.importing.report import Report
from garage.operations.importing.run import import_folder

_LARGE = 5000
Progress = Callable[[str, int, int], None]


class Runtime(Protocol):
    """What this command needs of the running application."""

    @property
    def database(self) -> Database: ...


class _KeepNothing(Exception):
    """Leaves the transaction without committing."""


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tout vérifier, ne rien écrire.")
@click.pass_obj
def command(runtime: Runtime, folder: Path, *, dry_run: bool) -> None:
    """Importer un dossier de fichiers CSV : tout entre, ou rien."""
    try:
        report = _run(runtime.database, folder, dry_run=dry_run)
    except DBAPIError:
        click.echo(DATABASE_REFUSED, err=True)
        sys.exit(1)
    for line in report_lines(report, folder, dry_run=dry_run):
        click.echo(line)
    sys.exit(0 if report.clean else 1)


def _run(database: Database, folder: Path, *, dry_run: bool) -> Report:
    now = clock.now()
    report: Report | None = None
    try:
        with database.transaction() as session, _progress() as progress:
            report = import_folder(session, folder, now=now, today=clock.paris_day(now), progress=progress)
            if dry_run or not report.clean:
                raise _KeepNothing
    except _KeepNothing:
        pass
    assert report is not None
    return report


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error for each large file when somebody is looking; nothing else."""
    bars: dict[str, tuple[int, click._termui_impl.ProgressBar[int]]] = {}

    def tell(file: str, done: int, total: int) -> None:
        if total < _LARGE or not sys.stderr.isatty():
            return
        if file not in bars:
            bar = click.progressbar(length=total, label=file, file=sys.stderr)
            bars[file] = (0, bar.__enter__())
        before, bar = bars[file]
        bar.update(done - before)
        bars[file] = (done, bar)
        if done == total:
            bar.render_finish()

    try:
        yield tell
    finally:
        for _, bar in bars.values():
            bar.render_finish()
