"""The only place that asks what time it is. Below the web, the commands and the jobs it is a parameter."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The civil day in Paris (rule E20)."""
    return paris_day(now())


def paris_day(instant: datetime) -> date:
    """The civil day in Paris on which an aware instant falls (rule E20)."""
    return instant.astimezone(PARIS).date()
