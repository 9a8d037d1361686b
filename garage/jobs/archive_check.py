"""The archive: prints bills and frozen valuations that have no file, tells a file that differs (rules B9, S6)."""

from garage import clock
from garage.domain.errors.invoices import FileDiffers
from garage.domain.errors.stock_years import ValuationDiffers
from garage.french.refusals import sentence
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.operations import stock_years
from garage.operations.job_runs import Claimed
from garage.operations.printing import check_archive, print_missing

NAME = "archive_check"


def run(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Print what is missing, then compare every file with its fingerprint."""
    made = print_missing(context.press, clock.now(), heartbeat.beat)
    alarms = check_archive(context.press, claimed.actor, clock.now())
    failures = [f"{one.number}: {one.failure}" for one in made.failures]
    failures += [sentence(FileDiffers(number, number)) for number in alarms]
    with context.press.database.reading() as session:
        years = stock_years.check_papers(session, context.press.archive)
    failures += [sentence(ValuationDiffers(year)) for year in years]
    alarms += [f"stock {year}" for year in years]
    return Outcome({"printed": made.printed, "alarms": alarms}, "\n".join(failures) or None)
