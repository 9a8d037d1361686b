"""The command `garage`: one group, one file per column, refusals as one French sentence and exit status 2."""

from typing import Any

import click

from garage.cli import db, demo, importing, invoicing, jobs, serve, users
from garage.domain.errors import GarageError
from garage.french.refusals import sentence


class _Refusals(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GarageError as refusal:
            click.echo(sentence(refusal), err=True)
            ctx.exit(2)


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
