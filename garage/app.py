"""The composition root: the only reader of the settings. Builds the web application and the command `garage`."""

import os
import secrets
import subprocess
import sys
from dataclasses import replace

import click
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ROOT, Settings, SettingsError
from garage import log
from garage.archive import Archive
from garage.cli.main import garage
from garage.cli.runtime import Runtime
from garage.db.migrating import pending, upgrade
from garage.db.session import Database
from garage.jobs.context import JobContext
from garage.jobs.smtp import MailServer
from garage.operations.demo.people import PASSWORD, SIGN_INS
from garage.operations.printing import Press
from garage.photos import PhotoStore
from garage.web import server, wiring
from garage.web.options import WebOptions

_MIGRATIONS = ROOT / "migrations"
_DEMO = ROOT / "instance" / "demo"


def create_app(settings: Settings, database: Database | None = None, *, demo: bool = False) -> Flask:
    """The web application of one garage. Raises SettingsError when the secret key is missing."""
    if settings.secret_key is None:
        raise SettingsError(
            ["GARAGE_SECRET_KEY : il manque. Exemple : python3 -c 'import secrets; print(secrets.token_hex(32))'"]
        )
    app = wiring.new_app(settings.secret_key)
    options = WebOptions(
        secure_cookies=settings.https,
        demo_accounts=SIGN_INS if demo else (),
        demo_password=PASSWORD if demo else "",
        archive=Archive(settings.invoices_dir),
        launch=lambda run_id: _launch(settings, run_id),
        cost_basis=settings.cost_basis,
        photos=PhotoStore(settings.photos_dir),
        public_url=settings.public_url,
        sends_mails=bool(settings.smtp_host),
    )
    wiring.build(app, database or Database(settings.database_url), options)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]  # Flask's own way
    return app


def _mail_server(settings: Settings) -> MailServer | None:
    """Raises SettingsError when mails would have no sender."""
    if not settings.smtp_host:
        return None
    if "@" not in settings.mail_from:
        raise SettingsError(["GARAGE_MAIL_FROM : il manque. Exemple : garage@exemple.fr"])
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
        site=settings.public_url,
    )


def _launch(settings: Settings, run_id: int) -> None:
    """Start an asked run in a process of its own; the worker takes it over if this one cannot start."""
    subprocess.Popen(  # noqa: S603 - our own command, an id as its only argument
        [sys.executable, "-m", "garage.app", "jobs", "execute", str(run_id)],
        env=os.environ
        | {"GARAGE_DATABASE_URL": settings.database_url, "GARAGE_INVOICES_DIR": str(settings.invoices_dir)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def _serve(settings: Settings, host: str | None, port: int | None, *, demo: bool) -> None:
    if settings.secret_key is None:
        create_app(settings)
    bind = f"{host or settings.host}:{port or settings.port}"
    server.serve(
        lambda: create_app(settings, demo=demo),
        bind,
        settings.web_workers,
        settings.web_threads,
        lambda: click.echo(f"Garage mutualisé : http://{bind}/ (Ctrl+C pour arrêter)"),
    )


def _demo_settings(settings: Settings) -> Settings:
    _DEMO.mkdir(parents=True, exist_ok=True)
    secret = _DEMO / "secret"
    if not secret.exists():
        secret.write_text(secrets.token_hex(32), encoding="ascii")
        secret.chmod(0o600)
    return replace(
        settings,
        database_url=f"sqlite:///{_DEMO / 'garage.sqlite'}",
        invoices_dir=_DEMO / "invoices",
        photos_dir=_DEMO / "photos",
        smtp_host="",
        secret_key=secret.read_text(encoding="ascii"),
        https=False,
        host="127.0.0.1",
    )


def runtime(settings: Settings, *, demo: bool = False) -> Runtime:
    """What the commands work with."""
    database, archive = Database(settings.database_url), Archive(settings.invoices_dir)
    context = JobContext(Press(database, archive, settings.print_processes), _mail_server(settings))
    return Runtime(
        database=database,
        archive=archive,
        jobs=context,
        upgrade=lambda: upgrade(settings.database_url, _MIGRATIONS),
        pending=lambda: pending(settings.database_url, _MIGRATIONS),
        serve=lambda host, port: _serve(settings, host, port, demo=demo),
        demo=lambda: runtime(_demo_settings(settings), demo=True),
        place=database.url.render_as_string(),
    )


def main() -> None:
    """The command `garage`."""
    try:
        settings = Settings.from_env(os.environ)
        log.set_up(settings.log_level)
        works = runtime(settings)
        try:
            garage(obj=works, prog_name="garage")
        finally:
            works.database.dispose()
    except SettingsError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
