"""The quarter's bills: asks every day which finished quarter still has work to bill, oldest first (rule B7).

It trusts the state, not the tick: a day missed, a run killed or a run done by hand changes nothing.
"""

from datetime import date
from typing import Any

from garage import clock
from garage.db.queries import billing
from garage.db.queries.settings import current
from garage.domain.invoices.composition import BillingRules
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.questions import window_end
from garage.domain.settings import BillingSettings
from garage.jobs.context import JobContext
from garage.jobs.mails import queue_bills
from garage.jobs.runs import Heartbeat, Outcome
from garage.operations import bill_mails, invoicing_run
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import QuarterRun, Watch
from garage.operations.job_runs import Claimed
from garage.operations.printing import Printing, PrintRun, print_missing, printing

NAME = "quarterly_invoicing"
BY_HAND = "issue_quarter"


def run(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Bill, or only prepare, every finished quarter that is due and has something to bill."""
    today, settings = clock.today(), _settings(context)
    done: list[dict[str, Any]] = []
    failures: list[str] = []
    for quarter in due_quarters(context, today, settings):
        prepared = _prepare(context, quarter)
        if not prepared["bills"]:
            continue
        if not settings.issues_alone:
            done.append(prepared)
            continue
        issued = issue(context, claimed, heartbeat, quarter, today)
        done.append(issued.summary)
        failures += [issued.error] if issued.error else []
    _tell(context, claimed, done)
    return Outcome({"quarters": done, "prepared_only": not settings.issues_alone}, "\n".join(failures) or None)


def run_by_hand(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Bill the quarter that a person asked for, dated as asked."""
    quarter = Quarter.parse(claimed.parameters["quarter"])
    issued = issue(context, claimed, heartbeat, quarter, date.fromisoformat(claimed.parameters["on"]))
    _tell(context, claimed, [issued.summary])
    return issued


def _tell(context: JobContext, claimed: Claimed, made: list[dict[str, Any]]) -> None:
    """Once all is committed: the bills to those who owe them, the summary to accounting (rule E16)."""
    queue_bills(context)
    left = (made[-1]["carried"], made[-1]["excluded"]) if made else (0, 0)
    with context.press.database.transaction() as session:
        bill_mails.summarise(session, claimed.id, left, clock.now())


def _settings(context: JobContext) -> BillingSettings:
    with context.press.database.reading() as session:
        return current(session)


def due_quarters(context: JobContext, today: date, settings: BillingSettings) -> list[Quarter]:
    """Finished quarters from the first with work not billed to the last that is due, oldest first.

    A quarter is due on its invoicing day, and never while collectivities may still ask about it.
    """
    with context.press.database.reading() as session:
        oldest = billing.oldest_ready_day(session)
    if oldest is None:
        return []
    due: list[Quarter] = []
    quarter = Quarter.of(oldest)
    while today >= quarter.next.first_day.replace(day=settings.invoicing_day):
        end = window_end(quarter, settings.question_days)
        if end is not None and today <= end:
            break
        due.append(quarter)
        quarter = quarter.next
    return due


def _prepare(context: JobContext, quarter: Quarter) -> dict[str, Any]:
    bills = carried = 0
    excluded: set[str] = set()
    gross, rules = ZERO, BillingRules.of(_settings(context))
    with context.press.database.reading() as session:
        for composition in invoicing_run.preview(session, quarter, rules):
            bills += len(composition.bills)
            carried += len(composition.carried)
            excluded |= {found.order for found in composition.anomalies}
            gross += sum((draft.gross for draft in composition.bills), ZERO)
    return {
        "quarter": str(quarter),
        "bills": bills,
        "gross": str(gross),
        "carried": carried,
        "excluded": len(excluded),
    }


class _Follow(Watch):
    """Sends each bill to the press as it is issued, and tells how far the run is."""

    def __init__(self, under_way: Printing, heartbeat: Heartbeat) -> None:
        self._under_way, self._heartbeat = under_way, heartbeat

    def issued(self, invoice_id: int) -> None:
        self._under_way.give(invoice_id)

    def progress(self, done: int, total: int) -> None:
        self._heartbeat.beat(done, total)


def issue(context: JobContext, claimed: Claimed, heartbeat: Heartbeat, quarter: Quarter, issued_on: date) -> Outcome:
    """Issue and print one quarter; then print whatever an earlier run left unprinted. Bills stand if printing fails."""
    now, settings = clock.now(), _settings(context)
    issuing = Issuing(quarter, issued_on, now, claimed.actor, claimed.id, settings)
    with printing(context.press, now) as under_way:
        follow = _Follow(under_way, heartbeat)
        made = invoicing_run.issue_quarter(
            context.press.database, issuing, BillingRules.of(settings), today=clock.today(), watch=follow
        )
        printed = under_way.finish()
    late = print_missing(context.press, now)
    return Outcome(_summary(quarter, made, printed, late), _failures(late))


def _summary(quarter: Quarter, made: QuarterRun, printed: PrintRun, late: PrintRun) -> dict[str, Any]:
    return {
        "quarter": str(quarter),
        "bills": len(made.invoice_ids),
        "carried": len(made.carried),
        "excluded": len({found.order for found in made.anomalies}),
        "printed": printed.printed + late.printed,
        "replaced": {one.number: list(one.replaced) for one in [*printed.replaced, *late.replaced]},
    }


def _failures(late: PrintRun) -> str | None:
    """Bills without a file in the end: one that failed at first and was printed afterwards is no failure."""
    return "\n".join(f"{one.number}: {one.failure}" for one in late.failures) or None
