"""`garage import FOLDER`: brings a folder of files in, whole or not at all, and prints the report in French."""

import sys
from contextlib import ExitStack
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from garage import clock
from garage.cli.progress import Bar
from garage.cli.runtime import Runtime
from garage.db.session import Database
from garage.french.importing import DATABASE_REFUSED, report_lines
from garage.operations.importing.report import Report
from garage.operations.importing.run import import_folder

# Below so many lines a file is read before anybody could look at a bar.
_LARGE = 5000


class _KeepNothing(Exception):
    """Leaves the transaction without committing."""


@click.command("import", help="Importer un dossier de fichiers CSV : tout entre, ou rien.")
@click.argument("folder", metavar="DOSSIER", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tout vérifier sans rien écrire.")
@click.pass_obj
def command(runtime: Runtime, folder: Path, *, dry_run: bool) -> None:
    """Report every fault with exit status 1, or write everything."""
    runtime.check_tables()
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
        with ExitStack() as bars, database.transaction() as session:
            show = _Bars(bars).show
            report = import_folder(session, folder, now=now, today=clock.paris_day(now), progress=show)
            if dry_run or not report.clean:
                raise _KeepNothing
    except _KeepNothing:
        pass
    assert report is not None
    return report


class _Bars:
    """One bar for each large file; they draw themselves on a terminal only."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._bars: dict[str, Bar] = {}

    def show(self, file: str, done: int, total: int) -> None:
        """So many lines of a file are read."""
        if total >= _LARGE:
            if file not in self._bars:
                self._bars[file] = self._stack.enter_context(Bar(file))
            self._bars[file].show(done, total)
