"""`garage demo`: a made-up garage in a place of its own, billed, shown, served. The configured database stays shut."""

import fcntl
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

import click
from sqlalchemy import select

from garage import clock
from garage.cli.invoicing import show_table, tell_unprinted
from garage.cli.progress import Bar
from garage.cli.runtime import Runtime
from garage.db.models.users import User
from garage.db.queries import billing, invoices, settings
from garage.db.queries.invoices import IssuedBill
from garage.domain.invoices.bill import SERIES
from garage.domain.invoices.composition import BillingRules
from garage.domain.periods import Quarter
from garage.domain.permissions import Actor
from garage.french.anomalies import anomaly as anomaly_sentence
from garage.french.formats import day as day_words
from garage.french.formats import euros
from garage.french.formats import quarter as quarter_words
from garage.french.typography import typeset
from garage.operations import invoicing_run, printing
from garage.operations.demo import load as demo
from garage.operations.demo import people
from garage.operations.demo.seasons import at
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import QuarterRun

FIRST_PORT, PORTS, NOON = 8000, 20, 12 * 60
EARLIEST, LATEST = date(2025, 1, 1), date(2099, 12, 31)
_BUSY = (
    "La démonstration est ouverte ou en préparation dans une autre fenêtre. Arrêtez-la d’abord (Ctrl+C), puis relancez."
)
_NOT_EMPTY = "Le dossier de la démonstration contient d’autres données. Relancez avec --reset : il sera refait."


class _Day(click.ParamType[date]):
    name = "AAAA-MM-JJ"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            self.fail(typeset(f"« {value} » n’est pas une date AAAA-MM-JJ."), param, ctx)
        if not EARLIEST <= day <= LATEST:
            self.fail(f"Choisissez un jour du {day_words(EARLIEST)} au {day_words(LATEST)}.", param, ctx)
        return day


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for; no day is today, no port is the first free one."""

    reset: bool
    today: date | None
    port: int | None
    serve: bool


@click.command(help="Montrer un garage fictif : le charger, facturer le dernier trimestre, ouvrir l’application.")
@click.option("--reset", is_flag=True, help="Effacer la démonstration et la refaire.")
@click.option("--today", type=_Day(), help="Le jour où elle s’arrête (aujourd’hui par défaut).")
@click.option("--no-serve", is_flag=True, help="Ne pas ouvrir l’application.")
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port d’écoute (le premier libre depuis {FIRST_PORT}).")
@click.pass_obj
def command(runtime: Runtime, *, reset: bool, today: date | None, no_serve: bool, port: int | None) -> None:
    """Prepare, bill, show, serve; repeating is harmless."""
    wish = _Wish(reset, today, port, serve=not no_serve)
    port = _port(wish) if wish.serve else None
    garage = runtime.demo()
    with _alone(garage.archive.folder.parent / "verrou") as lock:
        day = _prepare(garage, wish, lock)
        run = _bill(garage, day)
        late = printing.print_missing(garage.jobs.press, clock.now())
        _show(garage, Quarter.of(day).previous, run)
        tell_unprinted(late)
        if port is not None:
            _tell_sign_ins()
            garage.serve("127.0.0.1", port)


def _port(wish: _Wish) -> int:
    """The port asked for, or the first free one; one sentence when there is none."""
    wanted = [wish.port] if wish.port else list(range(FIRST_PORT, FIRST_PORT + PORTS))
    free = next((port for port in wanted if _is_free(port)), None)
    if free is None and wish.port:
        raise click.ClickException(f"Le port {wish.port} est déjà pris. Choisissez-en un autre avec --port.")
    if free is None:
        last = FIRST_PORT + PORTS - 1
        raise click.ClickException(f"Les ports {FIRST_PORT} à {last} sont pris. Choisissez-en un autre avec --port.")
    if free != wanted[0]:
        click.echo(typeset(f"Le port {FIRST_PORT} est déjà pris : la démonstration s’ouvrira sur le port {free}."))
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def _alone(path: Path) -> Iterator[IO[bytes]]:
    """A lock file held as long as the demonstration is prepared or served."""
    with path.open("ab") as lock:
        yield lock


def _lock(lock: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _prepare(garage: Runtime, wish: _Wish, lock: IO[bytes]) -> date:
    """Make the tables and load what is not there yet; returns the day that the demonstration stands at.

    The lock is held alone while something is made, then shared, so that a second window may open the same garage.
    """
    alone = _lock(lock, fcntl.LOCK_EX)
    if not alone and (wish.reset or not _lock(lock, fcntl.LOCK_SH)):
        raise click.ClickException(typeset(_BUSY))
    if wish.reset:
        _erase(garage)
    today = wish.today or clock.today()
    garage.upgrade()
    if alone:
        _load(garage, today)
    _lock(lock, fcntl.LOCK_SH)
    with garage.database.reading() as session:
        made_for = demo.loaded_on(session) or today
    if wish.today not in (None, made_for):
        words = f"La démonstration existe déjà, arrêtée au {day_words(made_for)}. Pour un autre jour : --reset."
        click.echo(typeset(words))
    return max(made_for, today) if wish.today is None else made_for


def _load(garage: Runtime, today: date) -> None:
    """Load into an empty place; what a stopped loading left is erased first."""
    try:
        _load_once(garage, today)
    except demo.HalfLoaded:
        click.echo(typeset("Le chargement précédent s’était arrêté en route : il reprend du début."))
        _erase(garage)
        garage.upgrade()
        _load_once(garage, today)


def _load_once(garage: Runtime, today: date) -> None:
    try:
        with Bar("Chargement") as bar:
            demo.load(garage.database, today, bar.show)
    except demo.HalfLoaded:
        raise
    except demo.NotEmpty:
        raise click.ClickException(typeset(_NOT_EMPTY)) from None


def _erase(garage: Runtime) -> None:
    """Take away the demonstration's own database and bills, nothing else."""
    file = Path(garage.database.url.database or "")
    garage.database.dispose()
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        (file.parent / name).unlink(missing_ok=True)
    shutil.rmtree(garage.archive.folder, ignore_errors=True)


def _bill(garage: Runtime, day: date) -> QuarterRun:
    """The last finished quarter, in the accountant's name; what is issued already stays as it is.

    Bills that somebody issued since on a later day push this one's day back (rule B3).
    """
    with garage.database.reading() as session:
        user = session.scalars(select(User).where(User.email == people.ACCOUNTING)).one()
        actor = Actor(user.id, user.name, user.role)
        decided = settings.current(session)
        days = [billing.last_issue_day(session, series) or day for series in SERIES.values()]
    issued_on = max(day, *days)
    now = clock.now() if issued_on == clock.today() else at(issued_on, NOON)
    issuing = Issuing(Quarter.of(day).previous, issued_on, now, actor, None, decided)
    with Bar("Émission") as bar:
        return invoicing_run.issue_quarter(garage.database, issuing, BillingRules.of(decided), issued_on, _Watch(bar))


class _Watch(invoicing_run.Watch):
    def __init__(self, bar: Bar) -> None:
        self._bar = bar

    def progress(self, done: int, total: int) -> None:
        self._bar.show(done, total)


def _show(garage: Runtime, quarter: Quarter, run: QuarterRun) -> None:
    """The quarter's bills as the database has them, what is carried forward, what is left out and why."""
    with garage.database.reading() as session:
        made = invoices.of_quarter(session, quarter)
    click.echo(typeset(f"Garage fictif, {quarter_words(quarter)} : {len(made)} factures et relevés internes"))
    show_table([(one.name, one.number, one.net, one.vat, one.gross, _place(garage, one)) for one in made])
    for draft in run.carried:
        words = f"Reporté au trimestre suivant : {draft.debtor.code}, {euros(draft.gross)}"
        click.echo(typeset(words))
    for found in run.anomalies:
        line = f", ligne {found.rank}" if found.rank is not None else ""
        click.echo(typeset(f"Écarté : {found.order}{line}. {anomaly_sentence(found)}"))


def _place(garage: Runtime, bill: IssuedBill) -> str:
    """Where a bill's PDF lies, from here when it is below."""
    if bill.path is None:
        return "à imprimer"
    path, here = garage.archive.folder / bill.path, Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _tell_sign_ins() -> None:
    click.echo(typeset(f"Comptes de démonstration (mot de passe commun : {people.PASSWORD})"))
    width = max(len(role) for role, _ in people.SIGN_INS)
    for role, email in people.SIGN_INS:
        click.echo(f"  {role.ljust(width)}  {email}")
    click.echo(f"Codes des mécaniciens sur une tablette partagée\u00a0: {', '.join(people.PINS)}")
