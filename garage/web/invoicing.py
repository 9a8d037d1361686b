"""Accounting's quarter: what is ready, the control, the last check, the issue and how far it is."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import credit_notes, invoices, job_runs, questions, settings
from garage.db.queries.invoices import QuarterBilled
from garage.db.queries.job_runs import Run
from garage.domain.errors.base import GarageError
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.french import anomalies as anomaly_words
from garage.french import bill as bill_words
from garage.french import formats
from garage.french.labels import label
from garage.operations import invoicing_run, repair_orders
from garage.operations import job_runs as asking
from garage.web import drafts, mending, paging, previews
from garage.web.access import actor, allow
from garage.web.comparisons import compare
from garage.web.context import options, reading, rules, transaction
from garage.web.csv_export import csv_response
from garage.web.drafts import Prepared
from garage.web.forms.invoicing import IssueForm, quarter_of_address
from garage.web.htmx import form_page, page_or_fragment
from garage.web.notices import done

blueprint = Blueprint("invoicing", __name__, url_prefix="/facturation")
_LOG = logging.getLogger(__name__)
_BY_HAND, _PLANNED = previews.ISSUING
_ARCHIVE: Final = "archive_check"
_RECENT = 4
_BARS = 12
_ROWS = 60
_CSV_HEAD = (
    "Code", "Collectivité", "Document", "Engagement", "Régime de TVA", "Ordres", "Lignes", "Net", "TVA", "Total",
    "État",
)  # fmt: skip
_COMPARED_HEAD = ("Code", "Collectivité", "Ce trimestre", "Même trimestre, un an avant", "Écart", "Écart en %")

_add = blueprint.add_url_rule
_add("/<quarter>/apercu", "overview", previews.overview)
_add("/<quarter>/apercu.pdf", "every_pdf", previews.every_pdf)
_add("/<quarter>/apercu/<code>", "draft", previews.draft)
_add("/<quarter>/apercu/<code>.pdf", "draft_pdf", previews.draft_pdf)


@dataclass(frozen=True, slots=True)
class Card:
    """A quarter on the first page: orders finished in it, those of earlier quarters (`late`), what was issued."""

    quarter: Quarter
    running: bool
    ready: int
    late: int
    collectivities: int
    billed: tuple[QuarterBilled, ...]

    @property
    def bills(self) -> int:
        return sum(one.bills for one in self.billed)

    @property
    def gross(self) -> Decimal:
        return sum((one.gross for one in self.billed), Decimal("0.00"))


@blueprint.get("")
@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """A card per quarter, what the planned job last did, what is under way."""
    today = clock.today()
    with reading() as session:
        cards, decided = _cards(session, today), settings.current(session)
        waiting = next((one for one in cards if one.ready and not one.running), None)
        return render_template(
            "invoicing/index.html",
            cards=cards,
            next_one=waiting,
            prepared=drafts.prepare(session, waiting.quarter, rules(session)) if waiting else None,
            decided=decided,
            credits=credit_notes.waiting(session),
            asked=questions.open_count(session),
            issue_day=_planned_day(waiting.quarter, decided.invoicing_day) if waiting else None,
            today=today,
            under_way=previews.under_way(session),
            by_hand=job_runs.last(session, _BY_HAND),
            planned=job_runs.last(session, _PLANNED),
            quarter_of=Quarter.parse,
        )


def _planned_day(quarter: Quarter, day: int) -> date:
    """The first day on which the planned job takes a quarter."""
    return quarter.next.first_day.replace(day=day)


def _cards(session: Session, today: date) -> list[Card]:
    """The running quarter, finished ones with work left, the last billed ones: the latest first."""
    current = Quarter.of(today)
    counts = invoices.ready_counts(session)
    billed = invoices.billed_quarters(session)
    recent = sorted({one.quarter for one in billed}, reverse=True)[:_RECENT]
    shown = {current, current.previous, *recent, *(one.quarter for one in counts if one.quarter < current)}
    cards: list[Card] = []
    for quarter in sorted(shown, reverse=True):
        running = quarter == current
        within = [one for one in counts if one.quarter == quarter]
        late = 0 if running else sum(one.orders for one in counts if one.quarter < quarter)
        issued = tuple(one for one in billed if one.quarter == quarter)
        cards.append(Card(quarter, running, sum(one.orders for one in within), late, len(within), issued))
    return cards


@blueprint.get("/<quarter>")
@allow(Permission.PREVIEW_INVOICES)
def preview(quarter: str) -> str:
    """What the quarter would give now, bill by bill; writes nothing (rule B6)."""
    wanted, start = quarter_of_address(quarter), paging.whole(request.args.get("debut")) or 0
    with reading() as session:
        prepared = drafts.prepare(session, wanted, rules(session))
        comparison = compare(session, prepared)
        return render_template(
            "invoicing/preview.html",
            prepared=prepared,
            comparison=comparison,
            compared=comparison.rows[:_ROWS],
            names=invoices.names(session),
            mend=mending.mend,
            shown=prepared.bills[start : start + _ROWS],
            before=max(start - _ROWS, 0) if start else None,
            after=start + _ROWS if start + _ROWS < len(prepared.bills) else None,
            finished=wanted.finished_on(clock.today()),
            bars=[(name, gross, formats.euros(gross)) for name, gross in prepared.by_collectivity(_BARS)],
            sentence=anomaly_words.anomaly,
            floor=rules(session).floor,
            under_way=previews.under_way(session),
        )


@blueprint.get("/<quarter>/apercu.csv")
@allow(Permission.PREVIEW_INVOICES)
def preview_csv(quarter: str) -> Response:
    """The table of the preview for a spreadsheet."""
    wanted = quarter_of_address(quarter)
    with reading() as session:
        prepared = drafts.prepare(session, wanted, rules(session))
    return csv_response(f"apercu_{wanted}_{clock.today()}.csv", _CSV_HEAD, _csv_rows(prepared))


def _csv_rows(prepared: Prepared) -> Iterable[tuple[str | Decimal | int | None, ...]]:
    for state, rows in (("À émettre", prepared.bills), ("Reporté", prepared.carried)):
        for row in rows:
            yield (
                row.code, row.name, label(row.kind), row.engagement, label(row.regime), row.orders, row.lines,
                row.net, row.vat, row.gross, state,
            )  # fmt: skip


@blueprint.get("/<quarter>/comparaison.csv")
@allow(Permission.PREVIEW_INVOICES)
def comparison_csv(quarter: str) -> Response:
    """The comparison with the same quarter of last year, for a spreadsheet."""
    wanted = quarter_of_address(quarter)
    with reading() as session:
        found = compare(session, drafts.prepare(session, wanted, rules(session)))
    rows = [(one.code, one.name, one.now, one.before, one.change, one.percent) for one in found.rows]
    return csv_response(f"comparaison_{wanted}_{clock.today()}.csv", _COMPARED_HEAD, rows)


@blueprint.post("/<quarter>/liberer")
@allow(Permission.ISSUE_INVOICES)
def release(quarter: str) -> ResponseReturnValue:
    """Release a sum below the floor: it will be billed with this quarter (rule B4)."""
    wanted = quarter_of_address(quarter)
    with transaction() as session:
        repair_orders.waive_floor(session, paging.words(request.form.get("ordre")), actor(), clock.now())
    done(f"Somme libérée{formats.NBSP}: elle sera facturée avec le {formats.quarter(wanted)}")
    return redirect(url_for("invoicing.preview", quarter=str(wanted)), 303)


@blueprint.route("/<quarter>/emettre", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def confirm(quarter: str) -> ResponseReturnValue:
    """The last check before numbers are given; sending it starts the run, once."""
    wanted, today = quarter_of_address(quarter), clock.today()
    form = IssueForm(data={"on": today})
    with reading() as session:
        active = previews.under_way(session)
        prepared = drafts.prepare(session, wanted, rules(session))
        ranges = drafts.number_ranges(session, prepared, (form.on.data or today).year)
        refusal = _refusal(session, wanted, form, today)
        decided = settings.current(session)
    if form.is_submitted():
        if active is not None:
            return redirect(url_for("invoicing.progress", run_id=active.id), 303)
        if _accepted(form, prepared, refusal):
            return redirect(url_for("invoicing.progress", run_id=_start(wanted, form.on.data)), 303)
    form.seen.data = prepared.seen
    return form_page(
        "invoicing/confirm.html",
        form,
        prepared=prepared,
        ranges=ranges,
        under_way=active,
        finished=wanted.finished_on(today),
        questions_until=_window_end(wanted, decided.question_days, today),
        lacks_vat_number=bool(prepared.rates) and not decided.vat_number,
        mots=bill_words,
    )


def _window_end(quarter: Quarter, days: int, today: date) -> date | None:
    """The last day on which collectivities may still question the preview; None when it is past or there is none."""
    last = quarter.last_day + timedelta(days=days)
    return last if days and today <= last else None


def _refusal(session: Session, quarter: Quarter, form: IssueForm, today: date) -> GarageError | None:
    """What refuses to issue the quarter on the day typed; nothing while it cannot be read."""
    if form.on.data is None:
        return None
    try:
        invoicing_run.check_issuable(session, quarter, form.on.data, today, rules(session))
    except GarageError as refusal:
        return refusal
    return None


def _accepted(form: IssueForm, prepared: Prepared, refusal: GarageError | None) -> bool:
    """Whether what was sent may be issued: readable, allowed, and still what was on screen."""
    readable = form.validate()
    if readable and refusal is not None:
        form.refuse(refusal)
    changed = form.seen.data != prepared.seen or not prepared.bills
    if changed:
        form.form_errors.append(
            "Les factures à émettre ont changé depuis l’affichage de cette page. Relisez les chiffres, puis émettez."
        )
    return readable and refusal is None and not changed


def _start(quarter: Quarter, issued_on: date) -> int:
    """Ask for the run and start it; if it cannot start by itself the worker takes it within a minute."""
    return _launch(_BY_HAND, {"quarter": str(quarter), "on": issued_on.isoformat()})


def _launch(job: str, parameters: dict[str, str]) -> int:
    with transaction() as session:
        run_id = asking.ask(session, job, parameters, actor(), clock.now())
    try:
        options().launch(run_id)
    except OSError:
        _LOG.exception("run not started", extra={"job_run_id": run_id})
    return run_id


@blueprint.get("/passages/<int(max=2147483647):run_id>")
@allow(Permission.PREVIEW_INVOICES)
def progress(run_id: int) -> Response:
    """How far a run is; once ended, its bills, or what stands and what to do."""
    now = clock.now()
    with reading() as session:
        run = job_runs.one(session, run_id, previews.ISSUING)
        issued, printed = invoices.made_by_run(session, run_id)
        made = [] if run.under_way else invoices.of_run(session, run_id)
    quarters = sorted({one.quarter for one in made} | _asked_quarter(run))
    return page_or_fragment(
        "invoicing/run.html",
        "invoicing/_run.html",
        run=run,
        issued=issued,
        printed=printed,
        expected=issued + (run.total or 0) - max(run.progress, issued) if run.total else None,
        made=made,
        shown=made[:_ROWS],
        quarters=[Quarter.parse(text) for text in quarters],
        lost=run.outcome == "running" and run.alive_at is not None and run.alive_at < now - asking.SILENCE,
    )


def _asked_quarter(run: Run) -> set[str]:
    return {run.parameters["quarter"]} if "quarter" in run.parameters else set()


@blueprint.post("/passages/<int(max=2147483647):run_id>/imprimer")
@allow(Permission.ISSUE_INVOICES)
def print_again(run_id: int) -> ResponseReturnValue:
    """Ask for the missing PDFs of a run: the bills stand, only their files are made (rule E16)."""
    with reading() as session:
        run = job_runs.one(session, run_id, previews.ISSUING)
    _launch(_ARCHIVE, {})
    done("Impression relancée")
    return redirect(url_for("invoicing.progress", run_id=run.id), 303)
