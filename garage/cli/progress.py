"""Progress of long commands, on standard error and on a terminal only."""

import sys
from types import TracebackType

import click

from garage.operations.invoicing_run import Watch
from garage.operations.printing import Printing


class Bar:
    """A progress bar that learns its length as it goes."""

    def __init__(self, text: str) -> None:
        self._text, self._shown, self._ended = text, sys.stderr.isatty(), False

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and not self._ended:
            click.echo(err=True)

    def show(self, done: int, total: int) -> None:
        """So much out of so much is through."""
        if not self._shown or not total:
            return
        filled = 30 * done // total
        self._ended = done >= total
        click.echo(f"\r{self._text} [{'#' * filled}{'-' * (30 - filled)}] {done}/{total}", err=True, nl=self._ended)


class PrintingWatch(Watch):
    """Prints each bill as it is issued and moves the bar."""

    def __init__(self, bar: Bar, under_way: Printing) -> None:
        self._bar, self._under_way = bar, under_way

    def issued(self, invoice_id: int) -> None:
        self._under_way.give(invoice_id)

    def progress(self, done: int, total: int) -> None:
        self._bar.show(done, total)
