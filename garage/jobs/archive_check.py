"""The archive: prints the bills that have no file, prints a missing file again, tells a differing one (rule B9)."""

from garage import clock
from garage.domain.errors.invoices import FileDiffers
from garage.french.refusals import sentence
from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.operations.job_runs import Claimed
from garage.operations.printing import check_archive, print_missing

NAME = "archive_check"


def run(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Print what is missing, then compare every file with its fingerprint."""
    made = print_missing(context.press, clock.now(), heartbeat.beat)
    alarms = check_archive(context.press, claimed.actor, clock.now())
    failures = [f"{one.number}: {one.failure}" for one in made.failures]
    failures += [sentence(FileDiffers(number, number)) for number in alarms]
    return Outcome({"printed": made.printed, "alarms": alarms}, "\n".join(failures) or None)
