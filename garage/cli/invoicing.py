"""`garage invoicing`: preview, issue and reprint a quarter's bills, for people or as JSON."""

import sys
from collections.abc import Iterable
from decimal import Decimal

import click

from garage import clock
from garage.cli import bill_json
from garage.cli.progress import Bar, PrintingWatch
from garage.cli.runtime import OPERATOR, Runtime
from garage.db.queries import invoices, settings
from garage.db.queries.invoices import IssuedBill
from garage.domain.invoices.composition import BillingRules, DraftBill, anomaly_place
from garage.domain.invoices.pricing import Anomaly
from garage.domain.money import ZERO
from garage.domain.periods import Quarter, read_day
from garage.french.anomalies import anomaly as anomaly_sentence
from garage.french.formats import euros
from garage.french.formats import quarter as quarter_words
from garage.french.labels import label
from garage.operations import invoicing_run, numbering, printing
from garage.operations.invoices import Issuing

_Row = tuple[str, str, Decimal, Decimal, Decimal, str]


@click.group(help="Facturation d’un trimestre.")
def group() -> None:
    """Invoicing commands."""


_QUARTER = click.argument("quarter", metavar="TRIMESTRE")
_JSON = click.option("--json", "as_json", is_flag=True, help="Un objet JSON au lieu d’un tableau.")


@group.command(help="Calculer les factures d’un trimestre (2026-T3) sans rien écrire.")
@_QUARTER
@_JSON
@click.pass_obj
def preview(runtime: Runtime, quarter: str, *, as_json: bool) -> None:
    """Compute and show; writes nothing (rule B6)."""
    wanted = Quarter.parse(quarter)
    runtime.check_tables()
    carried: list[DraftBill] = []
    anomalies: list[Anomaly] = []
    with runtime.database.reading() as session:
        compositions = invoicing_run.preview(session, wanted, BillingRules.of(settings.current(session)))

        def drafts() -> Iterable[DraftBill]:
            for composition in compositions:
                carried.extend(composition.carried)
                anomalies.extend(composition.anomalies)
                yield from composition.bills

        if as_json:
            rows = (bill_json.of_draft(draft) for draft in drafts())
            bill_json.write(sys.stdout, wanted, rows, lambda: (carried, sorted(anomalies, key=anomaly_place)))
            return
        table = [
            (_who(draft.debtor.code, draft.engagement), "projet", draft.net, draft.vat, draft.gross, label(draft.kind))
            for draft in drafts()
        ]
    _show(wanted, table, carried, sorted(anomalies, key=anomaly_place), last="Document")


@group.command(help="Émettre les factures d’un trimestre terminé, les numéroter et les imprimer.")
@_QUARTER
@_JSON
@click.option("--on", "day", metavar="AAAA-MM-JJ", help="Date des factures (aujourd’hui par défaut).")
@click.pass_obj
def issue(runtime: Runtime, quarter: str, day: str | None, *, as_json: bool) -> None:
    """Issue and print; exit 0 also when orders are left out, 1 when a bill could not be printed (rule E16)."""
    wanted, today, now = Quarter.parse(quarter), clock.today(), clock.now()
    issued_on = read_day(day) if day else today
    runtime.check_tables()
    with runtime.database.reading() as session:
        decided = settings.current(session)
    issuing = Issuing(wanted, issued_on, now, OPERATOR, None, decided)
    with Bar("Émission") as bar, printing.printing(runtime.jobs.press, now) as under_way:
        watch = PrintingWatch(bar, under_way)
        run = invoicing_run.issue_quarter(runtime.database, issuing, BillingRules.of(decided), today, watch)
        under_way.finish()
    late = printing.print_missing(runtime.jobs.press, now)
    with runtime.database.reading() as session:
        made = invoices.by_ids(session, run.invoice_ids)
        if as_json:
            rows = (bill_json.of_bill(invoices.bill(session, one.id), one) for one in made)
            bill_json.write(sys.stdout, wanted, rows, lambda: (run.carried, run.anomalies))
        else:
            table = [
                (
                    _who(one.collectivity, one.engagement),
                    one.number,
                    one.net,
                    one.vat,
                    one.gross,
                    one.path or "à imprimer",
                )
                for one in made
            ]
            _show(wanted, table, run.carried, run.anomalies)
    tell_unprinted(late)


@group.command(help="Imprimer de nouveau une facture émise, à l’identique.")
@click.argument("number", metavar="NUMÉRO")
@click.pass_obj
def reprint(runtime: Runtime, number: str) -> None:
    """Print an issued bill again; the bytes are the same or it is an alarm (rule B9)."""
    runtime.check_tables()
    try:
        archived = printing.reprint(runtime.jobs.press, number, OPERATOR, clock.now())
    except OSError as error:
        raise click.ClickException(f"Impression impossible : {error.strerror} ({runtime.archive.folder}).") from None
    click.echo(f"{archived.path}  sha256 {archived.sha256}")


@group.command(help="Commencer une série (F, A ou R) à un autre numéro, avant sa première pièce : F 2026 57.")
@click.argument("series", metavar="SÉRIE")
@click.argument("year", metavar="ANNÉE", type=int)
@click.argument("first", metavar="NUMÉRO", type=int)
@click.pass_obj
def start(runtime: Runtime, series: str, year: int, first: int) -> None:
    """Begin a series at another number, in its first year in the program (rule B3)."""
    runtime.check_tables()
    with runtime.database.transaction() as session:
        begun = series.strip().upper(), year, first
        number = numbering.start(session, begun, OPERATOR, clock.now(), clock.today())
    click.echo(f"La première pièce de la série portera le numéro {number}.")


def _previewed(draft: DraftBill) -> _Row:
    who = _who(draft.debtor.code, draft.engagement)
    return (who, "projet", draft.net, draft.vat, draft.gross, label(draft.kind))


def _issued(one: IssuedBill) -> _Row:
    who = _who(one.collectivity, one.engagement)
    return (who, one.number, one.net, one.vat, one.gross, one.path or "à imprimer")


def _who(code: str, engagement: str | None) -> str:
    return f"{code} ({engagement})" if engagement else code


def tell_unprinted(late: printing.PrintRun) -> None:
    """Say which bills stand without a file, and exit 1 when there is one."""
    for one in late.replaced:
        click.echo(f"{one.number} : caractères absents de la police, remplacés : {' '.join(one.replaced)}", err=True)
    for one in late.failures:
        click.echo(f"{one.number} est émise, mais son PDF n’a pas pu être écrit ({one.failure}).", err=True)
    if late.failures:
        click.echo("Les factures sont émises. Le prochain passage imprimera ce qui manque.", err=True)
        sys.exit(1)


def _show(
    quarter: Quarter, table: list[_Row], carried: list[DraftBill], anomalies: list[Anomaly], last: str = "PDF"
) -> None:
    click.echo(f"{quarter_words(quarter).capitalize()} : {len(table)} {'facture' if len(table) < 2 else 'factures'}")
    show_table(table, last)
    for draft in carried:
        reference = f" ({draft.engagement})" if draft.engagement else ""
        click.echo(f"Reporté : {draft.debtor.code}{reference}, {euros(draft.gross)}")
    for found in anomalies:
        line = f", ligne {found.rank}" if found.rank is not None else ""
        click.echo(f"Écarté : {found.order} ({found.collectivity}){line}. {anomaly_sentence(found)}")


def show_table(table: list[_Row], last: str = "PDF") -> None:
    """A table of bills with its totals, amounts aligned."""
    if not table:
        return
    heads = ("Collectivité", "Numéro", "Net", "TVA", "Total", last)
    net, vat, gross = (sum(column, ZERO) for column in zip(*(row[2:5] for row in table), strict=True))
    rows = [(row[0], row[1], euros(row[2]), euros(row[3]), euros(row[4]), row[5]) for row in table]
    rows.append(("Total", "", euros(net), euros(vat), euros(gross), ""))
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(6)]
    for row in [heads, *rows]:
        cells = [
            cell.rjust(width) if column in (2, 3, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
