"""`garage db`: make or upgrade the tables."""

import click

from garage.cli.runtime import Runtime


@click.group(help="Base de données.")
def group() -> None:
    """Database commands."""


@group.command("upgrade", help="Créer les tables, ou les mettre à jour.")
@click.pass_obj
def upgrade(runtime: Runtime) -> None:
    """Make or upgrade the tables; harmless when they are up to date."""
    runtime.upgrade()
    click.echo(f"Base à jour : {runtime.place}")
