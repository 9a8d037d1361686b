"""`garage jobs`: the worker, the timetable, one job now."""

import sys

import click
from sqlalchemy import select

from garage.cli.runtime import Runtime
from garage.clock import PARIS
from garage.db.models.job_runs import JobRun
from garage.french.jobs import job_name, outcome_words
from garage.jobs import worker
from garage.jobs.schedule import TIMETABLE


@click.group(help="Tâches planifiées.")
def group() -> None:
    """Job commands."""


@group.command(help="Tenir l’emploi du temps, jusqu’à l’arrêt.")
@click.pass_obj
def run(runtime: Runtime) -> None:
    """Keep the timetable until stopped; what is due and not done is done at once."""
    runtime.check_tables()
    worker.run_for_ever(runtime.jobs, lambda: click.echo("Tâches en marche (heure de Paris). Ctrl+C pour arrêter."))


@group.command("list", help="Ce qui tourne, quand, et comment le dernier passage a fini.")
@click.pass_obj
def show(runtime: Runtime) -> None:
    """What, when next, last outcome."""
    runtime.check_tables()
    times = worker.next_times()
    with runtime.database.reading() as session:
        for one in TIMETABLE:
            last = session.scalar(select(JobRun).where(JobRun.job == one.name).order_by(JobRun.id.desc()).limit(1))
            due = times.get(one.name)
            when = f"prochain passage le {due.astimezone(PARIS):%d/%m/%Y à %H:%M}" if due else "sur demande"
            click.echo(f"{one.name}  {job_name(one.name)}\n    {when}")
            if last is None:
                click.echo("    jamais passée")
                continue
            at = (last.ended_at or last.started_at or last.asked_at).astimezone(PARIS)
            click.echo(f"    dernier passage le {at:%d/%m/%Y à %H:%M} : {outcome_words(last.outcome)}")
            for line in (last.error or "").splitlines():
                click.echo(f"    {line}")


@group.command(help="Lancer une tâche tout de suite.")
@click.argument("name", metavar="NOM", type=click.Choice([one.name for one in TIMETABLE if one.at or one.every]))
@click.pass_obj
def now(runtime: Runtime, name: str) -> None:
    """Do one job at once; exit 1 when something failed."""
    runtime.check_tables()
    outcome = worker.run_now(runtime.jobs, name)
    click.echo(f"{job_name(name)} : {outcome_words('failed' if outcome.error else 'done')}")
    for quarter in outcome.summary.get("quarters", []):
        made = quarter["bills"]
        click.echo(f"  {quarter['quarter']} : {made} {'facture' if made < 2 else 'factures'}")
    if outcome.error:
        click.echo(outcome.error, err=True)
        sys.exit(1)


@group.command(help="Exécuter un passage demandé depuis l’application.", hidden=True)
@click.argument("run_id", type=int)
@click.pass_obj
def execute(runtime: Runtime, run_id: int) -> None:
    """Do a run that a person asked for on a screen; nothing when another process has it."""
    outcome = worker.run_asked(runtime.jobs, run_id)
    if outcome is not None and outcome.error:
        sys.exit(1)
