"""Adds the stock's value up by day and month when many movements are not added up yet (rule S6)."""

from garage.jobs.context import JobContext
from garage.jobs.runs import Heartbeat, Outcome
from garage.operations import stock_totals
from garage.operations.job_runs import Claimed

NAME = "stock_totals"


def needed(context: JobContext) -> bool:
    """Whether there is enough to add up."""
    with context.press.database.reading() as session:
        return stock_totals.is_long(session)


def run(context: JobContext, claimed: Claimed, heartbeat: Heartbeat) -> Outcome:
    """Add up; running it again adds nothing."""
    del claimed, heartbeat
    with context.press.database.transaction() as session:
        return Outcome({"movements": stock_totals.bring_up_to_date(session)})
