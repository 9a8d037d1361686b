"""What a command works with, built by the composition root; the settings stay there."""

from collections.abc import Callable
from dataclasses import dataclass

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from garage.archive import Archive
from garage.db.session import Database
from garage.domain.permissions import Actor, Role
from garage.jobs.context import JobContext

# Whoever holds the machine's shell acts in the name of the garage.
OPERATOR = Actor(None, "Ligne de commande", Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Runtime:
    """One garage: its database, its archive, and what starts other processes.

    `upgrade` makes or upgrades the tables, `pending` says whether it is needed; `serve` answers on a port until
    stopped, telling its address through the callback; `demo` is the garage of the demonstration, in a place of its own.
    """

    database: Database
    archive: Archive
    jobs: JobContext
    upgrade: Callable[[], None]
    pending: Callable[[], bool]
    serve: Callable[[str | None, int | None], None]
    demo: Callable[[], "Runtime"]
    place: str

    def check_tables(self) -> None:
        """Refuse to work on a database without its tables, in one sentence."""
        try:
            waits = self.pending()
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(f"La base de données ne répond pas : {error.orig}") from None
        if waits:
            raise click.ClickException("La base n’est pas à jour. Lancez d’abord : garage db upgrade")
