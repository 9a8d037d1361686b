"""`garage serve`: the web on a production server."""

import click

from garage.cli.runtime import Runtime


@click.command(help="Servir l’application web.")
@click.option("--host", help="Adresse d’écoute (par défaut GARAGE_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port d’écoute (par défaut GARAGE_PORT).")
@click.pass_obj
def command(runtime: Runtime, host: str | None, port: int | None) -> None:
    """Serve until stopped."""
    runtime.check_tables()
    runtime.serve(host, port)
