"""What the address of a page by key says: read without trust, nothing when it cannot be read."""

from datetime import date

from garage.db.queries import paging as keys

GREATEST = keys.GREATEST
whole = keys.whole


def words(text: str | None) -> str:
    """A text of an address without what no name holds (a database refuses NUL)."""
    return "".join(letter for letter in text or "" if letter.isprintable()).strip()


def day_key(text: str | None) -> tuple[date, int] | None:
    """The key written by `written`, or nothing.

    >>> day_key("2026-10-12_7"), day_key("hier_7")
    ((datetime.date(2026, 10, 12), 7), None)
    """
    day, _, key = (text or "").partition("_")
    row = whole(key)
    try:
        return None if row is None else (date.fromisoformat(day), row)
    except ValueError:
        return None


def written(day: date, key: int) -> str:
    """A key of day and id as it stands in an address."""
    return f"{day.isoformat()}_{key}"
