"""The command `garage`: one group, one file per column, refusals as one French sentence and exit status 2."""

import sys
from typing import Any

import click

from garage.cli import db, demo, importing, invoicing, jobs, serve, users
from garage.domain.errors.base import GarageError
from garage.french.refusals import sentence


class _Refusals(click.Group):
    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; whatever is refused is said in one sentence, without a prefix in another language."""
        try:
            return super().main(*args, **extra | {"standalone_mode": False})
        except GarageError as refusal:
            click.echo(sentence(refusal), err=True)
            sys.exit(2)
        except click.ClickException as refusal:
            click.echo(refusal.format_message(), err=True)
            sys.exit(refusal.exit_code)
        except click.Abort:
            click.echo("Abandonné.", err=True)
            sys.exit(130)


@click.group(cls=_Refusals, context_settings={"help_option_names": ["-h", "--help"]})
def garage() -> None:
    """Garage mutualisé : ordres de réparation, stock et facturation trimestrielle."""


garage.add_command(db.group, "db")
garage.add_command(demo.command, "demo")
garage.add_command(importing.command, "import")
garage.add_command(invoicing.group, "invoicing")
garage.add_command(jobs.group, "jobs")
garage.add_command(serve.command, "serve")
garage.add_command(users.group, "users")
